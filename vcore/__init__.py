"""Neural compression of scientific volumes, opened lazily as Zarr arrays.

>>> import vcore
>>> vcore.compress("tooth_103x94x161_uint8.raw", "tooth.vcore", psnr=38)
>>> ds = vcore.open("tooth.vcore")
>>> ds.array[40:60, 40:60, 40:60]
"""

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vcore._version import __version__
    from vcore.collections.collection import Collection
    from vcore.collections.images import Images
    from vcore.dataset import Dataset
    from vcore.engine.compress import compress
    from vcore.engine.estimate import estimate
    from vcore.errors import (
        BoundError,
        BudgetError,
        Cancelled,
        FormatError,
        InputError,
        MemoryLimitError,
        MissingExtraError,
        OutputError,
        OutputExistsError,
        RegionError,
        SourceError,
        TruncatedError,
        VcoreError,
        VersionError,
    )
    from vcore.evaluate.compare import compare_dataset as compare
    from vcore.evaluate.verify import verify_dataset as verify
    from vcore.file_dataset import FileDataset
    from vcore.hierarchy.dataset import HierarchyDataset
    from vcore.io import read, write
    from vcore.io.image_reading import read_images
    from vcore.io.image_writing import write_images
    from vcore.io.scene_reading import read_scene
    from vcore.io.scene_writing import write_scene
    from vcore.model.budget import Budget
    from vcore.model.budgets import Budgets
    from vcore.model.context import Context
    from vcore.model.grid import Grid
    from vcore.model.report import Report
    from vcore.model.volume import Variable, Volume
    from vcore.opening import open_any as open
    from vcore.scenes.scene import Scene

# loaded on first use (PEP 562), so that opening a file imports nothing needed for compressing
_PLACES = {
    "Budget": "vcore.model.budget",
    "Budgets": "vcore.model.budgets",
    "Collection": "vcore.collections.collection",
    "Context": "vcore.model.context",
    "Dataset": "vcore.dataset",
    "FileDataset": "vcore.file_dataset",
    "Grid": "vcore.model.grid",
    "HierarchyDataset": "vcore.hierarchy.dataset",
    "Images": "vcore.collections.images",
    "Report": "vcore.model.report",
    "Scene": "vcore.scenes.scene",
    "Variable": "vcore.model.volume",
    "Volume": "vcore.model.volume",
    "__version__": "vcore._version",
    "compare": "vcore.evaluate.compare:compare_dataset",
    "compress": "vcore.engine.compress",
    "estimate": "vcore.engine.estimate",
    "open": "vcore.opening:open_any",
    "read": "vcore.io",
    "read_images": "vcore.io.image_reading",
    "read_scene": "vcore.io.scene_reading",
    "verify": "vcore.evaluate.verify:verify_dataset",
    "write": "vcore.io",
    "write_images": "vcore.io.image_writing",
    "write_scene": "vcore.io.scene_writing",
}
"""Module of each public name, with ``:name`` if it differs there; default ``vcore.errors``."""

__all__ = [
    "BoundError",
    "Budget",
    "BudgetError",
    "Budgets",
    "Cancelled",
    "Collection",
    "Context",
    "Dataset",
    "FileDataset",
    "FormatError",
    "Grid",
    "HierarchyDataset",
    "Images",
    "InputError",
    "MemoryLimitError",
    "MissingExtraError",
    "OutputError",
    "OutputExistsError",
    "RegionError",
    "Report",
    "Scene",
    "SourceError",
    "TruncatedError",
    "Variable",
    "VcoreError",
    "VersionError",
    "Volume",
    "__version__",
    "compare",
    "compress",
    "estimate",
    "open",
    "read",
    "read_images",
    "read_scene",
    "verify",
    "write",
    "write_images",
    "write_scene",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'vcore' has no attribute {name!r}")
    module, _, inside = _PLACES.get(name, "vcore.errors").partition(":")
    found = getattr(importlib.import_module(module), inside or name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)


if "xarray" in sys.modules:
    # register the ``ds.vcore`` accessor, without importing xarray for those who do not use it
    importlib.import_module("vcore.integrations.accessor")
