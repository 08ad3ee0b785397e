"""Gaussian splats: vcore's files, SPZ and SOG at equal PSNR of rendered views, on the scene lego.

The splats are made here, once, and stay in the folder of results: 20,000 are fitted to the 100
training views (``vcore.scenes.methods.splats.fit``); more of them are put on the surface of the
trained network, then fitted shortly; a knot of more, of degree 0, is generated. SPZ is written by
gsply and by PlayCanvas's splat-transform (npm), SOG by the latter; without it, those rows are left
out.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import vcore
from benchmarks import volumes
from benchmarks.knot import knot
from benchmarks.radiance_scene import Lego
from benchmarks.radiance_surface import splats_on
from benchmarks.report import Results
from vcore.io.nerf_weights import read_npz
from vcore.io.splat_reading import read_splats, write_splats
from vcore.metrics.errors import psnr
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.scenes.cameras import Camera, turntable
from vcore.scenes.compress import compress_scene
from vcore.scenes.field import Bounds, RadianceField
from vcore.scenes.methods.splats.field import SplatField
from vcore.scenes.methods.splats.fit import FitSettings, fit
from vcore.scenes.methods.splats.model import Splats

IMAGES = "nerf/lego_rgba_200x200_train100_test25.npz"
FIT = FitSettings(splats=20_000, degree=3, steps=4000)
BOX = Bounds((-1.3, -1.3, -1.3), (1.3, 1.3, 1.3))
NEAR, FAR = 2.0, 6.0
WHITE = (1.0, 1.0, 1.0)
KNOT = 50_000
"""Splats of the knot."""
RESOLUTION, STEPS = 128, 120
"""Of the splats on a surface: voxels of its longest side, and steps of their fit."""
VIEWS = 12
TRIES = 5
COSTS = ["file", "encode CPU s", "decode CPU s"]
HEAD = ["file", "bytes", "bytes per splat", "PSNR", "PSNR of images", "encode s", "decode s"]
KINDS = ("bytes", "rate", "psnr", "images", "encode", "decode")
PLAYCANVAS = "splat-transform"
TIMEOUT = 3600
PSNRS = (36, 40, 44, 48)
"""PSNR in dB that vcore's files are asked for beside those of the peers."""


@dataclass(frozen=True)
class Made:
    """Splats that are measured.

    Parameters
    ----------
    key
        First word of their results.
    file
        Name of their file in the folder of results.
    make
        What makes them, from the folder of results, cameras and images.
    wanted
        PSNR in dB that vcore's files are asked for beside those of the peers.
    lego
        Whether they show the scene of the photographs.
    """

    key: str
    file: str
    make: Callable[[Path, list[Camera], NDArray[Any]], Splats]
    wanted: tuple[int, ...] = PSNRS
    lego: bool = True


def _fitted(_: Path, cameras: list[Camera], images: NDArray[Any]) -> Splats:
    return fit(cameras, images, BOX, background=WHITE, settings=FIT, context=Context())


def _refined(_: Path, cameras: list[Camera], images: NDArray[Any]) -> Splats:
    lego = Lego((0,))
    start = splats_on(lego.skipping(lego.field.network), RESOLUTION, FIT.degree)
    again = FitSettings(len(start), FIT.degree, STEPS)
    return fit(
        cameras, images, BOX, background=WHITE, settings=again, start=start, context=Context()
    )


def _knotted(*_: Any) -> Splats:
    return knot(KNOT).splats


SMALL = Made("splats", "lego_splats.ply", _fitted)
LARGE = Made("large", "lego_large.ply", _refined, (40,))
GENERATED = Made("knot", "knot.ply", _knotted, (40,), lego=False)
"""20,000 splats that are fitted; more, on the surface of a network; more, that are generated, of
degree 0."""


