"""Gaussian mixtures on microscopy against COIN, SPERR, SZ3, JPEG2000, HEVC and ZFP (VolMicro).

All codecs get the same number of bytes in the same run. The peak of PSNR is the data range, SSIM
windows are 3D, the foreground lies above Otsu's threshold.
"""

import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import numpy as np
import typer
from numpy.typing import NDArray

import vcore
from benchmarks import gaussian_peers, lossless, peers, volumes
from benchmarks.gaussian_decode import decode, picture
from benchmarks.gaussian_training import training
from benchmarks.kristan import show
from benchmarks.quality import Judge
from benchmarks.report import Results
from vcore.cli.output import progress
from vcore.errors import BudgetError, MissingExtraError
from vcore.methods.gaussian.method import CODED, log
from vcore.model.context import Context

if TYPE_CHECKING:
    from collections.abc import Callable

METHODS: dict[str, dict[str, Any]] = {
    "gaussian": {},
    "siren": {"preset": "coin"},
    "gaussian, paper": {"preset": "paper"},
}
COMPARED = ("gaussian", "gaussian, paper", "siren")
MIXTURES = ("gaussian", "gaussian, paper")
LABELS = {"siren": "siren (COIN)", "sperr": "SPERR", "sz3": "SZ3", "jpeg2000": "JPEG2000",
          "hevc": "HEVC", "jpeg2000-3d": "JPEG2000 in 3D", "zfp": "ZFP"}  # fmt: skip
PAPER_STEPS = 10_000
"""Steps of the training whose dynamics are shown (VolMicro, table 4)."""
TRAINED = "rivulet neuron", 0.002
"""Volume and bits per voxel of that training."""
QUICK_SECONDS = 20.0
"""Time limit per fit in the quick run, in seconds."""


@dataclass(frozen=True)
class Case:
    """A volume, or a box of one, and its rates in bits per voxel.

    Parameters
    ----------
    siren_limited
        Whether it is too large to train COIN to convergence here.
    lossless
        Whether to print lossless sizes as well.
    quick
        Whether it belongs to the quick run.
    """

    name: str
    file: str
    rates: tuple[float, ...]
    box: tuple[slice, ...] = ()
    siren_limited: bool = False
    lossless: bool = False
    quick: bool = False

    def load(self) -> NDArray[Any]:
        """Return the values."""
        return np.ascontiguousarray(volumes.load(self.file).variables[0].read()[self.box])


CELLS = "microscopy/cellfinder_signal_627x1116x26_uint16.tif"
CASES = (
    Case("cellfinder", CELLS, (0.073, 0.02), siren_limited=True),
    # of all boxes at multiples of 32, the one with most voxels above 1000
    Case(
        "cellfinder z 0:26, y 800:928, x 288:416", CELLS, (0.073, 0.25),
        (slice(0, 26), slice(800, 928), slice(288, 416)), quick=True,
    ),
    Case(
        "droplet", "timeseries/napari_stress_droplet_t21_31x30x16_uint8.tif", (0.5,), quick=True
    ),
    Case(
        "rivulet neuron", "microscopy/rivulet_neuron_409x415x119_uint8.tif",
        (0.0005, 0.001, 0.002, 0.004), siren_limited=True, lossless=True,
    ),
)  # fmt: skip


def main(
    part: Annotated[
        str, typer.Option(help="rates, coding, training, decode, picture, or all.")
    ] = "all",
    quick: Annotated[bool, typer.Option(help="Small volumes and short fits.")] = False,
    fresh: Annotated[bool, typer.Option(help="Discard results of earlier runs.")] = False,
    output: Annotated[Path, typer.Option(help="Folder for results.")] = Path("bench-output"),
    siren_seconds: Annotated[
        float, typer.Option(help="Time limit of siren on volumes too large for it, in seconds.")
    ] = 300.0,
    paper_seconds: Annotated[
        float, typer.Option(help="Time limit of each training of preset paper, in seconds.")
    ] = 120.0,
    volume: Annotated[str, typer.Option(help="Run parts rates and coding on this volume.")] = "",
    rate: Annotated[float, typer.Option(help="Only at these bits per voxel.")] = 0.0,
) -> None:
    """Compare gaussian with siren (COIN) and classical codecs at equal file size."""
    results = Results(output / ("gaussian-quick.json" if quick else "gaussian.json"), fresh=fresh)
    cases = [c for c in CASES if volume in ("", c.name) and (c.quick or not quick)]
    if rate:
        cases = [replace(c, rates=(rate,)) for c in cases]
    limits = {"gaussian, paper": paper_seconds}
    if quick:
        limits = dict.fromkeys(METHODS, QUICK_SECONDS)
    parts: dict[str, Callable[[], None]] = {
        "rates": lambda: rates(results, cases, limits, siren_seconds),
        "coding": lambda: coding(results, cases, limits),
        "training": lambda: dynamics(results, quick, limits["gaussian, paper"], output),
        "decode": lambda: decode(results, quick),
        "picture": lambda: picture(results, quick, output),
    }
    for name, run in parts.items():
        if part in (name, "all"):
            run()


