"""ECNR judged by renderings and by steps, where its bytes and its time go, and MINER.

After Tang and Wang, tables 3 and 7, figures 4 and 5; appendix, figures 1 and 2, table 2.

Where the paper has LPIPS, whose weights are not at hand, there are SSIM and CIELUV of pictures.
"""

import time
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

import vcore
from benchmarks import ecnr_peers, peers
from benchmarks.ecnr_cases import FRAMES_CHECKED, Array, Case
from benchmarks.kristan import show
from benchmarks.renderings import LOOKS, Picture, Stage, cropped, differences, distances
from benchmarks.report import Results
from vcore.cli.output import progress
from vcore.errors import BudgetError
from vcore.evaluate.plot import import_figure
from vcore.methods.ecnr.encoder import Encoded, Encoder, Result
from vcore.methods.ecnr.geometry import Scale
from vcore.metrics import ErrorStatistics, chamfer_distance, ssim
from vcore.model.context import Context

RATIO = 200
FITTED: dict[str, tuple[str, dict[str, Any]]] = {
    "ecnr": ("ecnr", {}),
    "miner": ("ecnr", {"preset": "miner"}),
    "miner, float32": ("ecnr", {"preset": "miner", "bits": 0}),
    "neurcomp": ("siren", {"preset": "neurcomp"}),
}
"""Methods and settings; the second is MINER with shared values, the third with weights as stored by
its authors."""
STEPPED = ("ecnr", "miner", "miner, float32")
"""Those that can be given a number of steps instead, with results that no other job changes."""
UNTIMED = ("wavelet", "sz3", "sperr")
LABELS = {"sz3": "SZ3", "sperr": "SPERR"}
SHOWN = ("ecnr", "miner", "neurcomp", "wavelet", "sz3", "sperr")
"""Codecs in the picture."""
MAX_DISTANCE = 50.0
"""CIELUV distance that is black in the picture."""


@dataclass(frozen=True)
class Limit:
    """Limit of a fit: seconds, or steps of a scale if they are not 0."""

    seconds: float
    steps: int = 0

    def __str__(self) -> str:
        return f"{self.steps} steps" if self.steps else f"{self.seconds:g}"


class Watched(Encoder):
    """ECNR's encoder that keeps the sizes of its scales, and the seconds that each took."""

    scales_made: list[Encoded]
    seconds: dict[int, float]

    def run(self) -> Result:
        """Return all scales, and keep them for ``account``."""
        Watched.seconds = {}
        found = super().run()
        Watched.scales_made = found.scales
        return found

    def _encode(self, scale: Scale, limit: float | None, context: Context) -> Encoded:
        began = time.perf_counter()
        found = super()._encode(scale, limit, context)
        Watched.seconds[scale.number] = time.perf_counter() - began
        return found

    @classmethod
    def account(cls) -> list[dict[str, Any]]:
        """Return number, bytes by part, blocks and seconds of the latest scales, coarsest first."""
        return [
            {
                "number": e.scale.number,
                "level": e.scale.space,
                "bytes": e.bytes,
                "sizes": asdict(e.sizes),
                "effective": e.effective,
                "blocks": e.blocks,
                "seconds": cls.seconds.get(e.scale.number, 0.0),
            }
            for e in cls.scales_made
        ]


def renderings(results: Results, cases: list[Case], quick: bool, limit: Limit, out: Path) -> None:
    """Measure every codec on every volume, print the tables and draw the pictures in ``out``."""
    for case in cases:
        shown: Shown | None = None
        for codec in (*UNTIMED, *(STEPPED if limit.steps else FITTED)):
            key = key_of(case, codec, limit)
            if key not in results:
                shown = Shown.of(case, case.load(quick)) if shown is None else shown
                kept = picture_path(out, case, codec, limit)
                results.add(key, measured(codec, case, shown, limit, kept))
    show("Renderings, beside the voxels", *quality_table(results, cases, limit))
    show("Shares of a file", *storage_table(results, cases, limit))
    show("Size and time of a scale", *scales_table(results, cases, limit))
    show("MINER at equal bytes", *miner_table(results, cases, limit))
    draw_steps(results, cases, limit, out / "ecnr-steps.png")
    draw_pictures(cases, limit, out)


def key_of(case: Case, codec: str, limit: Limit) -> str:
    """Return the key of a row; those without a time limit are measured once."""
    return f"renderings {case.name} {codec}" + (f" {limit}" if codec in FITTED else "")


