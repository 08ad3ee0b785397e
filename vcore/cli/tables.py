"""The table of variables that `compress`, `compare`, `verify` and `info` print."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vcore.model.axes import axes_of_text
from vcore.model.report import decibels
from vcore.model.text import shown_unit

NUMBERS = (
    *("bytes", "ratio", "robust PSNR", "PSNR", "SSIM", "NRMSE", "largest error", "bias"),
    *("Pearson's r", "gradient error", "foreground PSNR", "values"),
)
"""Columns aligned right."""


def print_variables(rows: Sequence[dict[str, str]]) -> None:
    """Print a row a variable, without the columns that are empty in all rows.

    Where the terminal is too narrow, names and values of each variable are printed below one
    another.
    """
    columns = [name for name in rows[0] if any(row.get(name) for row in rows)]
    console = Console()
    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, justify="right" if name in NUMBERS else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(row.get(name, "")) for name in columns))
    width = console.measure(table, options=console.options.update(width=1 << 20)).maximum
    if width <= console.width:
        console.print(table)
        return
    first, *others = columns
    for number, row in enumerate(rows):
        block = Table(box=None, pad_edge=False, show_header=False)
        block.add_column(style="dim")
        block.add_column(overflow="fold")
        block.add_row(Text(first), Text(row[first], style="bold"))
        for name in others:
            if row.get(name):
                block.add_row(Text(name), Text(row[name]))
        if number:
            console.print()
        console.print(block)


def described(variable: dict[str, Any]) -> dict[str, str]:
    """Return what a variable is, from ``Dataset.info``: the first columns of each table."""
    axes = " ".join(axes_of_text(variable["axes"]))
    return {
        "variable": variable["name"],
        "shape": f"{' x '.join(map(str, variable['shape']))} ({axes})",
        "dtype": np.dtype(variable["dtype"]).name,
        "unit": variable["unit"],
        "at": "cells" if variable["association"] == "cell" else "",
        "method": variable["method"],
        "bytes": f"{variable['bytes']:,}",
        "ratio": f"{variable['ratio']:.1f} : 1",
    }


def measured(figures: Mapping[str, Any], unit: str) -> dict[str, str]:
    """Return the columns of figures: PSNRs in dB, the largest error in data units."""
    if "psnr" not in figures:
        return {"PSNR": "not measured"}
    mse = figures.get("mse")
    robust = decibels(figures["robust_psnr"], mse) if "robust_psnr" in figures else ""
    error = ""
    if "max_error" in figures:
        error = f"{figures['max_error']:.6g} {shown_unit(unit)}".rstrip()
    return {
        "robust PSNR": robust,
        "PSNR": decibels(figures["psnr"], mse),
        "largest error": error,
    }


def promised(variable: dict[str, Any]) -> dict[str, str]:
    """Return the column of guarantees, in data units or standard deviations of the noise."""
    if variable["noise"]:
        return {"bound": f"{variable['noise']['sigmas']:g} sigma of the noise"}
    if not variable["guarantee"]:
        return {"bound": ""}
    limit = variable["guarantee"]["max_error"]
    return {"bound": f"{limit:g} {shown_unit(variable['unit'])}".rstrip() if limit else "lossless"}
