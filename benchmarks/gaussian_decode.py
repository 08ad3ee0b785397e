"""Decoding speed and rendering of Gaussians."""

import time
from pathlib import Path
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

import vcore
from benchmarks import volumes
from benchmarks.kristan import show
from benchmarks.report import Results
from vcore._version import __version__
from vcore.cli.output import progress
from vcore.container import Writer
from vcore.engine.encoder import describe
from vcore.methods.base import Achieved
from vcore.methods.gaussian import splat
from vcore.methods.gaussian.decoder import BACKGROUND, GAUSSIANS
from vcore.methods.gaussian.mixture import CUTOFF, Mixture, factors_of
from vcore.methods.gaussian.paper import matrices
from vcore.methods.gaussian.settings import GaussianSettings
from vcore.methods.gaussian.stream import packed
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.pyramid import level_grids
from vcore.model.volume import Variable
from vcore.runtime.executor import threads

PAPER_SHAPE, PAPER_COUNT = (100, 647, 813), 20_693
"""Voxels (z, y, x) and Gaussians of the paper's volume."""
PAPER_SECONDS = 1.032  # on an RTX 3080
REPEATS = 7
"""Number of decodings; the median counts."""


def decode(results: Results, quick: bool) -> None:
    """Decode a volume as in the paper: 100 x 647 x 813 voxels of 20,693 Gaussians of 2.5 voxels."""
    key = "decode"
    if key not in results:
        mixture = paper_mixture()
        dataset = vcore.open(file_of(mixture, PAPER_SHAPE))
        dataset.decode()
        seconds = median_seconds(dataset.decode)
        coarse = median_seconds(lambda: dataset.decode(level=2))
        chunk = median_seconds(lambda: dataset.decode((slice(0, 64),) * 3))
        evaluations = float(np.prod(np.diagonal(mixture.factors, 0, 1, 2), 1).sum())
        evaluations *= 4 / 3 * np.pi * CUTOFF**1.5
        results.add(
            key,
            {
                "seconds": seconds,
                "coarse": coarse,
                "chunk": chunk,
                "evaluations": evaluations,
                "exp": exp_seconds(int(evaluations)) / threads(),
                "threads": threads(),
            },
        )
    got = results[key]
    voxels = float(np.prod(PAPER_SHAPE))
    show(
        f"Decoding {' x '.join(map(str, PAPER_SHAPE))} voxels of {PAPER_COUNT:,} Gaussians "
        f"(the paper: {1000 * PAPER_SECONDS:,.0f} ms on an RTX 3080); {got['threads']} threads",
        ["whole s", "MVox/s", "Gaussians at voxels, millions", "share of time in exp",
         "level 2 s", "one 64x64x64 chunk s"],
        [[f"{got['seconds']:.3f}", voxels / got["seconds"] / 1e6, got["evaluations"] / 1e6,
          f"{100 * got['exp'] / got['seconds']:.0f} %", f"{got['coarse']:.3f}",
          f"{got['chunk']:.4f}"]],
    )  # fmt: skip


