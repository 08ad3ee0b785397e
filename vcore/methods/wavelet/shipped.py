"""Files of weights that the package holds, which compressed files refer to by number."""

from collections.abc import Mapping
from importlib.resources import files

from vcore.errors import FormatError
from vcore.runtime.shipped import read_shipped


def read_numbered(
    kind: tuple[str, str], number: int, checksums: Mapping[int, int], used_for: str
) -> bytes:
    """Return a file of weights.

    Parameters
    ----------
    kind
        What its name begins with, and its suffix.
    checksums
        CRC-32 of each file, by number.
    used_for
        What the weights are for, in words.

    Raises
    ------
    FormatError
        There is none of that number: a newer version wrote the compressed file, or its header is
        damaged; or it is not the one that was published.
    """
    if number not in checksums:
        raise FormatError(
            f"Expected {used_for} by weights 1 to {max(checksums)}. Got weights {number} instead: "
            f"update vcore."
        )
    name = f"{kind[0]}-{number}{kind[1]}"
    return read_shipped(files("vcore.methods.wavelet") / "weights" / name, checksums[number])
