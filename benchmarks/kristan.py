"""Block autoencoders against the paper's tables, SZ3 and SPERR (Kristan et al.).

The paper's sizes are in kB of 1024 bytes, its decoders are written by ``torch.save`` (about 4 kB
of overhead), its MSE refers to values 0 to 255; times are for the free CPU of Google Colab.
"""

import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console

import vcore
from benchmarks import peers, volumes
from benchmarks.report import Results, markdown
from vcore.cli.output import progress
from vcore.container import open_source
from vcore.model.context import Context, StageClock
from vcore.model.volume import Volume

console = Console()

# name, k, s, epochs, MSE, decoder kB, codes kB, epoch s, encoding s, decoding s
TABLE_2 = (
    ("linear1", 8, 8, 50, 393.17, 682, 51, 9.5, 2.5, 2.7),
    ("linear1", 8, 8, 200, 141.60, 682, 51, None, None, None),
    ("linear1", 4, 8, 50, 136.17, 15, 400, 49.2, 9.3, 6.6),
    ("linear2", 8, 8, 50, 907.28, 163, 51, 13.1, 1.8, 1.0),
    ("linear2", 4, 8, 50, 276.79, 7, 400, 50.8, 9.4, 6.9),
    ("coordvarsvd", 4, None, 50, 297.17, 15, 450, 46.2, 10.2, 8.5),
    ("svd1", 4, None, 50, 307.30, 15, 150, 45.3, 5.3, 9.4),
    ("svd2", 4, None, 50, 301.07, 7, 150, 41.7, 5.1, 8.7),
)
# name, s, MSE, file kB (k = 8, 200 epochs)
TABLE_3 = (
    ("linear1", 1, 1757.65, 686),
    ("linear1", 3, 477.66, 700),
    ("linear1", 5, 137.40, 713),
    ("linear1", 7, 140.50, 727),
    ("linear2", 5, 341.75, 194),
    ("linear2", 7, 171.13, 207),
)
BONSAI_SVD2 = (79.92, 7, 1536, 416.0, 54.9, 79.0)
RATES = {
    volumes.TOOTH: (10_000, 20_000, 50_000, 100_000, 200_000),
    volumes.BONSAI: (50_000, 100_000, 250_000, 500_000, 1_000_000),
}
COMPACT = ("linear1", "svd2")


def main(
    part: Annotated[
        str, typer.Option(help="tables, bonsai, methods, rd, lazy, zip, pictures, or all.")
    ] = "all",
    quick: Annotated[bool, typer.Option(help="A few rows, in about two minutes.")] = False,
    fresh: Annotated[bool, typer.Option(help="Discard results of earlier runs.")] = False,
    output: Annotated[Path, typer.Option(help="Folder for results.")] = Path("bench-output"),
) -> None:
    """Reproduce the paper's tables, and compare the compact preset with SZ3 and SPERR."""
    from benchmarks import kristan_pictures

    results = Results(output / ("kristan-quick.json" if quick else "kristan.json"), fresh=fresh)
    parts = {
        "tables": tables,
        "bonsai": bonsai,
        "methods": compare_methods,
        "rd": rate_distortion,
        "lazy": lazy,
        "zip": kristan_pictures.zipped,
        "pictures": kristan_pictures.pictures,
    }
    for name, run in parts.items():
        if part in (name, "all") and not (quick and name == "bonsai"):
            run(results, quick, output)


