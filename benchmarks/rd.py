"""Rate-distortion of a vcore method and of classical and film codecs, over all benchmark volumes.

Rates are bits per voxel (of every frame) of whole files and raw streams: each codec's largest of at
most these is searched, and every stream tried is a point of its curve. Decoded values are clipped
to the data range, and rounded for integers, of every codec alike; PSNR is over all voxels, with the
data range as its peak. Values are those of the files, without thresholding.
"""

import functools
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

import vcore
from benchmarks import figures, peers, rd_tables, volumes
from benchmarks.codec import Bounded, Codec
from benchmarks.rd_curves import FIRST_RATES, RATE_RANGE, RATES
from benchmarks.rd_peers import METHOD_COST, PEERS, missing
from benchmarks.rd_search import MAX_ENCODINGS, next_level
from benchmarks.report import Results, keep, markdown
from vcore import io
from vcore.assess.spectrum import power_spectrum
from vcore.cli.output import progress
from vcore.errors import BudgetError, InputError, MissingExtraError, VcoreError
from vcore.metrics import ssim
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

FAILURES = (
    VcoreError, RuntimeError, ValueError, OSError, MemoryError, subprocess.SubprocessError,
)  # fmt: skip
"""What peers raise on volumes that they cannot code."""


MEASURED = Path(__file__).parent / "measured" / "rd.json"
TIMES = ("encode_seconds", "encode_mvox_s", "decode_mvox_s")
"""Figures of a stream that depend on the machine."""


@dataclass(frozen=True)
class Case:
    """A volume of the data folder; ``quick`` marks those of the quick run."""

    name: str
    file: str
    quick: bool = False

    def load(self) -> Volume:
        """Return the volume as stored."""
        return io.read(volumes.folder() / self.file)


CASES = (
    Case("tooth", volumes.TOOTH, quick=True),
    Case("neghip", "scivis/neghip_64x64x64_uint8.raw", quick=True),
    Case("headsq", "medical/headsq_64x64x93_int16.raw.gz", quick=True),
    Case("chris_t1", "medical/chris_t1_188x256x190_uint8.nii.gz"),
    Case("bonsai", volumes.BONSAI),
    Case("cellfinder", "microscopy/cellfinder_signal_627x1116x26_uint16.tif"),
    Case("neuron", "microscopy/rivulet_neuron_409x415x119_uint8.tif"),
    Case("fingers", "timeseries/viscous_fingers_run01"),
    Case("tornado", "timeseries/tornado_speed_t16_64x64x64_float32.npy.gz"),
    Case("droplet", "timeseries/napari_stress_droplet_t21_31x30x16_uint8.tif"),
    Case("pcasl", "timeseries/pcasl_t10_52x68x20_int16.nii.gz"),
)


def main(
    volume: Annotated[
        list[str] | None, typer.Option(help="Run only this volume; repeatable.")
    ] = None,
    codec: Annotated[
        list[str] | None,
        typer.Option(help="Run only this method (as wavelet or wavelet-max) or peer; repeatable."),
    ] = None,
    rate: Annotated[
        list[float] | None, typer.Option(help="Measure only this rate; repeatable.")
    ] = None,
    quick: Annotated[bool, typer.Option(help="Three small volumes.")] = False,
    fresh: Annotated[
        bool, typer.Option(help="Discard earlier results of these volumes and codecs.")
    ] = False,
    keep_streams: Annotated[
        bool,
        typer.Option("--keep", help="Keep the streams of peers in benchmarks/measured/rd.json."),
    ] = False,
    page: Annotated[bool, typer.Option(help="Put the tables on docs/figures/wavelet.md.")] = False,
    output: Annotated[Path, typer.Option(help="Folder for results.")] = Path("bench-output"),
) -> None:
    """Compare methods with scientific, picture and film codecs between 0.05 and 1 bpv.

    Film codecs are those of the ffmpeg of imageio-ffmpeg, or of the system; the environment
    variable TTHRESH names its binary. What is missing is left out. Results: rd.json, rd.md, rd.png,
    rd-ssim.png, rd-spectrum.png. Streams of peers that were measured on other machines (their bytes
    and errors, not their times) are in benchmarks/measured/rd.json and are not made again.
    """
    names = among("volume", volume or [c.name for c in CASES], [c.name for c in CASES])
    cases = [c for c in CASES if c.name in names and (c.quick or not quick)]
    methods = [c for c in codec or ["wavelet"] if c not in PEERS]
    compared = [c for c in codec or PEERS if c in PEERS]
    for method in methods:
        among("codec", [method.partition("-")[0]], [*vcore.methods.names(), *PEERS])
    limits = tuple(among("rate", rate, RATES) if rate else RATES)
    absent = missing(compared)
    results = Results(output / "rd.json", kept=MEASURED)
    if fresh:
        discard(results, [f"{c.name} {each}" for c in cases for each in (*methods, *compared)])
    for case, each, limit in in_turn(cases, [*methods, *compared], limits):
        if each not in absent:
            measure(results, case, each, limit)
    if keep_streams:
        keep({k: _without_times(v) for k, v in results.rows.items() if _is_of_peer(k)}, MEASURED)
    shown = [c.name for c in cases]
    text = rd_tables.all_tables(results, shown, methods, compared, absent)
    (output / "rd.md").write_text(text, encoding="utf-8")
    drawn = [*methods, *compared]
    for quantity, target in (("psnr", output / "rd.png"), ("ssim", output / "rd-ssim.png")):
        rd_tables.picture(results, shown, drawn, quantity, target)
    rd_tables.spectra(results, shown, drawn, output / "rd-spectrum.png")
    print(f"\nRate-distortion curves and spectra of the errors: {output}/rd*.png")
    if page:
        put_on_page(results, (methods or ["wavelet"])[0])


