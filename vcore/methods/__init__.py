"""Methods by name, found through entry points and imported only when used."""

import logging
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from vcore.errors import FormatError, InputError

if TYPE_CHECKING:
    from vcore.methods.base import Method

GROUP = "vcore.methods"
logger = logging.getLogger(__name__)


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
        There is none of that name, or its package cannot be imported.
    """
    for point in entry_points(group=GROUP):
        if point.name == name:
            try:
                method: Method = point.load()()
            except Exception as error:  # of a package of somebody else's
                package = point.dist.name if point.dist else point.value
                raise InputError(
                    f"Expected the method {name} of {package} to be imported. Got "
                    f"{type(error).__name__}: {error} instead: install what it needs, or ask who "
                    f"made it."
                ) from error
            return method
    raise InputError(f"Expected one of the methods {', '.join(names())}. Got {name!r:.40} instead.")


def usable() -> "dict[str, Method]":
    """Return all methods by name; those that cannot be imported are left out, with a warning."""
    found = {}
    for name in names():
        try:
            found[name] = get(name)
        except InputError as error:
            logger.warning("%s", error)
    return found


def able(kind: type) -> str:
    """Return which methods have a mixin, or decoders that have it, as an aside of a sentence.

    Such as `` (method mine or yours)``; nothing where there is none.
    """
    found = [n for n, m in usable().items() if isinstance(m, kind) or issubclass(m.decoder, kind)]
    return f" (method {' or '.join(found)})" if found else ""


def get_for_file(name: str) -> "Method":
    """Return the method that a file names.

    Raises
    ------
    FormatError
        It is not installed, or its package cannot be imported.
    """
    try:
        return get(name)
    except InputError as error:
        if name in names():
            raise FormatError(str(error)) from error
        raise FormatError(
            f"The file was written with method {name!r:.40}, which is not installed: "
            f"install a newer vcore-volumes, or the package that brings it."
        ) from error
