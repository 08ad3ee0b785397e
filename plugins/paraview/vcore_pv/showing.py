"""What a reader shows of its files: the level, and why it is not the finest."""

from collections.abc import Sequence
from typing import Any

from vcore.model.budget import PREVIEW
from vcore.model.regions import Region, shape_of

from vcore_pv.image import Figures
from vcore_pv.series import Series, Step

MEGABYTE = 1_000_000


def described(
    series: Series, step: Step, level: int, boxes: Sequence[Region], reason: str = ""
) -> str:
    """Return one line that says what is shown, such as "level 1 of 0 to 4, 65 x 50 x 35 of 130 x
    100 x 70 voxels".

    Parameters
    ----------
    boxes
        The z y x regions of ``level`` and of level 0.
    reason
        Why it is not the finest level; "" if it is, or was chosen.
    """
    some, all_ = (" x ".join(str(n) for n in reversed(shape_of(box))) for box in boxes)
    last = len(series.levels) - 1
    text = f"full resolution, {all_} voxels"
    if level:
        text = f"level {level} of 0 to {last}, {some} of {all_} voxels"
        text += f": {reason}" if reason else ""
    found = series.datasets[step.file].file.info["variables"]
    previews = [v["name"] for v in found if v["quality"] == PREVIEW]
    if previews:
        text += f"; of preview quality, to look at, not to measure: {', '.join(previews)}"
    return text


def too_large(finest: int, nbytes: int, ranks: int) -> str:
    """Return what to do if the level ``finest`` exceeds the memory limit of all ranks."""
    needed = -(-nbytes // (MEGABYTE * ranks))
    each = " in each process" if ranks > 1 else ""
    return f"raise Memory Limit to {needed} MB{each}, or choose level {finest}"


CUT = "the file is not whole, and its finer levels are missing"
"""Reason of a level that is the finest in a file that was cut or is still growing."""


def figures(series: Series, step: Step, level: int, text: str) -> Figures:
    """Return the metadata of a step's header, by displayed name."""
    shown = series.datasets[step.file]
    info, grid = shown.file.info, series.datasets[0].grid
    found: Figures = {
        "showing": text,
        "level": level,
        "bits per voxel": info["bpv"],
        "ratio": info["ratio"],
    }
    found |= {"unit of length": grid.unit} if grid.unit else {}
    found |= {"unit of time": grid.time_unit} if grid.time_unit else {}
    for variable in info["variables"]:
        if variable["name"] in shown.variables:
            found |= _of_variable(variable, shown.variables[variable["name"]].header.fill_value)
    return found


def _of_variable(variable: dict[str, Any], fill_value: Any) -> Figures:
    name = variable["name"]
    found: Figures = {f"method of {name}": variable["method"]}
    if variable["unit"]:
        found[f"unit of {name}"] = variable["unit"]
    if variable["quality"]:
        found[f"quality of {name}"] = variable["quality"]
    for key, words in (("robust_psnr", "robust PSNR"), ("psnr", "PSNR")):
        if variable["achieved"].get(key) is not None:
            found[f"{words} of {name} (dB)"] = variable["achieved"][key]
    if fill_value is not None:
        found[f"fill value of {name}, shown as NaN"] = float(fill_value)
    if variable["guarantee"]:
        found[f"largest error of {name}, guaranteed"] = variable["guarantee"]["max_error"]
    return found
