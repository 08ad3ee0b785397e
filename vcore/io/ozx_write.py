"""Writing a Zarr hierarchy as one file: a ZIP archive without compression of its own.

https://ngff.openmicroscopy.org/rfc/9 (.ozx); ``.zarr.zip`` has the same layout.
"""

import json
import shutil
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from vcore.errors import InputError
from vcore.io import omezarr_write
from vcore.io.formats import ZARR_FILES
from vcore.io.ome_versions import ZARR_FORMATS
from vcore.io.write_slabs import Tick
from vcore.model.volume import Volume

TIME = (1980, 1, 1, 0, 0, 0)
"""Time of every entry: the same hierarchy gives the same bytes."""


def write(volume: Volume, path: str, tick: Tick, *, version: str = "0.5") -> list[str]:
    """Write a hierarchy to a folder beside ``path``, then pack it."""
    check_packed(path, version)
    folder = f"{path}.zarr"
    omezarr_write.write(volume, folder, tick, version=version)
    pack(folder, path, version)
    shutil.rmtree(folder)
    return [path]


def check_packed(path: str, version: str) -> None:
    """Refuse OME-Zarr 0.4 in a .ozx, which is of Zarr v3."""
    if path.lower().endswith(".ozx") and ZARR_FORMATS.get(version) == 2:
        raise InputError(
            f"Expected OME-Zarr 0.5 or later for a .ozx file. Got {version} instead: write a "
            f".zarr.zip, or choose another version."
        )


def pack(folder: str, path: str, version: str) -> None:
    """Pack a hierarchy: metadata first, in breadth-first order, and the version as comment."""
    root = Path(folder)
    files = [p.relative_to(root) for p in root.rglob("*") if p.is_file()]
    files.sort(key=lambda p: (p.name not in ZARR_FILES, len(p.parts), p.as_posix()))
    told = {"version": version, "zipFile": {"centralDirectory": {"jsonFirst": True}}}
    with ZipFile(path, "x", ZIP_STORED) as archive:
        if ZARR_FORMATS[version] == 3:
            archive.comment = json.dumps({"ome": told}).encode()
        for name in files:
            entry = ZipInfo(name.as_posix(), TIME)
            entry.external_attr = 0o644 << 16
            # ZIP64 whatever the size, as the specification asks for
            with open(root / name, "rb") as file, archive.open(entry, "w", force_zip64=True) as out:
                shutil.copyfileobj(file, out, 1 << 20)
