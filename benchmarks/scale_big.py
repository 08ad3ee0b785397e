"""`python -m benchmarks scale-big`: a volume tiled from real data, compressed as a hierarchy."""

import hashlib
import json
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
import zarr

from benchmarks.peak import peak
from benchmarks.report import Results
from benchmarks.volumes import BONSAI, folder
from vcore import Budget, io
from vcore.hierarchy import audit, compress

SIDE, CHUNK = 1024, 128
"""Sides of the volume and of its chunks, in voxels."""
QUICK_SIDE, QUICK_CHUNK = 256, 64
BUDGET = Budget(psnr=45)
WORKERS = {"one": 1, "two": 2, "cluster": 2}
"""Number of workers of each run."""
PIECES = {"one": 4, "two": 2, "cluster": 2}
"""Number of resumable pieces per step; each takes about three minutes on two idle cores, for 1024
voxels a side."""
SAMPLE = 0.05
"""Fraction of chunks verified against the source."""


def main(
    quick: Annotated[bool, typer.Option(help="256 voxels a side instead of 1024.")] = False,
    steps: Annotated[int, typer.Option(help="Stop after this many; the next call resumes.")] = 99,
    work: Annotated[Path, typer.Option(help="Working folder, 3 GB.")] = Path("bench-output/big"),
    fresh: Annotated[bool, typer.Option(help="Discard results of earlier calls.")] = False,
) -> None:
    """Measure peak memory, two workers against one, a killed run, seams, and a dask cluster."""
    place = work / ("quick" if quick else "full")
    if fresh and place.exists():
        shutil.rmtree(place)
    run = Run(place, *((QUICK_SIDE, QUICK_CHUNK) if quick else (SIDE, CHUNK)))
    for name in run.left()[:steps]:
        typer.echo(f"{name} ...")
        run.do(name)
    left = run.left()
    typer.echo(f"still to do: {', '.join(left)}" if left else json.dumps(run.figures(), indent=2))


class Run:
    """Steps and their results, stored in ``place``.

    Parameters
    ----------
    side, chunk
        Sides of the volume and of its chunks, in voxels.
    """

    def __init__(self, place: Path, side: int, chunk: int) -> None:
        self.place, self.side, self.chunk = place, side, chunk
        self.results = Results(place / "results.json")
        self.source = str(place / "source.zarr")

    def left(self) -> list[str]:
        """Return the remaining steps."""
        timed_ = [f"{run} {i + 1}/{n}" for run, n in PIECES.items() for i in range(n)]
        names = ["source", *timed_, "killed", "resumed", "audit"]
        return [name for name in names if name not in self.results]

    def do(self, name: str) -> None:
        """Run a step and store its results."""
        run, _, piece = name.partition(" ")
        if piece:
            self._timed(run, piece)
        else:
            self.results.add(name, getattr(self, f"_{run}")())

    def figures(self) -> dict[str, Any]:
        """Return all results."""
        rows = self.results.rows
        seconds = {
            run: sum(rows[f"{run} {i + 1}/{n}"]["seconds"] for i in range(n))
            for run, n in PIECES.items()
        }
        peaks = {
            f"peak_mb_{run}": max(rows[f"{run} {i + 1}/{n}"]["peak_mb"] for i in range(n))
            for run, n in PIECES.items()
            if run != "cluster"
        }
        whole = digests(self.place / "one.zarr")
        return {
            "side": self.side,
            "chunk": self.chunk,
            "budget": BUDGET.to_json(),
            **{f"seconds_{run}": value for run, value in seconds.items()},
            "speedup": seconds["one"] / seconds["two"],
            **peaks,
            "chunks_at_the_kill": rows["killed"],
            **{
                f"{name}_same_bytes": digests(self.place / f"{name}.zarr") == whole
                for name in ("two", "killed", "cluster")
            },
            **rows["audit"],
        }

    def _source(self) -> float:
        began = time.perf_counter()
        shutil.rmtree(self.source, ignore_errors=True)
        make(self.source, self.side, self.chunk)
        return time.perf_counter() - began

    def _timed(self, run: str, piece: str) -> None:
        out = self.place / f"{run}.zarr"
        # an interrupted piece would be timed in part: redo all pieces of its run
        if self.results.rows.get(run) == piece:
            shutil.rmtree(out, ignore_errors=True)
            for name in [n for n in self.results.rows if n.startswith(f"{run} ")]:
                del self.results.rows[name]
            piece = f"1/{PIECES[run]}"
        self.results.add(run, piece)
        function = on_cluster if run == "cluster" else timed
        found = function(self.source, str(out), self.chunk, WORKERS[run], piece)
        self.results.add(f"{run} {piece}", found)

    def _killed(self) -> int:
        out = self.place / "killed.zarr"
        shutil.rmtree(out, ignore_errors=True)
        process = subprocess.Popen([sys.executable, "-c", self._command(out)])
        half = (self.side // self.chunk) ** 3 // 2
        while process.poll() is None and _chunks(out) < half:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        return _chunks(out)

    def _resumed(self) -> float:
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", self._command(self.place / "killed.zarr")], check=True
        )
        return time.perf_counter() - began

    def _command(self, out: Path) -> str:
        return (
            "from benchmarks import scale_big\n"
            "if __name__ == '__main__':\n"
            f"    scale_big.compressed({self.source!r}, {str(out)!r}, {self.chunk}, workers=2)"
        )

    def _audit(self) -> dict[str, Any]:
        found = audit(str(self.place / "one.zarr"), self.source, sample=SAMPLE)
        array = found.arrays[""]
        names = ("ratio", "psnr", "seam_jump", "jump_elsewhere")
        return {
            **{name: array[name] for name in names},
            "seam_ratio": array["seam_jump"] / array["jump_elsewhere"],
            "sampled": found.sampled,
            "breaks": list(found.breaks),
        }


