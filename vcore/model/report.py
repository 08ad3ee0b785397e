"""Report of a compression, and the achieved figures stored in the header."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from vcore.model.html import table
from vcore.runtime.memory import human_bytes

FileBytes = bytes
STORED = ("psnr", "mse", "max_error", "robust_psnr")
"""Figures stored in a header."""


@dataclass(frozen=True, repr=False)
class Report:
    """Figures of a compression, measured on the written bytes.

    Parameters
    ----------
    path
        Path of the file, or None if it is in ``data``.
    bytes, ratio, bpv
        File size, compression ratio, bits per voxel.
    psnr, mse, max_error
        Figures of the first variable over its present voxels; PSNR in dB (of several channels, the
        lowest), MSE in squared data units, maximum error in data units.
    seconds
        Elapsed time.
    method
        Method of the first variable.
    variables
        Figures of every variable, by name.
    notes
        Notes for the user.
    reason
        Reason for an automatic choice of the method.
    robust_psnr
        PSNR in dB of the foreground of the first variable; the peak is its robust range.
    """

    path: str | None
    bytes: int
    ratio: float
    bpv: float
    psnr: float
    mse: float
    max_error: float
    seconds: float
    method: str
    variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    reason: str = ""
    data: FileBytes = field(default=b"", repr=False)
    robust_psnr: float = math.nan

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        values = asdict(self)
        del values["data"]
        return values

    def __repr__(self) -> str:
        lines = [f"<vcore.Report {self.path or 'in memory'}: {', '.join(self._facts())}>"]
        for name, figures in self.variables.items():
            robust = decibels(figures["robust_psnr"], figures["mse"])
            peak = decibels(figures["psnr"], figures["mse"])
            lines.append(f"  {name}: PSNR {peak}, robust {robust}, {_largest(figures)}")
        lines += [f"  note: {text}" for text in self.notes]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = [
            (
                name,
                decibels(figures["robust_psnr"], figures["mse"]),
                decibels(figures["psnr"], figures["mse"]),
                f"{figures['mse']:.4g}",
                f"{figures['max_error']:.4g}",
            )
            for name, figures in self.variables.items()
        ]
        columns = ("variable", "robust PSNR", "PSNR", "MSE", "largest error")
        title, notes = self.path or "in memory", self.notes
        if self.reason:
            notes = (self.reason, *notes)
        return table(title, self._facts(), columns, rows, numbers=columns[1:], notes=notes)

    def _facts(self) -> list[str]:
        return [
            self.method,
            human_bytes(self.bytes),
            f"{self.ratio:.3g} : 1" if self.ratio < 100 else f"{self.ratio:.0f} : 1",
            f"{self.bpv:.3g} bits per voxel",
            f"{self.seconds:.3g} s",
        ]


def decibels(psnr: float | None, mse: float | None = None) -> str:
    """Format a PSNR; "lossless" without error."""
    if mse == 0 or psnr == math.inf:
        return "lossless"
    return "not defined" if psnr is None or math.isnan(psnr) else f"{psnr:.2f} dB"


def _largest(figures: Mapping[str, Any]) -> str:
    return f"largest error {figures['max_error']:.4g}"


def stored_figures(reached: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures that are stored in a header."""
    stored: dict[str, Any] = {k: short(reached[k]) for k in STORED}
    stored["robust_range"] = [short(v, 4) for v in reached["robust_range"]]
    if "noise" in reached:
        noise = reached["noise"]
        stored["noise"] = {k: short(noise[k]) for k in ("sigmas", "rms", "bias")}
        stored["noise"]["correlation"] = [short(v) for v in noise["correlation"]]
    return stored


def short(value: float | None, digits: int = 5) -> float | None:
    """Return a figure with few significant digits for the header; None if not finite."""
    return float(f"{value:.{digits}g}") if value is not None and math.isfinite(value) else None
