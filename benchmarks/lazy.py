"""Cost of partial access to a file: time, bytes and chunks, against decoding it whole."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Annotated, Any
from unittest.mock import patch

import numpy as np
import typer

import vcore
from benchmarks import rd
from benchmarks.kristan import CountingSource, show
from benchmarks.report import Results
from vcore.cli.output import progress
from vcore.dataset import Dataset
from vcore.engine.decoder import VariableDecoder
from vcore.model.context import Context
from vcore.runtime.executor import threads

BPV = 0.25
"""Bits per voxel of the compressed files."""
SIDE = 64
"""Side of chunks and regions in voxels."""
REPEATS, QUICK_REPEATS = 9, 5
"""Number of runs; the median counts."""
VOLUMES = ("tooth", "chris_t1", "bonsai", "fingers")
QUICK_VOLUMES = ("tooth", "headsq")
METHODS = ("wavelet", "bounded")
OPERATIONS = {
    "open": "open",
    "coarse": "open, first coarse picture",
    "chunk": "open, a chunk of 64^3",
    "region": "open, 64^3 across chunks",
    "whole": "open, everything",
}
"""Operations on a file, with their names in the table."""


def main(
    volume: Annotated[
        list[str] | None, typer.Option(help="Run only this volume; repeatable.")
    ] = None,
    method: Annotated[list[str] | None, typer.Option(help="Method of vcore; repeatable.")] = None,
    quick: Annotated[bool, typer.Option(help="Small volumes, fewer repetitions.")] = False,
    fresh: Annotated[bool, typer.Option(help="Discard results of earlier runs.")] = False,
    output: Annotated[Path, typer.Option(help="Folder for results.")] = Path("bench-output"),
) -> None:
    """Measure opening and partial decoding of files; results in bench-output/lazy.json."""
    known = [c.name for c in rd.CASES]
    names = rd.among("volume", volume or (QUICK_VOLUMES if quick else VOLUMES), known)
    results = Results(output / "lazy.json", fresh=fresh)
    texts = []
    for name in names:
        case = next(c for c in rd.CASES if c.name == name)
        for each in method or METHODS:
            key = f"{name} {each}"
            if key not in results:
                with progress() as report:
                    made = vcore.compress(
                        case.load(), None, method=each, budget=vcore.Budget(bpv=BPV),
                        context=Context(progress=report),
                    )  # fmt: skip
                results.add(key, measured_access(made.data, QUICK_REPEATS if quick else REPEATS))
            texts.append(table(f"{name}, {each}", results[key]))
    (output / "lazy.md").write_text("\n".join(texts), encoding="utf-8")


def table(title: str, found: dict[str, Any]) -> str:
    """Print and return the table of a file."""
    whole = found["whole"]
    rows = [
        [label, row["ms"], row["ms"] / whole["ms"] * 100, row["chunks"], f"{row['bytes']:,}",
         row["bytes"] / whole["bytes"] * 100]
        for name, label in OPERATIONS.items()
        if (row := found.get(name)) is not None
    ]  # fmt: skip
    head = ["what", "ms", "% of all", "chunks decoded", "bytes read", "% of all"]
    of = f"{found['file_bytes']:,} bytes, {found['threads']} threads, compiled code warm, medians"
    return show(f"{title}: {of}", head, rows)


def measured_access(data: bytes, repeats: int) -> dict[str, Any]:
    """Return median milliseconds, bytes read and chunks decoded for each of OPERATIONS."""
    shape = vcore.open(data).decoder().shape()
    space = [min(SIDE, n) for n in shape[-3:]]
    lead = (slice(0, 1),) * (len(shape) - 3)
    chunk = (*lead, *(slice(n // 2 // SIDE * SIDE, min(n // 2 // SIDE * SIDE + SIDE, n))
                      for n in shape[-3:]))  # fmt: skip
    starts = [(n - side) // 2 for n, side in zip(shape[-3:], space, strict=True)]
    region = (*lead, *(slice(s, s + side) for s, side in zip(starts, space, strict=True)))
    ways: dict[str, Callable[[Dataset], Any]] = {
        "open": lambda _: None,
        "coarse": lambda ds: ds.decode(level=len(ds.grid_levels) - 1),
        "chunk": lambda ds: ds.decode(chunk),
        "region": lambda ds: ds.decode(region),
        "whole": lambda ds: ds.decode(),
    }
    found: dict[str, Any] = {"file_bytes": len(data), "threads": threads()}
    for name, way in ways.items():
        source, decoded = CountingSource(data), _Counter()
        with patch.object(VariableDecoder, "decode_chunk", decoded.wrapped()):
            way(Dataset(source))  # also loads compiled code
        times = []
        for _ in range(repeats if name != "whole" else min(repeats, 3)):
            began = time.perf_counter()
            way(vcore.open(data))  # discards decoded chunks
            times.append(1000 * (time.perf_counter() - began))
        found[name] = {"ms": median(times), "bytes": source.count, "chunks": decoded.count}
    return found


class _Counter:
    """Counter of decoded chunks."""

    def __init__(self) -> None:
        self.count = 0

    def wrapped(self) -> Callable[..., np.ndarray[Any, Any]]:
        """Return ``VariableDecoder.decode_chunk`` wrapped with a counter."""
        inner = VariableDecoder.decode_chunk

        def decode_chunk(decoder: VariableDecoder, region: Any, level: int) -> Any:
            self.count += 1
            return inner(decoder, region, level)

        return decode_chunk
