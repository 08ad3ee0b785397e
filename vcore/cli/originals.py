"""An original beside what was compressed from it: which is which, and how it is read."""

from typing import Any

from vcore.errors import InputError

SWAPPED = "{} is the compressed one of the two: the order is ORIGINAL FILE"
"""Note to who gave them the other way round."""


def in_order(original: str, file: str) -> tuple[str, str, bool]:
    """Return the original, the compressed one, and whether they were given the other way round."""
    from vcore.opening import is_compressed

    if is_compressed(original) and not is_compressed(file):
        return file, original, True
    return original, file, False


def read_original(path: str, reading: dict[str, Any], names: list[str]) -> Any:
    """Return the volume at ``path``; of arrays of several shapes, those in ``names``."""
    from vcore import io

    volume, refusal = None, None
    try:
        volume = io.read(path, **reading)
    except InputError as error:
        refusal = error
    if volume is None or not {*names} <= {v.name for v in volume.variables}:
        try:
            return io.read(path, variables=names, **reading)
        except InputError:
            pass  # arrays may have the name of their file
    if refusal is not None:
        raise refusal
    return volume
