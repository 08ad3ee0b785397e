"""`python -m benchmarks prediction`: what predicting details saves in `wavelet`, and its time; with
`--setting restoration`, what restoring level 0 saves beside it."""

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
ALWAYS: dict[str, dict[str, bool]] = {"prediction": {}, "restoration": {"prediction": True}}
"""Settings of both files, by the setting that is on in one."""


def main(
    psnr: Annotated[list[float] | None, typer.Option(help="PSNR in dB; repeatable.")] = None,
    volume: Annotated[list[str] | None, typer.Option(help="Volume; all by default.")] = None,
    setting: Annotated[
        str, typer.Option(help="prediction; or restoration, with the prediction in both files.")
    ] = "prediction",
    output: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("bench-output"),
    fresh: Annotated[bool, typer.Option(help="Measure again what is there.")] = False,
) -> None:
    """Compare files with and without a setting, at equal PSNR, and the times of both."""
    if setting not in ALWAYS:
        raise typer.BadParameter(f"Expected one of {', '.join(ALWAYS)}.")
    results = Results(output / f"{setting}.json", fresh=fresh)
    rows = []
    for name, path in bounds.NAMES.items():
        if volume and name not in volume:
            continue
        for quality in psnr or PSNR:
            key = f"{name} {quality:g}"
            if key not in results:
                whole = io.read(volumes.folder() / path)
                results.add(key, _compared(_first(whole), quality, setting))
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


def _compared(values: Any, quality: float, setting: str) -> dict[str, Any]:
    """Return bytes with and without a setting, and ratios of the times of encoding and decoding
    (medians of three, taken in turns)."""
    sizes: dict[bool, int] = {}
    encoding: dict[bool, list[float]] = {False: [], True: []}
    decoding: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(3):
        for on in (False, True):
            began = time.perf_counter()
            report = vcore.compress(
                values,
                None,
                method="wavelet",
                psnr=quality,
                settings={**ALWAYS[setting], setting: on},
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
