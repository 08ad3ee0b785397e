"""Open files as napari layers: lazy, multiscale, placed in space and time."""

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pint
from numpy.typing import NDArray

from vcore.dataset import Dataset
from vcore.engine.levels import LevelsDecoder
from vcore.errors import InputError
from vcore.file_dataset import FileDataset
from vcore.model.grid import Grid
from vcore.runtime.memory import human_bytes

logger = logging.getLogger(__name__)

LayerData = tuple[Any, dict[str, Any], str]
KEY = "vcore"
"""Of a layer's metadata, behind which its ``Link`` lies."""
ERROR_RANGE = 6.0
COLOURS = ("cyan", "magenta", "yellow", "green", "red", "blue")
"""Of channels, in turn."""


@dataclass(frozen=True)
class Link:
    """Where a layer comes from: a variable, or one channel of it.

    Parameters
    ----------
    channel
        None where the variable has no axis ``c``.
    level
        The level of the file that is the layer's finest.
    """

    dataset: Dataset
    variable: str
    channel: int | None = None
    level: int = 0

    @property
    def decoder(self) -> LevelsDecoder:
        """The variable's decoder."""
        return self.dataset.decoder(self.variable)

    @property
    def file(self) -> FileDataset:
        """The dataset of a `.vcore` file.

        Raises
        ------
        InputError
            It is that of a hierarchy.
        """
        if isinstance(self.dataset, FileDataset):
            return self.dataset
        raise InputError(
            f"Expected a layer of a .vcore file. Got one of the folder {self.dataset.identity[0]} "
            f"instead: copy the folder, or export the layer to another format."
        )


def link_of(layer: Any) -> Link | None:
    """Return the link of a napari layer that shows a compressed file, None of any other."""
    link = getattr(layer, "metadata", {}).get(KEY)
    return link if isinstance(link, Link) else None


def layers_of(dataset: Dataset, name: str = "") -> list[LayerData]:
    """Return an image layer for each variable and channel of ``dataset``.

    Only levels are named whose bytes are there: a file still downloading opens coarse.

    Parameters
    ----------
    name
        Of the layers; the file's by default.
    """
    stem = name or Path(dataset.identity[0]).stem
    if dataset.grid.coordinates is not None:
        logger.warning(
            "%s: the voxels lie at uneven coordinates, and are shown evenly spaced, in the order "
            "of the file",
            stem,
        )
    found = []
    for variable, decoder in dataset.variables.items():
        title = stem if len(dataset.variables) == 1 else f"{stem} {variable}"
        channels: Sequence[int | None] = [None]
        if "c" in decoder.header.axes:
            channels = range(decoder.header.shape[decoder.header.axes.index("c")])
        for channel in channels:
            link = Link(dataset, variable, channel, min(decoder.available_levels, default=0))
            found.append((arrays(link), _options(link, title, len(channels)), "image"))
    return found


def arrays(link: Link) -> list[da.Array]:
    """Return the levels of a layer as dask arrays.

    napari cuts the visible tile out of all slices first and takes the slice then, so an array that
    reads when it is cut would decode the whole stack. A declared fill value is shown as NaN, not
    as the brightest or darkest of all values.
    """
    header = link.decoder.header
    levels = link.dataset.levels_of(link.variable)
    found = [lazy(levels[k]) for k in link.decoder.available_levels or (0,)]
    if header.flat:  # one slice, as regions and grids have it
        found = [level[..., np.newaxis, :, :] for level in found]
    if header.fill_value is not None:
        dtype = np.result_type(link.decoder.dtype, np.float32)
        found = [
            level.map_blocks(_blanked, header.fill_value, dtype, dtype=dtype) for level in found
        ]
    if link.channel is None:
        return found
    return [level[(slice(None),) * header.axes.index("c") + (link.channel,)] for level in found]


def _blanked(
    values: NDArray[Any], fill_value: float, dtype: np.dtype[Any]
) -> NDArray[np.floating[Any]]:
    """Return ``values`` with NaN in place of ``fill_value``."""
    shown = values.astype(dtype)
    shown[values == fill_value] = np.nan
    return shown


def lazy(array: Any) -> da.Array:
    """Return an array, of whatever kind, as a dask array of its chunks."""
    if isinstance(array, da.Array):
        return array
    # name=False: hashing the values would read them
    return da.from_array(array, getattr(array, "chunks", "auto"), name=False)


def _options(link: Link, title: str, channels: int) -> dict[str, Any]:
    header, grid = link.decoder.header, link.decoder.grids[link.level]
    low, high = (float(v) for v in header.range)
    options = {
        "name": title,
        "multiscale": True,
        "rgb": False,
        "cache": False,  # the dataset keeps decoded chunks already
        "contrast_limits": (low, high if high > low else low + 1),
        "colormap": "gray",
        "metadata": {KEY: link},
        **place(grid, "t" in header.axes),
    }
    if link.channel is not None and channels > 1:
        names = header.components or tuple(str(k) for k in range(channels))
        options["name"] = f"{title} {names[link.channel]}"
        options["colormap"] = COLOURS[link.channel % len(COLOURS)]
        options["blending"] = "additive"
    return options


