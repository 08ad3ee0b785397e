"""Tables and pictures of the rate-distortion benchmark."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.bjontegaard import rate_difference
from benchmarks.codec import Array
from benchmarks.kristan import show
from benchmarks.rd_curves import (
    BANDS,
    FIRST_RATES,
    RATES,
    SPECTRUM_RATE,
    band,
    curve_of,
    group_of,
    points_of,
    power_at,
    psnr,
    ssim,
    value_at,
)
from benchmarks.rd_peers import PEERS, label_of
from benchmarks.report import Results
from vcore.evaluate.plot import import_figure

Table = tuple[list[str], list[list[Any]]]
"""Head and rows."""
BOUND_TOLERANCE = 1e-4
"""Excess over a bound that counts as rounding of float32."""
QUANTITIES = {"psnr": ("PSNR in dB", psnr), "ssim": ("SSIM", ssim)}


def of_volume(
    results: Results, case: str, codecs: Sequence[str], absent: Mapping[str, str]
) -> Table:
    """Return PSNR and SSIM at the rates, and speeds, with a row for each codec."""
    rates = [f"{r:g} bpv" for r in RATES]
    head = ["codec", *rates, *(f"SSIM {r}" for r in rates), "encode MVox/s", "decode MVox/s"]
    rows: list[list[Any]] = []
    for codec in codecs:
        points = points_of(results, case, codec)
        if not points:
            if codec in absent:
                rest = [None] * (len(head) - 2)
                rows.append([label_of(codec), f"not available: {absent[codec]}", *rest])
            continue
        at = [value_at(curve_of(results, case, codec), rate) for rate in RATES]
        alike = [value_at(curve_of(results, case, codec, ssim), rate) for rate in RATES]
        timed = [p for p in points if "encode_mvox_s" in p]  # others were measured elsewhere
        speeds = [
            median(p[k] for p in timed) if timed else None
            for k in ("encode_mvox_s", "decode_mvox_s")
        ]
        rows.append([label_of(codec), *at, *map(_similarity, alike), *speeds])
    return head, rows


def _similarity(value: float | None) -> str | None:
    return None if value is None else f"{min(value, 1):.4f}"


def differences(
    results: Results, cases: Sequence[str], method: str, peers: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Return the rate differences of a method in percent by volume and peer; negative means fewer
    bytes."""
    found: dict[str, dict[str, float]] = {}
    for case in cases:
        own = curve_of(results, case, method)
        if own:
            measured = {p: rate_difference(own, curve_of(results, case, p)) for p in peers}
            found[case] = {p: d for p, d in measured.items() if d is not None}
    return found


def rates(
    results: Results,
    cases: Sequence[str],
    method: str,
    peers: Sequence[str],
    rivals: Sequence[str] = (),
) -> Table:
    """Return the rate differences of a method to peers, and to the best of these and ``rivals``.

    Volumes without any of the peers are left out.
    """
    found = differences(results, cases, method, tuple(dict.fromkeys((*peers, *rivals))))
    found = {case: d for case, d in found.items() if any(p in d for p in peers)}
    head = ["volume", *map(label_of, peers), "best peer"]
    rows = []
    for case, of_peer in found.items():
        cells = [
            _percent(of_peer[p]) if p in of_peer else _apart(results, case, method, p)
            for p in peers
        ]
        best = max(of_peer, key=of_peer.__getitem__)
        series = " (series)" if group_of(results, case, method) == "series" else ""
        rows.append([f"{case}{series}", *cells, f"{_percent(of_peer[best])} ({label_of(best)})"])
    for group in ("3D", "series"):
        of_group = [d for c, d in found.items() if group_of(results, c, method) == group]
        if len(of_group) > 1:
            medians = [[d[p] for d in of_group if p in d] for p in peers]
            cells = [f"{_percent(median(m))} ({len(m)})" if m else "-" for m in medians]
            best_of = _percent(median(max(d.values()) for d in of_group))
            rows.append([f"median, {group} (volumes)", *cells, f"{best_of} ({len(of_group)})"])
    return head, rows


