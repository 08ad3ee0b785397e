"""ECNR on time series against neurcomp, SZ3, SPERR, ZFP and TTHRESH at equal file size.

The peak of PSNR is the data range; the chamfer distance (CD) is the mean over some frames, in
voxels. Every part stores its rows, so an interrupted run resumes.
"""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

import vcore
from benchmarks import ecnr_peers
from benchmarks.ecnr_cases import CASES, Array, Case, of_method, of_peer
from benchmarks.kristan import show
from benchmarks.peak import peak as own_peak
from benchmarks.report import Results
from vcore.errors import MissingExtraError
from vcore.model.context import Context
from vcore.runtime.executor import threads

if TYPE_CHECKING:
    from collections.abc import Callable

METHODS: dict[str, tuple[str, dict[str, Any], float]] = {
    "ecnr": ("ecnr", {}, 1.0),
    "ecnr, a third of the time": ("ecnr", {}, 1 / 3),
    "neurcomp": ("siren", {"preset": "neurcomp"}, 1.0),
    "wavelet": ("wavelet", {}, 1.0),
}
"""Method, settings, and fraction of the time limit."""
COMPARED = ("ecnr", "ecnr, a third of the time", "neurcomp")
LABELS = {"sz3": "SZ3 (4D)", "sperr": "SPERR (slab)", "zfp": "ZFP (4D)", "tthresh": "TTHRESH (4D)"}
QUICK_SECONDS = 20.0
"""Time limit per fit in the quick run, in seconds."""


def main(
    part: Annotated[
        str,
        typer.Option(help="rates, decode, memory, ablation, beyond, renderings, large, or all."),
    ] = "all",
    quick: Annotated[bool, typer.Option(help="Crops and short fits.")] = False,
    fresh: Annotated[bool, typer.Option(help="Discard results of earlier runs.")] = False,
    output: Annotated[Path, typer.Option(help="Folder for results.")] = Path("bench-output"),
    seconds: Annotated[float, typer.Option(help="Time limit per fit, in seconds.")] = 550.0,
    volume: Annotated[str, typer.Option(help="Run only this volume.")] = "",
    ratio: Annotated[float, typer.Option(help="Run only this compression ratio.")] = 0.0,
    steps: Annotated[
        int, typer.Option(help="Steps of a scale in part renderings, instead of the time limit.")
    ] = 0,
) -> None:
    """Compare ECNR with neurcomp and classical codecs; reproduce the paper's ablations."""
    from benchmarks import ecnr_ablation, ecnr_renderings

    limit = QUICK_SECONDS if quick else seconds
    results = Results(output / ("ecnr-quick.json" if quick else "ecnr.json"), fresh=fresh)
    wanted = [c for c in CASES if volume in ("", c.name)]
    if ratio:
        wanted = [replace(c, ratios=(ratio,)) for c in wanted]
    chosen = [c for c in wanted if not c.large]
    large = [c for c in wanted if c.large]
    parts: dict[str, Callable[[], None]] = {
        "rates": lambda: rates(results, chosen, quick, limit),
        "decode": lambda: decode(results, quick),
        "memory": lambda: memory(results, quick),
        "ablation": lambda: ecnr_ablation.paper(results, quick),
        "beyond": lambda: ecnr_ablation.beyond(results, quick),
        "renderings": lambda: ecnr_renderings.renderings(
            results, chosen, quick, ecnr_renderings.Limit(limit, steps), output
        ),
        "large": lambda: rates(results, large, quick, 3 * limit),
    }
    for name, run in parts.items():
        if part in (name, "all") and (part != "all" or name != "large" or quick):
            run()


HEAD = ["codec", "bytes", "PSNR dB", "CD", "encode s", "decode s", "decode MVox/s"]


def rates(results: Results, cases: list[Case], quick: bool, seconds: float) -> None:
    """Run every codec on every volume at every ratio."""
    for case in cases:
        original = None
        for ratio in case.ratios:
            rows = []
            for codec in (*METHODS, *ecnr_peers.NAMES):
                key = f"{case.name} {ratio:g} {codec} {seconds:g}"
                if key not in results:
                    original = case.load(quick) if original is None else original
                    try:
                        results.add(key, coded(codec, original, ratio, case.isovalue, seconds))
                    except MissingExtraError as error:
                        print(f"{codec}: {error}", flush=True)
                        continue
                rows.append(table_row(codec, results[key]))
            show(f"{case.name}: ratio {ratio:g}", HEAD, rows)
        show_against_neurcomp(results, case, seconds)


def coded(
    codec: str, original: Array, ratio: float, isovalue: float, seconds: float
) -> dict[str, Any]:
    """Return the statistics of one codec at a compression ratio."""
    limit = int(original.nbytes / ratio)
    if codec in METHODS:
        method, settings, share = METHODS[codec]
        return of_method(method, settings, original, limit, share * seconds, isovalue)
    return of_peer(codec, original, limit, isovalue)


