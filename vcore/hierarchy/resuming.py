"""Checks whether an existing output can be resumed or replaced."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from vcore.errors import InputError, OutputExistsError
from vcore.hierarchy.ome import members
from vcore.io.formats import is_zarr


def fingerprint(node: Any) -> str:
    """Return a checksum of all metadata of a group or array."""
    said = [(path, dict(item.attrs), *_said(item)) for path, item in sorted(members(node).items())]
    text = json.dumps(said, sort_keys=True, default=repr)
    return f"blake2b:{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}"


def _said(item: Any) -> tuple[Any, ...]:
    if not hasattr(item, "shape"):
        return ()
    names = getattr(item.metadata, "dimension_names", None)
    return (item.shape, str(item.dtype), repr(item.fill_value), names)


def check_apart(source: str, out: Path) -> None:
    """Raise InputError if one of the paths lies within the other."""
    if "://" in source or not os.path.exists(source):
        return
    paths = Path(source).resolve(), out.resolve()
    if paths[0] == paths[1] or paths[0] in paths[1].parents or paths[1] in paths[0].parents:
        raise InputError(
            f"Expected an output apart from the input {source}. Got {out} instead: choose another "
            f"name."
        )


def check_free(out: Path, *, force: bool) -> None:
    """Raise OutputExistsError unless ``out`` may be replaced."""
    if not force:
        raise OutputExistsError(
            f"{out} exists, and was not begun with these options from what the source is now. Use "
            f"`force=True` to replace it, or give the same source and options to go on."
        )
    if not is_zarr(str(out)) and not (out.is_dir() and not any(out.iterdir())):
        raise OutputExistsError(
            f"Expected a new name. Got {out} instead, which is no Zarr hierarchy and is not "
            f"replaced: choose another name."
        )