def picture_path(out: Path, case: Case, codec: str, limit: Limit) -> Path:
    """Return the path of the pictures of a codec's middle frame."""
    return out / "renderings" / f"{key_of(case, codec, limit).replace(' ', '-')}.npz"


def level_of(case: Case, original: Array) -> float:
    """Return the isovalue in data units."""
    low, high = float(original.min()), float(original.max())
    return low + case.isovalue * (high - low)


@dataclass(frozen=True)
class Shown:
    """A volume, and the pictures of its chosen frames in each look."""

    original: Array
    stage: Stage
    pictures: dict[str, list[Picture]]

    @classmethod
    def of(cls, case: Case, original: Array) -> "Shown":
        """Return the volume of a case with its pictures."""
        frames = chosen_frames(original)[1]
        stage = Stage.of(frames, level_of(case, original))
        return cls(original, stage, {look: stage.pictures(look, frames) for look in LOOKS})


def chosen_frames(values: Array) -> tuple[list[int], Array]:
    """Return evenly spaced frames and their values; of a still volume, itself."""
    if values.ndim == 3:
        return [0], values
    steps = np.unique(np.linspace(0, len(values) - 1, FRAMES_CHECKED).astype(int))
    return steps.tolist(), np.ascontiguousarray(values[steps])


def measured(codec: str, case: Case, shown: Shown, limit: Limit, kept: Path) -> dict[str, Any]:
    """Return the figures of one codec, and keep the pictures of its middle frame at ``kept``."""
    original, pictures = shown.original, shown.pictures
    row, decoded = coded(codec, original, int(original.nbytes / RATIO), limit)
    if decoded is None:
        return row
    steps, frames = chosen_frames(original)
    others = chosen_frames(decoded)[1]
    found = {look: shown.stage.pictures(look, others) for look in LOOKS}
    each = [
        {look: differences(pictures[look][n], found[look][n]) for look in LOOKS}
        for n in range(len(steps))
    ]
    flat = (frames.reshape(-1, *frames.shape[-3:]), others.reshape(-1, *frames.shape[-3:]))
    level = level_of(case, original)
    cds = [chamfer_distance(a.astype(float), b.astype(float), level, (1, 1, 1))
           for a, b in zip(*flat, strict=True)]  # fmt: skip
    middle = len(steps) // 2
    kept.parent.mkdir(parents=True, exist_ok=True)
    drawn: dict[str, Any] = {look: found[look][middle] for look in LOOKS}
    drawn |= {f"{look} original": pictures[look][middle] for look in LOOKS}
    np.savez_compressed(kept, **drawn)
    span = float(original.max()) - float(original.min())
    pairs = zip(framed(original), framed(decoded), strict=True)
    return {
        **row,
        "psnr": psnr_of(original, decoded, span),
        "psnr_steps": [psnr_of(a, b, span) for a, b in pairs],
        "ssim": ssim(original, decoded, span),
        "steps": steps,
        "cd": [d if isfinite(d) else None for d in cds],
        "pictures": each,
    }


def framed(values: Array) -> Array:
    """Return the frames of a volume, (t, z, y, x)."""
    return values.reshape(-1, *values.shape[-3:])


def psnr_of(original: Array, decoded: Array, span: float) -> float:
    """Return the PSNR in dB, with the range of the whole volume as peak."""
    statistics = ErrorStatistics()
    for a, b in zip(framed(original), framed(decoded), strict=True):
        statistics.add(a, b)
    return float(10 * np.log10(span**2 / statistics.mse)) if statistics.mse else float("inf")


