"""Files of weights that the package holds, which compressed files refer to by number."""

import zlib
from collections.abc import Mapping
from importlib.resources import files

from vcore.errors import FormatError


def read_shipped(
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
    path = files("vcore.methods.wavelet") / "weights" / f"{kind[0]}-{number}{kind[1]}"
    data = path.read_bytes() if path.is_file() else b""
    if zlib.crc32(data) != checksums[number]:
        raise FormatError(
            f"Expected {path.name} with the checksum {checksums[number]:08x}. Got "
            f"{zlib.crc32(data):08x} instead: install vcore-volumes again."
        )
    return data
