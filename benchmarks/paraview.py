"""ParaView on compressed files, against its reader of the same values in raw `.vti` files."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console

import vcore
from benchmarks.report import Results, markdown
from benchmarks.screen import screen
from vcore import io
from vcore.engine.choose import DEFAULT_METHOD
from vcore.errors import InputError
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume
from vcore.paraview.find import ParaView, find
from vcore.paraview.launch import check_python, environment
from vcore.runtime.executor import threads

STEPS = 24
"""Number of frames of the series."""
VOI = 64
"""Side of the subset box in voxels."""

TIMED = """
import json, os, sys, time
from paraview.simple import *

def picture(source):
    view = CreateRenderView(ViewSize=[600, 450])
    display = Show(source, view)
    display.SetRepresentationType("Slice")
    ColorBy(display, ("POINTS", source.PointData[0].Name))
    ResetCamera(view)
    Render(view)

def memory():
    with open("/proc/self/status") as lines:
        return max(int(l.split()[1]) for l in lines if l.startswith("VmHWM")) // 1024

names, options = json.loads(sys.argv[1]), json.loads(sys.argv[2])
picture(Wavelet())  # the first picture of a process starts the drawing itself
began = time.perf_counter()
reader = OpenDataFile(names if len(names) > 1 else names[0])
for name, value in options.items():
    setattr(reader, name, value)
"""
OPEN = """
picture(reader)
found = {"seconds": time.perf_counter() - began}
"""
SUBSET = """
reader = ExtractSubset(Input=reader, VOI=json.loads(sys.argv[3]))
"""
STEP = """
times = list(reader.TimestepValues)
reader.UpdatePipeline(times[0])
spent = []
for time_ in times[1:]:
    began = time.perf_counter()
    reader.UpdatePipeline(time_)
    spent.append(time.perf_counter() - began)
