"""Networks for collections of images at equal bytes and times, with `views` and a video codec."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.images_peers import peers, serpentine
from benchmarks.images_rows import HEAD, at, cells, ours, peer_row
from benchmarks.images_streams import around
from benchmarks.kristan import show
from benchmarks.report import Results
from vcore.collections import methods
from vcore.collections.images import Images

RATES = (300, 1200)
"""Uncompressed bytes of the colours over those of the file."""
SHARES = (0.1, 0.3, 1.0)
"""Shares of the time at which quality over time is shown, each a fit of its own."""
SYSTEMS: dict[str, tuple[str, dict[str, Any]]] = {
    "nervi": ("nervi", {}),
    "nervi, compact": ("nervi", {"preset": "compact"}),
    "view-grids": ("view-grids", {}),
    "nerv": ("nervi", {"preset": "nerv"}),
    "insitunet": ("nervi", {"preset": "insitunet"}),
    "siren": ("nervi", {"preset": "siren"}),
    "nerf": ("nervi", {"preset": "nerf"}),
    "views": ("views", {}),
}
"""Method and settings, by the system's name in the table."""
VIDEO = "SVT-AV1"


def compare(
    name: str,
    images: Images,
    results: Results,
    minutes: float,
    rates: Sequence[int],
    wanted: str,
    group: int,
    output: Path,
) -> None:
    """Print the table of a collection and draw quality over fitting time.

    Parameters
    ----------
    name
        Of the collection, in keys of ``results``, which is filled row by row.
    minutes
        Time of a fit.
    wanted
        Part of the name of the systems to run; all if empty.
    group
        Images of the closed groups of the video.
    output
        Folder of the plot.
    """
    colours = Images(
        images.parameters, images.size, images.channels[:1], images.read, None, images.background
    )
    key = f"{name} {len(images)} {images.size[0]}"
    rows, curves = [], []
    for system, (method, settings) in SYSTEMS.items():
        if wanted not in system or method not in methods.names():
            continue
        timed = hasattr(methods.get(method).Settings, "minutes")
        for rate in rates:
            points = []
            for share in SHARES if timed and rate == rates[0] else (1.0,):
                time = share * minutes if timed else 0
                row_key = f"{key} {system} {rate} {time:g}"
                if row_key not in results:
                    given = {**settings, "minutes": time} if timed else settings
                    results.add(row_key, ours(colours, method, rate, given))
                points.append((time, results[row_key]))
            rows.append([system, rate, *cells(points[-1][1])])
            if rate == rates[0] and timed:
                curves.append((system, [(t, p["foreground"]) for t, p in points if p]))
    rows += _video(key, images, results, rates, wanted, group)
    title = f"{name}: {len(images)} images of {images.size[0]} x {images.size[1]}, {minutes:g} min"
    show(title, HEAD, rows)
    if any(len(points) > 1 for _, points in curves):
        draw(curves, rates[0], output / f"images-networks-{name}.png")


def _video(
    key: str, images: Images, results: Results, rates: Sequence[int], wanted: str, group: int
) -> list[list[Any]]:
    """Return the rows of the video codec, in closed groups."""
    if wanted not in VIDEO:
        return []
    peer = next(p for p in peers(group) if VIDEO in p.name and f"groups of {group}" in p.name)
    stack = np.stack([images.read(i, "rgb") for i in images.indices()])
    order = serpentine(stack, images.shape)

    def measure(level: float) -> dict[str, Any]:
        row_key = f"{key} {peer.name} {level:g}"
        if row_key not in results:
            row = peer_row(peer, stack, order, images.background, level, group)
            results.add(row_key, row)
        found: dict[str, Any] = results[row_key]
        return found

    limits = {rate: len(images) * 3 * images.size[0] * images.size[1] / rate for rate in rates}
    points = list(around(peer.levels, list(limits.values()), measure, {}).values())
    return [[peer.name, rate, *cells(at(points, limit))] for rate, limit in limits.items()]


def draw(
    curves: Sequence[tuple[str, Sequence[tuple[float, float]]]], rate: int, path: Path
) -> None:
    """Draw PSNR over the foreground against minutes of fitting."""
    from vcore.evaluate.plot import import_figure

    figure = import_figure()(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    for system, points in curves:
        axes.plot(*zip(*points, strict=True), marker="o", label=system)
    axes.set(xlabel="minutes", ylabel="PSNR of the foreground, dB", title=f"rate {rate}")
    axes.set_xscale("log")
    axes.legend()
    figure.savefig(path, dpi=110)
    print(path)
