"""Screenshots of ParaView for README: real files, real pvpython, the real window."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

import vcore
from benchmarks.screen import pixels_of, screen
from benchmarks.volumes import folder, sample_head
from vcore import io
from vcore.cli.output import err
from vcore.errors import InputError
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume
from vcore.paraview.find import ParaView, find
from vcore.paraview.launch import check_python, environment

SCENES = Path(__file__).with_name("paraview_scenes")
HEAD_MRI = "medical/chris_t1_188x256x190_uint8.nii.gz"
TORNADO = "timeseries/tornado_speed_t16_64x64x64_float32.npy.gz"
TORNADO_STEP = 3.0
"""Time between two frames of the tornado file."""
RENDERING = (
    *("--theta", "60,90", "--phi", "0:360:60", "--time", "0,5,10"),
    *("--size", "320", "--supersample", "1", "--depth"),
)
"""Options of `vcore render` for the collection of images."""
SCENE_TIMEOUT = 900
"""Timeout per scene in seconds: volumes are rendered in software."""
WINDOW = (1440, 900)
WINDOW_SECONDS = 100
"""Time in seconds given to the window to draw its scene."""


def main(
    images: Annotated[Path, typer.Option(help="Folder for pictures.")] = Path("docs/images"),
    output: Annotated[Path, typer.Option(help="Folder for compressed files.")] = Path(
        "bench-output/paraview"
    ),
    only: Annotated[
        str, typer.Option(help="error, series, window or images; all by default.")
    ] = "",
) -> None:
    """Take the screenshots of ParaView in README and docs (needs ParaView and Xvfb)."""
    program = find()
    check_python(program)
    output.mkdir(parents=True, exist_ok=True)
    images.mkdir(parents=True, exist_ok=True)
    for name, take in {
        "error": _error,
        "series": _series,
        "window": _window,
        "images": _images,
    }.items():
        if only in ("", name):
            target = images / f"paraview-{name}.png"
            take(program, output, target)
            err.print(f"{target}", highlight=False)


def _error(program: ParaView, output: Path, target: Path) -> None:
    original, file = output / "head.vti", output / "head.vcore"
    if not file.exists():
        io.write(sample_head(), original, force=True)
        vcore.compress(sample_head(), file, budget=vcore.Budget(ratio=15))
    _scene(program, "error.py", original, file, target)


def _series(program: ParaView, output: Path, target: Path) -> None:
    file = output / "tornado.vcore"
    if not file.exists():
        values = io.read(folder() / TORNADO).variables[0].read()
        times = tuple(TORNADO_STEP * t for t in range(len(values)))
        variable = Variable("speed", values, tuple("tzyx"))
        volume = Volume(Grid(variable.shape[-3:], times=times), (variable,))  # type: ignore[arg-type]
        vcore.compress(volume, file, budget=vcore.Budget(ratio=100))
    _scene(program, "series.py", file, target)


def _window(program: ParaView, output: Path, target: Path) -> None:
    _window_scene(program, "window.py", _head_mri(output), target)


def _images(program: ParaView, output: Path, target: Path) -> None:
    file = output / "tornado-images.vcore"
    if not file.exists():
        words = [sys.executable, "-m", "vcore", "render", str(folder() / TORNADO), str(file)]
        subprocess.run([*words, *RENDERING], check=True)
    _window_scene(program, "images.py", file, target)


def _window_scene(program: ParaView, name: str, file: Path, target: Path) -> None:
    """Take a screenshot of the real window with a scene of a file."""
    with screen(WINDOW) as (display, frame), tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(
            [str(program.program), "--dr", f"--script={SCENES / name}"],
            env={
                **_variables(),
                "DISPLAY": display,
                "HOME": home,
                "XDG_RUNTIME_DIR": home,
                "VCORE_SCENE": str(file.absolute()),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _fill_screen(display)
        time.sleep(WINDOW_SECONDS)
        pixels = pixels_of(frame)
        process.send_signal(signal.SIGKILL)
        process.wait()
    from matplotlib import image

    image.imsave(target, np.ascontiguousarray(pixels[..., 2::-1]))


def _head_mri(output: Path) -> Path:
    file = output / "head-mri.vcore"
    if not file.exists():
        volume = io.read(folder() / HEAD_MRI)
        named = replace(volume, variables=(replace(volume.variables[0], name="T1"),))
        vcore.compress(named, file, budget=vcore.Budget(ratio=20))
    return file


def _scene(program: ParaView, name: str, *arguments: Path) -> None:
    with screen((1920, 1080)) as (display, _):
        subprocess.run(
            [program.python, SCENES / name, *(a.absolute() for a in arguments)],
            env={**_variables(), "DISPLAY": display},
            timeout=SCENE_TIMEOUT,
            check=True,
        )


def _variables() -> dict[str, str]:
    own = environment()
    path = os.pathsep.join([own["PYTHONPATH"], str(SCENES)])
    return {**os.environ, **own, "PYTHONPATH": path, "LIBGL_ALWAYS_SOFTWARE": "1"}


def _fill_screen(display: str) -> None:
    """Wait for ParaView's window and maximise it."""
    variables = {**os.environ, "DISPLAY": display}
    for _ in range(120):
        time.sleep(1)
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", "^ParaView [0-9]"],
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        ).stdout.split()
        if found:
            width, height = map(str, WINDOW)
            for words in (
                ("windowmove", found[-1], "0", "0"),
                ("windowsize", found[-1], width, height),
            ):
                subprocess.run(["xdotool", *words], env=variables, check=True)
            return
    raise InputError("Expected ParaView's window within two minutes. Got none.")