def rows(
    results: Results, output: Path, chosen: tuple[int, ...], made: Made = SMALL
) -> Iterator[list[Any]]:
    """Yield a row for each file: the splats as .ply, each peer, and vcore at the peer's PSNR."""
    bench = _Splats(output, chosen, made)
    yield bench.row(results, "3DGS .ply", partial(bench.measured, _copied, ".ply"))
    for wanted in made.wanted:
        yield bench.row(results, f"vcore --psnr {wanted}", partial(bench.coded, wanted))
    for name, suffix, write in _peers():
        found = bench.row(results, name, partial(bench.measured, write, suffix))
        yield found
        if found[1] is None:  # the peer took too long
            continue
        yield bench.row(results, f"vcore, PSNR of {name}", partial(bench.equal, found[3]))


def coded_names() -> list[str]:
    """Return the keys of the results of vcore's files of the fitted splats."""
    return [f"{SMALL.key} vcore --psnr {wanted}" for wanted in SMALL.wanted]


def seconds(results: Results, output: Path, chosen: tuple[int, ...]) -> list[list[Any]]:
    """Return the seconds of one view of 200 x 200 of the splats, decoded beforehand."""
    name = "splats seconds"
    if name not in results:
        bench = _Splats(output, chosen, SMALL)
        bench.field.render(bench.tests[0])
        times = []
        for camera in bench.tests:
            began = time.perf_counter()
            bench.field.render(camera)
            times.append(time.perf_counter() - began)
        results.add(name, {"splats": len(bench.field), "seconds": float(np.median(times))})
    found = results[name]
    return [[f"{found['splats']:,} splats", found["seconds"]]]


def costs(results: Results, output: Path, chosen: tuple[int, ...]) -> list[list[Any]]:
    """Return processor seconds of whole commands on the generated splats: to each format and back
    to `.ply`."""
    source = _Splats(output, chosen, GENERATED).path
    back, rows = output / "back.ply", []
    ours = [sys.executable, "-c", "from vcore.cli import main; main()"]
    forms = {"vcore --psnr 44": (output / "cost.vcore", ["--psnr", "44", "--force"], ["--force"])}
    program = _playcanvas()
    if program is not None:
        forms |= {
            "SPZ, splat-transform": (output / "cost.spz", [], []),
            "SOG, splat-transform": (output / "cost.sog", [], []),
        }
    for name, (file, to, of) in forms.items():
        if (key := f"cost {name}") not in results:
            if name.startswith("vcore"):
                encode = [*ours, "compress", str(source), str(file), *to]
                decode = [*ours, "decompress", str(file), str(back), *of]
            else:
                assert program is not None
                encode = [program, "-q", "-w", "-g", "cpu", str(source), str(file)]
                decode = [program, "-q", "-w", "-g", "cpu", str(file), str(back)]
            results.add(key, {"seconds": [_spent(encode), _spent(decode)]})
        rows.append([name, *results[key]["seconds"]])
    return rows


