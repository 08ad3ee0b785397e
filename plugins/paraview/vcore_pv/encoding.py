"""Method and budget properties of the panel, and compression in the user's own Python."""

import math
import os
from collections.abc import Sequence
from typing import Any

from vcore.model.budget import DETECTOR_FIELDS, QUALITIES, Budget
from vcore.model.budgets import combined
from vcore.model.context import Context
from vcore.paraview.worker import SubprocessJob
from vcore.model.report import Report
from vcore.errors import Cancelled, InputError
from vcore.model.volume import Volume

from vcore_pv.image import Figures
from vcore_pv.messages import Aborted

BUDGETS = (
    *("", "bytes", "ratio", "bpv", "psnr", "max_error", "range_error", "noise_sigma"),
    *("robust_psnr", *QUALITIES),
)
"""Budget kinds by their number in the panel's list; the words are values of ``quality``."""
KINDS = tuple(kind for kind in BUDGETS[1:] if kind not in QUALITIES)


class Encoding:
    """Mixin with the compression properties and the compression itself."""

    def __init__(self) -> None:
        self._method = "default"
        self._budget = 0
        self._budget_value = 20.0
        self._array_budgets: list[tuple[str, str, str]] = []
        self._detector = ""
        self._settings = ""
        self._time_limit = 0.0

    def SetMethod(self, name: str) -> None:
        """Set the method, "default" for the default one."""
        self._change("_method", name or "default")

    def SetBudget(self, kind: int) -> None:
        """Set the kind of budget, as an index into BUDGETS."""
        self._change("_budget", kind)

    def SetBudgetValue(self, value: float) -> None:
        """Set the value of the budget."""
        self._change("_budget_value", value)

    def ClearArrayBudgets(self) -> None:
        """Clear the budgets of single arrays."""
        self._change("_array_budgets", [])

    def AddArrayBudget(self, array: str, kind: str, value: str) -> None:
        """Set the budget of one array: its kind, one of KINDS or ``quality``, and its value.

        All other arrays use the panel's budget; with the default, they are lossless.
        """
        self._change("_array_budgets", [*self._array_budgets, (array, kind, value)])

    def SetDetector(self, text: str) -> None:
        """Set known detector parameters for a noise budget, as space-separated key=value."""
        self._change("_detector", text or "")

    def SetSettings(self, text: str) -> None:
        """Set the method's settings, as space-separated key=value."""
        self._change("_settings", text or "")

    def SetTimeLimit(self, seconds: float) -> None:
        """Set the time limit for fitting, in seconds; 0 for no limit."""
        self._change("_time_limit", seconds)

    def _change(self, name: str, value: Any) -> None:
        if getattr(self, name) != value:
            setattr(self, name, value)
            self.Modified()  # type: ignore[attr-defined]

    def job(self) -> SubprocessJob:
        """Return the requested compression.

        Raises
        ------
        InputError, BudgetError
            Settings are not key=value, or no file can meet the budget.
        """
        settings = _settings(self._settings)
        detector = _numbers(_settings(self._detector))
        seed = _seed(settings.pop("seed", "0"))
        budget: dict[str, Any] = dict(detector)
        if self._budget:
            name = BUDGETS[self._budget]
            if name in QUALITIES:
                budget["quality"] = name
            else:
                budget[name] = int(self._budget_value) if name == "bytes" else self._budget_value
        by_name = _by_name(self._array_budgets)
        if by_name:
            asked = combined(by_name, budget)
            budget = asked.rest.to_json()
            by_name = {name: own.to_json() for name, own in asked.by_name.items()}
        else:
            Budget.from_json(budget)
        limit = self._time_limit or None
        return SubprocessJob(self._method, settings, budget, seed, limit, by_name)

    def compress(self, volume: Volume, path: str) -> Report:
        """Compress, with progress in ParaView's bar.

        Raises
        ------
        Aborted
            The user cancelled. Otherwise raises like ``vcore.compress``.
        """
        job = self.job()
        context = Context(progress=self._progress)
        try:
            python = os.environ.get("VCORE_PYTHON")
            if not python:
                return job.run(volume, path, context)
            kept = os.environ.get("VCORE_PYTHONPATH", "")
            environment = {**os.environ, "PYTHONPATH": kept}
            return job.run_elsewhere(volume, path, context, python, environment)
        except Cancelled:
            raise Aborted from None

    def _progress(self, stage: str, share: float) -> None:
        self.SetProgressText(stage)  # type: ignore[attr-defined]
        self.UpdateProgress(share)  # type: ignore[attr-defined]
        if self.GetAbortExecute():  # type: ignore[attr-defined]
            raise Aborted


def _settings(text: str) -> dict[str, str]:
    items = text.replace(",", " ").split()
    for item in items:
        if "=" not in item:
            raise InputError(
                f"Expected settings as key=value, for example steps=100. Got {item!r} instead."
            )
    return dict(item.split("=", 1) for item in items)


def _by_name(rows: Sequence[tuple[str, str, str]]) -> dict[str, dict[str, Any]]:
    """Return the budgets of single arrays, by name and field, ignoring rows without a name."""
    found: dict[str, dict[str, Any]] = {}
    for array, kind, text in rows:
        if not array:
            continue
        own = found.setdefault(array, {})
        if kind == "quality":
            own[kind] = text
            continue
        if kind not in KINDS:
            raise InputError(
                f"Expected one of {', '.join(KINDS)}, quality as the budget of array {array!r}. "
                f"Got {kind!r} instead."
            )
        if kind in own:
            raise InputError(f"Expected {kind} once for array {array!r}. Got it twice.")
        try:
            own[kind] = int(text) if kind == "bytes" else float(text)
        except ValueError:
            raise InputError(
                f"Expected a number as {kind} of array {array!r}. Got {text!r} instead."
            ) from None
    return found


def _numbers(items: dict[str, str]) -> dict[str, float]:
    """Parse detector parameters as numbers."""
    found = {}
    for name, text in items.items():
        try:
            found[name] = float(text)
        except ValueError:
            found[name] = math.nan
        if name not in DETECTOR_FIELDS or not math.isfinite(found[name]):
            raise InputError(
                f"Expected numbers for {', '.join(DETECTOR_FIELDS)} of the detector. Got "
                f"{name}={text} instead."
            )
    return found


def _seed(text: str) -> int:
    if not text.isdigit():
        raise InputError(f"Expected a whole number as seed. Got {text!r} instead.")
    return int(text)


def figures_of(report: Report) -> Figures:
    """Return the figures of a compression, by displayed name."""
    figures: Figures = {
        "method": report.method,
        "bytes": report.bytes,
        "ratio": report.ratio,
        "bits per voxel": report.bpv,
        "encoding seconds": report.seconds,
    }
    for name, reached in report.variables.items():
        asked = Budget.from_json(reached["budget"]).text(reached["unit"])
        figures |= {f"budget of {name}": asked} if asked else {}
        figures |= figures_of_errors(name, reached)
    return figures


def figures_of_errors(name: str, reached: Any) -> Figures:
    """Return the error figures of a variable, by displayed name."""
    robust: Figures = {}
    if "robust_psnr" in reached:
        low, high = reached["robust_range"]
        robust[f"robust PSNR of {name} (dB)"] = reached["robust_psnr"]
        robust[f"robust range of {name}"] = f"{low:g} to {high:g}"
    return robust | {
        f"PSNR of {name} (dB)": reached["psnr"],
        f"MSE of {name}": reached["mse"],
        f"largest error of {name}": reached["max_error"],
        f"bias of {name}": reached["bias"],
    }