def coded(
    codec: str, original: Array, size: int, limit: Limit
) -> tuple[dict[str, Any], Array | None]:
    """Return bytes and times of a codec, and the decoded values; None if it cannot be as small."""
    if codec in peers.NAMES or codec in ecnr_peers.NAMES:
        best = ecnr_peers.code(codec, original, size)
        if not isinstance(best, peers.Coded):
            return {"smallest": best.smallest}, None
        times = {"encode_seconds": best.encode_seconds, "decode_seconds": best.decode_seconds}
        return {"bytes": best.bytes, **times}, best.decoded
    method, settings = FITTED.get(codec, (codec, {}))
    if limit.steps and codec in FITTED:
        settings = {**settings, "steps": limit.steps}
    timed = codec in FITTED and not limit.steps
    began = time.perf_counter()
    try:
        with progress() as report, patch("vcore.methods.ecnr.encoder.Encoder", Watched):
            result = vcore.compress(
                original, None, method=method, settings=settings,
                budget=vcore.Budget(bytes=size),
                context=Context(progress=report, time_limit=limit.seconds if timed else None),
            )  # fmt: skip
    except BudgetError as error:
        return {"smallest": error.needed, "error": str(error)}, None
    encoding = time.perf_counter() - began
    dataset = vcore.open(result.data)
    dataset.decode((slice(0, 1),) * original.ndim)  # warm-up: load and compile
    row: dict[str, Any] = {"bytes": result.bytes, "encode_seconds": encoding}
    if method == "ecnr":
        row["scales"] = Watched.account()
        for scale in row["scales"]:
            began = time.perf_counter()
            vcore.open(result.data).decode(level=scale["level"])
            scale["decode_seconds"] = time.perf_counter() - began
    began = time.perf_counter()
    decoded = vcore.open(result.data).decode()
    return {**row, "decode_seconds": time.perf_counter() - began}, decoded


Table = tuple[list[str], list[list[Any]]]


def rows_of(
    results: Results, cases: list[Case], codecs: tuple[str, ...], limit: Limit
) -> list[tuple[Case, str, dict[str, Any]]]:
    """Return volume, codec and row of everything measured."""
    keys = [(case, codec, key_of(case, codec, limit)) for case in cases for codec in codecs]
    return [(case, codec, results[key]) for case, codec, key in keys if key in results]


def mean_of(row: dict[str, Any], look: str, name: str) -> float:
    """Return the mean over the rendered frames."""
    return float(np.mean([frame[look][name] for frame in row["pictures"]]))


def mean_distance(row: dict[str, Any]) -> float | None:
    """Return the mean chamfer distance of the frames that have one."""
    finite = [d for d in row["cd"] if d is not None]
    return float(np.mean(finite)) if finite else None


def quality_table(results: Results, cases: list[Case], limit: Limit) -> Table:
    """Return the quality of voxels and of renderings."""
    rows = []
    for case, codec, row in rows_of(results, cases, (*FITTED, *UNTIMED), limit):
        start = [case.name, LABELS.get(codec, codec)]
        if "bytes" not in row:
            rows.append([*start, _over(row), *[None] * 7])
            continue
        cells = [f"{row['bytes']:,}", row["psnr"], f"{row['ssim']:.4f}", mean_distance(row)]
        for look in LOOKS:
            cells += [f"{mean_of(row, look, 'ssim'):.4f}", mean_of(row, look, "cieluv")]
        rows.append([*start, *cells])
    head = ["volume", "codec", "bytes", "PSNR dB", "SSIM", "CD", "surface: SSIM", "CIELUV",
            "volume rendering: SSIM", "CIELUV"]  # fmt: skip
    return head, rows


def _over(row: dict[str, Any]) -> str:
    least = row.get("smallest")
    return "-" if least is None else f"- (at least {least:,})"


PARTS = {
    "codes": "latent codes", "indices": "indices", "masks": "masks", "values": "shared values",
    "map": "map of blocks", "metadata": "other",
}  # fmt: skip
"""Parts of a file, with their titles."""


def storage_table(results: Results, cases: list[Case], limit: Limit) -> Table:
    """Return the shares of the bytes of all scales, in percent."""
    rows = []
    for case, codec, row in rows_of(results, cases, STEPPED, limit):
        if "scales" not in row:
            continue
        sums = {p: sum(s["sizes"][p] for s in row["scales"]) for p in PARTS}
        total = sum(sums.values())
        rows.append(
            [case.name, codec, f"{total:,}", *(f"{100 * v / total:.1f}" for v in sums.values())]
        )
    return ["volume", "codec", "bytes of scales", *(f"{t} %" for t in PARTS.values())], rows


def scales_table(results: Results, cases: list[Case], limit: Limit) -> Table:
    """Return size and times of each scale of ``ecnr``, the coarsest first."""
    rows = []
    for case, _, row in rows_of(results, cases, ("ecnr",), limit):
        for scale in row.get("scales", ()):
            rows.append(
                [case.name, scale["number"] + 1, f"{scale['bytes']:,}",
                 f"{scale['effective']:,} of {scale['blocks']:,}", f"{scale['seconds']:.1f}",
                 f"{scale['decode_seconds']:.2f}"]
            )  # fmt: skip
    head = ["volume", "scale", "bytes", "blocks with networks", "encoding s",
            "decoding s up to it"]  # fmt: skip
    return head, rows


