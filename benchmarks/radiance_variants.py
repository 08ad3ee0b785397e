"""Pruning at once, pruning in rounds and shared values, in files of the same size.

Han et al. 2015, "Learning both weights and connections" (rounds) and "Deep compression" (pruning,
shared values, retraining of those, entropy coding).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import vcore
from benchmarks.radiance_scene import Lego
from benchmarks.report import Results

HEAD = ["file", "bytes", "ratio", "PSNR", "loss in dB"]
RATIO = 16
"""Ratio of all files: beyond what is reached without retraining."""
ROUNDS = 4
PRUNED = (0.3, 0.5, 0.7)
MOST = 512
"""Shared values of a layer at most; the budget chooses how many."""


def settings(iterations: int) -> dict[str, dict[str, Any]]:
    """Return the settings of each row."""
    again = {"retrain": iterations}
    after = f"retrained ({iterations} iterations)"
    rows: dict[str, dict[str, Any]] = {"steps": {}, f"steps, {after}": again}
    for share in PRUNED:
        told = {"prune": share, **again}
        rows[f"pruned {share:.0%} at once, steps, {after}"] = told
        rows[f"pruned {share:.0%} in {ROUNDS} rounds, steps, {after}"] = {**told, "rounds": ROUNDS}
    rows["shared values"] = {"share": MOST}
    rows[f"shared values, {after}"] = {"share": MOST, **again}
    half = {"prune": 0.5, "share": MOST, **again}
    rows[f"pruned 50% at once, shared values, {after}"] = half
    rows[f"pruned 50% in {ROUNDS} rounds, shared values, {after}"] = {**half, "rounds": ROUNDS}
    return rows


def rows(lego: Lego, results: Results, iterations: int, output: Path) -> Iterator[list[Any]]:
    """Yield a row for each kind of file; all are complete files, decoded from their bytes."""
    source = lego.skipping(lego.field.network)
    count = len(lego.cameras)
    exact = f"{count} views, exact"
    if exact not in results:
        results.add(exact, lego.errors(source))
    base = results[exact]["psnr"]
    output.mkdir(parents=True, exist_ok=True)
    path = output / "lego-variant.vcore"
    for name, chosen in settings(iterations).items():
        key = f"{count} views, {name}, ratio {RATIO}"
        if key not in results:
            report = vcore.compress(source, path, ratio=RATIO, settings=chosen, force=True)
            results.add(key, {**lego.errors(vcore.open(path).field), "bytes": report.bytes})
        found = results[key]
        size = found["bytes"]
        yield [name, size, f"{source.nbytes / size:.1f}", found["psnr"], base - found["psnr"]]