found = {"seconds": sum(spent) / len(spent)}
"""
PRINT_RESULT = """
found["memory"] = memory()
print("FOUND" + json.dumps(found))
"""


def main(
    output: Annotated[Path, typer.Option(help="Folder for results and files.")] = Path(
        "bench-output/paraview"
    ),
    method: Annotated[str, typer.Option(help="Method of the files.")] = DEFAULT_METHOD,
    bpv: Annotated[float, typer.Option(help="Bits per voxel of the files.")] = 0.25,
    side: Annotated[int, typer.Option(help="Side of the cube.")] = 256,
    series_side: Annotated[int, typer.Option(help="Side of the frames of the series.")] = 64,
    repeats: Annotated[int, typer.Option(help="Number of runs; the best counts.")] = 3,
    time_limit: Annotated[float, typer.Option(help="Time limit per fit, in seconds.")] = 120.0,
) -> None:
    """Time opening, subsetting and stepping in ParaView, for `.vcore` and raw `.vti`."""
    program = find()
    check_python(program)
    output = output.absolute()
    output.mkdir(parents=True, exist_ok=True)
    results = Results(output / "paraview.json", fresh=True)
    encoding: dict[str, Any] = {"method": method, "budget": vcore.Budget(bpv=bpv)}
    cube, raw = _cube(output, side, encoding, time_limit)
    frames, raws = _series(output, series_side, encoding, time_limit)
    size = side**3 * 4
    start = (side - VOI) // 2
    voi = [start, start + VOI - 1] * 3
    whole, half = {"Level": "0", "MemoryLimit": 10_000}, {"MemoryLimit": max(size // 4_000_000, 1)}
    tasks: dict[str, tuple[str, tuple[list[Path], Any, Any], tuple[list[Path], Any, Any]]] = {
        f"Open to picture, {side}³, full": (OPEN, ([cube], whole, voi), ([raw], {}, voi)),
        f"Open to picture, {side}³, Auto of a quarter of the memory": (
            OPEN,
            ([cube], half, voi),
            ([raw], {}, voi),
        ),
        f"VOI of {VOI}³ where the whole does not fit the limit": (
            OPEN,
            ([cube], {**half, "VOI": voi}, voi),
            ([raw], {}, voi),
        ),
        f"next of {STEPS} time steps, {series_side}³": (
            STEP,
            ([frames], {}, voi),
            (raws, {}, voi),
        ),
    }
    rows = []
    console = Console(highlight=False, soft_wrap=True)
    for name, (what, ours, theirs) in tasks.items():
        cut = SUBSET if "VOI" in name else ""
        found = _best(program, TIMED + what + PRINT_RESULT, ours, repeats)
        native = _best(program, TIMED + cut + what + PRINT_RESULT, theirs, repeats)
        results.add(name, {"vcore": found, "vti": native})
        rows.append([name, found["seconds"], native["seconds"], found["memory"], native["memory"]])
        console.print(f"{name}: {found['seconds']:.2f} s, .vti {native['seconds']:.2f} s")
    head = ["", ".vcore s", ".vti s", ".vcore peak MB", ".vti peak MB"]
    told = (
        f"{program.name}, method {method} at {bpv:g} bits per voxel; {cube.name} "
        f"{cube.stat().st_size:,} bytes, {raw.name} {raw.stat().st_size:,} bytes; float32; best "
        f"of {repeats}, files in the page cache, {threads()} decoding threads"
    )
    console.print(f"\n{told}\n\n{markdown(head, rows)}")
    (output / "paraview.md").write_text(f"{told}\n\n{markdown(head, rows)}\n")


def _cube(
    output: Path, side: int, encoding: dict[str, Any], time_limit: float
) -> tuple[Path, Path]:
    """Return a compressed and a raw file of a turbulence-like cube."""
    file, raw = output / f"cube{side}-{encoding['method']}.vcore", output / f"cube{side}.vti"
    volume = Volume(Grid((side,) * 3), (Variable("rho", _field(side, 0.0)),))
    if not raw.exists():
        _write_raw(volume, raw)
    if not file.exists():
        vcore.compress(volume, file, context=Context(time_limit=time_limit), **encoding)
    return file, raw


def _series(
    output: Path, side: int, encoding: dict[str, Any], time_limit: float
) -> tuple[Path, list[Path]]:
    file = output / f"series{side}-{encoding['method']}.vcore"
    raws = [output / f"series{side}_{t:02d}.vti" for t in range(STEPS)]
    values = np.stack([_field(side, t / STEPS) for t in range(STEPS)])
    for raw, frame in zip(raws, values, strict=True):
        if not raw.exists():
            _write_raw(Volume(Grid((side,) * 3), (Variable("rho", frame),)), raw)
    if not file.exists():
        volume = Volume(
            Grid((side,) * 3, times=tuple(float(t) for t in range(STEPS))),
            (Variable("rho", values, tuple("tzyx")),),
        )
        vcore.compress(volume, file, context=Context(time_limit=time_limit), **encoding)
    return file, raws


def _field(side: int, time: float) -> "np.ndarray[Any, np.dtype[np.float32]]":
    """Return turbulence-like waves of many sizes: a sum of sines along random directions."""
    random = np.random.default_rng(1)
    place = np.linspace(0, 1, side, dtype=np.float32)
    total = np.zeros((side,) * 3, np.float32)
    for k in (2, 3, 5, 8, 13, 21):
        for _ in range(3):
            z, y, x = random.normal(size=3)
            phase = (
                (x * place)[None, None] + (y * place)[None, :, None] + (z * place)[:, None, None]
            )
            total += np.sin(k * phase * 2 + random.random() * 6 + 3 * time).astype("f4") / k
    return total


def _write_raw(volume: Volume, path: Path) -> None:
    """Write an uncompressed `.vti`, ParaView's fastest format."""
    temporary = path.with_name(f"zlib-{path.name}")
    io.write(volume, temporary, force=True)
    from vtkmodules.vtkIOXML import vtkXMLImageDataReader, vtkXMLImageDataWriter

    reader, writer = vtkXMLImageDataReader(), vtkXMLImageDataWriter()
    reader.SetFileName(str(temporary))
    writer.SetInputConnection(reader.GetOutputPort())
    writer.SetFileName(str(path))
    writer.SetDataModeToAppended()
    writer.EncodeAppendedDataOff()
    writer.SetCompressorTypeToNone()
    writer.Write()
    temporary.unlink()


def _best(
    program: ParaView, script: str, call: tuple[list[Path], Any, Any], repeats: int
) -> dict[str, float]:
    """Return the shortest time of ``repeats`` fresh processes, with compiled code cached."""
    paths, options, voi = call
    arguments = [json.dumps([str(p) for p in paths]), json.dumps(options), json.dumps(voi)]
    found = [_run(program, script, arguments) for _ in range(repeats)]
    return min(found, key=lambda f: f["seconds"])


def _run(program: ParaView, script: str, arguments: list[str]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, screen((1280, 800)) as (display, _):
        file = Path(folder) / "timed.py"
        file.write_text(script)
        done = subprocess.run(
            [str(program.python), str(file), *arguments],
            env={**os.environ, **environment(), "DISPLAY": display},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    for line in done.stdout.splitlines():
        if line.startswith("FOUND"):
            answer: dict[str, float] = json.loads(line.removeprefix("FOUND"))
            return answer
    raise InputError(f"Expected a time from ParaView. Got {(done.stdout + done.stderr)[-2000:]!r}.")
