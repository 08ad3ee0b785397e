"""Interface of classical codecs in the benchmarks."""

from typing import Any, Protocol, runtime_checkable

from numpy.typing import NDArray

from vcore.errors import MissingExtraError

Array = NDArray[Any]
Stream = list[bytes]
"""Output of a codec, in one piece or one per slice; its size is the sum, without a container."""


class Codec(Protocol):
    """A codec bound to one volume; ``level`` ranges from ``coarse`` (few bytes) to ``fine``.

    ``steps`` is the maximum number of encodings in a search for a size. ``halving`` marks sizes
    that are not a smooth function of the level, for which only bisection works. ``spacing`` is the
    distance between the levels that the codec knows, 0 if it takes any.
    """

    note: str
    coarse: float
    fine: float
    steps: int
    halving: bool
    spacing: float

    def encode(self, level: float) -> Stream:
        """Return the volume encoded at a quality level."""
        ...

    def decode(self, stream: Stream) -> Array:
        """Return decoded values in data units, in the volume's shape and any dtype."""
        ...


@runtime_checkable
class Bounded(Protocol):
    """A codec that is asked for a largest error."""

    def bound(self, level: float) -> float:
        """Return the largest error asked for at a level, in data units."""
        ...


def import_imagecodecs() -> Any:
    """Return imagecodecs.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    try:
        import imagecodecs
    except ImportError as error:
        raise MissingExtraError(
            "Expected imagecodecs for the peers: pip install 'vcore-volumes[bench]'."
        ) from error
    return imagecodecs
