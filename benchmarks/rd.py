"""Rate-distortion of a vcore method and of classical codecs, over all benchmark volumes.

Rates are bits per voxel (of every frame) of whole files and streams. Decoded values are clipped to
the data range, and rounded for integers; PSNR is over all voxels, with the data range as its peak.
Values are those of the files, without thresholding.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

import vcore
from benchmarks import ecnr_peers, peers, peers_slices, volumes
from benchmarks.bjontegaard import Curve, envelope, rate_difference, upper_curve
from benchmarks.codec import Codec, Stream
from benchmarks.kristan import show
from benchmarks.report import Results
from vcore import io
from vcore.cli.output import progress
from vcore.errors import BudgetError, InputError, MissingExtraError
from vcore.evaluate.picture import import_figure
from vcore.metrics import ssim
from vcore.model.context import Context
from vcore.model.volume import Volume

RATES = (0.05, 0.1, 0.22, 0.47, 1.0)
"""Target rates in bits per voxel."""
RATE_RANGE = (0.04, 1.1)
"""Range of bits per voxel of the points used: targets are met within a few percent."""
RATE_TOLERANCE = 0.06
"""Tolerance of a target rate, in the natural logarithm of bits per voxel."""
MAX_ENCODINGS = 5
"""Maximum number of encodings per target: the sizes of some codecs are stepwise."""
SEPARATE_VOLUMES = ("neuron",)
"""3D volumes reported separately: nearly all of the neuron is 0, which makes PSNR uninformative."""


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


def _slices(values: NDArray[Any]) -> NDArray[Any]:
    return values.reshape(-1, *values.shape[-2:])


PEERS: dict[str, Callable[[NDArray[Any]], Sequence[Codec]]] = {
    "sperr": lambda values: [peers.Sperr(_slices(values))],
    "sz3": lambda values: [peers.Sz3(values)],
    "zfp": lambda values: [peers.Zfp(values)],
    "jpeg2000": lambda values: peers_slices.jpeg2000(_slices(values)),
    "hevc": lambda values: peers_slices.hevc(_slices(values)),
    "tthresh": lambda values: [ecnr_peers.Tthresh(values)],
}
"""Factory of codec variants by name; the best point at each rate counts. SZ3, ZFP and TTHRESH code
4D series, the others frames stacked along z."""
LABELS = {"sperr": "SPERR", "sz3": "SZ3", "zfp": "ZFP", "jpeg2000": "JPEG2000", "hevc": "HEVC",
          "tthresh": "TTHRESH"}  # fmt: skip


def main(
    method: Annotated[list[str] | None, typer.Option(help="Method of vcore; repeatable.")] = None,
    volume: Annotated[
        list[str] | None, typer.Option(help="Run only this volume; repeatable.")
    ] = None,
    peer: Annotated[list[str] | None, typer.Option(help="Run only this peer; repeatable.")] = None,
    quick: Annotated[bool, typer.Option(help="Three small volumes.")] = False,
    fresh: Annotated[bool, typer.Option(help="Discard results of earlier runs.")] = False,
    output: Annotated[Path, typer.Option(help="Folder for results.")] = Path("bench-output"),
) -> None:
    """Compare methods with SPERR, SZ3, ZFP, JPEG2000, HEVC and TTHRESH between 0.05 and 1 bpv.

    The environment variable TTHRESH names its binary. Results: rd.json, rd.md, rd.png, rd-ssim.png.
    """
    methods = method or ["wavelet"]
    compared = among("peer", peer or list(PEERS), list(PEERS))
    names = among("volume", volume or [c.name for c in CASES], [c.name for c in CASES])
    cases = [c for c in CASES if c.name in names and (c.quick or not quick)]
    results = Results(output / "rd.json", fresh=fresh)
    for case in cases:
        for codec in (*methods, *compared):
            measure(results, case, codec)
    text = tables(results, cases, methods, compared)
    (output / "rd.md").write_text(text, encoding="utf-8")
    for quantity, target in (("psnr", output / "rd.png"), ("ssim", output / "rd-ssim.png")):
        picture(results, cases, [*methods, *compared], quantity, target)
        print(f"\nRate-distortion curves: {target}")


def among(what: str, names: Sequence[str], known: Sequence[str]) -> Sequence[str]:
    """Return ``names`` if all are ``known``, else raise InputError."""
    for name in names:
        if name not in known:
            raise InputError(f"Expected a {what} of {', '.join(known)}. Got {name!r} instead.")
    return names


def measure(results: Results, case: Case, codec: str) -> None:
    """Store the points of a codec on a volume, unless done earlier or the codec is missing."""
    key = f"{case.name} {codec}"
    if key in results:
        return
    volume = case.load()
    try:
        points = of_peer(codec, volume) if codec in PEERS else of_method(codec, volume)
    except MissingExtraError as error:
        print(f"{key}: skipped. {error}", flush=True)
        return
    results.add(key, {"shape": volume.variables[0].shape, "points": points})
    print(f"{key}: {len(points)} points", flush=True)


def of_method(method: str, volume: Volume) -> list[dict[str, Any]]:
    """Return the points of a method: one file at each of ``RATES``.

    Encoding time includes the search for the size; decoding time is that of a freshly opened file.
    """
    original = volume.variables[0].read()
    points = []
    for bpv in RATES:
        try:
            with progress() as report:
                result = vcore.compress(
                    volume, None, method=method, budget=vcore.Budget(bpv=bpv),
                    context=Context(progress=report),
                )  # fmt: skip
        except BudgetError:  # the smallest file is larger
            continue
        began = time.perf_counter()
        decoded = vcore.open(result.data).decode()
        seconds = time.perf_counter() - began
        points.append(_point(original, decoded, result.bytes, result.seconds, seconds))
    return points


def of_peer(name: str, volume: Volume) -> list[dict[str, Any]]:
    """Return the points of a classical codec: for each variant, those nearest to ``RATES``.

    Encoding time is that of the final stream, without the search for its level.
    """
    original = volume.variables[0].read()
    points = []
    for codec in PEERS[name](np.ascontiguousarray(original)):
        for stream, encode_seconds in nearest(codec, [r * original.size / 8 for r in RATES]):
            began = time.perf_counter()
            decoded = codec.decode(stream)
            seconds = time.perf_counter() - began
            size = sum(map(len, stream))
            decoded = decoded.reshape(original.shape)
            points.append(
                {**_point(original, decoded, size, encode_seconds, seconds), "note": codec.note}
            )
    return points


def nearest(codec: Codec, sizes: Sequence[float]) -> list[tuple[Stream, float]]:
    """Return the distinct streams nearest to each of ``sizes`` bytes, and their seconds."""
    return [(stream, seconds) for _, stream, seconds in levels(codec, sizes)]


def levels(codec: Codec, sizes: Sequence[float]) -> list[tuple[float, Stream, float]]:
    """Return the distinct levels nearest to each of ``sizes`` bytes, with streams and seconds.

    Between known levels the logarithm of the size is interpolated, with bisection every second
    time since the sizes of some codecs are stepwise.
    """
    tried: dict[float, tuple[float, Stream, float]] = {}

    def encode(level: float) -> None:
        began = time.perf_counter()
        stream = codec.encode(level)
        seconds = time.perf_counter() - began
        tried[level] = float(np.log(sum(map(len, stream)))), stream, seconds

    way = 1.0 if codec.fine > codec.coarse else -1.0
    encode(codec.coarse)
    kept = set()
    for aim in map(float, np.log(sizes)):
        for number in range(MAX_ENCODINGS):
            best = min(tried, key=lambda level: abs(tried[level][0] - aim))
            if abs(tried[best][0] - aim) < RATE_TOLERANCE:
                break
            low = max((k for k in tried if tried[k][0] <= aim), key=lambda k: way * k, default=None)
            if low is None:  # the smallest stream is larger
                break
            finer = [k for k in tried if way * k > way * low]
            if finer:
                high = min(finer, key=lambda k: way * k)
                share = (aim - tried[low][0]) / max(tried[high][0] - tried[low][0], 1e-9)
                share = min(max(share, 0.05), 0.95) if number % 2 == 0 else 0.5
            else:
                high, share = codec.fine, 0.15
            encode(low + share * (high - low))
        kept.add(min(tried, key=lambda level: abs(tried[level][0] - aim)))
    return [(level, *tried[level][1:]) for level in sorted(kept, key=lambda level: way * level)]


def _point(
    original: NDArray[Any], decoded: NDArray[Any], size: int, encode: float, decode: float
) -> dict[str, Any]:
    decoded = np.clip(decoded, original.min(), original.max())
    if original.dtype.kind != "f":
        decoded = np.rint(decoded)
    decoded = decoded.astype(original.dtype)
    mse = peers.mean_squared_error(original, decoded)
    peak = float(original.max()) - float(original.min())
    return {
        "bytes": size,
        "bpv": 8 * size / original.size,
        "psnr": float(10 * np.log10(peak**2 / mse)) if mse else float("inf"),
        "ssim": ssim(original, decoded, peak),
        "encode_mvox_s": original.size / encode / 1e6,
        "decode_mvox_s": original.size / decode / 1e6,
    }


def points_of(results: Results, case: Case, codec: str) -> list[dict[str, Any]]:
    """Return the lossy points within ``RATE_RANGE``, empty if not measured."""
    key = f"{case.name} {codec}"
    points = results[key]["points"] if key in results else []
    low, high = RATE_RANGE
    return [p for p in points if low <= p["bpv"] <= high and not isinstance(p["psnr"], str)]


def curve_of(results: Results, case: Case, codec: str, quantity: str = "psnr") -> Curve:
    """Return the best of the codec's variants at every rate, by increasing rate; empty if an
    earlier run did not measure the quantity."""
    variants: dict[str, list[tuple[float, float]]] = {}
    for p in points_of(results, case, codec):
        if p.get(quantity) is not None:
            variants.setdefault(p.get("note", ""), []).append((p["bpv"], p[quantity]))
    return envelope([upper_curve(points) for points in variants.values()])


def group_of(results: Results, case: Case, codec: str) -> str:
    """Return the group to whose median a volume contributes."""
    if len(results[f"{case.name} {codec}"]["shape"]) > 3:
        return "time series"
    return "apart" if case.name in SEPARATE_VOLUMES else "3D"


def tables(
    results: Results, cases: Sequence[Case], methods: Sequence[str], compared: Sequence[str]
) -> str:
    """Print and return PSNR and SSIM at the target rates, speeds, and rate differences to peers."""
    codecs, texts = [*methods, *compared], []
    for case in cases:
        rows = []
        for codec in codecs:
            points = points_of(results, case, codec)
            if not points:
                continue
            at = [_at(curve_of(results, case, codec), rate) for rate in RATES]
            alike = [_at(curve_of(results, case, codec, "ssim"), rate) for rate in RATES]
            speeds = [median(p[k] for p in points) for k in ("encode_mvox_s", "decode_mvox_s")]
            texts_alike = [None if v is None else f"{v:.4f}" for v in alike]
            rows.append([LABELS.get(codec, codec), *at, *texts_alike, *speeds])
        rates = [f"{r:g} bpv" for r in RATES]
        head = ["codec", *rates, *(f"SSIM {r}" for r in rates), "encode MVox/s", "decode MVox/s"]
        texts.append(show(f"{case.name}: PSNR in dB, SSIM, medians of speeds", head, rows))
    texts += [differences(results, cases, method, compared) for method in methods]
    return "\n".join(texts)


def _at(curve: Curve, rate: float) -> float | None:
    """Return a curve's value at a rate, None if it ends more than ``RATE_TOLERANCE`` before it."""
    if not len(curve):
        return None
    bpv, values = np.array(curve).T
    at, log_bpv = float(np.log(rate)), np.log(bpv)
    if not log_bpv[0] - RATE_TOLERANCE <= at <= log_bpv[-1] + RATE_TOLERANCE:
        return None
    return float(np.interp(at, log_bpv, values))