def paper_mixture() -> Mixture:
    """Return Gaussians along random walks resembling neurites, with scales of about 2.5 voxels."""
    rng = np.random.default_rng(0)
    walks = [
        np.cumsum(rng.normal(0, 3, (PAPER_COUNT // 40 + 1, 3)), 0) + rng.random(3) * PAPER_SHAPE
        for _ in range(40)
    ]
    centres = np.concatenate(walks)[:PAPER_COUNT] % PAPER_SHAPE
    scales = np.exp(rng.normal(np.log(2.5), 0.4, (PAPER_COUNT, 3)))
    axes = matrices(rng.normal(size=(PAPER_COUNT, 4))) * scales[:, None]
    return Mixture(
        centres, factors_of(axes @ axes.transpose(0, 2, 1)), rng.random((PAPER_COUNT, 1))
    )


def file_of(mixture: Mixture, shape: tuple[int, int, int]) -> bytes:
    """Return a file of these Gaussians without background."""
    grid = Grid(shape)
    level = len(level_grids(grid)) - 1
    variable = Variable("values", np.broadcast_to(np.float32(0), shape))
    header = describe(
        VariableSource(variable, grid, (0.0, 1.0)), "gaussian",
        Achieved(GaussianSettings(), {"background": 0}),
    )  # fmt: skip
    with Writer(None) as writer:
        writer.add(0, level, BACKGROUND, [bytes(4)])
        writer.add(0, level, GAUSSIANS, [packed(mixture, 0.05)])
        described = {"kind": "volume", "encoder": __version__, "grid": grid.to_json()}
        writer.commit({**described, "variables": [header.to_json()]})
        return writer.data


def median_seconds(function: Any) -> float:
    """Return the median time of several calls."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        function()
        times.append(time.perf_counter() - began)
    return float(np.median(times))


def exp_seconds(count: int) -> float:
    """Return the time of ``count`` exponentials on one thread, in rows as in the decoder."""
    exponentials = _compiled()
    row = np.linspace(0, CUTOFF / 2, splat.LANES, dtype=np.float32)
    exponentials(row, 1)
    return median_seconds(lambda: exponentials(row, count // splat.LANES))


def _compiled() -> Any:
    gaussian = splat.gaussian

    @nb.njit(error_model="numpy")
    def exponentials(row: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
        out = np.zeros_like(row)
        for _ in range(rows):
            for j in range(row.size):
                out[j] = gaussian(row[j] + out[j] * np.float32(1e-9))
        return out

    return exponentials


MAX_DRAWN = 600
"""Maximum number of Gaussians drawn."""
PICTURES = (
    ("cells", "microscopy/cellfinder_signal_627x1116x26_uint16.tif",
     (slice(0, 26), slice(800, 928), slice(288, 416)), 0.25),
    ("neuron", "microscopy/rivulet_neuron_409x415x119_uint8.tif", (), 0.002),
)  # fmt: skip


def picture(results: Results, quick: bool, output: Path) -> None:
    """Plot original, reconstruction, error and Gaussians over a maximum projection along z."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15, 4.1 * len(PICTURES)), layout="constrained")
    for row, (name, file, box, bpv) in enumerate(PICTURES):
        original = np.ascontiguousarray(volumes.load(file).variables[0].read()[box])
        with progress() as report:
            result = vcore.compress(
                original, None, method="gaussian", budget=vcore.Budget(bpv=bpv),
                context=Context(progress=report, time_limit=20 if quick else None),
            )  # fmt: skip
        dataset = vcore.open(result.data)
        decoded = dataset.decode()
        panels = (
            figure.add_subplot(len(PICTURES), 4, 4 * row + 1),
            *(figure.add_subplot(len(PICTURES), 4, 4 * row + k) for k in (2, 3, 4)),
        )
        draw(panels, original, decoded, dataset.primitives)
        panels[0].set_title(f"{name}: original, maximum along z", fontsize=9)
        panels[1].set_title(
            f"{result.bytes:,} bytes, {result.ratio:,.0f} : 1, {result.psnr:.1f} dB", fontsize=9
        )
        panels[2].set_title("error, largest along z", fontsize=9)
        table = dataset.primitives
        shown = f"the {MAX_DRAWN} strongest of " if len(table) > MAX_DRAWN else ""
        panels[3].set_title(f"{shown}{len(table):,} Gaussians, one sigma", fontsize=9)
    output.mkdir(parents=True, exist_ok=True)
    path = output / "gaussian.png"
    figure.savefig(path, dpi=110)
    print(f"\nPicture: {path}")


def draw(panels: Any, original: NDArray[Any], decoded: NDArray[Any], table: Any) -> None:
    """Draw the four panels of one volume."""
    from matplotlib.collections import EllipseCollection

    # square root as gamma correction, usual in microscopy, to show dim structures
    top = float(np.sqrt(np.quantile(original.max(0), 0.999)))
    for panel, volume in zip(panels, (original, decoded), strict=False):
        panel.imshow(np.sqrt(volume.max(0)), cmap="gray", vmin=0, vmax=top)
    error = decoded.astype(float) - original
    strongest = np.take_along_axis(error, np.abs(error).argmax(0)[None], 0)[0]
    limit = float(np.quantile(np.abs(strongest), 0.999)) or 1.0
    image = panels[2].imshow(strongest, cmap="RdBu_r", vmin=-limit, vmax=limit)
    panels[2].figure.colorbar(image, ax=panels[2], fraction=0.046, pad=0.02)
    panels[3].imshow(np.sqrt(original.max(0)), cmap="gray", vmin=0, vmax=2 * top)
    strength = np.abs(table.intensity[:, 0]) * np.sqrt(np.prod(table.scale, axis=1))
    table = table[np.argsort(-strength)[:MAX_DRAWN]]
    squares, vectors = np.linalg.eigh(table.covariance[:, 1:, 1:])
    sides = 2 * np.sqrt(squares)
    angles = np.degrees(np.arctan2(vectors[:, 0, 1], vectors[:, 1, 1]))
    colours = np.where(table.intensity[:, 0] > 0, "#ffb000", "#3fa7ff")
    panels[3].add_collection(
        EllipseCollection(
            sides[:, 1], sides[:, 0], angles, units="xy", offsets=table.centre[:, [2, 1]],
            offset_transform=panels[3].transData, facecolors="none", edgecolors=colours,
            linewidths=0.5, alpha=0.8,
        )
    )  # fmt: skip
    for panel in panels:
        panel.set_xticks([])
        panel.set_yticks([])
        panel.set_xlim(-0.5, original.shape[2] - 0.5)
        panel.set_ylim(original.shape[1] - 0.5, -0.5)
