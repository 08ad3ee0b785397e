"""Outputs that appear whole or not at all: written beside their name, flushed to disk, renamed."""

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vcore.errors import OutputError, OutputExistsError, VcoreError

REMOVALS = 40
"""Tries, a twentieth of a second apart, to remove a folder that other threads still write into."""
KEPT_NAME = 40
"""Characters of the target's name in its hidden one, which stays within 255 bytes."""


@contextmanager
def replacing(path: str | os.PathLike[str], *, force: bool = True) -> Iterator[Path]:
    """Yield a hidden name beside ``path`` for a file or folder, which gets its own name at the end.

    Parameters
    ----------
    path
        The name of the output.
    force
        Whether what has this name is replaced.

    Raises
    ------
    OutputExistsError
        The name is taken, and ``force`` is not set.
    OutputError
        It cannot be written. Nothing is left then, nor where the block raises.
    """
    with hidden(path) as part:
        yield part
        publish(part, Path(path), force=force)


@contextmanager
def hidden(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield an unused hidden name beside ``path``; what gets it is removed whatever happens.

    Raises
    ------
    OutputError
        In place of an OSError of the block.
    """
    target = Path(path)
    part = target.with_name(f".{target.name[:KEPT_NAME]}.{secrets.token_hex(4)}.part")
    try:
        yield part
    except OSError as error:
        if isinstance(error, VcoreError):
            raise
        raise OutputError(
            f"Could not write {target}: {error.strerror or error}. Nothing was left; check the "
            f"folder, its permissions and the free space."
        ) from error
    finally:
        _remove(part)


def publish(part: Path, target: Path, *, force: bool = True) -> None:
    """Flush a file, or a folder with all that is in it, to disk and rename it to ``target``.

    Raises
    ------
    OutputExistsError
        The name is taken, and ``force`` is not set.
    OSError
        It cannot be renamed.
    """
    _flush(part)
    taken = os.path.lexists(target)
    if taken and not force:
        raise OutputExistsError(
            f"Expected a new name. {target} has appeared meanwhile: replace it with `force=True`."
        )
    if taken and part.is_dir():
        with hidden(target) as old:
            target.rename(old)
            try:
                part.rename(target)
            except OSError:
                old.rename(target)
                raise
    elif force:
        part.replace(target)
    else:  # a folder never replaces one that another process has filled meanwhile
        part.rename(target)
    with suppress(OSError):  # not every system opens folders, nor flushes them
        _flush_one(target.absolute().parent, os.O_RDONLY)


def _flush(path: Path) -> None:
    for place, _, names in os.walk(path):
        for name in names:
            _flush_one(Path(place, name), os.O_RDWR)
        with suppress(OSError):
            _flush_one(Path(place), os.O_RDONLY)
    if not path.is_dir():
        _flush_one(path, os.O_RDWR)


def _flush_one(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    if not path.is_dir():
        with suppress(OSError):  # a name that cannot be written cannot be removed
            path.unlink(missing_ok=True)
        return
    for _ in range(REMOVALS):
        shutil.rmtree(path, ignore_errors=True)
        if not os.path.lexists(path):
            return
        time.sleep(0.05)
