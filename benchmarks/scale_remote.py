"""Cost of reading regions over HTTP, and overhead of Zarr access on disk."""

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
from vcore.cli.output import progress
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.volume import Volume

RATES = (0.5, 2.0)
"""Bits per voxel of the files, by the default method."""
SIDE = 64
"""Side of chunks and regions in voxels."""
REPEATS = 5
"""Number of runs; the median counts."""


def remote(results: Results, quick: bool, output: Path) -> None:
    """Measure bytes and requests of a region and of the coarsest level, and Zarr overhead."""
    rates = RATES[:1] if quick else RATES
    for bpv in rates:
        if f"remote {bpv}" not in results:
            results.add(f"remote {bpv}", _fetched(compressed(bpv, quick, output).read_bytes()))
        if f"door {bpv}" not in results:
            results.add(f"door {bpv}", _door(compressed(bpv, quick, output)))
    show(
        f"Over HTTP (loopback), {results[f'remote {rates[0]}']['shape']}: shares of the file",
        ["bits per voxel", "file bytes", "opening", f"{SIDE}^3 inside, ds.decode", "requests",
         "ms", "the same, Zarr", "one chunk, Zarr", "coarsest level", "levels in the first 5 %"],
        [
            [bpv, f"{r['size']:,}", *(f"{100 * r[k]:.1f} %" for k in ("opening", "direct")),
             r["requests"], 1000 * r["seconds"],
             *(f"{100 * r[k]:.1f} %" for k in ("region", "chunk", "coarsest")), r["first"]]
            for bpv in rates for r in [results[f"remote {bpv}"]]
        ],
    )  # fmt: skip
    show(
        "The Zarr door against Dataset.decode, cold, on disk; medians of interleaved runs",
        ["bits per voxel", "whole: decode ms", "array ms", "ratio", "one chunk: decode ms",
         "array ms", "ratio"],
        [
            [bpv, *(v for name in ("whole", "chunk") for v in (
                1000 * r[name][0], 1000 * r[name][1], f"{r[name][1] / r[name][0]:.2f}"))]
            for bpv in rates for r in [results[f"door {bpv}"]]
        ],
    )  # fmt: skip


def compressed(bpv: float, quick: bool, output: Path) -> Path:
    """Return the bonsai (quick: an eighth of it) at ``bpv``, reused between runs."""
    path = output / f"scale-{'quick-' if quick else ''}{bpv}.vcore"
    if not path.exists():
        output.mkdir(parents=True, exist_ok=True)
        volume = volumes.load(volumes.BONSAI)
        if quick:
            values = volume.variables[0].read((slice(64, 192),) * 3)
            volume = Volume.from_array(np.ascontiguousarray(values))
        with progress() as report:
            budget = Budget(bpv=bpv)
            vcore.compress(volume, path, budget=budget, context=Context(progress=report))
    return path


def _fetched(data: bytes) -> dict[str, Any]:
    def reading(read: Callable[[Any], Any]) -> Served:
        with serving(data) as served:
            options = {"skip_instance_cache": True}
            group = zarr.open_group(f"vcore::{served.url}", mode="r", storage_options=options)
            read(group)
            return served

    def direct(region: Any) -> tuple[Served, float]:
        with serving(data) as served:
            began = time.perf_counter()
            vcore.open(served.url).decode(region)
            return served, time.perf_counter() - began

    ds = vcore.open(data)
    ds.decode((slice(0, 8),) * 3)  # warm-up: load and compile
    low = [n // 2 - SIDE // 2 for n in ds.shape]
    inside = tuple(slice(a, a + SIDE) for a in low)
    aligned = tuple(slice(a // SIDE * SIDE, a // SIDE * SIDE + SIDE) for a in low)
    straight = [direct(inside) for _ in range(REPEATS)]
    region = reading(lambda group: group["0"][inside])
    chunk = reading(lambda group: group["0"][aligned])
    last = str(len(ds.levels) - 1)
    coarsest = reading(lambda group: group[last][...])
    levels = vcore.open(data[: len(data) // 20]).decoder().available_levels
    return {
        "shape": " x ".join(map(str, ds.shape)),
        "size": len(data),
        "opening": sum(reading(lambda group: group).sent) / len(data),
        "direct": sum(straight[0][0].sent) / len(data),
        "requests": len(straight[0][0].sent),
        "seconds": statistics.median(seconds for _, seconds in straight),
        "region": sum(region.sent) / len(data),
        "chunk": sum(chunk.sent) / len(data),
        "coarsest": sum(coarsest.sent) / len(data),
        "first": ", ".join(map(str, levels)) or "none",
    }


def _door(path: Path) -> dict[str, tuple[float, float]]:
    """Return the times of ``decode`` and of the Zarr array, for the whole and for one chunk."""
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