def make(path: str, side: int, chunk: int) -> None:
    """Write a uint8 cube from mirrored copies of the bonsai, one tile at a time."""
    tile = io.read(folder() / BONSAI).variables[0].read()
    n = tile.shape[0]
    array = zarr.create_array(path, shape=(side,) * 3, chunks=(chunk,) * 3, dtype="u1")
    for index in np.ndindex(*(side // n,) * 3):
        flips = tuple(slice(None, None, -1 if i % 2 else 1) for i in index)
        array[tuple(slice(i * n, (i + 1) * n) for i in index)] = tile[flips]


def compressed(source: str, out: str, chunk: int, **options: Any) -> None:
    """Compress with the options common to all steps."""
    compress(source, out, budget=BUDGET, chunks=chunk, shards=1, **options)


def _child(source: str, out: str, chunk: int, workers: int, part: str, answer: Any) -> None:
    began = time.perf_counter()
    compressed(source, out, chunk, workers=workers, part=part)
    seconds = time.perf_counter() - began
    theirs = 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    answer.put({"seconds": seconds, "peak_mb": (peak() + workers * theirs * (workers > 1)) / 1e6})


def timed(source: str, out: str, chunk: int, workers: int, part: str) -> dict[str, float]:
    """Return seconds and peak memory in MB of a run in fresh processes.

    With several workers, the peak is that of the first process plus that of each worker, as if
    they coincided. A worker has one thread in either run.
    """
    os.environ["VCORE_THREADS"] = str(workers)
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=_child, args=(source, out, chunk, workers, part, answer))
    process.start()
    found: dict[str, float] = answer.get()
    process.join()
    return found


def on_cluster(source: str, out: str, chunk: int, workers: int, part: str) -> dict[str, float]:
    """Return seconds of a run on a dask cluster of local processes."""
    from distributed import LocalCluster

    os.environ["VCORE_THREADS"] = "1"
    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as found:
        began = time.perf_counter()
        compressed(source, out, chunk, scheduler=found.scheduler_address, part=part)
        return {"seconds": time.perf_counter() - began}


def digests(root: Path) -> dict[str, str]:
    """Return a checksum per file of a folder."""
    return {
        p.relative_to(root).as_posix(): hashlib.blake2b(p.read_bytes()).hexdigest()
        for p in root.rglob("*")
        if p.is_file()
    }


def _chunks(out: Path) -> int:
    return sum(1 for path in out.glob("c/*/*/*") if not path.name.startswith("."))
