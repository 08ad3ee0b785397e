"""Grid networks against other methods and classical codecs, at equal file size and fitting time.

Values are those of the files, without thresholding. The peak of PSNR is the data range; SSIM has 3D
windows; the chamfer distance (CD) is that of an isosurface, in voxels. Every row is stored, so an
interrupted run resumes; --keep writes all to a file of the repository, from which later runs start,
on other machines too.

A fit's limit and all times of vcore are CPU time of a process of one thread, so that other jobs on
the machine do not matter much.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from threadpoolctl import threadpool_limits

import vcore
from benchmarks import figures, grids_float16, rd
from benchmarks.ecnr_cases import Array, of_method, of_peer, tornado
from benchmarks.kristan import show
from benchmarks.report import Results, keep
from vcore import methods
from vcore.errors import MissingExtraError
from vcore.evaluate.plot import import_figure
from vcore.methods._networks.fitting.device import import_torch
from vcore.model.context import Context

FITTED: dict[str, tuple[str, dict[str, Any]]] = {
    "adaptive": ("grids", {"preset": "adaptive"}),
    "mht": ("grids", {"preset": "mht"}),
    "fvsrn": ("grids", {"preset": "fvsrn"}),
    "apmgsrn": ("grids", {"preset": "apmgsrn"}),
    "miner": ("ecnr", {"preset": "miner"}),
    "ecnr": ("ecnr", {}),
    "siren": ("siren", {}),
    "gaussian": ("gaussian", {}),
}
"""Method and settings of those whose quality depends on the time of the fit."""
UNTIMED = ("wavelet", "sz3", "sperr", "tthresh")
"""Methods and codecs without a time limit."""
LABELS = {"sz3": "SZ3", "sperr": "SPERR", "tthresh": "TTHRESH"}
RATIOS, MINUTES = (200.0, 1000.0), (1.0, 5.0)
MEASURED = Path(__file__).parent / "measured" / "grids.json"
"""Rows that were measured, on any machine."""


@dataclass(frozen=True)
class Case:
    """A volume, and the isovalue of its chamfer distance as a share of the data range.

    Parameters
    ----------
    load
        Function that returns the values.
    large
        Whether it runs only when it is named.
    """

    name: str
    isovalue: float
    load: Callable[[], Array]
    large: bool = False


def _stored(name: str, frame: int | None = None) -> Callable[[], Array]:
    def load() -> Array:
        case = next(c for c in rd.CASES if c.name == name)
        values = case.load().variables[0].read()
        return np.ascontiguousarray(values if frame is None else values[frame])

    return load


CASES = (
    Case("tooth", 0.5, _stored("tooth")),
    Case("chris_t1", 0.3, _stored("chris_t1")),
    Case("bonsai", 0.3, _stored("bonsai")),
    Case("fingers", 0.3, _stored("fingers", 12)),
    Case("tornado", 0.5, _stored("tornado", 8)),
    Case("tornado_128_t48", 0.5, lambda: tornado(128, 48, 1), large=True),
)


def main(
    volume: Annotated[list[str] | None, typer.Option(help="Only this volume; repeatable.")] = None,
    method: Annotated[
        list[str] | None, typer.Option(help="Only this method or codec; repeatable.")
    ] = None,
    ratio: Annotated[list[float] | None, typer.Option(help="Ratio; repeatable.")] = None,
    minutes: Annotated[
        list[float] | None, typer.Option(help="Time limit of a fit; repeatable.")
    ] = None,
    float16: Annotated[
        bool, typer.Option(help="Compare the presets with float16 grids instead.")
    ] = False,
    stored: Annotated[
        bool, typer.Option("--stored", help="Measure nothing: show what is stored.")
    ] = False,
    fresh: Annotated[bool, typer.Option(help="Discard results of earlier runs.")] = False,
    page: Annotated[bool, typer.Option(help="Put the tables on docs/figures/grids.md.")] = False,
    keep_rows: Annotated[
        bool, typer.Option("--keep", help="Keep all rows in benchmarks/measured/grids.json.")
    ] = False,
    output: Annotated[Path, typer.Option(help="Folder for results.")] = Path("bench-output"),
) -> None:
    """Compare the grid networks with other methods and codecs at equal size and fitting time."""
    cases = [c for c in CASES if not c.large]
    if volume:
        names = rd.among("volume", volume, [c.name for c in CASES])
        cases = [c for c in CASES if c.name in names]
    known = [*FITTED, *UNTIMED]
    chosen = list(rd.among("method", method, known)) if method else known
    ratios, limits = tuple(ratio or RATIOS), tuple(minutes or MINUTES)
    results = Results(output / "grids.json", fresh=fresh, kept=MEASURED)
    with one_thread():
        for case in () if stored else cases:
            if float16:
                measure_float16(results, case, chosen, ratios, limits)
            else:
                measure(results, case, chosen, ratios, limits)
    names = [case.name for case in cases]
    tables = {
        "float16": show("Coded and float16 grids", *grids_float16.table(results, names)),
    }
    tables |= {
        "psnr": show("PSNR in dB", *psnr_table(results, cases, chosen, ratios, limits)),
        "all": show("Quality and times", *whole_table(results, cases, chosen, ratios, limits)),
    }
    if keep_rows:
        keep(results.rows, MEASURED)
    picture(results, cases, chosen, ratios, output / "grids.png")
    if page:
        for name, text in tables.items():
            figures.take_table(figures.ROOT, "grids", name, text)
        figures.main()


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold everything to one thread, so that CPU time is the time of an idle core."""
    before = os.environ.get("VCORE_THREADS")
    os.environ["VCORE_THREADS"] = "1"
    try:
        with threadpool_limits(1):
            if find_spec("torch"):
                import_torch().set_num_threads(1)
            yield
    finally:
        del os.environ["VCORE_THREADS"]
        if before is not None:
            os.environ["VCORE_THREADS"] = before


