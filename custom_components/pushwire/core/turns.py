"""Long work in turns of the event loop."""

import asyncio
from collections.abc import AsyncIterator, Iterable

# Seconds after which other tasks get a turn.
TURN_SECONDS = 0.01


async def in_turns[ItemT](items: Iterable[ItemT]) -> AsyncIterator[ItemT]:
    """Yield items, with a pause for other tasks after each turn; all are taken at the beginning."""
    loop = asyncio.get_running_loop()
    turn_end = loop.time() + TURN_SECONDS
    for item in tuple(items):
        yield item
        if loop.time() >= turn_end:
            await asyncio.sleep(0)
            turn_end = loop.time() + TURN_SECONDS