def table_row(codec: str, row: dict[str, Any]) -> list[Any]:
    """Return the cells of ``HEAD``."""
    label = LABELS.get(codec, codec)
    if "bytes" not in row:
        least = row.get("smallest")
        return [label, "-" if least is None else f"- (at least {least:,})", *[None] * 5]
    decoding = row["decode_seconds"]
    return [
        label, f"{row['bytes']:,}", row["psnr"], row.get("cd"), row["encode_seconds"],
        f"{decoding:.2f}", row["voxels"] / decoding / 1e6,
    ]  # fmt: skip


def show_against_neurcomp(results: Results, case: Case, seconds: float) -> None:
    """Print the gain of ECNR over neurcomp in quality and speed."""
    rows = []
    for ratio in case.ratios:
        found = [
            results[k]
            for m in COMPARED
            if (k := f"{case.name} {ratio:g} {m} {seconds:g}") in results
        ]
        if len(found) < len(COMPARED) or not all("bytes" in row for row in found):
            continue
        mine, sooner, other = found
        rows.append(
            [f"{ratio:g}", mine["psnr"] - other["psnr"], sooner["psnr"] - other["psnr"],
             other["encode_seconds"] / sooner["encode_seconds"],
             other["decode_seconds"] / mine["decode_seconds"]]
        )  # fmt: skip
    show(
        f"{case.name}: ECNR over neurcomp",
        ["ratio", "dB above", "dB above in a third of the time", "neurcomp's encode time over that",
         "times faster to decode"],
        rows,
    )  # fmt: skip


def decode(results: Results, quick: bool) -> None:
    """Measure decoding with networks of 24 units, with and without the deblocking network."""
    original = CASES[0].load(quick)
    rows = []
    for cnn in (0, 8, 32):
        key = f"decode {cnn}"
        if key not in results:
            settings = {"steps": 30, "width": 24, "sharing": 1, "block": 16, "cnn": cnn,
                        "threshold": 0.0}  # fmt: skip
            results.add(key, decode_figures(original, settings, cnn))
        row = results[key]
        rows.append([cnn or "none", row["threads"], row["seconds"], row["mvox"]])
    show(
        "Decoding, all blocks of all scales by networks of 24 units",
        ["channels of the CNN", "threads", "s", "MVox/s"],
        rows,
    )


def decode_figures(original: Array, settings: dict[str, Any], cnn: int) -> dict[str, Any]:
    """Return the decoding speed of a file that keeps its deblocking network in any case."""
    from unittest.mock import patch

    with patch("vcore.methods.ecnr.cnn_training.pays", lambda *_: True):
        data = vcore.compress(
            original, None, method="ecnr", settings={**settings, "cnn_epochs": 1},
            context=Context(time_limit=60.0 if cnn else None),
        ).data  # fmt: skip
    dataset = vcore.open(data)
    count = len(original) if not cnn else min(2, len(original))
    dataset[:1]  # warm-up: load and compile
    times = []
    for _ in range(3):
        began = time.perf_counter()
        dataset[:count]
        times.append(time.perf_counter() - began)
    voxels = original[:count].size
    seconds = float(np.median(times))
    return {"threads": threads(), "seconds": seconds, "mvox": voxels / seconds / 1e6}


def memory(results: Results, quick: bool) -> None:
    """Measure peak memory of encoding, and of decoding one frame, each in a fresh process."""
    rows = []
    for case in CASES[:2]:
        key = f"memory {case.name}"
        if key not in results:
            results.add(key, {what: peak(case.name, what, quick) for what in ("encode", "decode")})
        row = results[key]
        size = case.load(quick).nbytes / 1e6
        rows.append([case.name, size, row["encode"], row["decode"]])
    show(
        "Peak memory of the process, libraries included",
        ["volume", "MB as float32", "encode MB", "decode one frame MB"],
        rows,
    )


PROBE = """
import resource, sys, tempfile
from benchmarks import ecnr
what, name, quick, path = sys.argv[1:]
ecnr.probe(what, name, quick == "True", path)
"""


def peak(name: str, what: str, quick: bool) -> float:
    """Return the peak memory in MB of a fresh process that encodes or decodes."""
    path = Path("bench-output") / f"ecnr-{name}-{quick}.vcore"
    path.parent.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", PROBE, what, name, str(quick), str(path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(done.stdout.split()[-1])


def probe(what: str, name: str, quick: bool, path: str) -> None:
    """Encode a volume or decode its first frame; print the peak memory in MB."""
    if what == "encode":
        case = next(c for c in CASES if c.name == name)
        vcore.compress(
            case.load(quick), path, method="ecnr", settings={"steps": 50}, force=True,
            budget=vcore.Budget(ratio=200),
        )  # fmt: skip
    else:
        vcore.open(path)[:1]
    print(own_peak() / 1e6)
