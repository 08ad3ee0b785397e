"""What a compressed file holds, and how good it is, as rows of a name and a value. No Qt."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from napari_vcore.layers import Link
from vcore.model.axes import axes_of_text
from vcore.runtime.memory import human_bytes


def card(link: Link) -> list[tuple[str, str]]:
    """Return the rows for the file and the variable of ``link``."""
    info = link.dataset.info
    variable = next(v for v in info["variables"] if v["name"] == link.variable)
    shape = " x ".join(map(str, variable["shape"]))
    rows = [
        ("file", Path(info["file"]).name),
        ("size", f"{human_bytes(info['bytes'])}, {info['ratio']:.0f} : 1"),
        ("", f"{info['bpv']:.3g} bits per voxel"),
        ("variable", f"{variable['name']}, {np.dtype(variable['dtype']).name}"),
        (variable["axes"], shape),
        *_range(variable),
        ("method", variable["method"]),
        *_quality(variable),
    ]
    if info["truncated"]:
        rows.append(("incomplete", "coarse levels only"))
    space = sum(a in (*"zyx",) for a in axes_of_text(variable["axes"]))
    levels = ["x".join(map(str, s[-space:])) for s in variable["levels"]]
    rows.append(("levels", f"{len(levels)}, coarsest {levels[-1]}"))
    if settings := variable["settings"]:
        told = {n: float(f"{v:.4g}") if isinstance(v, float) else v for n, v in settings.items()}
        rows.append(("settings", json.dumps(told).strip("{}").replace('"', "")))
    return rows


def _range(variable: Mapping[str, Any]) -> list[tuple[str, str]]:
    if variable["range"] is None:
        return []
    low, high = variable["range"]
    return [("range", f"{low:g} to {high:g} {variable['unit']}".rstrip())]


def _quality(variable: Mapping[str, Any]) -> list[tuple[str, str]]:
    achieved, rows = variable["achieved"], []
    if variable["quality"]:
        rows.append(("quality", variable["quality"]))
    if achieved.get("robust_psnr") is not None:
        span = achieved.get("robust_range")
        told = " of {:g} to {:g}".format(*span) if span else ""
        rows.append(("robust PSNR", f"{achieved['robust_psnr']:.4g} dB{told}"))
    if achieved.get("psnr") is not None:
        rows.append(("PSNR", f"{achieved['psnr']:.4g} dB"))
        rows.append(("largest error", f"{achieved['max_error']:g}"))
    if variable["guarantee"]:
        rows.append(("guaranteed", f"errors up to {variable['guarantee']['max_error']:g}"))
    if variable["noise"]:
        sigmas = variable["noise"]["sigmas"]
        rows.append(("guaranteed", f"errors up to {sigmas:g} sigmas of the noise"))
    return rows
