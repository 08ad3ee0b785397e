"""Screenshots of the served pages and of a notebook, for README and docs: a real browser."""

import base64
import contextlib
import html
import subprocess
import sys
import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import vcore
from benchmarks import knot
from benchmarks.chromium import walk
from benchmarks.scale_serve import running
from benchmarks.volumes import folder
from vcore import io
from vcore.cli.output import err
from vcore.errors import VcoreError
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

CELLS = "microscopy/cellfinder_signal_627x1116x26_uint16.tif"
HEAD = "medical/chris_t1_188x256x190_uint8.nii.gz"
TORNADO = "timeseries/tornado_speed_t16_64x64x64_float32.npy.gz"
SPACING = (5.0, 2.0, 2.0)
"""Spacing of the cells in µm, as in cellfinder's tests."""
CELL = 700
"""Grey value above which a smoothed voxel belongs to a labelled cell."""
DESK = (1280, 800)
PHONE = (390, 844)
LARGE = 600_000
"""Size in bytes from which a picture is stored in 256 colours."""
COMPLETE = "document.getElementById('viewer').dataset.complete === 'true'"
RENDERED = "Boolean(document.getElementById('viewer').dataset.rendered)"
BOTH = RENDERED.replace(".rendered", ".rendered?.match(/labels.*labels/)")
SETTLED = f"new Promise((done) => setTimeout(() => done({COMPLETE}), 1200))"
DRAWN = "new Promise((done) => setTimeout(() => done(true), 2500))"
BELOW = "i.getBoundingClientRect().top > innerHeight"  # not loaded before one scrolls there
THUMBNAILS = (
    f"document.images.length && [...document.images].every((i) => i.naturalWidth || {BELOW})"
)
SKIN = "channels=1:F2C6A0:20:150"
CELLS_CLOSE = "at=12,0,0&view=330,480,0.62&channels=1:FFFFFF:100:1600"
PAGES: dict[str, tuple[str, tuple[int, int], tuple[str, ...]]] = {
    "serve-cards": ("/", DESK, (THUMBNAILS, DRAWN)),
    "serve-viewer": (
        "/view/head.ome.zarr#plane=yz&at=0,0,92&with=head-original.ome.zarr&how=swipe",
        DESK,
        (COMPLETE, SETTLED),
    ),
    "serve-difference": (
        f"/view/cells.ome.zarr#{CELLS_CLOSE}&with=cells-original.ome.zarr&how=difference"
        "&labels=0:0.45",
        DESK,
        (SETTLED, SETTLED),
    ),
    "serve-labels": (f"/view/cells.ome.zarr#{CELLS_CLOSE}&labels=1:0.5", DESK, (SETTLED, SETTLED)),
    "serve-3d": (f"/view/head.ome.zarr#mode=3d&render=solid&{SKIN}", DESK, (RENDERED, DRAWN)),
    "serve-3d-labels": (
        "/view/cells.ome.zarr#mode=3d&channels=1:FFFFFF:100:1600&labels=1:0.7"
        "&with=cells-original.ome.zarr&how=swipe",
        DESK,
        (BOTH, DRAWN, DRAWN),
    ),
    "serve-phone": (f"/view/head.ome.zarr#mode=3d&render=solid&{SKIN}", PHONE, (RENDERED, DRAWN)),
    "serve-phone-slice": (
        "/view/tornado.ome.zarr#plane=xz&at=32,32,32&index=6&channels=1:inferno:0.03:0.31",
        PHONE,
        (COMPLETE, SETTLED),
    ),
    "serve-phone-cards": ("/", PHONE, (THUMBNAILS, DRAWN)),
    "serve-collection": (
        "/view/surface.zarr#at.time=30&at.theta=75&at.phi=240",
        DESK,
        (COMPLETE, SETTLED),
    ),
    "serve-phone-collection": (
        "/view/surface.zarr#at.time=30&at.theta=75&at.phi=240&channel=depth",
        PHONE,
        (COMPLETE, SETTLED),
    ),
    "serve-scene": ("/view/knot.zarr#theta=55&phi=20", DESK, (COMPLETE, SETTLED)),
    "serve-phone-scene": ("/view/knot.zarr#theta=40&phi=200", PHONE, (COMPLETE, SETTLED)),
}
"""Address, size and steps of each picture."""
SURFACE = (
    *("--isosurface", "0.12", "--time", "0:45:15", "--theta", "45:105:30", "--phi", "0:340:20"),
    *("--depth", "--ratio", "40"),
)
"""Renderings of the collection of images."""
CODE = ("ds = vcore.open('tornado.vcore')\nds", "ds.plot(time=18)")
"""Cells of the notebook."""
STYLE = (
    "body{font:14px system-ui,sans-serif;margin:20px;width:920px;color:#222;background:#fff}"
    ".in,.out{display:grid;grid-template-columns:64px 1fr;margin:0 0 14px;align-items:start}"
    "i{font:13px monospace;color:#307fc1;padding-top:9px}.out i{color:#bf5b3d}"
    "pre{margin:0;padding:8px 10px;background:#f5f5f5;border:1px solid #e0e0e0;font:13px monospace}"
    "img{max-width:100%}"
)


