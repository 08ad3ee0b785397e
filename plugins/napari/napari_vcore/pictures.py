"""Pictures of a collection: a bounded cache, and threads that fill it ahead of need. No Qt."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from numpy.typing import NDArray

from vcore.collections.images import Channel, Index
from vcore.collections.parameters import Parameter
from vcore.errors import VcoreError
from vcore.runtime.single_flight import SingleFlight

Array = NDArray[Any]
Key = tuple[str, Index]
"""Name of a channel, and index of an image."""
T = TypeVar("T")

CACHE_BYTES = 1 << 28
"""Default size of the cache, in bytes."""
THREADS = 2
"""Threads that decode ahead of need."""


class Source(Protocol):
    """Images to show: an open ``Collection``, or uncompressed ``Images``; members as there."""

    @property
    def parameters(self) -> tuple[Parameter, ...]: ...
    @property
    def size(self) -> tuple[int, int]: ...
    @property
    def channels(self) -> tuple[Channel, ...]: ...
    @property
    def present(self) -> NDArray[Any] | None: ...
    @property
    def background(self) -> tuple[int, int, int] | None: ...
    def read(self, index: Index, channel: str) -> Array: ...


class Pictures:
    """Images of a source by channel and index, each decoded once while it is cached.

    Parameters
    ----------
    source
        Where they are read from; its ``read`` is called on several threads.
    max_bytes
        Maximum size of the cache, in bytes; the last image is always kept.
    """

    def __init__(self, source: Source, max_bytes: int = CACHE_BYTES) -> None:
        self.source = source
        self._cache: SingleFlight[Array] = SingleFlight(max_bytes, lambda a: a.nbytes, 1)
        self._ahead = ThreadPoolExecutor(THREADS, "vcore ahead")
        self._now = ThreadPoolExecutor(1, "vcore picture")
        self._todo: deque[Key] = deque()
        self._running = 0
        self._lock = threading.Lock()

    def get(self, channel: str, index: Index) -> Array:
        """Return an image, decoded by this thread unless it is cached or another one has begun.

        Raises
        ------
        VcoreError
            It cannot be read.
        """
        key = channel, index
        future, mine = self._cache.claim(key)
        if mine:
            try:
                image = self.source.read(index, channel)
            except BaseException as error:
                self._cache.fail(key, future, error)
                raise
            self._cache.finish(key, future, image)
        return future.result()

    def kept(self, channel: str, index: Index) -> Array | None:
        """Return an image if it is cached."""
        return self._cache.kept((channel, index))

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Run ``work`` on the thread for what is shown next, beside those that decode ahead."""
        return self._now.submit(work)

    def prefetch(self, keys: Iterable[Key]) -> None:
        """Decode these images on threads, in this order; forget those asked for before that have
        not begun. At most half of the cache is filled so."""
        wanted: list[Key] = []
        room = self.max_bytes // 2
        sizes = {c.name: self._nbytes(c) for c in self.source.channels}
        for key in dict.fromkeys(keys):
            room -= sizes[key[0]]
            if room < 0:
                break
            if self.kept(*key) is None and not self._cache.is_under_way(key):
                wanted.append(key)
        with self._lock:
            self._todo = deque(wanted)
            while self._running < min(THREADS, len(wanted)):
                self._running += 1
                self._ahead.submit(self._work)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._todo:
                    self._running -= 1
                    return
                key = self._todo.popleft()
            with suppress(VcoreError):  # told when it is shown
                self.get(*key)

    def _nbytes(self, channel: Channel) -> int:
        height, width = self.source.size
        return height * width * channel.components * channel.dtype.itemsize

    @property
    def max_bytes(self) -> int:
        """Maximum size of the cache, in bytes."""
        return self._cache.max_weight

    @max_bytes.setter
    def max_bytes(self, size: int) -> None:
        self._cache.resize(size)

    @property
    def nbytes(self) -> int:
        """Size of the cached images, in bytes."""
        return self._cache.weight

    def close(self) -> None:
        """Decode no further images ahead. Threads end with the object, which may be used again."""
        self.prefetch(())
