"""Pairs of original and compressed file: detecting their order and reading the original."""

from typing import Any

from vcore.errors import InputError

SWAPPED = "{} is the compressed one of the two: the order is ORIGINAL FILE"
"""Note printed when the two files are swapped."""


def in_order(original: str, file: str) -> tuple[str, str, bool]:
    """Return the original, the compressed file, and whether they were given in swapped order."""
    from vcore.opening import is_compressed

    if is_compressed(original) and not is_compressed(file):
        return file, original, True
    return original, file, False


def read_original(path: str, reading: dict[str, Any], names: list[str]) -> Any:
    """Read the volume at ``path``; only the arrays in ``names`` if its arrays differ in shape."""
    from vcore import io

    volume, refusal = None, None
    try:
        volume = io.read(path, **reading)
    except InputError as error:
        refusal = error
    if volume is None or not {*names} <= {v.name for v in volume.every}:
        try:
            return io.read(path, variables=names, **reading)
        except InputError:
            pass  # arrays may have the name of their file
    if refusal is not None:
        raise refusal
    return volume
