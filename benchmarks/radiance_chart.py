"""PSNR over bytes of the files of a scene, as a chart."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vcore.evaluate.plot import import_figure

SERIES = {
    "float32": "float32",
    "int8": "int8, zstd",
    "pruned": "pruned and retrained, float32 + mask, zstd (Isik 2021)",
    "vcore, retrained": "vcore, retrained",
    "vcore": "vcore",
    "splats": "splats of the scene, vcore",
}
"""Label of each series by how the names of its rows begin; the first that fits counts."""
Points = list[tuple[float, float]]


def series_of(rows: Iterable[list[Any]]) -> dict[str, Points]:
    """Return kilobytes and PSNR of each series, by size.

    Parameters
    ----------
    rows
        Rows of the table of files: name, bytes, ratio, PSNR, loss.
    """
    found: dict[str, Points] = {}
    for name, size, _, psnr, *_ in rows:
        label = next(text for start, text in SERIES.items() if name.startswith(start))
        found.setdefault(label, []).append((size / 1000, psnr))
    return {label: sorted(points) for label, points in found.items()}


def draw(rows: Iterable[list[Any]], target: Path) -> None:
    """Write a PNG of PSNR over bytes."""
    figure = import_figure()(figsize=(7.5, 4.2), layout="constrained")
    panel = figure.add_subplot()
    series = series_of(rows)
    for label, points in series.items():
        kilobytes, psnr = zip(*points, strict=True)
        panel.plot(kilobytes, psnr, marker="o", markersize=4, linewidth=1, label=label)
    panel.axhline(series["float32"][0][1], linestyle="--", linewidth=0.8, color="grey")
    panel.set(xscale="log", xlabel="kB of the file", ylabel="PSNR of test views in dB")
    ticks = (30, 50, 100, 200, 400, 700)
    panel.set_xticks(ticks, [str(n) for n in ticks], minor=False)
    panel.set_xticks([], minor=True)
    panel.grid(alpha=0.3)
    panel.legend(fontsize=8)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=90)
    print(f"\nPSNR over bytes: {target}")
