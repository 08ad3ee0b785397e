"""A forward-facing scene rendered by ourselves: a network in NDC, fitted, pruned and coded.

The sample CT of a head is rendered by ``vcore render`` from a grid of views within 30 by 20
degrees (angle of view: 60), and written as LLFF does; a network of ``vcore compress`` is fitted to
seven of eight images, in normalised device coordinates (Mildenhall et al. 2020, appendix C) and,
for comparison, in those of the world.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import vcore
from benchmarks import volumes
from benchmarks.report import Results
from vcore.io.posed_reading import LLFF, read_posed
from vcore.io.scene_reading import read_scene
from vcore.metrics.errors import psnr
from vcore.model.budget import Budget
from vcore.render import plan, run
from vcore.render.frames import Source
from vcore.scenes.compress import compress_scene
from vcore.scenes.field import RadianceField
from vcore.scenes.methods.nerf.fitting import HELD
from vcore.scenes.methods.splats.fitting import posed_of

HEAD = ["network", "file", "bytes", "ratio", "PSNR", "MSE"]
CHOICES = plan.Choices(theta="80:100:5", phi="-15:15:6", size=(100, 100), view_angle=60, zoom=1.6)
"""5 x 6 views."""
FARTHEST = 6.0
"""Largest depth, as in the NeRF paper's synthetic scenes: millimetres are too small a unit for a
network in coordinates of the world."""
WHITE = (1.0, 1.0, 1.0)
ITERATIONS = 50
KINDS: dict[str, dict[str, Any]] = {
    "40 dB against the network": {},
    "60% of these bytes": {},
    "60%, 30% pruned": {"prune": 0.3},
    f"60%, 30% pruned, retrained ({ITERATIONS} iterations)": {
        "prune": 0.3,
        "retrain": ITERATIONS,
    },
}
"""Settings of each file; all but the first have SHARE of its bytes."""
SHARE = 0.6


def rows(results: Results, output: Path, minutes: float) -> Iterator[list[Any]]:
    """Yield a row for each network and each of its files, by the images that were not trained on.

    Parameters
    ----------
    minutes
        Time limit of each fit.
    """
    folder = output / "forward"
    if not (folder / LLFF).exists():
        _write(folder, output / "forward.cdb")
    for name, ndc in (("NDC", True), ("world", False)):
        key = f"forward, {minutes:g} minutes, {name}"
        if any(f"{key}, {kind}" not in results for kind in ("exact", *KINDS)):
            _measure(results, key, folder, minutes, ndc)
        raw = results[f"{key}, exact"]["bytes"]
        for kind in ("exact", *KINDS):
            found = results[f"{key}, {kind}"]
            size = found["bytes"]
            text = "float32" if kind == "exact" else kind
            yield [name, text, size, f"{raw / size:.1f}", found["psnr"], f"{found['mse']:.5f}"]


def _measure(results: Results, key: str, folder: Path, minutes: float, ndc: bool) -> None:
    """Fit a network, and measure it and its files."""
    source = read_scene(folder, minutes=minutes, ndc=ndc)
    results.add(f"{key}, exact", {**_errors(source, folder), "bytes": source.nbytes})
    first = 0
    for kind, settings in KINDS.items():
        budget = Budget(bytes=int(SHARE * first)) if first else None
        report = compress_scene(source, budget=budget, settings=settings, progress=False)
        first = first or report.bytes
        found = _errors(vcore.open(report.data).field, folder)
        results.add(f"{key}, {kind}", {**found, "bytes": report.bytes})


def _errors(field: RadianceField, folder: Path) -> dict[str, float]:
    """Return the errors of the images that were not trained on."""
    posed = read_posed(str(folder))
    errors = [
        float(np.mean((field.render(posed.cameras[k]).rgb - posed.picture(k, WHITE)) ** 2))
        for k in range(HELD - 1, len(posed.cameras), HELD)
    ]
    return {"psnr": float(np.mean([psnr(1.0, e) for e in errors])), "mse": float(np.mean(errors))}


def _write(folder: Path, database: Path) -> None:
    """Render the volume, and write images and poses as LLFF does."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "images").mkdir(parents=True)
    source = Source(volumes.sample_head())
    rendered = run.render(plan.database(source, database, CHOICES, "head"), force=True)
    posed = posed_of(rendered)
    unit = max(c.far for c in posed.cameras) / FARTHEST
    table = []
    for k, camera in enumerate(posed.cameras):
        pixels = np.rint(255 * posed.picture(k, WHITE)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"{k:03d}.png")
        pose, told = camera.pose, np.array([*camera.size, camera.focal])
        columns = [-pose[:3, 1], pose[:3, 0], pose[:3, 2], pose[:3, 3] / unit, told]
        table.append([*np.stack(columns, 1).ravel(), camera.near / unit, camera.far / unit])
    np.save(folder / LLFF, np.array(table))
