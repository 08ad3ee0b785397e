"""Folders of slices: seconds and memory of opening and of reading them by slab."""

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.kristan import show
from benchmarks.peak import peak_of
from benchmarks.report import Results
from vcore.io import read
from vcore.io.request import need

SIDE = 512
"""Rows and columns of a slice."""
FORMATS = {"tif": 1, "deflate.tif": 1, "png": 1, "jp2": 10}
"""Ends of the names of slices (``deflate.tif`` is a compressed TIFF), and of how many one is taken:
JPEG 2000 is slow."""
NOISE = 60.0
"""Standard deviation of the values' noise, of which they have 16,000 levels."""


def main(
    slices: Annotated[int, typer.Option(help="Number of slices.")] = 2000,
    quick: Annotated[bool, typer.Option(help="A tenth of the slices.")] = False,
    fresh: Annotated[bool, typer.Option(help="Discard results of earlier runs.")] = False,
    output: Annotated[Path, typer.Option(help="Folder for results.")] = Path("bench-output"),
) -> None:
    """Measure how fast, and in how much memory, a folder of uint16 slices is read."""
    results = Results(output / "slices.json", fresh=fresh)
    count = slices // 10 if quick else slices
    rows = []
    for suffix, each in FORMATS.items():
        number = max(count // each, 2)
        key = f"{suffix} {number}"
        if key not in results:
            folder = output / "slices" / suffix
            size = written(folder, suffix, number)
            try:
                results.add(key, {"bytes": size, **measured(folder)})
            finally:
                shutil.rmtree(folder)
        found = results[key]
        volume = number * SIDE * SIDE * 2
        rows.append([
            suffix, number, found["bytes"] / 1e6, found["open"], found["open_peak"] / 1e6,
            found["read"], volume / found["read"] / 1e6, found["read_peak"] / 1e6,
        ])  # fmt: skip
    head = ["format", "slices", "MB", "open s", "open MB", "read s", "MB/s", "read MB"]
    show(f"Slices of {SIDE} x {SIDE} uint16", head, rows)


def written(folder: Path, suffix: str, count: int) -> int:
    """Write the slices, and return their size in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    for k in range(count):
        signal = 8000 * (1 + np.sin(6 * x + k / 200) * np.cos(5 * y))
        values = (signal + random.normal(0, NOISE, signal.shape)).clip(0, 65535).astype("u2")
        save(folder / f"s{k:05d}.{suffix}", suffix, values)
    return sum(path.stat().st_size for path in folder.iterdir())


def save(path: Path, suffix: str, values: NDArray[np.uint16]) -> None:
    """Write one slice, losslessly."""
    codecs = need("imagecodecs")
    if suffix == "png":
        path.write_bytes(codecs.png_encode(values, 1))
    elif suffix == "jp2":
        path.write_bytes(codecs.jpeg2k_encode(values, level=0, reversible=True))
    else:
        compression = "deflate" if suffix.startswith("deflate") else None
        need("tifffile").imwrite(path, values, compression=compression)


PROBE = "import sys; from benchmarks import slices; slices.probe(sys.argv[1])"


def measured(folder: Path) -> dict[str, Any]:
    """Return seconds and peak memory in bytes of opening and of reading, in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(folder)], capture_output=True, text=True, check=True
    )
    names = ("open", "open_peak", "read", "read_peak")
    return dict(zip(names, map(float, done.stdout.split()[-4:]), strict=True))


def probe(folder: str) -> None:
    """Open the slices of a folder and read them by slab; print seconds and peak memory of both."""
    start = time.perf_counter()
    volume, opening = peak_of(lambda: read(folder, stack="z", spacing=1))
    opened = time.perf_counter() - start
    variable = volume.variables[0]

    def all_slabs() -> None:
        for region in variable.slabs():
            variable.read(region)

    start = time.perf_counter()
    _, reading = peak_of(all_slabs)
    print(opened, opening, time.perf_counter() - start, reading)
