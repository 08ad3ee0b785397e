"""Jobs awaited by event loops, run in a pool sized to the decode threads, or in a lane."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

from vcore.runtime.executor import threads
from vcore.runtime.lanes import current_lane, own_lane

R = TypeVar("R")


@cache
def _pool_of(process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads(), "vcore-served")


def submit(function: Callable[..., R], *arguments: Any) -> Future[R]:
    """Return the future result of a function, run on another thread.

    A call from within such a function, or from a task it awaits, does not wait for a thread of the
    pool, as all of them may be waiting for this one (see ``vcore.runtime.lanes``).
    """
    future: Future[R] = Future()

    def job() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            with own_lane():
                result = function(*arguments)
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)

    lane = current_lane()
    if lane is None:
        _pool_of(os.getpid()).submit(job)
    else:
        lane.submit(job)
    return future


async def aside(function: Callable[..., R], *arguments: Any) -> R:
    """Run a function off the event loop and await its result; see ``submit``."""
    return await asyncio.wrap_future(submit(function, *arguments))
