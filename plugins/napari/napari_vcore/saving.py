"""A picture as a file: its pixels as they are shown, or its values. No Qt."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.runtime.atomic import replacing

Array = NDArray[Any]
FILTERS = "PNG, as shown (*.png);;TIFF, values (*.tif);;NumPy, values (*.npy)"
"""Types of files, as Qt's dialogs take them."""


def save_picture(path: str | Path, values: Array, layer: Any) -> None:
    """Write the values of a layer: as they are to `.tif` or `.npy`, in the layer's colours to
    `.png`. An existing file is replaced.

    Parameters
    ----------
    values
        (y, x), or (y, x, component) uint8 of a colour.
    layer
        Image layer with colormap, contrast limits and gamma.

    Raises
    ------
    InputError
        The suffix is another one.
    OutputError
        The file cannot be written.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in (".png", ".tif", ".npy"):
        raise InputError(f"Expected a file .png, .tif or .npy. Got {target.name} instead.")
    with replacing(target) as part, part.open("wb") as file:
        if suffix == ".npy":
            np.save(file, values)
        elif suffix == ".tif":
            import tifffile

            photometric = "rgb" if values.ndim > 2 else "minisblack"
            tifffile.imwrite(file, values, photometric=photometric)
        else:
            import imageio.v3 as iio

            file.write(iio.imwrite("<bytes>", coloured(values, layer), extension=".png"))


def coloured(values: Array, layer: Any) -> NDArray[np.uint8]:
    """Return the pixels of a layer as it shows them: a colour as it is, other values as RGBA,
    transparent where there is none."""
    if values.ndim > 2:
        return values.astype(np.uint8, copy=False)
    low, high = layer.contrast_limits
    share = np.clip((values.astype(np.float64) - low) / (high - low), 0, 1) ** layer.gamma
    there = np.isfinite(share)
    mapped = layer.colormap.map(np.where(there, share, 0.0).ravel()).reshape(*values.shape, 4)
    found: NDArray[np.uint8] = np.rint(255 * mapped).astype(np.uint8)
    found[~there] = 0
    return found