def rates(
    results: Results, cases: list[Case], limits: dict[str, float], siren_seconds: float
) -> None:
    """Run every codec on every case at every rate, methods within the seconds of ``limits``."""
    for case in cases:
        original = case.load()
        judge = Judge(original)
        notes = [f"{' x '.join(map(str, original.shape))} {original.dtype}; foreground: "
                 f"{100 * judge.foreground_share:.2g} % of the voxels, above "
                 f"{judge.foreground:g}"]  # fmt: skip
        if original.ndim == 4:
            notes.append("the classical codecs take all frames as one volume, (t z) as slices")
        limits = dict(limits)
        if case.siren_limited and "siren" not in limits:
            limits["siren"] = siren_seconds
            notes.append(f"siren is stopped after {siren_seconds:g} s of training")
        for bpv in case.rates:
            size = int(bpv * original.size / 8)
            rows = [
                table_row(name, coded(results, case.name, name, judge, size, limits.get(name)))
                for name in (*COMPARED, *gaussian_peers.NAMES)
            ]
            show(f"{case.name}: {bpv:g} bits per voxel, at most {size:,} bytes", HEAD, rows)
            print("\n" + "; ".join(notes) + ".", flush=True)
        if case.lossless:
            show_lossless(results, case.name, original)
        if case.name == "cellfinder":
            show_decode_ratio(results, case, original.size, siren_seconds)


def coded(
    results: Results, case: str, codec: str, judge: Judge, size: int, seconds: float | None
) -> dict[str, Any]:
    """Return the statistics of one codec at ``size`` bytes, from an earlier run if available."""
    key = row_key(case, codec, size, seconds)
    if key not in results:
        try:
            run = of_method if codec in METHODS else of_peer
            results.add(key, run(codec, judge, size, seconds))
        except MissingExtraError:
            return {"missing": True}
    row: dict[str, Any] = results[key]
    return row


def row_key(case: str, codec: str, size: int, seconds: float | None) -> str:
    """Return the key of a row of part ``rates``."""
    return f"{case} {size} {codec}" + ("" if seconds is None else f" {seconds:g} s")


def of_peer(codec: str, judge: Judge, size: int, seconds: float | None = None) -> dict[str, Any]:
    """Return the statistics of a classical codec."""
    best = gaussian_peers.code(codec, judge.original, size)
    if isinstance(best, peers.OverLimit):
        return {"smallest": best.smallest, "note": best.note}
    return {
        "bytes": best.bytes,
        "note": best.note,
        "encode_seconds": best.encode_seconds,
        "decode_seconds": best.decode_seconds,
        "voxels": judge.original.size,
        **judge.figures(best.decoded),
    }


def of_method(method: str, judge: Judge, size: int, seconds: float | None) -> dict[str, Any]:
    """Return the statistics of a vcore method; decoding is timed after a warm-up."""
    volume = vcore.Volume.from_array(judge.original)
    try:
        with progress() as report, Recorded() as groups:
            result = vcore.compress(
                volume, None, method=method.partition(",")[0], settings=METHODS[method],
                budget=vcore.Budget(bytes=size),
                context=Context(progress=report, time_limit=seconds),
            )  # fmt: skip
    except BudgetError as error:
        return {"smallest": error.needed, "note": "", "error": str(error)}
    dataset = vcore.open(result.data)
    dataset.decode()  # warm-up: load and compile
    began = time.perf_counter()
    decoded = dataset.decode()
    decode_seconds = time.perf_counter() - began
    return {
        "bytes": result.bytes,
        "note": "" if seconds is None else f"{seconds:g} s",
        "encode_seconds": result.seconds,
        "decode_seconds": decode_seconds,
        "voxels": judge.original.size,
        "settings": dict(dataset.decoder().header.settings),
        **groups.figures(),
        **judge.figures(decoded),
    }


