"""Methods by name, found through entry points and imported only when used."""

import logging
from collections.abc import Callable, Collection
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from vcore.errors import FormatError, InputError

if TYPE_CHECKING:
    from vcore.methods.base import Method

GROUP = "vcore.methods"
logger = logging.getLogger(__name__)


def names_of(group: str) -> tuple[str, ...]:
    """Return the names in a group of entry points, without importing them."""
    return tuple(sorted({point.name for point in entry_points(group=group)}))


def load(group: str, name: str, what: str) -> Any:
    """Return a new object of the class called ``name`` in a group of entry points.

    Parameters
    ----------
    what
        Word for all of the group, in messages.

    Raises
    ------
    InputError
        It does not exist, or its package cannot be imported.
    """
    for point in entry_points(group=group):
        if point.name == name:
            try:
                return point.load()()
            except Exception as error:  # third-party packages may raise anything
                package = point.dist.name if point.dist else point.value
                raise InputError(
                    f"Expected the method {name} of {package} to be imported. Got "
                    f"{type(error).__name__}: {error} instead: install what it needs, or ask who "
                    f"made it."
                ) from error
    known = ", ".join(names_of(group))
    raise InputError(f"Expected one of the {what} {known}. Got {name!r:.40} instead.")


@cache
def names() -> tuple[str, ...]:
    """Return the names of all methods, without importing them."""
    return names_of(GROUP)


@cache
def get(name: str) -> "Method":
    """Return the method called ``name``.

    Raises
    ------
    InputError
        The method does not exist, or its package cannot be imported.
    """
    method: Method = load(GROUP, name, "methods")
    return method


def usable() -> "dict[str, Method]":
    """Return all methods by name, without those that cannot be imported, which are logged."""
    found = {}
    for name in names():
        try:
            found[name] = get(name)
        except InputError as error:
            logger.warning("%s", error)
    return found


def able(kind: type) -> str:
    """Return the methods with a mixin, or with decoders that have it, as a parenthesis for
    messages.

    For example `` (method mine or yours)``; empty if there are none.
    """
    found = [n for n, m in usable().items() if isinstance(m, kind) or issubclass(m.decoder, kind)]
    return f" (method {' or '.join(found)})" if found else ""


def get_for_file(name: str) -> "Method":
    """Return the method named in a file.

    Raises
    ------
    FormatError
        The method is not installed, or its package cannot be imported.
    """
    method: Method = named_in_file(name, get, names(), "")
    return method


def named_in_file(name: str, get: Callable[[str], Any], known: Collection[str], what: str) -> Any:
    """Return what ``get`` returns for a name in a file; ``what`` it is for, as `` for images``.

    Raises
    ------
    FormatError
        The method is not installed, or its package cannot be imported.
    """
    try:
        return get(name)
    except InputError as error:
        if name in known:
            raise FormatError(str(error)) from error
        raise FormatError(
            f"The file was written with the method {name!r:.40}{what}, which is not installed: "
            f"install a newer vcore-volumes, or the package that brings it."
        ) from error
