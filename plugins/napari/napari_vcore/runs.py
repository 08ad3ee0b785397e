"""Runs: compressions to compare, with their figures. No Qt."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

import vcore
from vcore.dataset import Dataset
from vcore.engine.channels import channel_of
from vcore.engine.choose import AUTO
from vcore.engine.estimate import Estimate, estimate
from vcore.engine.scan import scan
from vcore.evaluate.compare import compare_dataset
from vcore.methods import get
from vcore.methods.mixins import Gated, Occupancy
from vcore.methods.source import VariableSource
from vcore.metrics.errors import ErrorStatistics, psnr
from vcore.metrics.robust import Foreground
from vcore.model.budget import LOSSLESS, Budget
from vcore.model.budgets import Asked, Budgets
from vcore.model.context import Context
from vcore.model.regions import Region
from vcore.model.report import Report, decibels
from vcore.model.volume import Variable, Volume
from vcore.noise import detector_of
from vcore.runtime.memory import human_bytes

PREVIEW_SIDE = 64
"""Side of a preview, in voxels."""
PREVIEW_SECONDS = 4.0
HEADER_BYTES = 700
"""Header size of a small file, in bytes; added to the budget of a preview, because it is negligible
only in a whole volume."""


NOTHING = Volume.from_array(np.zeros((1, 1, 1), "u1"))
"""Volume of a request that is not yet for a certain one."""


def is_hierarchy(path: str) -> bool:
    """Return whether ``path`` names a folder of chunks."""
    return path.lower().rstrip("/\\").endswith(".zarr")


def with_suffix(path: str) -> str | None:
    """Return the path of a file or hierarchy to write, None for an empty one."""
    if path in ("", "."):
        return None
    return path if is_hierarchy(path) or path.lower().endswith(".vcore") else path + ".vcore"


@dataclass(frozen=True)
class Request:
    """Parameters of a compression.

    Parameters
    ----------
    settings
        Settings that differ from the method's defaults.
    path
        Output file; None keeps the result in memory.
    exact
        Whether the volume is one of labels, which are stored without loss whatever is asked.
    workers
        Number of workers for a hierarchy.
    """

    volume: Volume
    method: str
    budget: Asked
    settings: Mapping[str, Any] = field(default_factory=dict)
    path: str | None = None
    force: bool = False
    time_limit: float | None = None
    exact: bool = False
    workers: int = 1

    def __post_init__(self) -> None:
        if self.exact:
            for name, value in (("method", ""), ("budget", LOSSLESS), ("settings", {})):
                object.__setattr__(self, name, value)

    @property
    def options(self) -> dict[str, Any]:
        """Arguments common to ``compress`` and ``estimate``."""
        return {"method": self.method, "budget": self.budget, "settings": dict(self.settings)}

    @property
    def first_budget(self) -> Budget:
        """Budget of the first variable."""
        if isinstance(self.budget, Budgets):
            return self.budget.of(self.volume.variables[0].name)
        return self.budget


@dataclass(frozen=True)
class Run:
    """A finished compression.

    Parameters
    ----------
    figures
        bytes, ratio, bpv, robust_psnr, psnr, foreground_psnr, ssim, max_error, encode_seconds,
        decode_seconds; None if undefined.
    """

    request: Request
    report: Report
    dataset: Dataset
    figures: dict[str, float | None]


def compress(request: Request, context: Context) -> Run:
    """Compress, open the result, and measure its error against the original."""
    context = replace(context, time_limit=request.time_limit)
    if request.path is not None and is_hierarchy(request.path):
        return _to_hierarchy(request, request.path, context)
    report = vcore.compress(
        request.volume, request.path, context=context, force=request.force, **request.options
    )
    dataset = vcore.open(request.path if request.path else report.data)
    return Run(request, report, dataset, measured(request.volume, dataset, report, context))


def _to_hierarchy(request: Request, path: str, context: Context) -> Run:
    from vcore.hierarchy import compress as by_chunk  # slow import

    began = time.monotonic()
    done = by_chunk(
        request.volume, path, workers=request.workers, force=request.force, context=context,
        **request.options,
    )  # fmt: skip
    seconds, dataset = time.monotonic() - began, vcore.open(path)
    found = compare_dataset(request.volume, dataset, foreground="auto", progress=context.report)
    report = Report(
        **{name: found[name] for name in ("bytes", "ratio", "bpv", "mse", "max_error")},
        psnr=_number(found["psnr"]),
        robust_psnr=_number(found["robust_psnr"]),
        path=path,
        seconds=seconds,
        method=dataset.decoder().header.method,
        notes=tuple(f"not kept: {text}" for text in done.left_out),
    )
    return Run(request, report, dataset, _figures(found, report))


def _number(value: float | None) -> float:
    return np.inf if value is None else value


def measured(
    original: Volume, dataset: Dataset, report: Report, context: Context
) -> dict[str, float | None]:
    """Return the figures of a compression, for the first variable."""
    found = compare_dataset(original, dataset, foreground="auto", progress=context.report)
    return _figures(found, report)


def _figures(found: Mapping[str, Any], report: Report) -> dict[str, float | None]:
    names = (
        *("bytes", "ratio", "bpv", "robust_psnr", "psnr"),
        *("foreground_psnr", "ssim", "max_error"),
    )
    figures: dict[str, float | None] = {name: found[name] for name in names}
    figures["encode_seconds"] = report.seconds
    figures["decode_seconds"] = found["decode_seconds"]
    return figures


def predict(request: Request, context: Context) -> Estimate:
    """Estimate time, memory and size of a compression."""
    return estimate(request.volume, context=context, **request.options)


@dataclass(frozen=True)
class Preview:
    """Compressed preview of a region.

    Parameters
    ----------
    region
        Region of the first variable, over all axes.
    original, decoded
        Values, z y x.
    psnr, robust_psnr
        In dB, with the range and the foreground of the whole variable or channel.
    """

    region: Region
    original: NDArray[Any]
    decoded: NDArray[Any]
    bpv: float
    psnr: float
    robust_psnr: float

    @property
    def note(self) -> str:
        """One-line summary of the figures."""
        shape = " x ".join(map(str, self.original.shape))
        return (
            f"preview of {shape} voxels: {self.bpv:.3g} bits per voxel, robust PSNR "
            f"{decibels(self.robust_psnr)}, PSNR {decibels(self.psnr)}"
        )


def preview_region(shape: tuple[int, ...], at: tuple[float, ...]) -> Region:
    """Return a box with side PREVIEW_SIDE around ``at``, in one frame and channel.

    Parameters
    ----------
    at
        Indices over all axes; clipped so that the box lies inside the volume.
    """
    lead = len(shape) - 3
    found = []
    for axis, (n, centre) in enumerate(zip(shape, at, strict=True)):
        side = 1 if axis < lead else min(PREVIEW_SIDE, n)
        start = int(np.clip(round(centre) - side // 2, 0, n - side))
        found.append(slice(start, start + side))
    return tuple(found)


def preview(request: Request, region: Region, context: Context) -> Preview:
    """Compress and decode only a region of the first variable, under its budget.

    Qualities and shares refer to the range of the whole variable or channel, which is read for it
    once.
    """
    variable = request.volume.variables[0]
    channel = region[variable.axes.index("c")].start if "c" in variable.axes else None
    source, foreground = _measured(variable, channel, request.volume, context)
    values = variable.read(region)
    values = values.reshape(values.shape[-3:])
    part = Volume.from_array(values)
    context = replace(context, time_limit=PREVIEW_SECONDS)
    budget, several = request.first_budget, isinstance(request.budget, Budgets)
    sized = (variable,) if several else request.volume.variables
    nbytes = sum(v.nbytes for v in sized)
    limit = budget.limit_bytes(nbytes, sum(v.size for v in sized))
    budget = budget.plain(foreground.advantage(source.span))
    options = {**request.options, "budget": _absolute(budget, source, values)}
    if several and budget == LOSSLESS:
        options |= {"method": None, "settings": {}}
    if budget.noise_sigma is not None:
        options["budget"] = _with_detector(budget, source, context)
    if limit is not None:
        share = int(limit * values.nbytes / nbytes)
        options["budget"] = Budget(bytes=share + HEADER_BYTES)
    report = vcore.compress(part, None, context=context, **options)
    decoded = vcore.open(report.data).decode()
    size = report.bytes - (0 if limit is None else HEADER_BYTES)
    errors = ErrorStatistics(robust=foreground)
    errors.add(values, decoded, variable.missing(values))
    peak = psnr(source.span, errors.mse)
    bpv = 8 * max(size, 1) / values.size
    return Preview(region, values, decoded, bpv, peak, errors.robust_psnr)


_last: list[tuple[Any, int | None, VariableSource, Foreground]] = []
"""What was measured last, with its data and channel: a live preview asks again and again."""


def _measured(
    variable: Variable, channel: int | None, volume: Volume, context: Context
) -> tuple[VariableSource, Foreground]:
    """Return range and foreground of a whole variable, or of one of its channels."""
    for data, known, source, foreground in _last:
        if data is variable.data and known == channel:
            return source, foreground
    whole = variable if channel is None else channel_of(variable, channel)
    source, _ = scan(whole, volume.grid, context)
    _last[:] = [(variable.data, channel, source, Foreground.of(whole))]
    return _last[0][2:]


def _absolute(budget: Budget, source: VariableSource, values: NDArray[Any]) -> Budget:
    """Return the budget of a region for the quality or bound of the whole."""
    if budget.range_error is not None:
        budget = replace(budget, range_error=None, max_error=budget.bound(source.span))
    if budget.psnr is None:
        return budget
    missing = source.variable.missing(values)
    present = values if missing is None else values[~missing]
    own = float(np.ptp(present.astype(np.float64))) if present.size else 0.0
    if not own:
        return budget
    return replace(budget, psnr=max(budget.psnr + 20 * log10(own / source.span), 1.0))


def _with_detector(budget: Budget, source: VariableSource, context: Context) -> Budget:
    """Return ``budget`` with the detector noise estimated from the whole variable, because a region
    may be too small for it."""
    detector = detector_of(source, context, **budget.detector())
    if detector.gain == 0:  # not allowed in a budget
        return Budget(max_error=(budget.noise_sigma or 0) * detector.read_noise)
    return replace(
        budget, gain=detector.gain, offset=detector.offset, read_noise=detector.read_noise
    )


def occupancy(request: Request, region: Region) -> Occupancy | None:
    """Return the occupancy gate of a region, or None for methods without one."""
    method = None if request.method in ("", AUTO) else get(request.method)
    if not isinstance(method, Gated):
        return None
    variable = request.volume.variables[0]
    values = variable.read(region)
    values = values.reshape(values.shape[-3:])
    limits = float(values.min()), float(values.max())
    part = Volume.from_array(values)
    source = VariableSource(part.variables[0], part.grid, limits)
    return method.occupancy(source, method.Settings.from_json(request.settings))


def described(report: Report) -> str:
    """Return one line per variable with its budget and size."""
    lines = []
    for name, figures in report.variables.items():
        asked = Budget.from_json(figures["budget"]).text(figures["unit"]) or "default"
        lines.append(f"{name}: {asked}; {figures['method']}, {figures['bytes']:,} bytes")
    return "\n".join(lines)


MANY = 100
"""Ratio from which no digits after the point are shown."""


def result_line(run: Run) -> str:
    """Return size, ratio and quality of a run, as one short line."""
    quality = decibels(run.figures["robust_psnr"], run.report.mse)
    quality += " robust" if quality.endswith("dB") else ""
    ratio = run.report.ratio
    shown = f"{ratio:,.0f}" if ratio >= MANY else f"{ratio:.3g}"
    return f"{human_bytes(run.report.bytes)} · {shown} : 1 · {quality}"


HEAD = (
    ("method", "method"),
    ("bytes", "bytes"),
    ("robust_psnr", "robust PSNR"),
    ("psnr", "PSNR dB"),
    ("ratio", "ratio"),
    ("bpv", "bits per voxel"),
    ("foreground_psnr", "foreground PSNR dB"),
    ("ssim", "SSIM"),
    ("max_error", "largest error"),
    ("encode_seconds", "encode s"),
    ("decode_seconds", "decode s"),
)
"""Columns of the table: figure and heading; the first three are visible in a narrow dock."""


def row(run: Run) -> list[str]:
    """Return a row of the table."""
    return [run.report.method, *(_text(name, run.figures[name]) for name, _ in HEAD[1:])]


def _text(name: str, value: float | None) -> str:
    if value is None or np.isnan(value):
        return "-"
    if np.isinf(value):
        return "lossless"
    if name == "bytes":
        return f"{int(value):,}"
    if name == "ssim":
        return f"{value:.4f}"
    return f"{value:.4g}" if value < 1000 else f"{value:,.0f}"
