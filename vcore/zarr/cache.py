"""LRU cache of decoded chunks that decodes each chunk once for all concurrent readers."""

from collections.abc import Callable
from concurrent.futures import Future

from vcore.runtime.executor import single_threaded_blas
from vcore.runtime.lanes import current_lane
from vcore.runtime.served import submit
from vcore.runtime.single_flight import SingleFlight


class ChunkCache(SingleFlight[bytes]):
    """LRU cache of chunks, bounded in bytes; chunks in progress are shared."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(max_bytes, len)

    def get(self, key: str, compute: Callable[[], bytes]) -> Future[bytes]:
        """Return the future bytes of ``key``, computed on another thread."""
        future, new = self.claim(key)
        # another reader's job for this chunk may be queued behind the calling job
        queued = not (future.running() or future.done())
        if new or (current_lane() is not None and queued):
            try:
                submit(self._compute, key, compute, future)
            except RuntimeError:  # no new threads: the next request tries again
                if new and future.cancel():
                    self.forget(key)
                raise
        return future

    def _compute(self, key: str, compute: Callable[[], bytes], future: Future[bytes]) -> None:
        if not self.begin(future):
            return
        try:
            with single_threaded_blas():
                data = compute()
        except BaseException as error:
            self.fail(key, future, error)
        else:
            self.finish(key, future, data)