def _percent(value: float) -> str:
    text = f"{value:+.0f} %".replace("+0 %", "0 %").replace("-0 %", "0 %")
    return f"**{text}**" if value >= 0.5 else text


def _apart(results: Results, case: str, method: str, peer: str) -> str:
    """Return the mean difference of PSNR of curves that share no PSNR."""
    own, other = (curve_of(results, case, codec) for codec in (method, peer))
    pairs = [(value_at(own, rate), value_at(other, rate)) for rate in RATES]
    gains = [a - b for a, b in pairs if a is not None and b is not None]
    if not gains:
        return "-"
    gain = float(np.mean(gains))
    return f"{abs(gain):.0f} dB {'below' if gain > 0 else '**above**'}"


def summary(results: Results, cases: Sequence[str], method: str, peers: Sequence[str]) -> str:
    """Return a sentence with the medians against SPERR and the best peer of each volume."""
    found = differences(results, cases, method, peers)
    parts = []
    for group in ("3D", "series"):
        of_group = [d for c, d in found.items() if d and group_of(results, c, method) == group]
        if of_group:
            known = [d["sperr"] for d in of_group if "sperr" in d]
            against = f"{median(known):+.0f} % against SPERR, " if known else ""
            best = [max(d.values()) for d in of_group]
            parts.append(
                f"{group} ({len(of_group)}): {against}{median(best):+.0f} % against the best peer "
                f"of each (from {min(best):+.0f} to {max(best):+.0f} %)"
            )
    return f"{method}, median rate difference. " + "; ".join(parts) + "."


def similarity(results: Results, cases: Sequence[str], codecs: Sequence[str]) -> Table:
    """Return SSIM at equal bytes."""
    rows: list[list[Any]] = []
    for case in cases:
        for rate in FIRST_RATES:
            found = [value_at(curve_of(results, case, c, ssim), rate) for c in codecs]
            if any(value is not None for value in found):
                rows.append([case, f"{rate:g}", *(_similarity(v) or "-" for v in found)])
    return ["volume", "bits per voxel", *map(label_of, codecs)], rows


def spectrum(results: Results, cases: Sequence[str], method: str, peers: Sequence[str]) -> Table:
    """Return the power of the peers' errors relative to a method's at equal bytes, in four bands:
    medians over the volumes where both are known."""
    rows: list[list[Any]] = []
    for peer in peers:
        ratios = [r for case in cases if (r := _bands(results, case, method, peer))]
        if ratios:
            medians = [f"{median(column):+.1f} dB" for column in zip(*ratios, strict=True)]
            rows.append([label_of(peer), *medians, str(len(ratios))])
    return ["codec", *BANDS, "volumes"], rows


def _bands(results: Results, case: str, method: str, peer: str) -> list[float] | None:
    """Return how much more error a peer has than a method in each band, in dB."""
    found = []
    for number in range(len(BANDS)):
        curves = (curve_of(results, case, c, band(number)) for c in (method, peer))
        own, other = (value_at(curve, SPECTRUM_RATE) for curve in curves)
        if own is None or other is None:
            return None
        found.append(own - other)
    return found


def bounds(results: Results, cases: Sequence[str], peers: Sequence[str]) -> Table:
    """Return the largest errors of bounded peers, relative to those that they were asked for."""
    rows: list[list[Any]] = []
    for peer in peers:
        keys = [f"{case} {peer}" for case in cases if f"{case} {peer}" in results]
        points = [p for key in keys for p in results[key]["points"] if p.get("bound")]
        ratios = [p["max_error"] / p["bound"] for p in points]
        if ratios:
            figures = [f"{value:.3f}" for value in (median(ratios), max(ratios))]
            over = sum(ratio > 1 + BOUND_TOLERANCE for ratio in ratios)
            rows.append([label_of(peer), *figures, f"{over} of {len(ratios)}"])
    return ["codec", "achieved / asked, median", "largest", "streams above"], rows