def differences(
    results: Results, cases: Sequence[Case], method: str, compared: Sequence[str]
) -> str:
    """Print and return the rate differences of a method in percent; negative means fewer bytes."""
    rows: list[list[Any]] = []
    groups: dict[str, list[list[float | None]]] = {}
    for case in cases:
        own = curve_of(results, case, method)
        if not own:
            continue
        found = [rate_difference(own, curve_of(results, case, peer)) for peer in compared]
        known = [f for f in found if f is not None]
        cells = [*found, max(known, default=None)]
        closest = LABELS[compared[found.index(cells[-1])]] if known else None
        group = group_of(results, case, method)
        groups.setdefault(group, []).append(cells)
        rows.append([case.name, group, *cells, closest])
    for group, of_group in groups.items():
        if len(of_group) > 1:
            columns = [
                [c for c in column if c is not None] for column in zip(*of_group, strict=True)
            ]
            rows.append(
                [f"median, {group}", group, *(median(c) if c else None for c in columns), None]
            )
    head = ["volume", "group", *(f"{LABELS[p]} %" for p in compared), "best peer %", "which"]
    return show(f"Bjøntegaard rate difference of {method} against", head, rows)


QUANTITIES = {"psnr": "PSNR in dB", "ssim": "SSIM"}


def picture(
    results: Results, cases: Sequence[Case], codecs: Sequence[str], quantity: str, target: Path
) -> None:
    """Write a PNG of PSNR or SSIM over bits per voxel, one panel per volume."""
    from PIL import Image

    drawn = [c for c in cases if any(curve_of(results, c, codec, quantity) for codec in codecs)]
    columns = min(4, max(len(drawn), 1))
    lines = -(-len(drawn) // columns) or 1
    figure = import_figure()(figsize=(3.4 * columns, 2.7 * lines + 0.4), layout="constrained")
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for panel, case in zip(panels, drawn, strict=False):
        for number, codec in enumerate(codecs):
            curve = np.array(curve_of(results, case, codec, quantity)).reshape(-1, 2)
            panel.plot(*curve.T, marker="o", markersize=3, color=f"C{number}",
                       linewidth=2 if codec not in PEERS else 1,
                       label=LABELS.get(codec, codec))  # fmt: skip
        panel.set(title=case.name, xscale="log", xlabel="bits per voxel",
                  ylabel=QUANTITIES[quantity], xticks=RATES,
                  xticklabels=[f"{r:g}" for r in RATES])  # fmt: skip
        panel.minorticks_off()
        panel.grid(alpha=0.3)
    for panel in panels[len(drawn) :]:
        panel.set_axis_off()
    if drawn:
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(codecs), frameon=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=90)
    with Image.open(target) as image:
        image.convert("RGB").quantize(64).save(target, optimize=True)
