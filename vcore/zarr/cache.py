"""Decoded chunks: each computed once however many ask, the last ones kept."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

from vcore.runtime.executor import single_threaded_blas
from vcore.runtime.lanes import current_lane
from vcore.runtime.served import submit


class ChunkCache:
    """Least recently used chunks, up to a number of bytes; chunks being computed are shared.

    Attributes
    ----------
    computed
        How many chunks have been computed.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.computed = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._under_way: dict[str, Future[bytes]] = {}
        self._lock = threading.Lock()

    def kept(self, key: str) -> bytes | None:
        """Return the bytes of ``key`` if they are there."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def get(self, key: str, compute: Callable[[], bytes]) -> Future[bytes]:
        """Return the future bytes of ``key``, computed beside whatever waits for them."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                done: Future[bytes] = Future()
                done.set_result(self._kept[key])
                return done
            future = self._under_way.get(key)
            new = future is None or future.cancelled()
            if future is None or new:
                future = self._under_way[key] = Future()
        # what another reader waits for may be queued behind the work that asks for it here
        if new or (current_lane() is not None and not future.running()):
            try:
                submit(self._compute, key, compute, future)
            except RuntimeError:  # no thread can be begun: the next one who asks tries anew
                if new and future.cancel():
                    with self._lock:
                        self._under_way.pop(key, None)
                raise
        return future

    def _compute(self, key: str, compute: Callable[[], bytes], future: Future[bytes]) -> None:
        with self._lock:
            if future.running() or future.done():  # another thread was faster
                return
            if not future.set_running_or_notify_cancel():
                return
        try:
            with single_threaded_blas():
                data = compute()
        except BaseException as error:
            with self._lock:
                self._under_way.pop(key, None)
            future.set_exception(error)
            return
        with self._lock:
            self.computed += 1
            self._keep(key, data)
            self._under_way.pop(key, None)
        future.set_result(data)

    def resize(self, max_bytes: int) -> None:
        """Keep at most so many bytes from now on."""
        with self._lock:
            self.max_bytes = max_bytes
            self._trim()

    def _keep(self, key: str, data: bytes) -> None:
        self._kept[key] = data
        self._bytes += len(data)
        self._trim()

    def _trim(self) -> None:
        while self._bytes > self.max_bytes and self._kept:
            self._bytes -= len(self._kept.popitem(last=False)[1])
