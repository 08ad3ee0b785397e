"""Lanes: threads of work that other work waits for, such that none of it waits for a free thread.

A bounded pool deadlocks where all of its threads wait for what is queued behind them. So what is
handed in from within such work does not go to the pool but runs in a lane of the work that waits
for it: one thread at a time, in the place of the one that waits. A lane follows its work through
event loops, as these carry context variables along.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Lane:
    """Runs jobs one after another, in a thread that ends when there are none left."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._running = False
        self._lock = threading.Lock()

    def submit(self, job: Callable[[], None]) -> None:
        """Run a job, which raises nothing, behind those that were handed in before."""
        with self._lock:
            self._waiting.append(job)
            if self._running:
                return
            self._running = True
        try:
            threading.Thread(target=self._run, name="vcore-lane", daemon=False).start()
        except RuntimeError:  # no thread can be begun, as at the interpreter's end
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
    """Let what the block waits for run in a lane of its own, behind nothing else."""
    token = _lane.set(Lane())
    try:
        yield
    finally:
        _lane.reset(token)


def current_lane() -> Lane | None:
    """Return the lane of the work that this is called from, None where it is nobody's."""
    return _lane.get()
