"""Lanes: separate threads for nested jobs, which therefore never wait for a free pool thread.

A bounded pool deadlocks if all its threads wait for jobs queued behind them. Jobs submitted from
within a job therefore bypass the pool and run in the lane of the waiting job, one thread at a time,
in place of the blocked one. Lanes are context variables, so they propagate through event loops.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Lane:
    """Sequential job queue, run by a thread that ends when the queue is empty."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._running = False
        self._lock = threading.Lock()

    def submit(self, job: Callable[[], None]) -> None:
        """Queue a job, which must not raise."""
        with self._lock:
            self._waiting.append(job)
            if self._running:
                return
            self._running = True
        try:
            threading.Thread(target=self._run, name="vcore-lane", daemon=False).start()
        except RuntimeError:  # no new threads, as at interpreter shutdown
            with self._lock:
                self._waiting.clear()
                self._running = False
            raise

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running = False
                    return
                job = self._waiting.popleft()
            job()


_lane: ContextVar[Lane | None] = ContextVar("lane", default=None)


@contextmanager
def own_lane() -> Iterator[None]:
    """Run jobs submitted in the block in a new, empty lane."""
    token = _lane.set(Lane())
    try:
        yield
    finally:
        _lane.reset(token)


def current_lane() -> Lane | None:
    """Return the lane of the calling job, None outside of jobs."""
    return _lane.get()