def fit(
    volume: Volume, method: str, settings: dict[str, Any], budget: vcore.Budget | None = None
) -> dict[str, Any]:
    """Compress in memory; return statistics, section sizes and times."""
    with progress() as report:
        clock = StageClock(Context(progress=report))
        result = vcore.compress(
            volume, None, method=method, settings=settings, budget=budget, context=clock.context
        )
    dataset = vcore.open(result.data)
    dataset.decode()  # warm-up: load and compile
    began = time.perf_counter()
    dataset.decode()
    decoding = time.perf_counter() - began
    error = dataset.decode().astype(np.float64) - volume.variables[0].read()
    sections = dataset.info["variables"][0]["sections"]
    return {
        "bytes": result.bytes,
        "mse": result.mse,
        "psnr": result.psnr,
        "settings": dict(dataset.decoder().header.settings),
        "sections": sections,
        "fit_seconds": clock.seconds("fitting"),
        "encode_seconds": clock.seconds("coding"),
        "decode_seconds": decoding,
        "seconds": result.seconds,
        "seams": seam_ratio(error, int(dataset.decoder().header.settings["k"])),
    }


def seam_ratio(error: Any, k: int) -> float:
    """Return the ratio of RMS error steps across block faces to those between other neighbours.

    A ratio of 1 means that block faces are indistinguishable.
    """
    across, inside = [], []
    for axis in range(3):
        steps = np.square(np.diff(error, axis=axis))
        faces = np.arange(steps.shape[axis]) % k == k - 1
        across.append(steps.compress(faces, axis).mean())
        inside.append(steps.compress(~faces, axis).mean())
    return float(np.sqrt(np.mean(across) / np.mean(inside)))


def tables(results: Results, quick: bool, output: Path) -> None:
    """Reproduce tables 2 and 3: the tooth with the paper preset."""
    volume = volumes.load(volumes.TOOTH)
    rows: list[list[Any]] = []
    for name, k, s, epochs, mse, decoder, codes, epoch, encoding, decoding in TABLE_2[
        :: 3 if quick else 1
    ]:
        got = paper_row(results, volume, name, k, s, epochs)
        rows.append(
            [
                name + ("_200ep" if epochs == 200 else ""), k, got["s"], mse, got["mse"],
                decoder, got["decoder"], codes, got["codes"],
                epoch, got["epoch"], ratio(epoch, got["epoch"]),
                encoding, got["encode_seconds"], ratio(encoding, got["encode_seconds"]),
                decoding, got["decode_seconds"], ratio(decoding, got["decode_seconds"]),
            ]
        )  # fmt: skip
    show(
        "Table 2: tooth, values below 105 set to 0, paper preset (kB of 1024 bytes, seconds)",
        ["model", "k", "s", "MSE paper", "MSE", "decoder paper", "decoder", "codes paper", "codes",
         "epoch paper", "epoch", "faster", "enc paper", "enc", "faster", "dec paper", "dec",
         "faster"],
        rows,
    )  # fmt: skip
    rows = []
    for name, s, mse, size in TABLE_3[:: 6 if quick else 1]:
        got = paper_row(results, volume, name, 8, s, 200)
        rows.append([name, s, mse, got["mse"], size, round(got["decoder"] + got["codes"], 1)])
    show(
        "Table 3: the same, k = 8, 200 epochs",
        ["model", "s", "MSE paper", "MSE", "kB paper", "kB"],
        rows,
    )


def bonsai(results: Results, quick: bool, output: Path) -> None:
    """Reproduce section 4.2: bonsai, svd2, k = 4."""
    got = paper_row(results, volumes.load(volumes.BONSAI), "svd2", 4, None, 50, "bonsai")
    mse, decoder, codes, epoch, encoding, decoding = BONSAI_SVD2
    show(
        "Section 4.2: bonsai, values below 50 set to 0, svd2, k = 4",
        ["", "MSE", "decoder kB", "codes kB", "epoch s", "enc s", "dec s"],
        [
            ["paper", mse, decoder, codes, epoch, encoding, decoding],
            ["vcore", got["mse"], got["decoder"], got["codes"], got["epoch"], got["encode_seconds"],
             got["decode_seconds"]],
        ],
    )  # fmt: skip


