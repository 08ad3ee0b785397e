"""What a region of a file behind HTTP costs, and what the Zarr door costs on disk."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import zarr

import vcore
from benchmarks import volumes
from benchmarks.kristan import show
from benchmarks.ranged import Served, serving
from benchmarks.report import Results
from vcore.budget import Budget
from vcore.cli.output import progress
from vcore.context import Context
from vcore.volume import Volume

BPV = 0.5
BUDGETS = {
    "wavelet": Budget(bpv=BPV),
    "bounded": Budget(rel_error=0.01),
}
"""The defaults of the two kinds of budget."""
SIDE = 64
REPEATS = 7


def remote(results: Results, quick: bool, output: Path) -> None:
    """Bytes and requests of a region and of the coarsest level; the door's share of the time."""
    methods = ("wavelet",) if quick else tuple(BUDGETS)
    for method in methods:
        if f"remote {method}" not in results:
            path = compressed(method, quick, output)
            results.add(f"remote {method}", _fetched(path.read_bytes()))
            results.add(f"door {method}", _door(path))
    show(
        f"Over HTTP (loopback), {results[f'remote {methods[0]}']['shape']}: what is fetched",
        ["method", "file bytes", "opening", f"{SIDE}^3 inside, share", "requests", "ms",
         "aligned chunk, share", "coarsest level, share", "levels in the first 5 %"],
        [
            [m, f"{r['size']:,}", f"{r['opening']:,}", f"{100 * r['region']:.1f} %",
             r["requests"], 1000 * r["seconds"], f"{100 * r['chunk']:.1f} %",
             f"{100 * r['coarsest']:.2f} %", r["first"]]
            for m in methods for r in [results[f"remote {m}"]]
        ],
    )  # fmt: skip
    show(
        "The Zarr door against Dataset.decode, cold, on disk; medians of interleaved runs",
        ["method", "whole: decode ms", "array ms", "ratio", "one chunk: decode ms", "array ms",
         "ratio"],
        [
            [m, *(v for name in ("whole", "chunk") for v in (
                1000 * r[name][0], 1000 * r[name][1], f"{r[name][1] / r[name][0]:.2f}"))]
            for m in methods for r in [results[f"door {m}"]]
        ],
    )  # fmt: skip


def compressed(method: str, quick: bool, output: Path) -> Path:
    """Return the bonsai (quick: an eighth of it) compressed by ``method``, kept from run to run."""
    path = output / f"scale-{'quick-' if quick else ''}{method}.vcz"
    if not path.exists():
        output.mkdir(parents=True, exist_ok=True)
        volume = volumes.load(volumes.BONSAI)
        if quick:
            values = volume.variables[0].read((slice(64, 192),) * 3)
            volume = Volume.from_array(np.ascontiguousarray(values))
        with progress() as report:
            vcore.compress(
                volume,
                path,
                method=method,
                budget=BUDGETS[method],
                context=Context(progress=report),
            )
    return path


def _fetched(data: bytes) -> dict[str, Any]:
    def reading(read: Callable[[Any], Any]) -> tuple[Served, int, float]:
        with serving(data) as served:
            options = {"skip_instance_cache": True}
            group = zarr.open_group(f"vcore::{served.url}", mode="r", storage_options=options)
            opening = sum(served.sent)
            began = time.perf_counter()
            read(group)
            return served, opening, time.perf_counter() - began

    ds = vcore.open(data)
    ds.decode((slice(0, 8),) * 3)  # loads and compiles
    low = [n // 2 - SIDE // 2 for n in ds.shape]
    inside = tuple(slice(a, a + SIDE) for a in low)
    aligned = tuple(slice(a // SIDE * SIDE, a // SIDE * SIDE + SIDE) for a in low)
    region, opening, _ = reading(lambda group: group["0"][inside])
    times = [reading(lambda group: group["0"][inside])[2] for _ in range(REPEATS)]
    chunk, _, _ = reading(lambda group: group["0"][aligned])
    last = str(len(ds.levels) - 1)
    coarsest, _, _ = reading(lambda group: group[last][...])
    levels = vcore.open(data[: len(data) // 20]).decoder().available_levels
    return {
        "shape": " x ".join(map(str, ds.shape)),
        "size": len(data),
        "opening": opening,
        "region": sum(region.sent) / len(data),
        "requests": len(region.sent),
        "seconds": statistics.median(times),
        "chunk": sum(chunk.sent) / len(data),
        "coarsest": sum(coarsest.sent) / len(data),
        "first": ", ".join(map(str, levels)) or "none",
    }


def _door(path: Path) -> dict[str, tuple[float, float]]:
    """Return the times of ``decode`` and of the Zarr array, of the whole and of one chunk."""
    chunk = (slice(SIDE, 2 * SIDE),) * 3
    found = {}
    for name, region in (("whole", ()), ("chunk", chunk)):
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(REPEATS):
            for kind in (0, 1):
                ds = vcore.open(path)
                array = ds.array
                began = time.perf_counter()
                _ = ds.decode(region) if kind == 0 else array[region or ...]
                times[kind].append(time.perf_counter() - began)
        found[name] = (statistics.median(times[0]), statistics.median(times[1]))
    return found
