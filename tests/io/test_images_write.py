"""Collections as Cinema databases, folders and movies."""

import errno
import os
import subprocess
import sys
import time as clock
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import h5py
import numpy as np
import pytest
import xarray
from image_sets import PHIS, SIZE, TIMES, database, depth, picture, save_png, table_rows
from PIL import Image

import vcore
from vcore.collections import paths
from vcore.collections.images import Channel, Images
from vcore.collections.parameters import Parameter
from vcore.errors import (
    Cancelled,
    InputError,
    MissingExtraError,
    OutputError,
    OutputExistsError,
)
from vcore.io import exr, mp4_write
from vcore.io.image_reading import read_images
from vcore.io.image_writing import write_images


def without_files(path: Path) -> list[dict[str, str]]:
    return [{n: v for n, v in row.items() if not n.startswith("FILE")} for row in table_rows(path)]


def assert_same(a: Images, b: Images) -> None:
    assert (a.parameters, a.size, a.channels) == (b.parameters, b.size, b.channels)
    assert (a.camera, a.background) == (b.camera, b.background)
    assert list(a.indices()) == list(b.indices())
    for index in a.indices():
        for channel in a.channels:
            found, expected = (images.read(index, channel.name) for images in (a, b))
            np.testing.assert_array_equal(found, expected)
            assert found.dtype == expected.dtype


def test_a_database_is_written_as_it_came(tmp_path: Path) -> None:
    def more(time: float, phi: int) -> dict[str, Any]:
        return {
            "step": f"{TIMES.index(time):03d}",
            "angle": f"{phi:05.1f}",
            "producer": "PNG1",
            "energy": round(time * 3 + phi, 3),
            "note": f"view, {phi}",
        }

    # the angle is slowest, as the second column
    folder = database(
        tmp_path / "a.cdb",
        more=more,
        skip=[(0.5, 60)],
        order=lambda rows: rows.sort(key=lambda r: (r["phi"], r["time"])),
    )
    images = read_images(folder)
    write_images(images, tmp_path / "b.cdb")
    again = read_images(tmp_path / "b.cdb")
    assert_same(images, again)
    assert without_files(folder / "data.csv") == without_files(tmp_path / "b.cdb" / "data.csv")
    assert again.attributes == images.attributes
    assert not (tmp_path / "b.cdb" / "vcore.json").exists()


def test_camera_units_and_background_are_kept(tmp_path: Path) -> None:
    from vcore.collections.camera import Turntable

    camera = Turntable((1.0, 2.0, 3.0), 10.0, 0.0, 4.5, theta="t")
    parameters = (Parameter("time", (0.0, 1.0), "second"), Parameter("tf", ("a/b", "c")))
    channels = (Channel("rgb", np.dtype("u1")), Channel("depth", np.dtype("f4"), "mm"))

    def read(index: tuple[int, ...], name: str) -> np.ndarray:
        values = picture(index[0], 30 * index[1])
        return values[..., :3] if name == "rgb" else depth(*index)

    images = Images(
        parameters, SIZE, channels, read, background=(1, 2, 3), camera=camera,
        attributes={"data": "ball"},
    )  # fmt: skip
    write_images(images, tmp_path / "out")
    again = read_images(tmp_path / "out")
    assert_same(images, again)
    assert again.attributes["data"] == "ball"
    assert (tmp_path / "out" / "data.csv").read_text().splitlines()[:2] == [
        "time,tf,FILE,FILE_depth",
        "0.0,a/b,images/00000.png,images/00000_depth.npz",
    ]
    write_images(images, tmp_path / "exr", floats="exr")
    assert_same(images, read_images(tmp_path / "exr"))
    assert exr.read_header(str(tmp_path / "exr" / "images" / "00000_depth.exr")).size == SIZE


@pytest.mark.parametrize("suffix", ["h5", "vti", "npz", "exr"])
def test_channels_stay_in_the_files_they_came_in(tmp_path: Path, suffix: str) -> None:
    def save(path: Path, time: float, phi: int) -> None:
        if suffix == "exr":
            exr.write(str(path), {"depth": depth(time, phi), "z": depth(time, 0)})
            return
        values = {"rgba": picture(time, phi), "depth": depth(time, phi)}
        if suffix == "h5":
            with h5py.File(path, "w") as file:
                for name, array in values.items():
                    file[f"channels/{name}"] = array
        elif suffix == "npz":
            np.savez(path, **values)  # type: ignore[arg-type]
        else:
            from vcore.io.cinema_write import _vti

            path.write_bytes(_vti(values))

    images = read_images(database(tmp_path / "a.cdb", columns={"FILE": (f".{suffix}", save)}))
    assert len(images.channels) == 2
    write_images(images, tmp_path / "b.cdb")
    assert_same(images, read_images(tmp_path / "b.cdb"))
    assert {p.suffix for p in (tmp_path / "b.cdb" / "images").iterdir()} == {f".{suffix}"}


