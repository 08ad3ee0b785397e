"""The table of a dataset's variables for notebooks."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vcore.evaluate.thumbnail import Thumbnail
from vcore.model.budget import PREVIEW
from vcore.model.grid import Grid
from vcore.model.html import table
from vcore.model.text import shown_unit
from vcore.runtime.memory import human_bytes

COLUMNS = (
    *("variable", "shape", "dtype", "unit", "method", "bytes", "ratio", "guarantee"),
    *("robust PSNR", "PSNR"),
)
NUMBERS = ("bytes", "ratio", "robust PSNR", "PSNR")


def summary(kind: str, info: Mapping[str, Any], grid: Grid, thumbnail: Thumbnail) -> str:
    """Return the HTML representation of a dataset: heading, one row per variable, thumbnail.

    Parameters
    ----------
    kind
        Class name of the dataset.
    info
        ``Dataset.info``.
    thumbnail
        Picture, omitted while still decoding.
    """
    facts = [
        kind,
        f"{human_bytes(info['bytes'])}, {ratio(info['ratio'])}",
        f"{info['bpv']:.3g} bits per voxel",
        _place(grid),
    ]
    if grid.times is not None:
        facts.append(_times(grid))
    picture = thumbnail.html()
    notes = ["The picture is being decoded: show the table again."] if thumbnail.pending else []
    words = {variable["quality"] for variable in info["variables"]}
    notes += ["Preview quality: to look at, not to measure."] if PREVIEW in words else []
    notes += ["The file is incomplete: coarse levels only."] if info["truncated"] else []
    rows = [_row(variable) for variable in info["variables"]]
    name = Path(info["file"].rstrip("/")).name
    return table(name, facts, COLUMNS, rows, numbers=NUMBERS, notes=notes, picture=picture)


def ratio(value: float) -> str:
    """Format a compression ratio."""
    return f"{value:.0f} : 1" if value >= 100 else f"{value:.3g} : 1"


def _row(variable: Mapping[str, Any]) -> tuple[str, ...]:
    shape = " × ".join(map(str, variable["shape"]))  # noqa: RUF001
    return (
        variable["name"],
        f"{shape} ({' '.join(variable['axes'])})",
        np.dtype(variable["dtype"]).name,
        variable["unit"] or "–",  # noqa: RUF001
        variable["method"],
        human_bytes(variable["bytes"]),
        ratio(variable["ratio"]),
        guarantee(variable),
        _psnr(variable["achieved"], "robust_psnr"),
        _psnr(variable["achieved"], "psnr"),
    )


def guarantee(variable: Mapping[str, Any]) -> str:
    """Format the guarantee of a variable from ``Dataset.info``."""
    if variable["noise"]:
        sigmas = variable["noise"]["sigmas"]
        return f"every voxel within {sigmas:g} standard deviations of the noise"
    if variable["guarantee"]:
        limit = variable["guarantee"]["max_error"]
        text = f"every voxel within {limit:g} {shown_unit(variable['unit'])}".rstrip()
        return text if limit else "lossless"
    return "none"


def _psnr(achieved: Mapping[str, Any], name: str) -> str:
    if achieved.get("mse") == 0:
        return "∞"
    psnr = achieved.get(name)
    return "–" if psnr is None or math.isnan(psnr) else f"{psnr:.1f} dB"  # noqa: RUF001


def _place(grid: Grid) -> str:
    steps = " × ".join(f"{s:.4g}" for s in grid.spacing)  # noqa: RUF001
    return f"voxels of {steps} {grid.unit}".rstrip()


def _times(grid: Grid) -> str:
    times = grid.times or (0.0,)
    if len(times) == 1:
        return f"time {times[0]:g} {grid.time_unit}".rstrip()
    return f"{len(times)} times, {times[0]:g} to {times[-1]:g} {grid.time_unit}".rstrip()