def key_of(case: Case, ratio: float, name: str, minutes: float) -> str:
    """Return the key of a row; methods without a time limit are measured once."""
    timed = f" {minutes:g}" if name in FITTED else ""
    return f"{case.name} {ratio:g} {name}{timed}"


def measure(
    results: Results,
    case: Case,
    names: Sequence[str],
    ratios: Sequence[float],
    limits: Sequence[float],
) -> None:
    """Store the rows of a volume, unless done earlier or the method is missing."""
    original: Array | None = None
    usable = methods.usable()
    for ratio in ratios:
        for minutes in limits:
            for name in names:
                key = key_of(case, ratio, name, minutes)
                if key in results:
                    continue
                if name in FITTED and FITTED[name][0] not in usable:
                    print(f"{name}: skipped. There is no method {FITTED[name][0]}.", flush=True)
                    continue
                original = case.load() if original is None else original
                try:
                    row = coded(name, original, ratio, case.isovalue, 60 * minutes)
                except MissingExtraError as error:
                    print(f"{name}: skipped. {error}", flush=True)
                    continue
                results.add(key, row)
                print(f"{key}: {row.get('psnr', 'not within the bytes')}", flush=True)


def measure_float16(
    results: Results,
    case: Case,
    names: Sequence[str],
    ratios: Sequence[float],
    limits: Sequence[float],
) -> None:
    """Store the rows of coded and float16 grids, unless done earlier."""
    presets = [n for n in names if n in grids_float16.PRESETS]
    for ratio, minutes, preset in product(ratios, limits, presets):
        key = grids_float16.key_of(case.name, ratio, preset, minutes)
        if key not in results:
            original = case.load()
            warm_up("grids", {"preset": preset})
            limit = int(original.nbytes / ratio)
            row = grids_float16.coded_and_float16(preset, original, limit, 60 * minutes)
            results.add(key, row)
            print(f"{key}: {row}", flush=True)


def coded(
    name: str, original: Array, ratio: float, isovalue: float, seconds: float
) -> dict[str, Any]:
    """Return the figures of a method or codec at a ratio; of those that cannot be as small, the
    smallest size."""
    limit = int(original.nbytes / ratio)
    if name in FITTED or name in methods.names():
        method, settings = FITTED.get(name, (name, {}))
        warm_up(method, settings)
        return of_method(
            method, settings, original, limit, seconds if name in FITTED else None, isovalue,
            similarity=True, clock=time.process_time,
        )  # fmt: skip
    return {**of_peer(name, original, limit, isovalue, similarity=True), "clock": "elapsed"}


