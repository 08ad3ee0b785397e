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
    from vcore.dataset import Dataset
    from vcore.engine.compress import compress
    from vcore.errors import VcoreError
    from vcore.model.budget import Budget
    from vcore.model.context import Context
    from vcore.model.grid import Grid
    from vcore.model.report import Report
    from vcore.model.volume import Variable, Volume
    from vcore.opening import open_dataset as open

# loaded when first used: opening a file must not wait for what compressing needs
_PLACES = {
    "Budget": "vcore.model.budget",
    "Context": "vcore.model.context",
    "Dataset": "vcore.dataset",
    "Grid": "vcore.model.grid",
    "Report": "vcore.model.report",
    "Variable": "vcore.model.volume",
    "VcoreError": "vcore.errors",
    "Volume": "vcore.model.volume",
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
        from vcore.opening import open_dataset

        return open_dataset(source, **options)

    def compress(source, path, **options):  # noqa: ANN001, ANN201, ANN003
        """Compress a volume into a `.vcore` file; see ``vcore.engine.compress.compress``."""
        return importlib.import_module("vcore.engine.compress").compress(source, path, **options)
