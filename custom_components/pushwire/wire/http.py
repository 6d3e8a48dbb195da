"""Limits of HTTP answers and lists."""

from typing import Final

import aiohttp

from .errors import WrongSystem

# The state of a large home has some hundred kilobytes.
MAX_BODY_BYTES: Final = 32 * 1024 * 1024
# Answers about a single resource, and errors.
MAX_SMALL_BODY_BYTES: Final = 1024 * 1024
# Pages of a list, which has a hundred items on each.
MAX_PAGES: Final = 200


async def read_body(response: aiohttp.ClientResponse, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """Return the decompressed body of a response.

    Raises:
        WrongSystem: The body is longer than ``max_bytes``; the connection is closed.

    """
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > max_bytes:
            response.close()
            raise WrongSystem("answer too long")
    return bytes(body)
