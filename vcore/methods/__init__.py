"""Methods by name, found through entry points and imported only when used."""

from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from vcore.errors import FormatError, InputError

if TYPE_CHECKING:
    from vcore.methods.base import Method

GROUP = "vcore.methods"


@cache
def names() -> tuple[str, ...]:
    """Return the names of all methods, none of them imported."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


@cache
def get(name: str) -> "Method":
    """Return the method called ``name``.

    Raises
    ------
    InputError
        There is none of that name.
    """
    for point in entry_points(group=GROUP):
        if point.name == name:
            method: Method = point.load()()
            return method
    raise InputError(f"Expected one of the methods {', '.join(names())}. Got {name!r:.40} instead.")


def get_for_file(name: str) -> "Method":
    """Return the method that a file names.

    Raises
    ------
    FormatError
        It is not installed.
    """
    try:
        return get(name)
    except InputError as error:
        raise FormatError(
            f"The file was written with method {name!r:.40}, which is not installed: "
            f"install a newer vcore-volumes, or the package that brings it."
        ) from error
