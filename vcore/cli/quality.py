"""Figures of the quality, of a whole variable and of its channels and frames, as text."""

from collections.abc import Mapping
from typing import Any

from rich.markup import escape

from vcore.cli.output import print_table
from vcore.model.report import decibels
from vcore.model.text import printable

MAX_FRAMES = 3
"""Frames listed, the worst first."""


def robust(figures: Mapping[str, Any]) -> str:
    """Format the robust PSNR with its peak."""
    if "robust_psnr" not in figures:
        return "not measured"
    text = decibels(figures["robust_psnr"], figures["mse"])
    low, high = figures["robust_range"]
    return f"{text} of {low:.5g} to {high:.5g}" if high > low else text


def print_parts(name: str, figures: Mapping[str, Any]) -> None:
    """Print the figures of each channel, and of the worst frames, of a variable."""
    channels, frames = figures.get("channels", ()), figures.get("frames", ())
    worst = sorted(range(len(frames)), key=lambda t: _order(frames[t]["robust_psnr"]))
    parts = {
        "channel": [(row.get("name") or str(c), row) for c, row in enumerate(channels)],
        "worst frames": [(str(t), frames[t]) for t in worst[:MAX_FRAMES]],
    }
    for title, chosen in parts.items():
        rows = [
            [
                printable(part),
                robust(row) if "robust_range" in row else decibels(row["robust_psnr"], row["mse"]),
                decibels(row["psnr"], row["mse"]),
                f"{row['max_error']:.6g}",
            ]
            for part, row in chosen
        ]
        if rows:
            print_table(
                [f"{title} of {escape(printable(name))}" if name else title, *COLUMNS], rows
            )


COLUMNS = ("robust PSNR", "PSNR", "largest error")


def _order(psnr: float | None) -> float:
    return float("inf") if psnr is None or psnr != psnr else psnr
