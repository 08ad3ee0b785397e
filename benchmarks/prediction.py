"""`python -m benchmarks prediction`: what predicting details saves in `wavelet`, and its time."""

import statistics
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import vcore
from benchmarks import bounds, volumes
from benchmarks.prediction_volumes import REAL
from benchmarks.report import Results, markdown
from vcore import io
from vcore.model.volume import Volume

PSNR = (38.0, 44.0)


def main(
    psnr: Annotated[list[float] | None, typer.Option(help="PSNR in dB; repeatable.")] = None,
    volume: Annotated[list[str] | None, typer.Option(help="Volume; all by default.")] = None,
    output: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("bench-output"),
    fresh: Annotated[bool, typer.Option(help="Measure again what is there.")] = False,
) -> None:
    """Compare files with and without the prediction, at equal PSNR, and the times of both."""
    results = Results(output / "prediction.json", fresh=fresh)
    rows = []
    for name, path in bounds.NAMES.items():
        if volume and name not in volume:
            continue
        for quality in psnr or PSNR:
            key = f"{name} {quality:g}"
            if key not in results:
                whole = io.read(volumes.folder() / path)
                results.add(key, _compared(_first(whole), quality))
            row = results[key]
            fitted = "fitted on" if path in REAL else "held out"
            change = f"{100 * (row['bytes'] / row['plain_bytes'] - 1):+.1f} %"
            times = [f"{row[k]:.1f}" for k in ("encode_times", "decode_times")]
            rows.append([name, fitted, quality, row["plain_bytes"], row["bytes"], change, *times])
    head = ("volume", "", "dB", "bytes without", "with", "change", "encoding x", "decoding x")
    typer.echo(markdown(head, rows))
    changes = [100 * (row[4] / row[3] - 1) for row in rows]
    typer.echo(f"\nmedian {statistics.median(changes):+.1f} %")


def _first(volume: Volume) -> Any:
    """Return the first frame or channel of the first variable."""
    values = np.asarray(volume.variables[0].read())
    return np.ascontiguousarray(values[(0,) * (values.ndim - 3)])


def _compared(values: Any, quality: float) -> dict[str, Any]:
    """Return bytes with and without prediction, and ratios of the times of encoding and decoding
    (medians of three, taken in turns)."""
    sizes: dict[bool, int] = {}
    encoding: dict[bool, list[float]] = {False: [], True: []}
    decoding: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(3):
        for on in (False, True):
            began = time.perf_counter()
            report = vcore.compress(
                values, None, method="wavelet", psnr=quality, settings={"prediction": on}
            )
            encoding[on].append(time.perf_counter() - began)
            began = time.perf_counter()
            decoded = vcore.open(report.data).decode()
            decoding[on].append(time.perf_counter() - began)
            error = np.square(decoded.astype(np.float64) - values).mean()
            assert 10 * np.log10(float(np.ptp(values)) ** 2 / error) > quality - 1e-6
            sizes[on] = report.bytes
    ratios = [
        statistics.median(times[True]) / statistics.median(times[False])
        for times in (encoding, decoding)
    ]
    return {
        "plain_bytes": sizes[False],
        "bytes": sizes[True],
        "encode_times": ratios[0],
        "decode_times": ratios[1],
    }
