"""Methods for image collections by name, found through entry points and imported when used."""

from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from vcore.errors import FormatError, InputError

if TYPE_CHECKING:
    from vcore.collections.methods.base import ImageMethod

GROUP = "vcore.image_methods"
DEFAULT = "views"
"""Method of colour channels if none is named."""
BOUNDED = "stacked"
"""Method of the other channels, which keeps an error bound."""


@cache
def names() -> tuple[str, ...]:
    """Return the names of all methods, without importing them."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


@cache
def get(name: str) -> "ImageMethod":
    """Return the method called ``name``.

    Raises
    ------
    InputError
        The method does not exist, or its package cannot be imported.
    """
    for point in entry_points(group=GROUP):
        if point.name == name:
            try:
                method: ImageMethod = point.load()()
            except Exception as error:  # third-party packages may raise anything
                raise InputError(
                    f"Expected the method {name} for images to be imported. Got "
                    f"{type(error).__name__}: {error} instead: install what it needs."
                ) from error
            return method
    raise InputError(
        f"Expected one of the methods for images {', '.join(names())}. Got {name!r:.40} instead."
    )


def get_for_file(name: str) -> "ImageMethod":
    """Return the method named in a file.

    Raises
    ------
    FormatError
        The method is not installed, or its package cannot be imported.
    """
    try:
        return get(name)
    except InputError as error:
        raise FormatError(
            f"The file was written with the method {name!r:.40} for images, which is not "
            f"installed: install a newer vcore-volumes, or the package that brings it."
        ) from error