def all_tables(
    results: Results,
    cases: Sequence[str],
    methods: Sequence[str],
    peers: Sequence[str],
    absent: Mapping[str, str],
) -> str:
    """Print and return all tables."""
    codecs, texts = [*methods, *peers], []
    for case in cases:
        title = f"{case}: PSNR in dB, SSIM, medians of speeds"
        texts.append(show(title, *of_volume(results, case, codecs, absent)))
    bounded = bounds(results, cases, peers)
    if bounded[1]:
        texts.append(show("Largest errors, relative to those asked for", *bounded))
    for method in methods:
        title = f"Bjøntegaard rate difference of {method} against"
        texts.append(show(title, *rates(results, cases, method, peers)))
        title = f"Power of the error relative to {method}'s at {SPECTRUM_RATE:g} bits per voxel"
        texts.append(show(title, *spectrum(results, cases, method, peers)))
        sentence = summary(results, cases, method, peers)
        print(f"\n{sentence}")
        texts.append(f"\n{sentence}\n")
    return "\n".join(texts)


def picture(
    results: Results, cases: Sequence[str], codecs: Sequence[str], quantity: str, target: Path
) -> None:
    """Write a PNG of PSNR or SSIM over bits per voxel, one panel per volume."""
    label, value = QUANTITIES[quantity]
    curves = {
        case: {c: np.array(curve_of(results, case, c, value)).reshape(-1, 2).T for c in codecs}
        for case in cases
    }
    _panels(curves, target, "o", {
        "xscale": "log", "xlabel": "bits per voxel", "ylabel": label, "xticks": RATES,
        "xticklabels": [f"{r:g}" for r in RATES],
    })  # fmt: skip


def spectra(results: Results, cases: Sequence[str], codecs: Sequence[str], target: Path) -> None:
    """Write a PNG of the errors' power over the wavenumber at equal bytes."""
    curves: dict[str, dict[str, Any]] = {}
    for case in cases:
        found = {codec: power_at(results, case, codec, SPECTRUM_RATE) for codec in codecs}
        curves[case] = {codec: _over_waves(power) for codec, power in found.items()}
    _panels(curves, target, "", {
        "yscale": "log", "xlabel": "cycles per voxel",
        "ylabel": f"power of the error at {SPECTRUM_RATE:g} bpv",
    })  # fmt: skip


def _over_waves(power: Array | None) -> Array:
    """Return the wavenumbers in cycles per voxel, and the power at these."""
    if power is None:
        return np.empty((2, 0))
    return np.array([(np.arange(len(power)) + 0.5) / (2 * len(power)), power])


def _panels(
    curves: Mapping[str, Mapping[str, Any]], target: Path, marker: str, axes: Mapping[str, Any]
) -> None:
    """Write a PNG with a panel per volume, and a line per codec."""
    from PIL import Image

    drawn = {case: lines for case, lines in curves.items() if any(v.size for v in lines.values())}
    columns = min(4, max(len(drawn), 1))
    rows = -(-len(drawn) // columns) or 1
    figure = import_figure()(figsize=(3.4 * columns, 2.7 * rows + 0.6), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel, (case, lines) in zip(panels, drawn.items(), strict=False):
        for number, (codec, line) in enumerate(lines.items()):
            film = codec in PEERS and PEERS[codec].film
            panel.plot(*line, marker=marker, markersize=3, color=f"C{number % 10}",
                       linestyle="--" if film else "-", linewidth=1 if codec in PEERS else 2,
                       label=label_of(codec))  # fmt: skip
        panel.set(title=case, **axes)
        panel.minorticks_off()
        panel.grid(alpha=0.3)
    for panel in panels[len(drawn) :]:
        panel.set_axis_off()
    if drawn:
        handles, labels = panels[0].get_legend_handles_labels()
        count = min(len(labels), 7)
        figure.legend(handles, labels, loc="outside lower center", ncols=count, frameon=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=90)
    with Image.open(target) as image:
        image.convert("RGB").quantize(64).save(target, optimize=True)
