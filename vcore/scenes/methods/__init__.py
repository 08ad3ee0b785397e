"""Methods for scenes by name, found through entry points and imported when used."""

from functools import cache
from typing import TYPE_CHECKING

from vcore.errors import FormatError, InputError
from vcore.methods import load, names_of

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
    try:
        return get(name)
    except InputError as error:
        if name in names():
            raise FormatError(str(error)) from error
        raise FormatError(
            f"The file was written with the method {name!r:.40} for scenes, which is not "
            f"installed: install a newer vcore-volumes, or the package that brings it."
        ) from error