def test_labels_of_files_become_columns_again(tmp_path: Path) -> None:
    columns = {"FILE_a": (".png", save_png), "FILE_b": (".png", save_png)}
    images = read_images(database(tmp_path / "a.cdb", columns=columns, skip=[(0.0, 0)]))
    assert images.parameters[-1].name == "FILE"
    write_images(images, tmp_path / "b.cdb")
    assert_same(images, read_images(tmp_path / "b.cdb"))
    assert list(table_rows(tmp_path / "b.cdb" / "data.csv")[0]) == [
        *("time", "phi", "FILE_a", "FILE_b")
    ]


def test_existing_outputs(tmp_path: Path) -> None:
    images = read_images(database(tmp_path / "a.cdb"))
    (tmp_path / "out").mkdir()
    write_images(images, tmp_path / "out")  # an empty folder
    with pytest.raises(OutputExistsError, match="force=True"):
        write_images(images, tmp_path / "out")
    write_images(images, tmp_path / "out", force=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("precious")
    with pytest.raises(OutputExistsError, match="no Cinema database"):
        write_images(images, tmp_path / "mine", force=True)
    (tmp_path / "a.mp4").write_text("")
    with pytest.raises(OutputExistsError):
        write_images(images, tmp_path / "a.mp4")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.cdb", "a.mp4", "mine", "out"]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("a.avi", {}, r"ends with \.cdb or \.mp4"),
        ("a.cdb", {"along": ["phi"]}, "`along` for a movie"),
        ("a.mp4", {"floats": "npz"}, "`floats` for a Cinema database"),
        ("a.cdb", {"floats": "png"}, "npz or exr"),
        ("a.mp4", {"along": ["psi"]}, "out of time, phi"),
        ("a.mp4", {"along": ["phi", "phi"]}, "twice"),
        ("a.mp4", {"along": ["phi"], "through": [{}, {}]}, "either"),
        ("a.mp4", {"through": [{"phi": 3}]}, "two points"),
        ("a.mp4", {"through": [{"phi": 3}, {"phi": "x"}]}, "a number for phi"),
        ("a.mp4", {"through": [{}, {}], "frames": 1}, "two frames"),
        ("a.mp4", {"through": [{"phi": 3}, {"phi": float("nan")}]}, "a number for phi"),
        ("a.mp4", {"through": [{"phi": 3}, {"phi": 1e12}]}, "at most 262144"),
        ("a.mp4", {"through": [{"phi": -1e308}, {"phi": 1e308}]}, "at most 262144"),
        ("a.mp4", {"through": [{}, {}], "frames": 1 << 40}, "at most 262144"),
        ("a.mp4", {"background": (300, 0, 0)}, "0 to 255"),
        ("a.mp4", {"background": "red"}, "0 to 255"),
        ("a.mp4", {"frames": 10}, "beside `through`"),
        ("a.mp4", {"fps": 0}, "frames a second"),
        ("a.mp4", {"fps": float("nan")}, "frames a second"),
    ],
)
def test_options_that_do_not_fit(
    tmp_path: Path, name: str, options: dict[str, Any], words: str
) -> None:
    images = read_images(database(tmp_path / "in.cdb"))
    with pytest.raises(InputError, match=words):
        write_images(images, tmp_path / name, **options)
    assert [p.name for p in tmp_path.iterdir()] == ["in.cdb"]


def decoded(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]


def test_a_movie_shows_the_images_in_their_colours(tmp_path: Path) -> None:
    colours = [(200, 30, 60), (255, 255, 255), (0, 0, 0), (10, 200, 40), (20, 30, 250)]
    times = tuple(float(k) for k in range(len(colours)))
    images = Images(
        (Parameter("time", times),),
        (33, 47),  # odd, which H.264 is not
        (Channel("rgb", np.dtype("u1")),),
        lambda index, _: np.full((33, 47, 3), colours[index[0]], np.uint8),
    )
    write_images(images, tmp_path / "a.mp4", fps=12.5)
    frames = decoded(tmp_path / "a.mp4")
    assert [f.shape for f in frames] == [(34, 48, 3)] * len(colours)
    for frame, colour in zip(frames, colours, strict=True):
        assert np.abs(frame.astype(int) - colour).max() <= 4
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert container.streams.video[0].average_rate == 12.5


