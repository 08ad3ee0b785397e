"""Atomic output: written under a hidden name in the same folder, flushed to disk, renamed."""

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vcore.errors import OutputError, OutputExistsError, VcoreError

REMOVALS = 40
"""Attempts, 0.05 s apart, to remove a folder that other threads still write to."""
KEPT_NAME = 40
"""Characters of the target's name in the hidden name, which must not exceed 255 bytes."""
SUFFIX = ".part"
"""End of hidden names."""
_HIDDEN = re.compile(rf"\..*\.[0-9a-f]{{8}}{re.escape(SUFFIX)}", re.DOTALL)


@contextmanager
def replacing(path: str | os.PathLike[str], *, force: bool = True) -> Iterator[Path]:
    """Yield a temporary hidden path for a file or folder, which is renamed to ``path`` at the end.

    Nothing is left behind if an error occurs, including errors of the block.

    Parameters
    ----------
    path
        Final path of the output.
    force
        Whether to replace an existing file or folder.

    Raises
    ------
    OutputExistsError
        ``path`` exists and ``force`` is not set.
    OutputError
        The output cannot be written.
    """
    if not force and os.path.lexists(path):  # before the work, not after it
        raise OutputExistsError(f"{path} exists. Use `force=True` to replace it.")
    with hidden(path) as part:
        yield part
        publish(part, Path(path), force=force)


@contextmanager
def hidden(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield an unused hidden path in the folder of ``path``, and remove it on exit.

    Raises
    ------
    OutputError
        The block raised OSError.
    """
    target = Path(path)
    part = target.with_name(f".{target.name[:KEPT_NAME]}.{secrets.token_hex(4)}{SUFFIX}")
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
    """Flush a file, or a folder with its contents, to disk and rename it to ``target``.

    Raises
    ------
    OutputExistsError
        ``target`` exists and ``force`` is not set.
    OSError
        Renaming failed.
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
    else:  # renaming a folder never replaces a non-empty one created by another process meanwhile
        part.rename(target)
    with suppress(OSError):  # some systems cannot open or flush folders
        _flush_one(target.absolute().parent, os.O_RDONLY)


def remove_abandoned(folder: str | os.PathLike[str]) -> None:
    """Remove hidden files that killed processes left within a folder that nobody writes to."""
    for place, _, names in os.walk(folder):
        for name in names:
            if _HIDDEN.fullmatch(name):
                _remove(Path(place, name))


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
        with suppress(OSError):  # invalid names can neither be written nor removed
            path.unlink(missing_ok=True)
        return
    for _ in range(REMOVALS):
        shutil.rmtree(path, ignore_errors=True)
        if not os.path.lexists(path):
            return
        time.sleep(0.05)
