"""Blocking work: a pool, and extra lanes for work submitted from within."""

import asyncio
import threading
from concurrent.futures import CancelledError

import pytest

from vcore.runtime import lanes, served
from vcore.runtime.lanes import current_lane, own_lane
from vcore.runtime.served import aside, submit
from vcore.zarr.cache import ChunkCache

TIMEOUT = 30.0


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    """Restrict the pool to a single thread."""
    monkeypatch.setenv("VCORE_THREADS", "1")
    served._pool_of.cache_clear()
    yield
    served._pool_of.cache_clear()


def test_work_may_wait_for_work_of_its_own_to_any_depth():
    def deep(n):
        return 0 if n == 0 else 1 + submit(deep, n - 1).result(TIMEOUT)

    assert submit(deep, 20).result(TIMEOUT) == 20
    assert current_lane() is None


def test_what_work_waits_for_through_an_event_loop_has_its_lane():
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def both():
        return await asyncio.gather(aside(pow, 2, 5), aside(pow, 3, 2))

    def work():
        return asyncio.run_coroutine_threadsafe(both(), loop).result(TIMEOUT)

    try:
        assert submit(work).result(TIMEOUT) == [32, 9]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_errors_and_cancelled_work():
    with pytest.raises(ZeroDivisionError):
        submit(lambda: 1 / 0).result(TIMEOUT)
    begun, go = threading.Event(), threading.Event()
    first = submit(lambda: (begun.set(), go.wait(TIMEOUT)))
    assert begun.wait(TIMEOUT)
    second = submit(int, "7")
    assert second.cancel()
    go.set()
    first.result(TIMEOUT)
    with pytest.raises(CancelledError):
        second.result(TIMEOUT)
    assert submit(int, "7").result(TIMEOUT) == 7


def test_a_chunk_that_is_queued_behind_work_is_taken_over_by_what_that_waits_for():
    cache, inside, queued = ChunkCache(100), threading.Event(), threading.Event()

    def outer():
        inside.set()
        assert queued.wait(TIMEOUT)
        return cache.get("chunk", lambda: b"by the lane").result(TIMEOUT)

    work = submit(outer)  # occupies the only thread
    assert inside.wait(TIMEOUT)
    other = cache.get("chunk", lambda: b"by the pool")  # queued behind it
    queued.set()
    assert work.result(TIMEOUT) == other.result(TIMEOUT)
    assert cache.computed == 1
    assert submit(int).result(TIMEOUT) == 0  # the queued call found nothing left to compute
    assert cache.computed == 1


def test_a_chunk_that_fails_is_computed_anew():
    cache = ChunkCache(100)
    with pytest.raises(ZeroDivisionError):
        cache.get("chunk", lambda: bytes(1 // 0)).result(TIMEOUT)
    assert cache.get("chunk", lambda: b"there").result(TIMEOUT) == b"there"


def test_a_lane_outlives_a_thread_that_cannot_begin(monkeypatch):
    class Refused(threading.Thread):
        def start(self):
            raise RuntimeError("can't start new thread")

    with own_lane():
        with monkeypatch.context() as patch:
            patch.setattr(lanes.threading, "Thread", Refused)
            with pytest.raises(RuntimeError, match="can't start"):
                submit(int)
        assert submit(int).result(TIMEOUT) == 0
