"""Arrays in numbered or listed files, as headers of NRRD and MetaImage name them."""

import re
from collections.abc import Callable, Sequence
from math import prod

from vcore.errors import InputError
from vcore.io.lazy import Concatenated, Stacked
from vcore.io.outside import named_file
from vcore.io.request import ReadRequest
from vcore.model.volume import LazyArray

NUMBER = re.compile(r"%(0?\d{0,2})([du])")
"""Place of the file's number in a pattern of names, as in printf."""


def numbered(path: str, pattern: str, numbers: range) -> list[str]:
    """Return the names by a pattern such as ``slice%03d.raw``.

    Raises
    ------
    InputError
        The pattern has not exactly one place for an integer.
    """
    parts = NUMBER.split(pattern)
    if len(parts) != 4 or "%" in parts[0] + parts[3]:
        raise InputError(
            f"Expected one number, such as %03d, in the names of the files of {path}. Got "
            f"{pattern!r} instead: correct the header."
        )
    return [f"{parts[0]}{n:{parts[1]}d}{parts[3]}" for n in numbers]


def check_count(path: str, shape: Sequence[int], own_axes: int, found: int) -> None:
    """Raise InputError unless ``found`` files of ``own_axes`` axes each make up ``shape``."""
    if own_axes == len(shape):
        wanted = f"a number that divides {shape[0]}"
        fits = found > 0 and shape[0] % found == 0
    else:
        wanted = str(prod(shape[: len(shape) - own_axes]))
        fits = str(found) == wanted and own_axes > 0
    if not fits:
        raise InputError(
            f"Expected {wanted} files for the sizes {'x'.join(map(str, shape))} (slowest first) in "
            f"{path}. Got {found} of {own_axes} axes each instead: correct the header."
        )


def listed(
    source: ReadRequest,
    names: Sequence[str],
    shape: Sequence[int],
    own_axes: int,
    opened: Callable[[str, tuple[int, ...]], LazyArray],
) -> LazyArray:
    """Return the array of several files, read one at a time.

    Parameters
    ----------
    source
        The header that names the files.
    names
        Their names, in the order of the array.
    shape
        Shape of the whole array, slowest axis first.
    own_axes
        Number of axes of each file's array, the fastest ones. All axes: the files follow one
        another along the slowest one.
    opened
        Returns the array of a shape in the file at a path.

    Raises
    ------
    InputError
        The number of files does not fit, or one is missing, too short, or outside the folder.
    """
    shape = tuple(shape)
    check_count(source.path, shape, own_axes, len(names))
    paths = [named_file(source, name) for name in names]
    if own_axes == len(shape):
        each = (shape[0] // len(paths), *shape[1:])
        return Concatenated([opened(path, each) for path in paths])
    lead, own = shape[: len(shape) - own_axes], shape[len(shape) - own_axes :]
    parts = [opened(path, own) for path in paths]
    for length in reversed(lead):
        parts = [Stacked(parts[i : i + length]) for i in range(0, len(parts), length)]
    return parts[0]
