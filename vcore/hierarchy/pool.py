"""Execution of jobs: on this thread, in local processes or threads, or on a dask cluster."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from vcore.errors import InputError, MissingExtraError
from vcore.runtime.executor import threads

J = TypeVar("J")
R = TypeVar("R")
IN_FLIGHT = 2
"""Jobs submitted per worker: one running, one queued."""
RETRIES = 3
"""Maximum number of retries of a job after its cluster worker died."""


class Pool:
    """Pool of workers; without an executor, jobs run on the calling thread."""

    def __init__(self, executor: Executor | None, workers: int) -> None:
        self._executor, self._workers = executor, workers

    def map(self, function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[J, R]]:
        """Yield each job with its result, in order of completion."""
        if self._executor is None:
            for job in jobs:
                yield job, function(job)
            return
        left = iter(jobs)
        running: dict[Future[R], J] = {}
        try:
            while True:
                room = IN_FLIGHT * self._workers - len(running)
                for job in islice(left, room):
                    running[self._submit(self._executor, function, job)] = job
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), future.result()
        finally:
            for future in running:
                future.cancel()

    def _submit(self, executor: Executor, function: Callable[[J], R], job: J) -> Future[R]:
        return executor.submit(function, job)


class Processes(Pool):
    """Pool of local processes, of which only busy ones stop at Ctrl-C by themselves."""

    def _submit(self, executor: Executor, function: Callable[[J], R], job: J) -> Future[R]:
        with _interrupts_held():  # by a process that this starts, until `_begin` runs there
            return executor.submit(_busy, function, job)


@contextmanager
def pool(
    workers: int, scheduler: str | None = None, *, threads_only: bool = False
) -> Iterator[Pool]:
    """Yield a pool of ``workers`` processes or threads, or of the cluster at ``scheduler``.

    Raises
    ------
    InputError
        ``workers`` is below 1, or there is no cluster at the address.
    MissingExtraError
        dask.distributed is not installed.
    """
    if workers < 1:
        raise InputError(f"Expected one worker or more. Got {workers} instead.")
    if scheduler is not None:
        with _cluster(scheduler) as found:
            yield found
        return
    if workers == 1:
        yield Pool(None, 1)
        return
    if threads_only:
        with ThreadPoolExecutor(workers, "vcore-chunks") as inside:
            yield Pool(inside, workers)
        return
    share = str(max(threads() // workers, 1))
    # spawn: a fork would inherit locks held by threads that do not exist in it
    context = multiprocessing.get_context("spawn")
    stopping = context.RawValue("b", 0)
    executor = ProcessPoolExecutor(workers, context, _begin, (share, stopping))
    try:
        yield Processes(executor, workers)
    except BaseException:
        stopping.value = 1  # jobs handed to workers cannot be cancelled
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


_BUSY = threading.Event()
"""Whether this worker runs a job."""
_STOPPED = threading.Event()
"""Whether this worker was interrupted before a job."""
_stopping: Any = None
"""Shared flag: whether the pool ends without the results of its remaining jobs."""


def _busy(function: Callable[[J], R], job: J) -> R:
    _BUSY.set()
    try:
        if _STOPPED.is_set() or _stopping.value:
            raise KeyboardInterrupt
        return function(job)
    finally:
        _BUSY.clear()


def _interrupted(*_: object) -> None:
    """Stop the job; a worker without one waits for its parent, which ends it silently."""
    _STOPPED.set()
    if _BUSY.is_set():
        raise KeyboardInterrupt


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold back SIGINT, also from processes started meanwhile."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(count: str, stopping: Any) -> None:
    """Set a worker's number of threads and what Ctrl-C does, and make it exit with its parent."""
    global _stopping
    _stopping = stopping
    os.environ["VCORE_THREADS"] = count
    signal.signal(signal.SIGINT, _interrupted)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # a killed parent cannot shut down its pool, and workers would wait for jobs forever
        os._exit(1)


@contextmanager
def _cluster(address: str) -> Iterator[Pool]:
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingExtraError(
            f"Expected dask.distributed for a scheduler. Got '{error}' instead: install it with "
            f"pip install 'vcore-volumes[distributed]'."
        ) from error
    try:
        client: Any = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise InputError(
            f"Expected a dask scheduler at {address}. Got '{error}' instead: start one, or use "
            f"`workers`."
        ) from error
    with client:
        count = max(sum(client.nthreads().values()), 1)
        with client.get_executor(pure=False, retries=RETRIES) as executor:
            yield Pool(executor, count)
