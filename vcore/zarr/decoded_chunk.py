"""Decoded chunks that can be told from new values when zarr encodes them again.

Where the pipeline does not hand a partial write to the codec, zarr decodes the chunk, copies it,
sets the selection and encodes the copy: of the fused pipeline all inner chunks of a shard, of every
pipeline chunks with codecs before or behind this one.
"""

from functools import cache
from typing import Any, Self

from numpy.typing import NDArray
from zarr.core.buffer import BufferPrototype, NDBuffer

from vcore.zarr.selection import extent_of


class DecodedChunk(NDBuffer):
    """A buffer of decoded values, or a copy of one with values set since."""

    _held: tuple[int, ...] | None = None
    _written: tuple[int, ...] | None = None

    @property
    def is_replaced(self) -> bool:
        """Whether a write replaced all that the chunk held."""
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
        All of the chunk, in the array's type.
    held
        Shape of what the chunk holds from its origin on; the rest is the fill value.
    prototype
        Whose kind of buffer it is.
    """
    nd_buffer: Any = prototype.nd_buffer
    made: DecodedChunk = _kind(nd_buffer).from_numpy_array(values)
    made._held = held
    return made


@cache
def _kind(nd_buffer: Any) -> Any:
    return type("DecodedNDBuffer", (DecodedChunk, nd_buffer), {})
