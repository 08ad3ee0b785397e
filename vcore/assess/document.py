"""The HTML document of an assessment: tables, pictures and a paragraph for a methods section."""

import json
import math
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from vcore.assess.assessment import Assessed
from vcore.assess.pictures import curves, worst_plane
from vcore.evaluate.compare import as_json
from vcore.evaluate.summary import guarantee, ratio
from vcore.model.text import printable, shown_unit
from vcore.runtime.memory import human_bytes

COLUMNS = (
    ("", "name"),
    ("robust PSNR", "robust_psnr"),
    ("PSNR", "psnr"),
    ("NRMSE", "nrmse"),
    ("largest error", "max_error"),
    ("bias", "bias"),
    ("Pearson's r", "pearson"),
    ("gradient error", "gradient_error"),
    ("SSIM", "ssim"),
)
"""Columns of the tables and the figures in them."""
MAX_EXACT = 1e9
"""Whole numbers below it are printed in full."""
MAX_ROWS = 200
"""Maximum number of frames in a table; the JSON in the document has all."""
DEFINITIONS = (
    (
        "NRMSE",
        "root mean squared error divided by the range (maximum - minimum) of the original; of a "
        "frame or channel by its own range",
    ),
    (
        "robust PSNR",
        "in dB over the foreground (without a value that a quarter of the voxels or more have); "
        "the peak is its 0.1 to 99.9 percentile",
    ),
    ("PSNR", "-20 log10(NRMSE), in dB"),
    ("bias", "mean of decoded - original"),
    ("Pearson's r", "correlation of decoded and original values"),
    (
        "gradient error",
        "root mean squared difference of the gradients (differences of neighbours along z, y, x) "
        "divided by the root mean square of the original's",
    ),
    (
        "SSIM",
        "mean structural similarity of 3D Gaussian windows (sigma 1.5 voxels), Wang et al. 2004",
    ),
    ("relative error", "|decoded - original| / |original| where the original is not 0"),
    (
        "power spectrum",
        "by Welch's method over blocks of at most 64 voxels a side, Hann window, averaged in "
        "shells of the wavenumber",
    ),
    (
        "autocorrelation",
        "of the errors along each axis; 0 for errors that do not depend on their neighbours",
    ),
)
STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #626b75; --line: #d8dde3; --paper: #fff;
  --accent: #0b6bcb; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #9aa4af; --line: #39424c;
  --paper: #14181d; --accent: #6cb4ff; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 68rem; margin: 2.5rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .2rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .4rem; overflow-wrap: anywhere; }
