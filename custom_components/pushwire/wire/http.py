"""Limits of HTTP answers and lists."""

from collections.abc import AsyncIterator
from typing import Final

import aiohttp

from .errors import WrongSystem

# The state of a large home has some hundred kilobytes.
MAX_BODY_BYTES: Final = 32 * 1024 * 1024
# Answers about a single resource, and errors.
MAX_SMALL_BODY_BYTES: Final = 1024 * 1024
# Pages of a list, which has a hundred items on each.
MAX_PAGES: Final = 200


async def read_lines(response: aiohttp.ClientResponse, max_bytes: int = MAX_SMALL_BODY_BYTES) -> AsyncIterator[bytes]:
    """Yield the lines of a response that are not empty.

    Raises:
        WrongSystem: A line is longer than ``max_bytes``; the connection is closed.

    """
    rest = b""
    async for chunk in response.content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.strip():
                yield line
        if len(rest) > max_bytes:
            response.close()
            raise WrongSystem("line too long")
    if rest.strip():
        yield rest


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