def main(
    images: Annotated[Path, typer.Option(help="Folder for pictures.")] = Path("docs/images"),
    output: Annotated[Path, typer.Option(help="Folder for compressed files.")] = Path(
        "bench-output/browser"
    ),
    only: Annotated[str, typer.Option(help="Name of one picture; all by default.")] = "",
) -> None:
    """Take the screenshots of the served pages and of a notebook (needs Chromium)."""
    images.mkdir(parents=True, exist_ok=True)
    served = output / "served"
    served.mkdir(parents=True, exist_ok=True)
    wanted = {name: page for name, page in PAGES.items() if only in ("", name)}
    pages = [page for page, _, _ in wanted.values()]
    makers = {
        "cells": _cells,
        "head": _head,
        "tornado": _tornado,
        "surface": _surface,
        "knot": _knot,
    }
    shown = {name for name in makers for page in pages if page == "/" or f"/{name}." in page}
    shown |= {"tornado"} if "surface" in shown or only in ("", "notebook") else set()
    for name, make in makers.items():
        if name in shown:
            make(served)
    command = [sys.executable, "-m", "vcore", "serve", str(served), "--port", "0"]
    with running(command) if wanted else contextlib.nullcontext(("", None)) as (url, _):
        for name, (page, size, steps) in wanted.items():
            _take(url + page, steps, size, images / f"{name}.png")
    if only in ("", "notebook"):
        with tempfile.TemporaryDirectory() as place:
            file = Path(place) / "notebook.html"
            file.write_text(_notebook(served), encoding="utf-8")
            _take(file.as_uri(), (THUMBNAILS,), (960, 580), images / "notebook.png")


def _take(url: str, steps: tuple[str, ...], size: tuple[int, int], target: Path) -> None:
    steps = (*steps, "!document.querySelector('.problem')")
    values, picture, told = walk(url, steps, size, density=2 if size == PHONE else 1)
    if told or not all(values):
        raise VcoreError(f"Expected the page {url} without errors. Got {told or values} instead.")
    target.write_bytes(picture)
    if len(picture) > LARGE:
        from PIL import Image

        pixels = Image.open(target).convert("RGB")
        pixels.quantize(256, Image.Quantize.MAXCOVERAGE).save(target, optimize=True)
    err.print(f"{target}", highlight=False)


def _cells(served: Path) -> None:
    """Write mouse cortex with labelled cells, as OME-Zarr and compressed."""
    from scipy import ndimage

    original, file = served / "cells-original.zarr", served / "cells.vcore"
    if file.exists():
        return
    values = io.read(folder() / CELLS).variables[0].read()
    smooth = ndimage.gaussian_filter(values.astype(np.float32), (1, 2, 2))
    labels = ndimage.label(smooth > CELL)[0].astype(np.uint16)
    variables = (
        Variable("signal", values),
        Variable("labels/cells", labels, attributes={"image-label": {}}),
    )
    grid = Grid(values.shape, SPACING, unit="micrometer")
    io.write(Volume(grid, variables), original, force=True)
    vcore.compress(original, file, budget=vcore.Budget(quality="good"))


def _head(served: Path) -> None:
    original, file = served / "head-original.zarr", served / "head.vcore"
    if file.exists():
        return
    volume = io.read(folder() / HEAD)
    named = replace(volume, variables=(replace(volume.variables[0], name="T1"),))
    io.write(named, original, force=True)
    vcore.compress(named, file, budget=vcore.Budget(quality="good"))


def _tornado(served: Path) -> None:
    file = served / "tornado.vcore"
    if file.exists():
        return
    values = io.read(folder() / TORNADO).variables[0].read()
    times = tuple(3.0 * t for t in range(len(values)))
    grid = Grid(values.shape[1:], times=times, time_unit="second")
    variable = Variable("speed", values, tuple("tzyx"), unit="m/s")
    vcore.compress(Volume(grid, (variable,)), file, budget=vcore.Budget(quality="good"))


def _surface(served: Path) -> None:
    """Render the tornado over time and viewpoint."""
    source, file = served / "tornado.vcore", served / "surface.vcore"
    if not file.exists():
        command = [sys.executable, "-m", "vcore", "render", str(source), str(file), *SURFACE]
        subprocess.run(command, check=True)


def _knot(served: Path) -> None:
    knot.write(served / "knot.vcore")


def _notebook(served: Path) -> str:
    """Return what a notebook shows for ``CODE``, as HTML."""
    names: dict[str, Any] = {"vcore": vcore}
    cells = []
    with contextlib.chdir(served):
        for number, code in enumerate(CODE, 1):
            *before, last = code.split("\n")
            exec("\n".join(before), names)
            shown = _shown(eval(last, names))
            cells.append(
                f'<div class="in"><i>[{number}]:</i><pre>{html.escape(code)}</pre></div>'
                f'<div class="out"><i>[{number}]:</i><div>{shown}</div></div>'
            )
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>{"".join(cells)}'


def _shown(value: Any) -> str:
    """Return the HTML of a value: its own, or of a figure a picture."""
    own = value._repr_html_()
    if own is not None:  # figures have one in interactive notebooks only
        return str(own)
    data = BytesIO()
    value.savefig(data, dpi=100, bbox_inches="tight")
    encoded = base64.b64encode(data.getvalue()).decode("ascii")
    return f'<img src="data:image/png;base64,{encoded}">'
