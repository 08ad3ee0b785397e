"""`vcore render`: databases and compressed collections of a volume, and what is refused."""

import csv
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import vcore

pytest.importorskip("vtkmodules")
SMALL = ("--size", "32", "--supersample", "1")


@pytest.fixture(autouse=True)
def _without_display() -> None:
    """Skip where no library renders without a display."""
    from vcore.errors import MissingExtraError
    from vcore.render.window import off_screen

    try:
        off_screen()
    except MissingExtraError as error:
        pytest.skip(str(error))


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "data.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_database_of_isosurfaces(run: Callable, source: Path, tmp_path: Path) -> None:
    arguments = ("render", source, "a.cdb", "--isosurface", "0.3,0.5+0.7", "--phi", "0:360:120")
    result = run(*arguments, "--theta", "60", "--depth", *SMALL)

    result.assert_done()
    assert "6, 32 x 32" in result.out
    assert "level 0: 24x20x16 voxels" in result.out
    found = rows(tmp_path / "a.cdb")
    assert [(r["isovalue"], r["phi"]) for r in found[:4]] == [
        ("0.3", "0"), ("0.3", "120"), ("0.3", "240"), ("0.5+0.7", "0"),
    ]  # fmt: skip
    depth = np.load(tmp_path / "a.cdb" / found[1]["FILE_depth"])["depth"]
    assert depth.shape == (32, 32)
    assert 20 < np.isfinite(depth).sum() < 1000
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "a.cdb" / "images").iterdir()}

    run(*arguments, "--theta", "60", "--depth", *SMALL).assert_done()
    assert {p: p.stat().st_mtime_ns for p in before} == before
    run(*arguments, "--theta", "70", *SMALL).assert_refused("--force", code=3)
    run(*arguments, "--theta", "70", "--force", *SMALL).assert_done()
    assert "FILE_depth" not in rows(tmp_path / "a.cdb")[0]


def test_a_compressed_collection_of_a_compressed_volume(
    run: Callable, packed: Path, tmp_path: Path
) -> None:
    function = [{"RGBPoints": [0, 0, 0, 1, 1, 1, 0, 0], "Points": [0, 0, 0.5, 0, 1, 0.9, 0.5, 0]}]
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(json.dumps(function))
    result = run(
        *("render", packed, "out.vcore", "--transfer-function", "a.json", "--no-shade"),
        *("--transfer-function", "b.json", "--phi", "0,45", "--lossless", "--json", *SMALL),
    )

    result.assert_done()
    assert result.json["images"] == 4
    assert result.json["parameters"] == {"transfer_function": 2, "phi": 2}
    assert sorted(p.name for p in tmp_path.iterdir() if "out" in p.name) == ["out.vcore"]
    with vcore.open(tmp_path / "out.vcore") as collection:
        assert [p.name for p in collection.parameters] == ["transfer_function", "phi"]
        image = collection.image(transfer_function="b", phi=45)
        assert (image == collection.image(transfer_function="a", phi=45)).all()
    assert image.shape == (32, 32, 4)
    assert 50 < (image[..., 3] > 0).sum() < 1000


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("a.png",), ".cdb or .vcore"),
        (("a.cdb", "--psnr", "40"), "a .vcore output"),
        (("a.cdb", "--isosurface", "x"), "--isosurface"),
        (("a.cdb", "--volume", "--isosurface", "1"), "Got two"),
        (("a.cdb", "--phi", "0:10:0"), "--phi"),
        (("a.cdb", "--background", "red"), "--background"),
        (("a.cdb", "--time", "3"), "--time"),
        (("a.cdb", "--channel", "1"), "channel"),
        (("a.cdb", "--isosurface", "7"), "Got only empty ones"),
        (("none/a.cdb",), "none"),
    ],
)
def test_refusals(run: Callable, source: Path, tmp_path: Path, options: tuple, words: str) -> None:
    result = run("render", source, *options, *SMALL)

    lines = [line for line in result.err.splitlines() if not line.startswith("note: ")]
    assert "Traceback" not in result.err
    assert result.code in (2, 3)
    assert len(lines) == 1
    assert words in lines[0]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["volume.npy"]


def test_an_absent_input(run: Callable) -> None:
    run("render", "absent.npy", "a.cdb").assert_refused("absent.npy")


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_keeps_images_and_resumes(
    run: Callable, source: Path, tmp_path: Path, workers: str
) -> None:
    outer, inner = pty.openpty()  # a terminal, whose Ctrl-C goes to all processes
    arguments = ["render", "volume.npy", "a.cdb", "--phi", "0:359.5:0.5", "--workers", workers]
    running = subprocess.Popen(
        [Path(sys.executable).parent / "vcore", *arguments, *SMALL],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=inner,
        env={**os.environ, "TERM": "xterm"},
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(inner)
    shown = b""
    try:
        while not (tmp_path / "a.cdb" / "images" / "000009.png").exists():
            assert running.poll() is None
            shown += os.read(outer, 4096)
        os.killpg(running.pid, signal.SIGINT)
        while True:
            try:
                shown += os.read(outer, 4096)
            except OSError:  # the other end of the terminal is closed
                break
        running.wait(60)
    finally:
        running.kill()
        os.close(outer)
    text = shown.decode()
    assert running.returncode == 130, text
    assert "the same command resumes" in text
    assert "Traceback" not in text
    images = list((tmp_path / "a.cdb" / "images").iterdir())
    assert 10 <= len(images) < 720
    assert all(p.suffix == ".png" for p in images)
    assert not (tmp_path / "a.cdb" / "data.csv").exists()
