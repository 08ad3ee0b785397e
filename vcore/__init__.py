"""vcore: neural compression of scientific volumes, opened lazily as Zarr arrays.

>>> import vcore
>>> vcore.compress("tooth_103x94x161_uint8.raw", "tooth.vcore", budget=vcore.Budget(psnr=38))
>>> ds = vcore.open("tooth.vcore")
>>> ds.array[40:60, 40:60, 40:60]
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vcore._version import __version__
    from vcore.budget import Budget
    from vcore.compressing import compress
    from vcore.context import Context
    from vcore.dataset import Dataset
    from vcore.dataset import open_dataset as open
    from vcore.errors import VcoreError
    from vcore.grid import Grid
    from vcore.report import Report
    from vcore.volume import Variable, Volume

# loaded when first used: opening a file must not wait for what compressing needs
_PLACES = {
    "Budget": "vcore.budget",
    "Context": "vcore.context",
    "Dataset": "vcore.dataset",
    "Grid": "vcore.grid",
    "Report": "vcore.report",
    "Variable": "vcore.volume",
    "VcoreError": "vcore.errors",
    "Volume": "vcore.volume",
    "__version__": "vcore._version",
}

__all__ = [
    "Budget",
    "Context",
    "Dataset",
    "Grid",
    "Report",
    "Variable",
    "VcoreError",
    "Volume",
    "__version__",
    "compress",
    "open",
]


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(importlib.import_module(_PLACES[name]), name)
    raise AttributeError(f"module 'vcore' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


if not TYPE_CHECKING:

    def open(source, **options):  # noqa: ANN001, ANN201, ANN003
        """Open a `.vcore` file lazily; see ``vcore.dataset.Dataset``."""
        from vcore.dataset import open_dataset

        return open_dataset(source, **options)

    def compress(source, path, **options):  # noqa: ANN001, ANN201, ANN003
        """Compress a volume into a `.vcore` file; see ``vcore.compressing.compress``."""
        return importlib.import_module("vcore.compressing").compress(source, path, **options)