h3 { font-size: .95rem; margin: 1.6rem 0 .3rem; }
.facts, small { color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { font-weight: 500; color: var(--soft); text-align: right;
  border-bottom: 1px solid var(--line); }
td { text-align: right; white-space: nowrap; }
th, td { padding: .25rem 1.1rem .25rem 0; }
th:first-child, td:first-child { text-align: left; }
img { max-width: 100%; height: auto; background: #fff; border-radius: 6px; margin: .5rem 0; }
blockquote { margin: 1rem 0; padding: .1rem 1rem; border-left: 3px solid var(--accent); }
dt { font-weight: 600; float: left; clear: left; margin-right: .6rem; }
dd { margin: 0 0 .25rem; }
"""


def document(result: dict[str, Any], assessed: Sequence[Assessed]) -> str:
    """Return a self-contained HTML page of an assessment; ``result`` is embedded as JSON."""
    name = Path(result["file"].rstrip("/")).name
    facts = [
        f"{human_bytes(result['bytes'])}, {ratio(result['ratio'])}",
        f"{result['bpv']:.4g} bits per voxel",
        f"original: {Path(result['original']).name or 'in memory'}",
        f"compressed by vcore {result['encoder']}",
    ]
    if result["threshold"] is not None:
        facts.append(f"values below {result['threshold']:g} were set to 0 first")
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(name)}: what was lost</title><style>{STYLE}</style></head><body>",
        f"<h1>{_text(name)}: what was lost</h1>",
        f'<p class="facts">{" &middot; ".join(map(_text, facts))}</p>',
        _summary(result["variables"]),
        f"<blockquote><p>{_text(methods_paragraph(result))}</p></blockquote>",
    ]
    if result.get("analysis"):
        parts.append(_analysis(result))
    for each in assessed:
        parts += _section(each)
    parts.append("<h2>Definitions</h2><dl>")
    parts += [f"<dt>{_text(term)}</dt><dd>{_text(what)}</dd>" for term, what in DEFINITIONS]
    parts.append("</dl>")
    data = json.dumps(as_json(result)).replace("<", "\\u003c")
    parts.append(f'<script type="application/json" id="figures">{data}</script></body></html>')
    return "\n".join(parts)


def methods_paragraph(result: dict[str, Any]) -> str:
    """Return the paragraph for a methods section."""
    sentences = [
        f"The data were compressed with vcore {result['encoder']} to {result['bytes']:,} bytes "
        f"({ratio(result['ratio'])}, {result['bpv']:.3g} bits per voxel)."
    ]
    for variable in result["variables"]:
        figures = variable["figures"]
        if figures["mse"] == 0:
            sentences.append(f"{variable['name']} was kept without loss.")
            continue
        unit = f" {told}" if (told := shown_unit(variable["unit"])) else ""
        promised = guarantee(variable)
        bound = f"; {promised} is guaranteed" if promised != "none" else ""
        ssim = "" if figures["ssim"] is None else f", SSIM {figures['ssim']:.4f}"
        sentences.append(
            f"For {variable['name']} (method {variable['method']}), the normalised root mean "
            f"squared error was {number(figures['nrmse'])} (PSNR {number(figures['psnr'])} dB, "
            f"robust PSNR {number(figures['robust_psnr'])} dB"
            f"{ssim}), Pearson's r {figures['pearson']:.6f}, the largest error "
            f"{number(figures['max_error'])}{unit}{bound}."
        )
    return " ".join(sentences)


def number(value: float | None) -> str:
    """Format whole numbers exactly, others with four digits; a dash where not defined."""
    if value is None or math.isnan(value):
        return "–"  # noqa: RUF001
    if value == round(value, 0) and abs(value) < MAX_EXACT:
        return f"{value:,.0f}"
    return f"{value:.4g}".replace("inf", "∞")


def _summary(variables: Iterable[dict[str, Any]]) -> str:
    rows = [{"name": v["name"]} | v["figures"] for v in variables]
    return _table(rows)


def _section(assessed: Assessed) -> list[str]:
    figures = assessed.figures
    shape = " × ".join(map(str, figures["shape"]))  # noqa: RUF001
    facts = [
        f"{shape} ({' '.join(figures['axes'])})",
        figures["dtype"],
        f"method {figures['method']}",
        f"guarantee: {guarantee(figures)}",
    ]
    worst = ", ".join(f"{axis} {index}" for axis, index in figures["worst_voxel"].items())
    relative = ", ".join(
        f"{number(value)} in {name} of the voxels"
        if name != "largest"
        else f"at most {number(value)}"
        for name, value in figures["figures"]["relative_error"].items()
    )
    parts = [
        f"<h2>{_text(figures['name'])}</h2>",
        f'<p class="facts">{" &middot; ".join(map(_text, facts))}</p>',
        worst_plane(assessed),
        f"<small>The plane of the largest error, at voxel {_text(worst)} (circled).</small>",
        curves(assessed),
        f"<p>Relative error: {_text(relative)}.</p>",
    ]
    for name in ("channels", "frames"):
        if len(rows := figures[name]) > 1:
            parts += [f"<h3>By {name[:-1]}</h3>", _table(rows[:MAX_ROWS])]
            if len(rows) > MAX_ROWS:
                parts.append(f"<small>The first {MAX_ROWS} of {len(rows)}.</small>")
    return parts


def _table(rows: Sequence[dict[str, Any]]) -> str:
    columns = [(title, key) for title, key in COLUMNS if key in rows[0]]
    head = "".join(f'<th scope="col">{_text(title)}</th>' for title, _ in columns)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td>{_text(row[key] if key == 'name' else number(row[key]))}</td>"
            for _, key in columns
        )
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _analysis(result: dict[str, Any]) -> str:
    body = "".join(
        f"<tr><td>{_text(row['name'])}</td>"
        + "".join(f"<td>{number(row[k])}</td>" for k in ("original", "decoded", "difference"))
        + f"<td>{number(100 * row['relative'])} %</td></tr>"
        for row in result["analysis"]["rows"]
    )
    return (
        f"<h2>Your analysis</h2><p><code>{_text(result['analysis']['command'])}</code></p>"
        '<div class="wide"><table><tr><th></th><th>original</th><th>decoded</th>'
        f"<th>difference</th><th>relative</th></tr>{body}</table></div>"
    )


def _text(text: str) -> str:
    return escape(printable(text))