def _is_of_peer(key: str) -> bool:
    return key.rpartition(" ")[2] in PEERS


def _without_times(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row, "points": [{k: v for k, v in p.items() if k not in TIMES} for p in row["points"]]
    }  # fmt: skip


def among(what: str, names: Sequence[Any], known: Sequence[Any]) -> Sequence[Any]:
    """Return ``names`` if all are ``known``, else raise InputError."""
    for name in names:
        if name not in known:
            listed = ", ".join(map(str, known))
            raise InputError(f"Expected a {what} of {listed}. Got {name!r} instead.")
    return names


def discard(results: Results, keys: Sequence[str]) -> None:
    """Forget rows of earlier runs."""
    for key in keys:
        results.rows.pop(key, None)


def in_turn(
    cases: Sequence[Case], codecs: Sequence[str], rates: Sequence[float]
) -> list[tuple[Case, str, float]]:
    """Return what is to be measured: the first rates of cheap codecs and small volumes first."""
    sizes = {case: case.load().variables[0].read().size / 1e6 for case in cases}

    def cost(cell: tuple[Case, str, float]) -> float:
        case, codec, rate = cell
        own = PEERS[codec].cost if codec in PEERS else METHOD_COST
        return sizes[case] * own * (1 if rate in FIRST_RATES else 4)

    return sorted(((c, each, r) for c in cases for each in codecs for r in rates), key=cost)


def measure(results: Results, case: Case, codec: str, rate: float) -> None:
    """Store the points of a codec on a volume for a rate, unless done earlier.

    A codec that is missing or fails is named, and left for another run.
    """
    key = f"{case.name} {codec}"
    if key in results and rate in results[key].get("done", ()):
        return
    volume = case.load()
    original = np.ascontiguousarray(volume.variables[0].read())
    row: dict[str, Any] = {"shape": original.shape, "points": [], "done": []}
    if key in results and "done" in results[key]:
        row = results[key]
    try:
        if codec in PEERS:
            for variant in PEERS[codec].make(original):
                for point in peer_points(variant, original, rate, row["points"]):
                    row["points"].append(point)
                    results.add(key, row)
        else:
            row["points"] += method_points(codec, volume, rate)
    except MissingExtraError as error:
        print(f"{key}: skipped. {error}", flush=True)
        return
    except FAILURES as error:
        print(f"{key} at {rate:g}: failed. {error}", flush=True)
        return
    row["done"].append(rate)
    results.add(key, row)
    shown = [p for p in row["points"] if p["limit"] == rate and "encode_seconds" in p]
    if not any(p["bpv"] <= rate for p in row["points"]):
        told = "no file is so small"
    else:
        told = ", ".join(map(_told, shown)) or "filled by a stream of another rate"
    print(f"{key} at {rate:g}: {told}", flush=True)


def _told(point: dict[str, Any]) -> str:
    psnr, seconds = float(point["psnr"]), point["encode_seconds"]
    return f"{point['bpv']:.3f} bpv {psnr:.2f} dB in {seconds:.1f} s"