def paper_row(
    results: Results,
    volume: Volume,
    name: str,
    k: int,
    s: int | None,
    epochs: int,
    prefix: str = "tooth",
) -> dict[str, Any]:
    """Return one measured row of the paper's tables."""
    key = f"{prefix} {name} k{k} s{s} {epochs}"
    if key not in results:
        settings = {"preset": "paper", "k": k, "epochs": epochs} | ({"s": s} if s else {})
        results.add(key, fit(volume, name, settings))
    got: dict[str, Any] = dict(results[key])
    got["s"] = got["settings"]["s"]
    got["decoder"] = round(got["sections"]["decoder"] / 1024, 1)
    got["codes"] = round(got["sections"]["codes"] / 1024, 1)
    got["epoch"] = got["fit_seconds"] / epochs
    return got


def compare_methods(results: Results, quick: bool, output: Path) -> None:
    """Compare all methods with the compact preset on the tooth at 50 kB."""
    volume = volumes.load(volumes.TOOTH)
    size = 50_000
    rows = []
    for method in ("linear1", "linear2", "coordvarsvd", "svd1", "svd2"):
        key = f"rd {volumes.TOOTH} {method} {size}"
        if key not in results:
            results.add(key, fit(volume, method, {}, vcore.Budget(bytes=size)))
        got = results[key]
        speed = volume.variables[0].size / got["decode_seconds"] / 1e6
        rows.append([method, f"{got['bytes']:,}", got["psnr"], got["seconds"], speed, got["seams"]])
    show(
        "Methods, compact preset: tooth, values below 105 set to 0, at most 50,000 bytes",
        ["method", "bytes", "PSNR dB", "encoding s", "decoding MVox/s", "seams (1: none)"],
        rows,
    )


def rate_distortion(results: Results, quick: bool, output: Path) -> None:
    """Compare the compact preset with SZ3 and SPERR at equal size, and with the paper preset."""
    curves: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for name, sizes in RATES.items():
        if quick and name == volumes.BONSAI:
            continue
        volume = volumes.load(name)
        array = volume.variables[0].read()
        rows, curve = [], curves.setdefault(name, {})
        for size in sizes[1:4:2] if quick else sizes:
            row: list[Any] = [f"{size:,}", 8 * size / array.size]
            for method in COMPACT[:1] if quick else COMPACT:
                key = f"rd {name} {method} {size}"
                if key not in results:
                    try:
                        row_of = fit(volume, method, {}, vcore.Budget(bytes=size))
                    except vcore.VcoreError as error:
                        row_of = {"psnr": None, "bytes": None, "error": str(error)}
                    results.add(key, row_of)
                row.append(results[key]["psnr"])
                if results[key]["psnr"]:
                    curve.setdefault(method, []).append(
                        (results[key]["bytes"], results[key]["psnr"])
                    )
            for codec in ("sz3", "sperr"):
                key = f"rd {name} {codec} {size}"
                if key not in results:
                    peer = peers.at_bytes(codec, array, size)
                    results.add(key, asdict(peer) if peer else {"psnr": None, "bytes": None})
                row.append(results[key]["psnr"])
                if isinstance(results[key]["psnr"], float):
                    curve.setdefault(codec, []).append(
                        (results[key]["bytes"], results[key]["psnr"])
                    )
            rows.append(row)
        methods = COMPACT[:1] if quick else COMPACT
        show(
            f"{Path(name).stem}: PSNR in dB at the same bytes, compact preset and peers",
            ["bytes", "bits per voxel", *methods, "SZ3", "SPERR"],
            rows,
        )
        _paper_points(results, name, array, curve)
    _draw(curves, output / "kristan.png")


def _paper_points(results: Results, name: str, array: Any, curve: Any) -> None:
    prefix = "tooth " if name == volumes.TOOTH else "bonsai "
    for key, row in results.rows.items():
        if key.startswith(prefix):
            curve.setdefault("paper preset", []).append((row["bytes"], row["psnr"]))
    mse = {volumes.TOOTH: [(r[5] + r[6], r[4]) for r in TABLE_2], volumes.BONSAI: [(1543, 79.92)]}
    curve["paper, as published"] = [(1024 * kb, 10 * np.log10(255**2 / m)) for kb, m in mse[name]]


