"""Runs: compressions that people compare, with their figures. No Qt."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

import vcore
from vcore.dataset import Dataset
from vcore.engine.choose import AUTO
from vcore.engine.estimate import Estimate, estimate
from vcore.evaluate.compare import compare_dataset
from vcore.methods import get
from vcore.methods.mixins import Gated, Occupancy
from vcore.methods.source import VariableSource
from vcore.model.budget import LOSSLESS, Budget
from vcore.model.budgets import Asked, Budgets
from vcore.model.context import Context
from vcore.model.regions import Region
from vcore.model.report import Report
from vcore.model.volume import Volume
from vcore.noise import detector_of

PREVIEW_SIDE = 64
"""Voxels along each axis of a preview."""
PREVIEW_SECONDS = 4.0
HEADER_BYTES = 700
"""What a small file takes beside its content: a preview gets it on top, as it is lost in a whole
volume."""


@dataclass(frozen=True)
class Request:
    """What to compress, and how.

    Parameters
    ----------
    settings
        Those that differ from the method's defaults.
    path
        The file; None keeps it in memory.
    """

    volume: Volume
    method: str
    budget: Asked
    settings: Mapping[str, Any] = field(default_factory=dict)
    path: str | None = None
    force: bool = False
    time_limit: float | None = None

    @property
    def options(self) -> dict[str, Any]:
        """What ``compress`` and ``estimate`` both take."""
        return {"method": self.method, "budget": self.budget, "settings": dict(self.settings)}

    @property
    def first_budget(self) -> Budget:
        """The budget of the first variable."""
        if isinstance(self.budget, Budgets):
            return self.budget.of(self.volume.variables[0].name)
        return self.budget


@dataclass(frozen=True)
class Run:
    """A finished compression.

    Parameters
    ----------
    figures
        bytes, ratio, bpv, psnr, foreground_psnr, ssim, max_error, encode_seconds, decode_seconds;
        None where one is not defined.
    """

    request: Request
    report: Report
    dataset: Dataset
    figures: dict[str, float | None]


def compress(request: Request, context: Context) -> Run:
    """Compress, open what was written, and measure it against the original."""
    context = replace(context, time_limit=request.time_limit)
    report = vcore.compress(
        request.volume, request.path, context=context, force=request.force, **request.options
    )
    dataset = vcore.open(request.path if request.path else report.data)
    return Run(request, report, dataset, measured(request.volume, dataset, report, context))


def measured(
    original: Volume, dataset: Dataset, report: Report, context: Context
) -> dict[str, float | None]:
    """Return the figures of a compression, over its first variable."""
    found = compare_dataset(original, dataset, foreground="auto", progress=context.report)
    names = ("bytes", "ratio", "bpv", "psnr", "foreground_psnr", "ssim", "max_error")
    figures: dict[str, float | None] = {name: found[name] for name in names}
    figures["encode_seconds"] = report.seconds
    figures["decode_seconds"] = found["decode_seconds"]
    return figures


def predict(request: Request, context: Context) -> Estimate:
    """Return what a compression would take: time, memory, bytes."""
    return estimate(request.volume, context=context, **request.options)


@dataclass(frozen=True)
class Preview:
    """A region as it would look.

    Parameters
    ----------
    region
        Of the first variable, over all axes.
    original, decoded
        Values, z y x.
    """

    region: Region
    original: NDArray[Any]
    decoded: NDArray[Any]
    bpv: float
    psnr: float

    @property
    def note(self) -> str:
        """Its figures in a line."""
        shape = " x ".join(map(str, self.original.shape))
        return f"preview of {shape} voxels: {self.bpv:.3g} bits per voxel, {self.psnr:.1f} dB"


def preview_region(shape: tuple[int, ...], at: tuple[float, ...]) -> Region:
    """Return a box of PREVIEW_SIDE voxels a side around ``at``, of one frame and channel.

    Parameters
    ----------
    at
        Indices over all axes; it may lie outside, the box does not.
    """
    lead = len(shape) - 3
    found = []
    for axis, (n, centre) in enumerate(zip(shape, at, strict=True)):
        side = 1 if axis < lead else min(PREVIEW_SIDE, n)
        start = int(np.clip(round(centre) - side // 2, 0, n - side))
        found.append(slice(start, start + side))
    return tuple(found)


def preview(request: Request, region: Region, context: Context) -> Preview:
    """Compress and decode a region alone.

    Of the first variable, under its budget. One in dB counts from the whole volume's range, which
    is not read for it: from that of the region here.
    """
    variable = request.volume.variables[0]
    values = variable.read(region)
    values = values.reshape(values.shape[-3:])
    part = Volume.from_array(values)
    context = replace(context, time_limit=PREVIEW_SECONDS)
    budget, several = request.first_budget, isinstance(request.budget, Budgets)
    sized = (variable,) if several else request.volume.variables
    nbytes = sum(v.nbytes for v in sized)
    limit = budget.limit_bytes(nbytes, sum(v.size for v in sized))
    options = {**request.options, "budget": budget}
    if several and budget == LOSSLESS:
        options |= {"method": None, "settings": {}}
    if budget.noise_sigma is not None:
        options["budget"] = _with_detector(budget, request.volume, context)
    if limit is not None:
        share = int(limit * values.nbytes / nbytes)
        options["budget"] = Budget(bytes=share + HEADER_BYTES)
    report = vcore.compress(part, None, context=context, **options)
    decoded = vcore.open(report.data).decode()
    size = report.bytes - (0 if limit is None else HEADER_BYTES)
    return Preview(region, values, decoded, 8 * max(size, 1) / values.size, report.psnr)


def _with_detector(budget: Budget, volume: Volume, context: Context) -> Budget:
    """Return ``budget`` with the noise of the whole volume's first variable: a region may be too
    small to show it."""
    variable = volume.variables[0]
    source = VariableSource(variable, volume.grid, (-np.inf, np.inf))
    detector = detector_of(source, context, **budget.detector())
    if detector.gain == 0:  # which a budget does not take
        return Budget(max_error=(budget.noise_sigma or 0) * detector.read_noise)
    return replace(
        budget, gain=detector.gain, offset=detector.offset, read_noise=detector.read_noise
    )


def occupancy(request: Request, region: Region) -> Occupancy | None:
    """Return where the gate is open in a region; None for methods without one."""
    method = None if request.method == AUTO else get(request.method)
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
    """Return a line for each variable: its budget, and what it takes."""
    lines = []
    for name, figures in report.variables.items():
        asked = Budget.from_json(figures["budget"]).text(figures["unit"]) or "default"
        lines.append(f"{name}: {asked}; {figures['method']}, {figures['bytes']:,} bytes")
    return "\n".join(lines)


HEAD = (
    ("method", "method"),
    ("bytes", "bytes"),
    ("ratio", "ratio"),
    ("bpv", "bits per voxel"),
    ("psnr", "PSNR dB"),
    ("foreground_psnr", "foreground PSNR dB"),
    ("ssim", "SSIM"),
    ("max_error", "largest error"),
    ("encode_seconds", "encode s"),
    ("decode_seconds", "decode s"),
)
"""Figures of the table, and their heads."""


def row(run: Run) -> list[str]:
    """Return a line of the table."""
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
