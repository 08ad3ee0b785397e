"""Training dynamics of preset paper (VolMicro, figure 1): objective, PSNR, error, Gaussians."""

import logging
from pathlib import Path
from typing import Any, Self

import numpy as np

import vcore
from benchmarks.kristan import show
from benchmarks.quality import Judge
from benchmarks.report import Results
from vcore.cli.output import progress
from vcore.evaluate.plot import import_figure
from vcore.methods.gaussian.paper_training import TRACED, log
from vcore.model.context import Context

MILESTONES = 12
"""Rows of the table."""
PANELS = (
    ("total objective", 1, True),
    ("PSNR in dB", 2, False),
    ("mean squared error", 3, True),
    ("Gaussians", 4, False),
)
"""Title, column of ``Traced.rows`` and whether the scale is logarithmic."""


class Traced(logging.Handler):
    """Logging handler that collects the trace of a training."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.rows: list[tuple[int, float, float, float, int]] = []
        """Step, objective, PSNR in dB and mean squared error of all voxels, Gaussians."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == TRACED and isinstance(record.args, tuple):
            step, objective, error, count = record.args
            decibels = -10 * np.log10(max(float(error), 1e-30))  # type: ignore[arg-type]
            self.rows.append((step, objective, decibels, error, count))  # type: ignore[arg-type]

    def __enter__(self) -> Self:
        self._level = log.level
        log.addHandler(self)
        log.setLevel(logging.DEBUG)
        return self

    def __exit__(self, *error: object) -> None:
        log.setLevel(self._level)
        log.removeHandler(self)


def training(
    results: Results, name: str, judge: Judge, size: int, steps: int, seconds: float, target: Path
) -> None:
    """Train at ``size`` bytes for ``steps`` or ``seconds``, whichever ends first; print and draw.

    Parameters
    ----------
    name
        Name of the volume that ``judge`` has.
    target
        PNG to write.
    """
    key = f"training {name} {size} {steps} {seconds:g} s"
    if key not in results:
        with Traced() as trace, progress() as report:
            result = vcore.compress(
                vcore.Volume.from_array(judge.original), None, method="gaussian",
                settings={"preset": "paper", "steps": steps}, budget=vcore.Budget(bytes=size),
                context=Context(progress=report, time_limit=seconds),
            )  # fmt: skip
        figures = judge.figures(vcore.open(result.data).decode())
        row = {"rows": trace.rows, "bytes": result.bytes, "seconds": result.seconds, **figures}
        results.add(key, row)
    row = results[key]
    rows = row["rows"]
    chosen = np.unique(np.linspace(0, len(rows) - 1, MILESTONES).astype(int))
    show(
        f"{name}: training of preset paper, {row['bytes']:,} bytes, {rows[-1][0]:,} steps in "
        f"{row['seconds']:.0f} s, in the end {row['psnr']:.2f} dB",
        ["step", "objective", "PSNR dB", "mean squared error", "Gaussians"],
        [[f"{rows[n][0]:,}", f"{rows[n][1]:.2e}", rows[n][2], f"{rows[n][3]:.2e}",
          f"{rows[n][4]:,}"] for n in chosen],
    )  # fmt: skip
    draw(rows, target)


def draw(rows: list[Any], target: Path) -> None:
    """Write a PNG of the four curves."""
    figure = import_figure()(figsize=(11, 2.6), layout="constrained")
    columns = list(zip(*rows, strict=True))
    for number, (title, column, logarithmic) in enumerate(PANELS):
        panel = figure.add_subplot(1, len(PANELS), number + 1)
        panel.plot(columns[0], columns[column], linewidth=1)
        panel.set(title=title, xlabel="step", yscale="log" if logarithmic else "linear")
        last = columns[column][-1] if column == 4 else max(columns[2]) if column == 2 else None
        if last is not None:
            panel.axhline(last, linestyle="--", linewidth=0.8, color="grey")
        panel.grid(alpha=0.3, which="both")
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=90)
    print(f"\nTraining: {target}")