def _spent(command: list[str]) -> float:
    """Return processor seconds of a command."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed")
    return usage.ru_utime + usage.ru_stime


class _Splats:
    """The fitted scene, and the views that its files are measured on."""

    def __init__(self, output: Path, chosen: tuple[int, ...], made: Made) -> None:
        arrays = read_npz(str(volumes.folder() / IMAGES))
        self.path, self.made = output / made.file, made
        if not self.path.exists():
            cameras = _cameras(arrays, "train", range(len(arrays["poses_train"])))
            output.mkdir(parents=True, exist_ok=True)
            write_splats(made.make(output, cameras, arrays["images_train"]), self.path)
        self.field = SplatField(read_splats(self.path), background=WHITE, name="lego")
        angles = [(50 + 20 * (k % 3), 360 * k / VIEWS + 5) for k in range(VIEWS)]
        size, angle = (200, 200), 40.0
        self.views = turntable(self.field.bounds, angles, size=size, view_angle=angle)
        self.originals = [self.field.render(c).rgb for c in self.views]
        self.tests = _cameras(arrays, "test", chosen)
        straight = arrays["images_test"][list(chosen)].astype(np.float64) / 255
        self.images = straight[..., :3] * straight[..., 3:] + 1 - straight[..., 3:]

    def row(self, results: Results, name: str, measure: Callable[[], dict[str, Any]]) -> list[Any]:
        key = f"{self.made.key} {name}"
        if key not in results:
            results.add(key, measure())
        found = results[key]
        return [name, *(found[k] for k in KINDS)]

    def figures(self, field: RadianceField, size: int) -> dict[str, Any]:
        errors = [
            np.square(field.render(c).rgb - o).mean()
            for c, o in zip(self.views, self.originals, strict=True)
        ]
        seen = [
            np.square(field.render(c).rgb - i).mean()
            for c, i in zip(self.tests, self.images, strict=True)
            if self.made.lego
        ]
        return {
            "bytes": size,
            "rate": size / len(self.field),
            "psnr": psnr(1.0, float(np.mean(errors))),
            "images": float(np.mean([psnr(1.0, float(e)) for e in seen])) if seen else None,
        }

    def measured(self, write: Callable[[Path, Path], None], suffix: str) -> dict[str, Any]:
        target = self.path.with_name("peer" + suffix)
        target.unlink(missing_ok=True)
        began = time.perf_counter()
        try:
            write(self.path, target)
        except subprocess.TimeoutExpired:
            return {**dict.fromkeys(KINDS), "encode": f"over {TIMEOUT}"}
        wrote = time.perf_counter()
        field = SplatField(read_splats(target), background=WHITE)
        done = time.perf_counter()
        found = self.figures(field, target.stat().st_size)
        return {**found, "encode": wrote - began, "decode": done - wrote}

    def coded(self, wanted: float) -> dict[str, Any]:
        began = time.perf_counter()
        data = compress_scene(self.field, budget=Budget(psnr=wanted), progress=False).data
        wrote = time.perf_counter()
        field = vcore.open(data).field
        assert isinstance(field, SplatField)
        assert len(field.splats)
        done = time.perf_counter()
        assert data is not None
        return {**self.figures(field, len(data)), "encode": wrote - began, "decode": done - wrote}

    def equal(self, wanted: float) -> dict[str, Any]:
        """Return the smallest file found whose views have at least the PSNR of a peer's."""
        asked, best = wanted, None
        for _ in range(TRIES):
            found = self.coded(asked)
            good = found["psnr"] >= wanted
            if good and (best is None or found["bytes"] < best["bytes"]):
                best = found
            if good and found["psnr"] < wanted + 0.2:
                break
            asked += wanted + 0.1 - found["psnr"]
        if best is None:
            raise RuntimeError(f"no file of vcore reaches {wanted:.2f} dB")
        return best


def _cameras(arrays: dict[str, NDArray[Any]], part: str, chosen: Any) -> list[Camera]:
    size = arrays[f"images_{part}"].shape[1:3]
    focal = float(arrays["focal"])
    return [
        Camera(arrays[f"poses_{part}"][i].astype(np.float64), size, focal, NEAR, FAR)
        for i in chosen
    ]


def _copied(source: Path, target: Path) -> None:
    write_splats(read_splats(source), target)


def _peers() -> Iterator[tuple[str, str, Callable[[Path, Path], None]]]:
    yield "SPZ, gsply", ".spz", _copied
    program = _playcanvas()
    if program is None:
        return

    def converted(source: Path, target: Path) -> None:
        command = [program, "-q", "-w", "-g", "cpu", str(source), str(target)]
        subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT)

    yield "SPZ, splat-transform", ".spz", converted
    yield "SOG, splat-transform", ".sog", converted


def _playcanvas() -> str | None:
    return os.environ.get("SPLAT_TRANSFORM") or shutil.which(PLAYCANVAS)
