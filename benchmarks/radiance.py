"""Radiance fields: the paper's pruning, vcore's files and eight bits with zstd, on the scene lego.

Isik 2021, "Neural 3D Scene Compression via Model Compression", Table 2 and figures 5 to 7. The
weights are those of a smaller network than the paper's, so its PSNR is not reached; losses and
ratios compare.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

import vcore
from benchmarks import (
    radiance_chart,
    radiance_forward,
    radiance_pictures,
    radiance_splats,
    radiance_variants,
)
from benchmarks.kristan import show
from benchmarks.radiance_results import KEPT, KeptResults
from benchmarks.radiance_scene import Lego, Pruned
from benchmarks.report import Results
from vcore.io.nerf_weights import FINE
from vcore.scenes.methods.nerf.layouts import network_of

NAMED = (0, 5, 10, 15, 20)
"""Test views of the short form: r_0, r_40, r_80, r_120 and r_160."""
RATES = (0.3, 0.5, 0.7, 0.9)
"""Shares that the paper prunes."""
PAPER = {
    0.0: (31.70, None),
    0.3: (29.14, 30.43),
    0.5: (25.32, 26.97),
    0.7: (21.70, 25.26),
    0.9: (15.99, 20.42),
}
"""PSNR in the paper's Table 2 by share: pruned, and retrained."""
RATIOS = (12, 14, 16, 20)
"""Ratios of vcore's files without retraining."""
RETRAINED = (16, 20)
"""Ratios of vcore's files with retraining."""
ITERATIONS = 500
Array = NDArray[Any]


def main(
    part: Annotated[
        str,
        typer.Option(
            help="pruning, files, variants, seconds, splats, generated, surface, forward or "
            "pictures; default: all but the last."
        ),
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="All 25 test views.")] = False,
    views: Annotated[int, typer.Option(help="Number of the named views, for a trial.")] = 5,
    iterations: Annotated[int, typer.Option(help="Iterations of retraining.")] = ITERATIONS,
    minutes: Annotated[float, typer.Option(help="Time limit of a forward-facing fit.")] = 5.0,
    fresh: Annotated[bool, typer.Option(help="Measure again what earlier runs did.")] = False,
    kept: Annotated[Path, typer.Option(help="File of the results, which runs add to.")] = KEPT,
    output: Annotated[Path, typer.Option(help="Folder for files and pictures.")] = Path(
        "bench-output"
    ),
) -> None:
    """Measure networks of a radiance field: pruned, retrained, coded; and the time of a view."""
    results = KeptResults(kept, fresh=fresh)
    if part in ("", "forward"):
        found = list(radiance_forward.rows(results, output, minutes))
        show("a forward-facing scene", radiance_forward.HEAD, found)
    if part == "forward":
        return
    chosen = tuple(range(25)) if every else NAMED[:views]
    lego = Lego(chosen)
    pruned = Pruned(lego, iterations, output, fresh=fresh)
    if part in ("", "pruning"):
        head = ["pruned", "PSNR", "MSE", "retrained", "MSE ", "in each layer"]
        head += ["ratio", "paper", "paper retrained"]
        show(f"lego: {len(chosen)} views, pruned", head, list(_pruning(pruned, results)))
    if part in ("", "files"):
        head = ["file", "bytes", "ratio", "PSNR", "loss in dB"]
        found = list(_files(lego, pruned, results, iterations, output))
        show("lego: files", head, found)
        radiance_chart.draw(found, output / "radiance-sizes.png")
    if part in ("", "variants"):
        found = list(radiance_variants.rows(lego, results, iterations, output))
        show("lego: pruned at once and in rounds, shared values", radiance_variants.HEAD, found)
    if part in ("", "seconds"):
        head = ["rendering", "seconds", "CPU s", "PSNR"]
        show("lego: one view of 200 x 200", head, _seconds(lego, pruned, results))
    if part in ("", "splats"):
        head = radiance_splats.HEAD
        show("lego: splats", head, list(radiance_splats.rows(results, output, chosen)))
        found = radiance_splats.seconds(results, output, chosen)
        show("lego: one view of 200 x 200, splats", ["rendering", "seconds"], found)
    if part in ("", "generated"):
        made, head = radiance_splats.GENERATED, radiance_splats.HEAD
        show("a knot of splats", head, list(radiance_splats.rows(results, output, chosen, made)))
        found = radiance_splats.costs(results, output, chosen)
        show("a knot of splats: whole commands", radiance_splats.COSTS, found)
    if part in ("", "surface"):
        made, head = radiance_splats.LARGE, radiance_splats.HEAD
        found = list(radiance_splats.rows(results, output, chosen, made))
        show("lego: splats on the surface of a network", head, found)
    if part == "pictures":
        radiance_pictures.draw(lego, pruned, output)


def _pruning(pruned: Pruned, results: Results) -> Iterator[list[Any]]:
    lego = pruned.lego
    for share in (0.0, *RATES):
        found = []
        for kind in ("pruned", "retrained") if share else ("pruned",):
            row = _errors(pruned, results, kind, share)
            found += [row["psnr"], f"{row['mse']:.4f}"]
        found += [None] * (4 - len(found))
        key = f"{len(lego.cameras)} views, pruned in each layer {share}"
        if key not in results:
            network = pruned.network(share, per_layer=True)
            results.add(key, lego.errors(lego.skipping(network)))
        found.append(results[key]["psnr"])
        paper = PAPER[share]
        yield [f"{share:.0%}", *found, f"{1 / (1 - share):.2f}", *paper]