def test_a_movie_lies_over_the_background(tmp_path: Path) -> None:
    images = read_images(database(tmp_path / "a.cdb"))
    write_images(images, tmp_path / "white.mp4", along=["phi"])
    write_images(images, tmp_path / "blue.mp4", along=["phi"], background=(0, 0, 255))
    white, blue = (decoded(tmp_path / f"{n}.mp4") for n in ("white", "blue"))
    assert len(white) == len(blue) == len(PHIS)
    assert (white[0][-1] > 245).all()
    assert (blue[0][-1, :, 2] > 235).all()
    assert (blue[0][-1, :, 0] < 20).all()


def test_paths_along_parameters_run_to_and_fro(tmp_path: Path) -> None:
    images = read_images(database(tmp_path / "a.cdb"))
    assert [p["time"] for p in paths.along(images)] == list(TIMES)
    found = [(p["time"], p["phi"]) for p in paths.along(images, ["time", "phi"])]
    assert found[:6] == [(0, 0), (0, 30), (0, 60), (0, 90), (0.5, 90), (0.5, 60)]
    assert len(found) == 12
    assert [p["time"] for p in paths.along(images, ["phi"], {"time": 0.4})] == [0.4] * 4


def test_paths_through_points_are_straight(tmp_path: Path) -> None:
    images = read_images(database(tmp_path / "a.cdb"))
    points = [{"phi": 0}, {"phi": 90}, {"time": 2}]
    found = paths.through(images, points)
    assert [(p["time"], p["phi"]) for p in found] == [
        *((0, 0), (0, 30), (0, 60), (0, 90), (1, 90), (2, 90))
    ]
    assert [p["phi"] for p in paths.through(images, points[:2], 7)] == [0, 15, 30, 45, 60, 75, 90]


def test_blending_weighs_the_neighbours(tmp_path: Path) -> None:
    images = read_images(database(tmp_path / "a.cdb"))
    point = {"time": 0.125, "phi": 30.0}
    assert paths.corners(images, point, blend=True) == [((0, 1), 0.75), ((1, 1), 0.25)]
    assert paths.corners(images, point) == [((0, 1), 1.0)]
    black = (0, 0, 0)
    near, far = (picture(t, 30)[..., :3].astype(float) for t in (0.0, 0.5))
    found = paths.shown(images, point, blend=True, under=black)
    np.testing.assert_array_equal(found, np.rint(0.75 * near + 0.25 * far))


def test_frames_without_an_image_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    images = read_images(database(tmp_path / "a.cdb", skip=[(0.0, 30), (0.0, 90)]))
    write_images(images, tmp_path / "a.mp4", along=["phi"])
    assert len(decoded(tmp_path / "a.mp4")) == 2
    assert "left out 2 of 4 frames" in caplog.text


def test_values_without_colours_are_no_movie(tmp_path: Path) -> None:
    folder = database(tmp_path / "a.cdb")
    images = read_images(folder, files=["FILE_depth"])
    with pytest.raises(InputError, match="images with colours"):
        write_images(images, tmp_path / "a.mp4")
    write_images(images, tmp_path / "b.cdb")
    assert_same(images, read_images(tmp_path / "b.cdb"))


@pytest.mark.parametrize("name", ["b.cdb", "b.mp4"])
def test_cancelling_leaves_nothing(tmp_path: Path, name: str) -> None:
    images = read_images(database(tmp_path / "a.cdb"))

    def stop(done: int, total: int) -> None:
        if done > 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_images(images, tmp_path / name, progress=stop)
    assert [p.name for p in tmp_path.iterdir()] == ["a.cdb"]


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = read_images(database(tmp_path / "a.cdb"))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np.lib.format, "write_array", full)
    with pytest.raises(OutputError, match="No space left"):
        write_images(images, tmp_path / "b.cdb")
    monkeypatch.setattr(mp4_write, "shown", full)
    with pytest.raises(OutputError, match="No space left"):
        write_images(images, tmp_path / "b.mp4")
    assert [p.name for p in tmp_path.iterdir()] == ["a.cdb"]