def _draw(curves: Any, path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6 * len(curves), 4.4), layout="constrained")
    for i, (name, curve) in enumerate(curves.items()):
        axes = figure.add_subplot(1, len(curves), i + 1)
        for label, points in curve.items():
            style = "o" if label.startswith("paper") else "o-"
            x, y = zip(*sorted(points), strict=True)
            axes.plot([v / 1000 for v in x], y, style, label=label, markersize=4)
        axes.set_xscale("log")
        axes.set_xlabel("file in kB")
        axes.set_ylabel("PSNR in dB")
        axes.set_title(Path(name).stem.split("_")[0] + ", thresholded")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    console.print(f"plot: {path}")


class CountingSource:
    """A source that counts the bytes read."""

    def __init__(self, source: Any) -> None:
        self._source = open_source(source)
        self.name, self.size, self.count = self._source.name, self._source.size, 0

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes, and count them."""
        self.count += length
        return self._source.read(offset, length)


def lazy(results: Results, quick: bool, output: Path) -> None:
    """Measure opening, and decoding one chunk, of a large and a small volume."""
    volume = volumes.load(volumes.BONSAI)
    whole = volume.variables[0].read()
    steps = {"k": 4, "s": 8, "steps": 100 if quick else 500}
    rows = []
    for side in (128, 256):
        part = Volume.from_array(whole[tuple(slice(0, side) for _ in range(3))])
        path = output / f"bonsai{side}.vcore"
        path.parent.mkdir(exist_ok=True, parents=True)
        with progress() as report:
            vcore.compress(part, path, budget=vcore.Budget(ratio=40), settings=steps, force=True,
                           context=Context(progress=report))  # fmt: skip
        source = CountingSource(path)
        vcore.open(source)
        header, times = source.count, []
        for _ in range(9):
            began = time.perf_counter()
            vcore.open(path)
            times.append(time.perf_counter() - began)
        chunks = []
        for _ in range(9):
            dataset = vcore.open(path)  # discards decoded chunks
            began = time.perf_counter()
            dataset.decode((slice(64, 128),) * 3)
            chunks.append(time.perf_counter() - began)
        began = time.perf_counter()
        vcore.open(path).decode()
        whole_time = time.perf_counter() - began
        source = CountingSource(path)
        vcore.open(source).decode((slice(64, 128),) * 3)
        rows.append(
            [f"{side}^3", 1000 * float(np.median(times)), f"{header:,}", f"{path.stat().st_size:,}",
             1000 * float(np.median(chunks)), f"{source.count:,}", 1000 * whole_time]
        )  # fmt: skip
    show(
        "Lazy: linear1 (k 4, s 8) at 40 : 1; medians of 9",
        [
            "volume",
            "open ms",
            "bytes read",
            "file bytes",
            "64^3 chunk ms",
            "bytes read for it",
            "whole ms",
        ],
        rows,
    )
    code = (
        "import sys, vcore; ds = vcore.open(sys.argv[1]); ds.array[64:128, 64:128, 64:128];"
        "print(sorted(set(sys.modules) & {'torch', 'scipy', 'dask', 'skimage'}))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(output / "bonsai256.vcore")],
        capture_output=True, text=True, check=True, env=dict(os.environ),
    )  # fmt: skip
    console.print(
        f"of torch, scipy (numba's), dask, skimage, one chunk imports: {out.stdout.strip()}"
    )


def ratio(paper: float | None, here: float) -> str | None:
    """Return the speed-up as text."""
    return None if paper is None else f"{paper / here:.0f}x"


def show(title: str, head: list[str], rows: list[list[Any]]) -> str:
    """Print a table and return it."""
    text = f"\n### {title}\n\n{markdown(head, rows)}\n"
    print(text, end="", flush=True)
    return text