def place(grid: Grid, time: bool) -> dict[str, Any]:
    """Return where a layer lies: scale, translate or affine, units and axis labels.

    Parameters
    ----------
    time
        Whether it has a time axis; its frames are taken as evenly spaced.
    """
    step, start = (time_step(grid), grid.times[0] if grid.times else 0.0) if time else (1.0, 0.0)
    found: dict[str, Any] = {
        "axis_labels": (("t",) if time else ()) + grid.axis_names,
        "units": ((_unit(grid.time_unit),) if time else ()) + (_unit(grid.unit),) * 3,
    }
    space = shown_affine(grid)
    if (np.diag(space)[:3] > 0).all():
        found["scale"] = (step, *grid.spacing) if time else grid.spacing
        found["translate"] = (start, *grid.origin) if time else grid.origin
        return found
    affine = np.eye(5 if time else 4)
    affine[-4:, -4:] = space
    if time:
        affine[0] = step, 0, 0, 0, start
    found["affine"] = affine
    return found


def shown_affine(grid: Grid) -> NDArray[np.float64]:
    """Return the 4x4 matrix from voxel indices to where napari shows them.

    That is where they lie, axes that run backwards included. A turned grid is shown along its own
    axes: napari cannot slice it another way, and fails where an axis stands on the canvas.
    """
    if is_turned(grid):
        return np.block(
            [[np.diag(grid.spacing), np.array(grid.origin)[:, None]], [np.zeros((1, 3)), 1]]
        )
    return grid.affine


def is_turned(grid: Grid) -> bool:
    """Return whether the grid's axes are not those of the world, in either direction."""
    return not np.allclose(np.abs(grid.direction), np.eye(3), atol=1e-6)


def time_step(grid: Grid) -> float:
    """Return the mean distance of the frames, 1 where it is unknown."""
    if not grid.times or len(grid.times) < 2:
        return 1.0
    step = (grid.times[-1] - grid.times[0]) / (len(grid.times) - 1)
    return step if step > 0 else 1.0


def error_layer(
    original: Any, decoded: Any, name: str, rms: float, largest: float
) -> tuple[da.Array, dict[str, Any]]:
    """Return decoded less original as a layer: lazy, signed, diverging colours, symmetric limits.

    Parameters
    ----------
    rms, largest
        Root mean square and largest error: colours end at ERROR_RANGE times the first, or at the
        second, as a few voxels may be far off.
    """
    values = lazy(decoded).astype("f4") - lazy(original).astype("f4")
    limit = min(ERROR_RANGE * rms, largest) or 1.0
    return values, {
        "name": f"{name} error",
        "colormap": "PiYG",
        "contrast_limits": (-limit, limit),
        "rgb": False,
    }


def _unit(name: str) -> str:
    """Return a unit that napari knows."""
    if not name:
        return "pixel"
    try:
        return str(pint.get_application_registry().Unit(name))
    except (pint.errors.PintError, ValueError, TypeError):
        return "pixel"


def files_of(path: str | Path) -> Iterator[Path]:
    """Yield the compressed files that ``path`` is or, for a folder, holds; or the folder of a
    compressed hierarchy itself."""
    found = Path(path)
    if is_hierarchy(found):
        yield found
    elif found.is_dir():
        yield from sorted(
            p for p in found.iterdir() if p.suffix.lower() == ".vcore" and p.is_file()
        )
    elif found.suffix.lower() == ".vcore":
        yield found


def is_hierarchy(path: Path) -> bool:
    """Return whether ``path`` is the folder of an OME-Zarr that vcore compressed."""
    try:
        attributes = json.loads((path / "zarr.json").read_text(encoding="utf-8"))["attributes"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    from vcore.hierarchy.ome import NOTE  # with all that compresses: not for every folder

    return NOTE in attributes


def relinked(link: Link, dataset: Dataset) -> tuple[list[da.Array], Link]:
    """Return the levels of a layer that shows another dataset of the same shape, and its link."""
    other = Link(dataset, link.variable, link.channel, link.level)
    return arrays(other), other


def described(link: Link) -> str:
    """Return what a file says of itself and of a variable, for people."""
    info = link.dataset.info
    variable = next(v for v in info["variables"] if v["name"] == link.variable)
    achieved = variable["achieved"]
    lines = [
        Path(info["file"]).name,
        f"{human_bytes(info['bytes'])}, {info['ratio']:.0f} : 1, {info['bpv']:.3g} bits per voxel",
        f"{variable['name']}: {variable['method']}, {variable['dtype']}, "
        f"{variable['axes']} {' x '.join(map(str, variable['shape']))}",
        f"range {variable['range'][0]:g} to {variable['range'][1]:g} {variable['unit']}".rstrip(),
    ]
    if achieved.get("psnr") is not None:
        lines.append(f"PSNR {achieved['psnr']:g} dB, largest error {achieved['max_error']:g}")
    if variable["guarantee"]:
        lines.append(f"guaranteed error: at most {variable['guarantee']['max_error']:g}")
    if variable["noise"]:
        sigmas = variable["noise"]["sigmas"]
        lines.append(f"guaranteed error: at most {sigmas:g} standard deviations of the noise")
    if info["truncated"]:
        lines.append("the file is not whole: coarse levels only")
    space = sum(a in "zyx" for a in variable["axes"])
    lines.append("levels: " + ", ".join("x".join(map(str, s[-space:])) for s in variable["levels"]))
    if variable["settings"]:
        lines.append("settings: " + json.dumps(variable["settings"]))
    return "\n".join(lines)