def method_points(method: str, volume: Volume, rate: float) -> list[dict[str, Any]]:
    """Return the point of a method at a rate; none if its smallest file is larger.

    Encoding time includes the search for the size; decoding time is that of a freshly opened file.

    Parameters
    ----------
    method
        Name, with an effort if it is not the default: ``wavelet-max``.
    """
    name, _, effort = method.partition("-")
    settings = {"effort": effort} if effort else {}
    original = volume.variables[0].read()
    _compile(name, effort)
    try:
        with progress() as report:
            result = vcore.compress(
                volume, None, method=name, budget=vcore.Budget(bpv=rate), settings=settings,
                context=Context(progress=report),
            )  # fmt: skip
    except BudgetError:
        return []
    began = time.perf_counter()
    decoded = vcore.open(result.data).decode()
    seconds = time.perf_counter() - began
    point = point_of(original, decoded, result.bytes, result.seconds, seconds)
    return [{**point, "limit": rate}]


@functools.cache
def _compile(method: str, effort: str) -> None:
    """Run a method once, so that no time has its compilation."""
    values = np.random.default_rng(0).integers(0, 9, (32, 32, 32), np.uint8)
    settings = {"effort": effort} if effort else {}
    made = vcore.compress(
        values, None, method=method, budget=vcore.Budget(bpv=4), settings=settings
    )
    vcore.open(made.data).decode()


def peer_points(
    codec: Codec, original: NDArray[Any], rate: float, known: Sequence[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield the points of a search for a peer's largest stream of at most a rate.

    Parameters
    ----------
    known
        Points of earlier searches, from which this one goes on.

    Yields
    ------
    point
        Encoding time is that of the stream, without the search for its level.
    """
    sizes = {p["level"]: p["bytes"] for p in known if p["note"] == codec.note}
    for _ in range(MAX_ENCODINGS):
        level = next_level(codec, sizes, rate * original.size / 8)
        if level is None:
            return
        began = time.perf_counter()
        stream = codec.encode(level)
        encoded = time.perf_counter()
        decoded = codec.decode(stream).reshape(original.shape)
        seconds = time.perf_counter() - encoded
        sizes[level] = sum(map(len, stream))
        point = point_of(original, decoded, sizes[level], encoded - began, seconds)
        point |= {"limit": rate, "note": codec.note, "level": level}
        if isinstance(codec, Bounded):
            errors = np.abs(decoded.astype(np.float64) - original)
            point |= {"bound": codec.bound(level), "max_error": float(errors.max())}
        yield point


def point_of(
    original: NDArray[Any], decoded: NDArray[Any], size: int, encode: float, decode: float
) -> dict[str, Any]:
    """Return the figures of a stream of ``size`` bytes, with its times in seconds.

    Streams of other sizes than are compared have no SSIM and no spectrum, which take longest.
    """
    decoded = np.clip(decoded, original.min(), original.max())
    if original.dtype.kind != "f":
        decoded = np.rint(decoded)
    decoded = decoded.astype(original.dtype)
    mse = peers.mean_squared_error(original, decoded)
    peak = float(original.max()) - float(original.min())
    bpv = 8 * size / original.size
    compared = RATE_RANGE[0] <= bpv <= RATE_RANGE[1]
    axes = tuple("tczyx"[-original.ndim :])
    pair = [Variable("values", values, axes) for values in (original, decoded)]
    power = power_spectrum(pair[0], pair[1], Grid(original.shape[-3:])) if compared else None
    return {
        "bytes": size,
        "bpv": bpv,
        "psnr": float(10 * np.log10(peak**2 / mse)) if mse else float("inf"),
        "ssim": ssim(original, decoded, peak) if compared else None,
        "error_power": power["error"] if power else None,
        "encode_seconds": encode,
        "encode_mvox_s": original.size / encode / 1e6,
        "decode_mvox_s": original.size / decode / 1e6,
    }


def put_on_page(results: Results, method: str) -> None:
    """Put the tables of all that was measured on the page, and into README."""
    cases = [c.name for c in CASES]
    seen = [p for p in PEERS if any(f"{case} {p}" in results for case in cases)]
    films = [p for p in seen if PEERS[p].film]
    others = [p for p in seen if p not in films]
    tables = {
        "rates": rd_tables.rates(results, cases, method, others, seen),
        "film": rd_tables.rates(results, cases, method, films, seen),
        "ssim": rd_tables.similarity(results, cases, [method, *seen]),
        "spectrum": rd_tables.spectrum(results, cases, method, seen),
        "bounds": rd_tables.bounds(results, cases, seen),
    }
    for name, table in tables.items():
        figures.take_table(figures.ROOT, "wavelet", name, markdown(*table))
    figures.main()
