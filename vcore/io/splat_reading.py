"""Gaussian splats of a file, by its suffix; and files of them."""

import os
from collections.abc import Callable

from vcore.errors import InputError
from vcore.io.splat_packed import read_sog, read_splat, read_spz, write_spz
from vcore.io.splat_ply import read_ply, write_ply
from vcore.runtime.atomic import replacing
from vcore.scenes.methods.splats.model import Splats

READERS: dict[str, Callable[[str], Splats]] = {
    ".ply": read_ply,
    ".spz": read_spz,
    ".sog": read_sog,
    "meta.json": read_sog,
    ".splat": read_splat,
}
"""Readers by the end of a file's name."""
WRITTEN = (".ply", ".spz")
"""Suffixes of files that are written."""


def is_splats(path: str | os.PathLike[str]) -> bool:
    """Return whether a file's name is that of splats."""
    name = os.path.basename(os.fspath(path)).lower()
    return any(name.endswith(end) for end in READERS)


def read_splats(path: str | os.PathLike[str]) -> Splats:
    """Return the splats of a file.

    Parameters
    ----------
    path
        .ply (3DGS, also packed), .spz, .sog (or its meta.json), .splat.

    Raises
    ------
    InputError
        The file is missing, damaged or empty, holds no splats, or splats that are not finite.
    MissingExtraError
        A package for its format is not installed.
    """
    name = os.fspath(path)
    for end, read in READERS.items():
        if os.path.basename(name).lower().endswith(end):
            return read(name)
    raise InputError(
        f"Expected splats as {', '.join(READERS)}. Got {name} instead: export the scene as one of "
        f"these."
    )


def write_splats(splats: Splats, path: str | os.PathLike[str], *, force: bool = False) -> list[str]:
    """Write splats as .ply, exactly, or as .spz, rounded; return the paths of the files.

    Raises
    ------
    InputError
        The suffix is another one, or the format cannot hold the splats.
    OutputExistsError
        ``path`` exists and ``force`` is not set.
    OutputError
        ``path`` cannot be written.
    """
    name = os.fspath(path)
    end = os.path.splitext(name)[1].lower()
    if end not in WRITTEN:
        raise InputError(
            f"Expected splats to write as {' or '.join(WRITTEN)}. Got {name} instead: choose one "
            f"of these suffixes."
        )
    with replacing(name, force=force) as part:
        if end == ".spz":
            write_spz(splats, os.fspath(part))
        else:
            with open(part, "wb") as file:
                write_ply(splats, file)
    return [name]
