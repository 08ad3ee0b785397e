"""Methods for image collections by name, found through entry points and imported when used."""

from functools import cache
from typing import TYPE_CHECKING

from vcore.methods import load, named_in_file, names_of

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
    return names_of(GROUP)


@cache
def get(name: str) -> "ImageMethod":
    """Return the method called ``name``.

    Raises
    ------
    InputError
        The method does not exist, or its package cannot be imported.
    """
    method: ImageMethod = load(GROUP, name, "methods for images")
    return method


def get_for_file(name: str) -> "ImageMethod":
    """Return the method named in a file.

    Raises
    ------
    FormatError
        The method is not installed, or its package cannot be imported.
    """
    method: ImageMethod = named_in_file(name, get, names(), " for images")
    return method
