"""What is given to a compression: a volume, or what becomes one; and what cannot be taken."""

import os
from pathlib import Path
from typing import Any

from vcore.errors import InputError, MemoryLimitError
from vcore.memory import available_bytes
from vcore.methods.base import Method
from vcore.methods.source import Source
from vcore.volume import Volume


def as_volume(source: Any) -> Volume:
    """Return a volume, or that of an array or a path."""
    if isinstance(source, Volume):
        return source
    if hasattr(source, "shape") and hasattr(source, "dtype"):
        return Volume.from_array(source)
    from vcore import io

    return io.read(source)


def refuse_source(volume: Volume, path: Any) -> None:
    """Refuse to write over the file that is read.

    Raises
    ------
    InputError
        ``path`` is the source.
    """
    source = Path(volume.source)
    both = path is not None and volume.source and source.exists() and os.path.exists(path)
    if both and source.samefile(path):
        raise InputError(
            f"Expected an output beside the source. Got the source itself, {path}: choose another "
            f"name."
        )


def refuse_too_large(source: Source, method: Method, settings: Any) -> None:
    """Refuse what a method cannot hold in memory.

    Raises
    ------
    MemoryLimitError
        It would take more than there is.
    """
    need = method.peak_memory(source, settings)
    if need > available_bytes():
        raise MemoryLimitError(
            f"Expected a volume that {method.name} can hold in memory. It would take about "
            f"{need / 1e9:.1f} of {available_bytes() / 1e9:.1f} GB: cut it into chunks (a file for "
            f"each, or an OME-Zarr of smaller arrays) and compress those."
        )
