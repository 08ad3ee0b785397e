"""Pictures of an assessment: the worst plane, histogram, spectrum and autocorrelation."""

import base64
from io import BytesIO
from typing import Any

import numpy as np

from vcore.assess.assessment import Assessed
from vcore.evaluate.plot import CONTRAST, PLANES, draw_plane, edges, import_figure
from vcore.model.text import shown_unit

INK, ACCENT, FAINT = "#1b1f24", "#0b6bcb", "#8a929b"


def worst_plane(assessed: Assessed) -> str:
    """Return an ``<img>`` of original, decoded and error in the plane of the largest error."""
    before, after = assessed.planes()
    error = after - before
    figure = import_figure()(figsize=(11, 3.7), layout="constrained")
    axes = figure.subplots(1, 3, sharex=True, sharey=True)
    there = before[np.isfinite(before)]
    low, high = np.percentile(there, CONTRAST) if there.size else (0.0, 1.0)
    if not low < high:
        low, high = float(there.min(initial=0.0)), float(there.max(initial=1.0))
    sizes = np.abs(error[np.isfinite(error)])
    most_errors = float(np.percentile(sizes, CONTRAST[1])) if sizes.size else 0.0
    limit = most_errors or float(sizes.max(initial=0.0)) or 1.0
    unit = shown_unit(assessed.figures["unit"])
    images = (
        (before, "original", "gray", low, high),
        (after, "decoded", "gray", low, high),
        (error, "decoded - original", _diverging(), -limit, limit),
    )
    for panel, (image, title, colours, least, most) in zip(axes, images, strict=True):
        values = np.ma.masked_invalid(image)
        limits = least, most
        mesh = draw_plane(panel, assessed.grid, PLANES[0], values, limits, colours, assessed.space)
        panel.set_title(title, fontsize=10)
        if title != "original":
            figure.colorbar(
                mesh, ax=panel, shrink=0.85, aspect=28, label=unit or None, extend="both"
            )
    _mark(axes, assessed)
    return _image(figure, f"{assessed.figures['name']}: original, decoded and error")


def curves(assessed: Assessed) -> str:
    """Return an ``<img>`` of the histogram of errors, the spectra and the autocorrelation."""
    figure = import_figure()(figsize=(11, 3.1), layout="constrained")
    panels = figure.subplots(1, 3)
    _draw_histogram(panels[0], assessed.figures)
    _draw_spectrum(panels[1], assessed)
    _draw_autocorrelation(panels[2], assessed.figures["autocorrelation"])
    for panel in panels:
        panel.tick_params(labelsize=8)
        panel.spines[["top", "right"]].set_visible(False)
    return _image(figure, f"{assessed.figures['name']}: histogram, spectra, autocorrelation")


def _diverging() -> str:
    """Return the colours of errors, with a dark centre where matplotlib has them (3.10)."""
    import matplotlib as mpl

    return "berlin" if "berlin" in mpl.colormaps else "coolwarm"


def _mark(axes: Any, assessed: Assessed) -> None:
    """Circle the voxel with the largest error."""
    y, x = assessed.worst[-2:]
    rows, columns = edges(assessed.grid, 1), edges(assessed.grid, 2)
    place = (columns[x] + columns[x + 1]) / 2, (rows[y] + rows[y + 1]) / 2
    for panel in axes:
        panel.plot(*place, "o", ms=11, mfc="none", mec="#ff9d00", mew=1.3)


def _draw_histogram(panel: Any, figures: dict[str, Any]) -> None:
    limits = np.asarray(figures["histogram"]["edges"])
    counts = np.asarray(figures["histogram"]["counts"])
    width = limits[1] - limits[0]
    if width < 1 and np.dtype(figures["dtype"]).kind in "iu":  # errors are whole numbers
        merged = round(1 / width)
        limits = limits[::merged] - 0.5
        counts = np.add.reduceat(counts, np.arange(0, len(counts), merged))
    there = np.flatnonzero(counts)
    if there.size:
        first, last = int(there[0]), int(there[-1]) + 1
        panel.stairs(counts[first:last], limits[first : last + 1], fill=True, color=ACCENT)
        panel.set_yscale("log")
    unit = f" [{told}]" if (told := shown_unit(figures["unit"])) else ""
    panel.set_xlabel(f"error{unit}", fontsize=8)
    panel.set_ylabel("voxels", fontsize=8)
    panel.set_title("histogram of errors", fontsize=10)


def _draw_spectrum(panel: Any, assessed: Assessed) -> None:
    spectrum = assessed.figures["spectrum"]
    panel.set_title("power spectrum", fontsize=10)
    if spectrum is None:
        panel.text(0.5, 0.5, "missing values in every block", ha="center", fontsize=8)
        return
    for name, colour, style in (
        ("original", INK, "-"),
        ("decoded", ACCENT, "--"),
        ("error", "#d1242f", "-"),
    ):
        power = np.array([v if v else np.nan for v in spectrum[name]], np.float64)
        if np.isfinite(power).any():
            panel.plot(spectrum["wavenumber"], power, style, color=colour, lw=1.4, label=name)
    panel.set_yscale("log")
    panel.set_xlabel(f"cycles per {spectrum['length']}", fontsize=8)
    panel.legend(fontsize=8, frameon=False)


def _draw_autocorrelation(panel: Any, found: dict[str, Any]) -> None:
    panel.axhline(0, color=FAINT, lw=0.8)
    for name, colour in zip("zyx", (INK, ACCENT, "#d1242f"), strict=True):
        values = np.asarray(found[name], np.float64)
        if np.isfinite(values).any():
            panel.plot(found["lags"], values, "o-", ms=3.5, lw=1.2, color=colour, label=name)
            panel.legend(fontsize=8, frameon=False)
    panel.set_ylim(-1, 1)
    panel.set_xlabel("distance in voxels", fontsize=8)
    panel.set_title("autocorrelation of errors", fontsize=10)


def _image(figure: Any, text: str) -> str:
    from html import escape

    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=110)
    data = base64.b64encode(stream.getvalue()).decode()
    return f'<img alt="{escape(text, quote=True)}" src="data:image/png;base64,{data}">'
