"""Rows of the tables of parameters and channels of a collection of images."""

from collections.abc import Mapping
from typing import Any

from vcore.collections.images import Images
from vcore.collections.parameters import Parameter
from vcore.model.report import decibels
from vcore.runtime.memory import human_bytes

LOSSLESS, EXACT = "lossless", "exact"
"""PSNR without error of a channel, and of colours alone where alpha has errors."""
VALUES = 3
"""Maximum number of a parameter's values that are printed."""


def grid(images: Images) -> str:
    """Return number, grid and size of the images."""
    height, width = images.size
    grid = " x ".join(map(str, images.shape)) or "1"
    holes = "" if images.present is None else f", {int((~images.present).sum())} holes"
    return f"{len(images)} ({grid}{holes}) of {width} x {height} pixels"


def parameter_row(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the row of a parameter of ``Collection.info``."""
    parameter = Parameter.from_json(values)
    count = len(parameter)
    ends = range(count) if count <= VALUES else (0, count - 1)
    text = (", " if count <= VALUES else ", …, ").join(map(parameter.text, ends))
    unit, period = values.get("unit", ""), values.get("period", 0)
    return {
        "parameter": values["name"],
        "values": str(count),
        "from … to": text,
        "unit": unit,
        "period": f"{period:g}" if period else "",
    }


def channel_row(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the row of a channel of ``Collection.info``."""
    images, sizes = values["access"]["images"], values["access"]["bytes"]
    bound = values.get("max_error")
    return {
        "channel": values["name"],
        "dtype": values["dtype"],
        "method": values["method"],
        "bytes": f"{values['bytes']:,}",
        **measured(values.get("achieved", {}), values["unit"]),
        "bound": ""
        if bound is None
        else f"{bound:g} {values['unit']}".rstrip()
        if bound
        else "lossless",
        "for one image": f"{images[0]:g} images, {human_bytes(sizes[0])} (at most {images[1]}, "
        f"{human_bytes(sizes[1])})",
    }


def measured(figures: Mapping[str, Any], unit: str) -> dict[str, str]:
    """Return the columns of figures: PSNRs in dB, the largest error in data units, those of alpha
    where it is not exact."""
    if "max_error" not in figures:
        return {"PSNR": "not measured"}
    mse, error = figures["mse"], figures["max_error"]
    told = {
        "foreground PSNR": decibels(figures["robust_psnr"], mse),
        "PSNR": decibels(figures["psnr"], mse),
        "largest error": "" if error is None else f"{error:.6g} {unit}".rstrip(),
    }
    if not figures.get("alpha_max_error"):
        return told
    alpha = f"{decibels(figures['alpha_psnr'])}, largest error {figures['alpha_max_error']:g}"
    return {**{k: EXACT if v == LOSSLESS else v for k, v in told.items()}, "alpha": alpha}


def worst(values: Mapping[str, Any] | None) -> str:
    """Return PSNR and place of the worst image."""
    if values is None:
        return ""
    at = ", ".join(
        f"{n} {v if isinstance(v, str) else f'{v:.10g}'}" for n, v in values.items() if n != "psnr"
    )
    return f"{decibels(values['psnr'])} at {at}"
