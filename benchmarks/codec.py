"""What a classical codec is to the benchmarks."""

from typing import Any, Protocol

from numpy.typing import NDArray

from vcore.errors import MissingExtraError

Array = NDArray[Any]
Stream = list[bytes]
"""What a codec writes, in one piece or one a slice; its size is that of all pieces, no
container."""


class Codec(Protocol):
    """A codec at work on one volume; ``level`` goes from ``coarse`` (few bytes) to ``fine``.

    ``steps`` is how many encodings the search for a size may take; ``halving`` says that sizes are
    no smooth function of the level, so that only halving the bracket of levels is of use.
    """

    note: str
    coarse: float
    fine: float
    steps: int
    halving: bool

    def encode(self, level: float) -> Stream:
        """Return the volume's stream at a level of quality."""
        ...

    def decode(self, stream: Stream) -> Array:
        """Return decoded values in data units, of the volume's shape, in any dtype."""
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
