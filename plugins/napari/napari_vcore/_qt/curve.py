"""Plots of the docks: the rate-distortion curve of the runs, and values along a line."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from napari_vcore.profiles import Profile
from napari_vcore.runs import Run

MAX_TICKS, HEIGHT = 5, 200
"""Most ticks of an axis; height of a plot in pixels."""
ORIGINAL, COMPRESSED = "#9a9a9a", "#ff9f1c"
"""Colours of the two lines of a profile."""


class Plot(FigureCanvasQTAgg):
    """One pair of axes in the colours of napari's theme."""

    def __init__(self) -> None:
        super().__init__(Figure(figsize=(3.6, 2.4), layout="constrained"))
        self.setFixedHeight(HEIGHT)

    def begun(self, theme: Any, across: str, up: str) -> Any:
        """Return new axes with two labels, in the colours of a napari ``theme``."""
        text, back = _rgb(theme.text), _rgb(theme.background)
        self.figure.clear()
        self.figure.set_facecolor(back)
        axes = self.figure.add_subplot(facecolor=back)
        axes.set_xlabel(across, color=text)
        axes.set_ylabel(up, color=text)
        axes.tick_params(colors=text, which="both")
        for spine in axes.spines.values():
            spine.set_color(text)
        axes.grid(alpha=0.25)
        return axes

    def ended(self, axes: Any, theme: Any) -> None:
        """Draw, with a legend if there are lines."""
        if axes.lines:
            text, back = _rgb(theme.text), _rgb(theme.background)
            axes.legend(labelcolor=text, facecolor=back, edgecolor=text, fontsize="small")
        self.draw_idle()


class Curve(Plot):
    """Robust PSNR against bits per voxel, one line per method."""

    def show_runs(self, runs: Sequence[Run], theme: Any) -> None:
        """Draw ``runs`` in the colours of a napari ``theme``."""
        axes = self.begun(theme, "bits per voxel", "robust PSNR, dB")
        methods = dict.fromkeys(run.report.method for run in runs)
        for number, method in enumerate(methods):
            points = sorted(
                (run.figures["bpv"], run.figures["robust_psnr"])
                for run in runs
                if run.report.method == method and np.isfinite(run.figures["robust_psnr"] or np.nan)
            )
            if points:
                axes.plot(*zip(*points, strict=True), "o-", color=f"C{number}", label=method)
        if axes.lines:
            axes.set_xscale("log")
            rates = sorted({run.report.bpv for run in runs})
            # ticks at the runs, as many as fit
            axes.set_xticks(rates[:: -(-len(rates) // MAX_TICKS)], minor=False)
            axes.xaxis.set_major_formatter("{x:.2g}")
            axes.xaxis.set_minor_locator(NullLocator())
        self.ended(axes, theme)


class ProfileCurve(Plot):
    """Original and compressed values along a line, over the distance."""

    def show_profile(self, profile: Profile, theme: Any, unit: str = "") -> None:
        """Draw ``profile``, with values in ``unit``, in the colours of a napari ``theme``."""
        axes = self.begun(theme, f"distance, {profile.unit}", f"value {unit}".strip())
        axes.plot(
            profile.distance, profile.original, color=ORIGINAL, linewidth=2.4, label="original"
        )
        axes.plot(
            profile.distance, profile.decoded, color=COMPRESSED, linewidth=1.1, label="compressed"
        )
        self.ended(axes, theme)


def _rgb(color: Any) -> tuple[float, float, float]:
    red, green, blue = (v / 255 for v in color.as_rgb_tuple()[:3])
    return red, green, blue