@pytest.mark.parametrize("suffix", ["h5", "vti", "npz", "exr"])
def test_a_file_that_outgrows_the_disk_leaves_nothing_and_no_process(
    suffix: str, tmp_path: Path
) -> None:
    """HDF5 crashes when it closes a file on a full disk; a limit of sizes is like one."""
    noise = np.random.default_rng(0).random((2, 60, 80))
    arrays = xarray.DataArray(noise.astype("f4"), dims=("time", "y", "x"), name="noise")
    cinema = {"files": {"FILE": {"channels": ["noise"], "suffix": f".{suffix}"}}}
    images = replace(read_images(arrays), attributes={"cinema": cinema})
    packed = vcore.compress(images, None, max_error=0).data
    (tmp_path / "a.vcore").write_bytes(packed)
    code = """
import resource, sys, vcore
c = vcore.open("a.vcore")
c.read((0,))
resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))
try:
    vcore.write_images(c, "b.cdb")
except vcore.errors.OutputError as error:
    print("refused:", error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("refused: Could not write")
    assert [p.name for p in tmp_path.iterdir()] == ["a.vcore"]


def test_a_collection_is_written_image_by_image(tmp_path: Path) -> None:
    alive: list[int] = []

    class Tracked(np.ndarray):
        def __del__(self) -> None:
            alive.pop()

    most = 0

    def read(index: tuple[int, ...], name: str) -> np.ndarray:
        nonlocal most
        found = np.zeros((*SIZE, 3), np.uint8).view(Tracked)
        alive.append(1)
        most = max(most, len(alive))
        return found

    times = Parameter("time", tuple(float(k) for k in range(50)))
    images = Images((times,), SIZE, (Channel("rgb", np.dtype("u1")),), read)
    write_images(images, tmp_path / "a.cdb")
    assert len(read_images(tmp_path / "a.cdb")) == 50
    assert most < 8


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    folder = database(tmp_path / "a.cdb")
    code = f"""
import time
from vcore.io.image_reading import read_images
from vcore.io.image_writing import write_images
images = read_images({str(folder)!r})
def tick(done, total):
    print(done, flush=True)
    time.sleep(0.2)
write_images(images, {str(tmp_path / "b.cdb")!r}, progress=tick)
"""
    import signal

    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=-3) as run:
        assert run.stdout is not None
        run.stdout.readline()
        run.send_signal(signal.SIGINT)
        until = clock.monotonic() + 30
        while run.poll() is None and clock.monotonic() < until:
            clock.sleep(0.05)
        assert run.poll() is not None
    assert [p.name for p in tmp_path.iterdir()] == ["a.cdb"]


def test_pngs_are_what_pillow_reads(tmp_path: Path) -> None:
    write_images(read_images(database(tmp_path / "a.cdb")), tmp_path / "b.cdb")
    row = table_rows(tmp_path / "b.cdb" / "data.csv")[5]
    shown = np.asarray(Image.open(tmp_path / "b.cdb" / row["FILE"]))
    np.testing.assert_array_equal(shown, picture(float(row["time"]), int(row["phi"])))


def test_the_library_in_paraview_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = ("/usr/lib/python3/dist-packages/paraview/tpl",)
    found = [f for f in folders if Path(f, "cinemasci").is_dir()]
    if not found:
        pytest.skip("ParaView's cinemasci is not there")
    monkeypatch.syspath_prepend(found[0])
    from cinemasci.cdb import cdb

    write_images(read_images(database(tmp_path / "a.cdb")), tmp_path / "b.cdb")
    library = cdb(str(tmp_path / "b.cdb"))
    assert library.read_data_from_file()
    library.set_extract_parameter_names(["FILE", "FILE_depth"])
    assert library.get_parameter_names() == ["time", "phi"]
    assert library.getParameterValues("time") == {*TIMES}
    shown, values = library.get_extracts({"time": "0.5", "phi": "30"})
    np.testing.assert_array_equal(np.asarray(Image.open(shown)), picture(0.5, 30))
    np.testing.assert_array_equal(np.load(values)["depth"], depth(0.5, 30))


@pytest.mark.parametrize(("name", "module"), [("b.mp4", "av"), ("b.cdb", "OpenEXR")])
def test_a_missing_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str
) -> None:
    images = read_images(database(tmp_path / "a.cdb"))
    monkeypatch.setitem(sys.modules, module, None)
    options = {"floats": "exr"} if module == "OpenEXR" else {}
    with pytest.raises(MissingExtraError, match=rf"{module}.*vcore-volumes\[images\]"):
        write_images(images, tmp_path / name, **options)  # type: ignore[arg-type]
    assert [p.name for p in tmp_path.iterdir()] == ["a.cdb"]