class Recorded(logging.Handler):
    """Logging handler that collects gaussian's statistics of each group of frames."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.groups: list[tuple[int, int, int, float]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == CODED and isinstance(record.args, tuple):
            self.groups.append(record.args)  # type: ignore[arg-type]

    def figures(self) -> dict[str, Any]:
        """Return the number of Gaussians, bytes per Gaussian over all frames, and loss in dB."""
        if not self.groups:
            return {}
        counts, sizes, losses = np.array([g[1:] for g in self.groups]).T
        return {
            "primitives": int(counts.sum()),
            "primitive_bytes": float(sizes.sum() / counts.sum()),
            "loss": float(losses.mean()),
        }

    def __enter__(self) -> Self:
        log.addHandler(self)
        log.setLevel(logging.INFO)
        return self

    def __exit__(self, *error: object) -> None:
        log.removeHandler(self)


HEAD = ["codec", "bytes", "PSNR dB", "foreground PSNR dB", "SSIM", "SSIM of projection",
        "encode s", "decode s", "decode MVox/s", "PSNR dB / encode s"]  # fmt: skip


def table_row(codec: str, row: dict[str, Any]) -> list[Any]:
    """Return the cells of ``HEAD``."""
    label = LABELS.get(codec, codec)
    if row.get("missing"):
        return [label, "not installed", *[None] * (len(HEAD) - 2)]
    if row["note"]:
        label += f", {row['note']}"
    if "bytes" not in row:
        least = "-" if row["smallest"] is None else f"- (at least {row['smallest']:,})"
        return [label, least, *[None] * (len(HEAD) - 2)]
    encode, decoding, psnr = row["encode_seconds"], row["decode_seconds"], row["psnr"]
    return [
        label, f"{row['bytes']:,}", psnr, row["foreground_psnr"], _digits(row["ssim"]),
        _digits(row["ssim_projection"]), encode, f"{decoding:.3f}", row["voxels"] / decoding / 1e6,
        psnr if isinstance(psnr, str) else psnr / encode,
    ]  # fmt: skip


def _digits(value: float | None) -> str | None:
    return None if value is None else f"{value:.4f}"


def show_lossless(results: Results, case: str, original: NDArray[Any]) -> None:
    """Print the lossless sizes, smallest first."""
    key = f"{case} lossless"
    if key not in results:
        results.add(key, lossless.sizes(original))
    found = sorted(results[key].items(), key=lambda item: item[1])
    rows = [[name, f"{size:,}", f"{8 * size / original.size:.4f}"] for name, size in found]
    show(f"{case}: without loss", ["codec", "bytes", "bits per voxel"], rows)


def show_decode_ratio(results: Results, case: Case, voxels: int, siren_seconds: float) -> None:
    """Print the ratio of siren's decoding time to gaussian's at equal file size."""
    for bpv in case.rates:
        size = int(bpv * voxels / 8)
        keys = [row_key(case.name, "siren", size, siren_seconds),
                row_key(case.name, "gaussian", size, None)]  # fmt: skip
        if all(k in results and "decode_seconds" in results[k] for k in keys):
            siren, gaussian = (float(results[k]["decode_seconds"]) for k in keys)
            print(f"\n{case.name}, {bpv:g} bpv: decode time of siren over that of gaussian: "
                  f"{siren / gaussian:.1f} ({siren:.2f} s / {gaussian:.2f} s).")  # fmt: skip


def dynamics(results: Results, quick: bool, seconds: float, output: Path) -> None:
    """Show how preset paper trains: on the neuron, quickly on the first frame of the droplet."""
    name, bpv = ("droplet", 0.5) if quick else TRAINED
    original = next(c for c in CASES if c.name == name).load()
    judge = Judge(original[0] if quick else original)
    size = int(bpv * judge.original.size / 8)
    target = output / "gaussian-training.png"
    training(results, name, judge, size, PAPER_STEPS, seconds, target)


def coding(results: Results, cases: list[Case], limits: dict[str, float]) -> None:
    """Measure bytes per coded Gaussian and quantisation loss, against the paper's layout."""
    rows = []
    for case in cases:
        judge = Judge(case.load())
        for bpv in case.rates:
            size = int(bpv * judge.original.size / 8)
            got = [coded(results, case.name, m, judge, size, limits.get(m)) for m in MIXTURES]
            cells = [[r.get(k) for k in ("primitives", "primitive_bytes", "loss", "psnr")]
                     for r in got]  # fmt: skip
            rows.append([case.name, f"{bpv:g}", *cells[0], *cells[1]])
    show(
        "Bytes of a Gaussian over all frames, PSNR lost by quantising (first frame), PSNR",
        ["volume", "bits per voxel", "Gaussians", "bytes each", "loss dB", "PSNR dB",
         "paper preset", "bytes each", "loss dB", "PSNR dB"],
        rows,
    )  # fmt: skip
