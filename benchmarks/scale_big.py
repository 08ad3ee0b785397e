"""`python -m benchmarks scale-big`: a volume tiled from real data, compressed as a hierarchy."""

import json
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
import zarr

from benchmarks.volumes import BONSAI, folder
from vcore import Budget, io
from vcore.hierarchy import audit, compress

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE, QUICK_SIDE, CHUNK = 1024, 256, 128
BUDGET = Budget(psnr=45)


def main(
    full: Annotated[bool, typer.Option(help="1024 cubed instead of 256: about an hour.")] = False,
    cluster: Annotated[bool, typer.Option(help="Also on a dask LocalCluster of two.")] = False,
    work: Annotated[Path | None, typer.Option(help="Folder to work in.")] = None,
    json_: Annotated[Path | None, typer.Option("--json", help="Write the figures.")] = None,
) -> None:
    """Peak memory, two workers against one, a killed run, seams, a cluster."""
    side = SIDE if full else QUICK_SIDE
    place = Path(tempfile.mkdtemp(dir=work))
    try:
        figures = _figures(place, side, cluster=cluster)
    finally:
        shutil.rmtree(place)
    typer.echo(json.dumps(figures, indent=2))
    if json_ is not None:
        json_.write_text(json.dumps(figures, indent=2))


def _figures(place: Path, side: int, *, cluster: bool) -> dict[str, Any]:
    source = str(place / "big.zarr")
    make(source, side)
    figures: dict[str, Any] = {"side": side, "chunk": CHUNK, "budget": BUDGET.to_json()}
    for workers in (1, 2):
        out = str(place / f"out{workers}.zarr")
        seconds, peak = timed(source, out, workers)
        figures |= {f"seconds_{workers}": seconds, f"peak_mb_{workers}": peak}
    figures["speedup"] = figures["seconds_1"] / figures["seconds_2"]
    whole = files_of(place / "out1.zarr")
    figures["two_workers_same_bytes"] = files_of(place / "out2.zarr") == whole
    figures["killed_same_bytes"] = killed(source, place / "killed.zarr") == whole
    if cluster:
        figures["cluster_same_bytes"] = on_cluster(source, place / "cluster.zarr") == whole
    found = audit(str(place / "out1.zarr"), source, sample=0.05)
    array = found.arrays[""]
    figures |= {"ratio": array["ratio"], "psnr": array["psnr"], "breaks": list(found.breaks)}
    return figures | seams(source, str(place / "out1.zarr"))


def make(path: str, side: int) -> None:
    """Write a cube of uint8: the bonsai, mirrored from tile to tile, a tile at a time."""
    tile = io.read(folder() / BONSAI).variables[0].read()
    n = tile.shape[0]
    array = zarr.create_array(path, shape=(side,) * 3, chunks=(CHUNK,) * 3, dtype="u1")
    for index in np.ndindex(*(side // n,) * 3):
        flips = tuple(slice(None, None, -1 if i % 2 else 1) for i in index)
        array[tuple(slice(i * n, (i + 1) * n) for i in index)] = tile[flips]


def _child(source: str, out: str, workers: int, answer: Any) -> None:
    began = time.perf_counter()
    compress(source, out, budget=BUDGET, chunks=CHUNK, workers=workers)
    seconds = time.perf_counter() - began
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    answer.put((seconds, (own + workers * theirs * (workers > 1)) / 1000))


def timed(source: str, out: str, workers: int) -> tuple[float, float]:
    """Return seconds and megabytes at the peak of a run in processes of its own.

    With several workers, that is the peak of the first process and of each as if all had the
    largest at once.
    """
    os.environ["VCORE_THREADS"] = str(workers)  # a worker has one thread in either run
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=_child, args=(source, out, workers, answer))
    process.start()
    found: tuple[float, float] = answer.get()
    process.join()
    return found


def killed(source: str, out: Path) -> dict[str, bytes]:
    """Return the files of a run that was killed half way and gone on with."""
    command = (
        "from benchmarks import scale_big\nfrom vcore.hierarchy import compress\n"
        f"compress({source!r}, {str(out)!r}, budget=scale_big.BUDGET, chunks=scale_big.CHUNK)"
    )
    process = subprocess.Popen([sys.executable, "-c", command])
    half = (zarr.open_array(source, mode="r").nbytes // CHUNK**3) // 2
    while process.poll() is None and len(list(out.glob("c/*/*/*"))) < half:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    compress(source, str(out), budget=BUDGET, chunks=CHUNK)
    return files_of(out)


def on_cluster(source: str, out: Path) -> dict[str, bytes]:
    """Return the files of a run on a dask cluster of two processes of this machine."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as found:
        address = found.scheduler_address
        compress(source, str(out), budget=BUDGET, chunks=CHUNK, scheduler=address)
    return files_of(out)


def files_of(root: Path) -> dict[str, bytes]:
    """Return all files of a folder."""
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def seams(source: str, out: str) -> dict[str, float]:
    """Return the RMS jump of the error from voxel to voxel, across faces of chunks and elsewhere,
    in data units; along z, read in slabs about the faces."""
    original, decoded = zarr.open_array(source, mode="r"), zarr.open_array(out, mode="r")
    across: list[NDArray[Any]] = []
    inside: list[NDArray[Any]] = []
    for face in range(CHUNK, original.shape[0], CHUNK):
        slab = slice(face - 8, face + 8)
        error = np.asarray(decoded[slab]).astype("f4") - np.asarray(original[slab])
        jumps = np.square(np.diff(error, axis=0)).mean(axis=(1, 2))
        across.append(jumps[7:8])
        inside.append(np.delete(jumps, 7))
    found = [float(np.sqrt(np.concatenate(part).mean())) for part in (across, inside)]
    return {"seam_jump": found[0], "jump_elsewhere": found[1], "seam_ratio": found[0] / found[1]}
