"""Buffers of decoded chunks, distinguishable from new values when zarr encodes them again.

If the pipeline does not pass partial writes to the codec, zarr decodes the chunk, copies it, sets
the selection and encodes the copy. The fused pipeline does so for all inner chunks of a shard, and
every pipeline for chunks with codecs before or after this one.
"""

from functools import cache
from typing import Any, Self

from numpy.typing import NDArray
from zarr.core.buffer import BufferPrototype, NDBuffer

from vcore.zarr.selection import extent_of


class DecodedChunk(NDBuffer):
    """Buffer of decoded values, or a copy with values set later."""

    _held: tuple[int, ...] | None = None
    _written: tuple[int, ...] | None = None

    @property
    def is_replaced(self) -> bool:
        """Whether a write replaced all stored values of the chunk."""
        if self._held is None or self._written is None:
            return False
        return all(w >= n for w, n in zip(self._written, self._held, strict=True))

    def copy(self) -> Self:
        made = super().copy()
        made._held = self._held
        return made

    def __setitem__(self, key: Any, value: Any) -> None:
        self._written = extent_of(key, self.shape)
        super().__setitem__(key, value)  # type: ignore[safe-super]


def decoded_chunk(
    values: NDArray[Any], held: tuple[int, ...], prototype: BufferPrototype
) -> DecodedChunk:
    """Return the buffer of a decoded chunk.

    Parameters
    ----------
    values
        Values of the whole chunk, in the array's dtype.
    held
        Stored shape, from the chunk's origin; the rest is the fill value.
    prototype
        Prototype of the buffer.
    """
    nd_buffer: Any = prototype.nd_buffer
    made: DecodedChunk = _kind(nd_buffer).from_numpy_array(values)
    made._held = held
    return made


@cache
def _kind(nd_buffer: Any) -> Any:
    return type("DecodedNDBuffer", (DecodedChunk, nd_buffer), {})