def miner_table(results: Results, cases: list[Case], limit: Limit) -> Table:
    """Return MINER beside ECNR."""
    rows: list[list[Any]] = []
    for case, codec, row in rows_of(results, cases, STEPPED, limit):
        if "bytes" not in row:
            rows.append([case.name, codec, _over(row), *[None] * 5])
            continue
        blocks = sum(s["effective"] for s in row["scales"])
        rows.append(
            [case.name, codec, f"{row['bytes']:,}", f"{blocks:,}", row["psnr"], mean_distance(row),
             mean_of(row, "volume", "cieluv"), row["encode_seconds"]]
        )  # fmt: skip
    head = ["volume", "codec", "bytes", "blocks with networks", "PSNR dB", "CD",
            "volume rendering: CIELUV", "encode s"]  # fmt: skip
    return head, rows


def draw_steps(results: Results, cases: list[Case], limit: Limit, target: Path) -> None:
    """Write a PNG of PSNR, chamfer distance and CIELUV over the steps of the series."""
    found = rows_of(results, cases, SHOWN, limit)
    series = [c for c in cases if any(k is c and len(r.get("steps", ())) > 1 for k, _, r in found)]
    if not series:
        return
    figure = import_figure()(figsize=(11, 2.7 * len(series) + 0.5), layout="constrained")
    panels = figure.subplots(len(series), 3, squeeze=False)
    for case, line in zip(series, panels, strict=True):
        for of, codec, row in found:
            if of is not case or "bytes" not in row:
                continue
            colour, label = f"C{SHOWN.index(codec)}", LABELS.get(codec, codec)
            line[0].plot(row["psnr_steps"], color=colour, label=label)
            line[1].plot(row["steps"], [np.nan if d is None else d for d in row["cd"]],
                         color=colour, marker=".")  # fmt: skip
            line[2].plot(row["steps"], [f["volume"]["cieluv"] for f in row["pictures"]],
                         color=colour, marker=".")  # fmt: skip
        titles = ("PSNR in dB", "chamfer distance", "CIELUV of volume renderings")
        for panel, title in zip(line, titles, strict=True):
            panel.set(title=f"{case.name.split('_')[0]}: {title}", xlabel="step")
            panel.grid(alpha=0.3)
        for panel in line[1:]:
            panel.set_ylim(0)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(SHOWN), frameon=False)
    figure.savefig(target, dpi=90)
    print(f"\nOver the steps: {target}")


def draw_pictures(cases: list[Case], limit: Limit, out: Path) -> None:
    """Write a PNG of the original and decoded renderings, with their differences in black below."""
    paths = {(c.name, n): picture_path(out, c, n, limit) for c in cases for n in SHOWN}
    codecs = [n for n in SHOWN if any(paths[c.name, n].exists() for c in cases)]
    lines = [(c, look) for c in cases for look in LOOKS]
    figure = import_figure()(
        figsize=(1.5 * (len(codecs) + 1), 2.4 * len(lines) + 0.3), layout="constrained"
    )
    panels = figure.subplots(len(lines), len(codecs) + 1, squeeze=False)
    for panel in panels.ravel():
        panel.set_axis_off()
    for row, (case, look) in zip(panels, lines, strict=True):
        for number, codec in enumerate(codecs):
            if not paths[case.name, codec].exists():
                continue
            with np.load(paths[case.name, codec]) as kept:
                original, decoded = kept[f"{look} original"], kept[look]
            row[0].imshow(framed_picture(original, original))
            row[0].set_title(case.name.split("_")[0], fontsize=8)
            row[number + 1].imshow(framed_picture(original, decoded))
            row[number + 1].set_title(LABELS.get(codec, codec), fontsize=8)
    target = out / "ecnr-renderings.png"
    figure.savefig(target, dpi=90)
    print(f"\nRenderings: {target}")


def framed_picture(original: Picture, decoded: Picture) -> Picture:
    """Return the decoded picture above its difference, both cut to what the original shows."""
    black = np.clip(cropped(distances(original, decoded), original) / MAX_DISTANCE, 0, 1)
    grey = np.rint(255 * (1 - black)).astype(np.uint8)
    return np.concatenate([cropped(decoded, original), np.repeat(grey[..., None], 3, axis=2)])