def warm_up(method: str, settings: dict[str, Any]) -> None:
    """Load libraries and compiled code, which take seconds once in a process."""
    values = tornado(20, 1, 1)[0]
    context = Context(time_limit=1.0, clock=time.process_time)
    vcore.compress(
        values, None, method=method, settings=settings, context=context,
        budget=vcore.Budget(bytes=values.nbytes // 10),
    )  # fmt: skip


Table = tuple[list[str], list[list[Any]]]


def psnr_table(
    results: Results,
    cases: Sequence[Case],
    names: Sequence[str],
    ratios: Sequence[float],
    limits: Sequence[float],
) -> Table:
    """Return the PSNR of each method at each size and time, the best in bold; methods of which
    nothing is stored are left out."""
    rows = []
    stored = {key.split()[2] for key in results.rows}
    names = [n for n in names if n in stored]
    for case in cases:
        for ratio in ratios:
            timed = [
                minutes
                for minutes in limits
                if any(_row(results, case, ratio, n, minutes) for n in names if n in FITTED)
            ]
            for minutes in timed or limits[:1]:
                of_names = [_row(results, case, ratio, n, minutes) for n in names]
                found = [float(row.get("psnr", "nan")) for row in of_names]
                best = np.nanmax([*found, -np.inf])
                cells = [
                    None if np.isnan(v) else f"**{v:.1f}**" if v == best else f"{v:.1f}"
                    for v in found
                ]
                rows.append([case.name, f"{ratio:g}", f"{minutes:g}", *cells])
    return ["volume", "ratio", "minutes", *(LABELS.get(n, n) for n in names)], rows


def whole_table(
    results: Results,
    cases: Sequence[Case],
    names: Sequence[str],
    ratios: Sequence[float],
    limits: Sequence[float],
) -> Table:
    """Return all figures of every row; those without a time limit have one row a ratio."""
    rows: list[list[Any]] = []
    for case in cases:
        for ratio in ratios:
            for name in names:
                for minutes in limits if name in FITTED else limits[:1]:
                    row = _row(results, case, ratio, name, minutes)
                    if not row:
                        continue
                    limit = f"{minutes:g}" if name in FITTED else "-"
                    start = [case.name, f"{ratio:g}", LABELS.get(name, name), limit]
                    rows.append([*start, *_cells(row)])
    head = ["volume", "ratio", "codec", "minutes", "bytes", "PSNR dB", "SSIM", "CD",
            "encode s", "decode s", "decode MVox/s"]  # fmt: skip
    return head, rows


def _row(results: Results, case: Case, ratio: float, name: str, minutes: float) -> dict[str, Any]:
    """Return a row, empty if it is not measured."""
    key = key_of(case, ratio, name, minutes)
    return dict(results[key]) if key in results else {}


def _cells(row: dict[str, Any]) -> list[Any]:
    if "bytes" not in row:
        least = row.get("smallest")
        return ["-" if least is None else f"at least {least:,}", *[None] * 6]
    similar, seconds = row["ssim"], row["decode_seconds"]
    encoding = f"{row['encode_seconds']:.2f}" + (" elapsed" if "clock" in row else "")
    return [
        f"{row['bytes']:,}", row["psnr"], None if similar is None else f"{similar:.4f}", row["cd"],
        encoding, f"{seconds:.3f}", row["voxels"] / seconds / 1e6,
    ]  # fmt: skip


def picture(
    results: Results,
    cases: Sequence[Case],
    names: Sequence[str],
    ratios: Sequence[float],
    target: Path,
) -> None:
    """Write a PNG of PSNR over encoding time, a panel per volume and ratio."""
    figure = import_figure()(
        figsize=(3.4 * len(ratios), 2.6 * len(cases) + 0.6), layout="constrained"
    )
    panels = figure.subplots(len(cases), len(ratios), squeeze=False)
    for case, line in zip(cases, panels, strict=True):
        for ratio, panel in zip(ratios, line, strict=True):
            for number, name in enumerate(names):
                points = np.array(points_of(results, case, ratio, name)).reshape(-1, 2)
                panel.plot(*points.T, marker="o" if name in FITTED else "s", markersize=4,
                           color=f"C{number % 10}", label=LABELS.get(name, name),
                           linestyle="-" if number < 10 else ":")  # fmt: skip
            panel.set(title=f"{case.name}, {ratio:g}", xscale="log", xlabel="encoding s",
                      ylabel="PSNR in dB")  # fmt: skip
            panel.grid(alpha=0.3)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=6, frameon=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=90)
    print(f"\nQuality over time: {target}")


def points_of(results: Results, case: Case, ratio: float, name: str) -> list[tuple[float, float]]:
    """Return encoding seconds and PSNR of all times that were measured, by increasing time."""
    start = f"{case.name} {ratio:g} {name}"
    found = [row for key, row in results.rows.items() if f"{key} ".startswith(f"{start} ")]
    return sorted(
        (row["encode_seconds"], row["psnr"])
        for row in found
        if row.get("psnr") not in (None, "inf")
    )
