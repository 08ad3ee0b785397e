"""Methods for scenes by name, found through entry points and imported when used."""

from functools import cache
from typing import TYPE_CHECKING

from vcore.methods import load, named_in_file, names_of

if TYPE_CHECKING:
    from vcore.scenes.methods.base import SceneMethod

GROUP = "vcore.scene_methods"


@cache
def names() -> tuple[str, ...]:
    """Return the names of all methods, without importing them."""
    return names_of(GROUP)


@cache
def get(name: str) -> "SceneMethod":
    """Return the method called ``name``.

    Raises
    ------
    InputError
        The method does not exist, or its package cannot be imported.
    """
    method: SceneMethod = load(GROUP, name, "methods for scenes")
    return method


def get_for_file(name: str) -> "SceneMethod":
    """Return the method named in a file.

    Raises
    ------
    FormatError
        The method is not installed, or its package cannot be imported.
    """
    method: SceneMethod = named_in_file(name, get, names(), " for scenes")
    return method
