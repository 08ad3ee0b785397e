"""Quality metrics of decoded volumes: errors, structural similarity, isosurfaces, perception.

Importing this package needs NumPy only; SciPy, scikit-image, torch and torchmetrics are imported by
the functions that use them.
"""

from vcore.metrics.errors import ErrorStatistics
from vcore.metrics.foreground import foreground_threshold
from vcore.metrics.perceptual import lpips
from vcore.metrics.robust import Foreground
from vcore.metrics.structure import ms_ssim, ssim
from vcore.metrics.surface import chamfer_distance

__all__ = [
    "ErrorStatistics",
    "Foreground",
    "chamfer_distance",
    "foreground_threshold",
    "lpips",
    "ms_ssim",
    "ssim",
]
