"""Entity tags of resources and responses (docs/protocols/deconz.md, 2.4)."""

from hashlib import blake2s

import orjson

from ..base import Data


def digest(data: object) -> str:
    """Return a hash of JSON data."""
    return blake2s(orjson.dumps(data), digest_size=16).hexdigest()


def with_etag(resource: Data) -> Data:
    """Return a resource with its entity tag."""
    return {**resource, "etag": digest(resource)}