def _errors(pruned: Pruned, results: Results, kind: str, share: float) -> dict[str, Any]:
    """Return the errors of the network that is `pruned`, or `retrained` after that."""
    lego = pruned.lego
    key = f"{len(lego.cameras)} views, {kind} {share}, {pruned.iterations} iterations"
    if key not in results:
        network = pruned.network(share) if kind == "pruned" else pruned.retrained(share)
        results.add(key, lego.errors(lego.skipping(network)))
    found: dict[str, Any] = results[key]
    return found


def _files(
    lego: Lego, pruned: Pruned, results: Results, iterations: int, output: Path
) -> Iterator[list[Any]]:
    raw = 4 * sum(v.size for v in lego.weights.values())
    count = len(lego.cameras)
    exact = f"{count} views, exact"
    if exact not in results:
        results.add(exact, lego.errors(lego.skipping(lego.field.network)))
    base = results[exact]["psnr"]
    yield ["float32, both networks", raw, "1.0", base, 0.0]
    key = f"{count} views, int8"
    if key not in results:
        results.add(key, _int8(lego))
    yield _row("int8 per array, both networks, zstd", results[key], raw, base)
    for ratio in RATIOS:
        key = f"{count} views, vcore {ratio}"
        if key not in results:
            results.add(key, _ours(lego, ratio, 0, output))
        yield _row("vcore", results[key], raw, base)
    for ratio in RETRAINED:
        key = f"{count} views, vcore {ratio}, {iterations} iterations"
        if key not in results:
            results.add(key, _ours(lego, ratio, iterations, output))
        yield _row(f"vcore, retrained ({iterations} iterations)", results[key], raw, base)

    for name in radiance_splats.coded_names():
        if name in results:
            found = {**results[name], "psnr": results[name]["images"]}
            yield _row(f"splats of the scene, {name.partition(' ')[2]}", found, raw, base)
    for share in RATES:
        key = f"{count} views, bytes of the paper's way {share}, {iterations} iterations"
        if key not in results:
            row = _errors(pruned, results, "retrained", share)
            row = {name: row[name] for name in ("psnr", "mse")}
            results.add(key, {**row, "bytes": _sparse_bytes(pruned.arrays(share))})
        name = f"pruned {share:.0%}, retrained ({iterations} iterations), float32 + mask, zstd"
        yield _row(name, results[key], raw, base)


def _row(name: str, found: dict[str, Any], raw: int, base: float) -> list[Any]:
    size = found["bytes"]
    return [name, size, f"{raw / size:.1f}", found["psnr"], base - found["psnr"]]


def _ours(lego: Lego, ratio: float, iterations: int, output: Path) -> dict[str, Any]:
    """Return size and errors of a file, decoded from its bytes."""
    began = time.monotonic()
    path = output / f"lego-{ratio}-{iterations}.vcore"
    output.mkdir(parents=True, exist_ok=True)
    settings = {"retrain": iterations} if iterations else {}
    source = lego.skipping(lego.field.network)
    report = vcore.compress(source, path, ratio=ratio, settings=settings, force=True)
    seconds = time.monotonic() - began
    return {**lego.errors(vcore.open(path).field), "bytes": report.bytes, "seconds": seconds}


def _sparse_bytes(arrays: dict[str, Array]) -> int:
    """Return the bytes of the float32 weights that are left, and of a mask of one bit each."""
    kept = b"".join(v[v != 0].astype(np.float32).tobytes() for v in arrays.values())
    masks = b"".join(np.packbits(v != 0).tobytes() for v in arrays.values())
    return _zstd(kept) + _zstd(masks)


def _int8(lego: Lego) -> dict[str, Any]:
    """Return size and errors of both networks with 8 bits a weight, a scale for each array."""
    stored, fine = b"", {}
    for name, values in lego.weights.items():
        scale = float(np.abs(values).max()) / 127 or 1.0
        integers = np.rint(values / scale).astype(np.int8)
        stored += integers.tobytes() + np.float32(scale).tobytes()
        if name.startswith(FINE[0]):
            fine[name[len(FINE[0]) :]] = integers.astype(np.float32) * np.float32(scale)
    row = lego.errors(lego.skipping(network_of(fine)))
    return {**row, "bytes": _zstd(stored)}


def _zstd(data: bytes) -> int:
    import imagecodecs

    return len(imagecodecs.zstd_encode(data, level=19))


def _seconds(lego: Lego, pruned: Pruned, results: Results) -> list[list[Any]]:
    """Return wall and processor seconds, and PSNR, of the first view: dense, pruned, and with
    empty space skipped."""
    rows = []
    networks = {"": lego.field.network, ", pruned 50%": pruned.network(0.5)}
    forms = {}
    for name, network in networks.items():
        forms[f"dense, 64 + 128 samples{name}"] = lego.dense(network)
    for name, network in networks.items():
        forms[f"empty space skipped{name}"] = lego.skipping(network)
    for name, field in forms.items():
        if (key := f"seconds {name}") not in results:
            camera = lego.cameras[0]
            field.render(replace(camera, size=(8, 8), centre=None))  # compiles
            began, spent = time.monotonic(), time.process_time()
            view = field.render(camera)
            spent, seconds = time.process_time() - spent, time.monotonic() - began
            mse = float(np.mean((view.rgb - lego.images[0]) ** 2))
            psnr = float(-10 * np.log10(mse))
            results.add(key, {"seconds": seconds, "cpu": spent, "psnr": psnr})
        found = results[key]
        rows.append([name, found["seconds"], found["cpu"], found["psnr"]])
    return rows
