"""`vcore view`: a picture, or a page in the browser."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import numpy as np
import pytest
from made_images import ball
from made_scene import scene_file

import vcore
from vcore.model.volume import Variable, Volume


def picture_of(path: Path) -> np.ndarray:
    """Return the RGB values of a PNG."""
    from matplotlib.image import imread

    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    return imread(path)[..., :3]


def drawn(monkeypatch: pytest.MonkeyPatch) -> list:
    """Return the list of the figures that are written from now on."""
    from vcore.evaluate import picture

    figures, save = [], picture.save
    monkeypatch.setattr(picture, "save", lambda f, path: (figures.append(f), save(f, path)))
    return figures


def test_picture_has_content(run: Callable, packed: Path, values: np.ndarray) -> None:
    result = run("view", packed)

    result.assert_done()
    picture = picture_of(packed.with_suffix(".png"))
    height, width = picture.shape[:2]
    assert width > 800
    assert height > 200
    grey = np.all(picture == picture[..., :1], axis=-1)
    assert len(np.unique(picture[grey][:, 0])) > 100  # shades of the blobs, not a blank page
    assert "volume.png" in result.out


def test_picture_is_of_what_was_asked(
    run: Callable, series: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = drawn(monkeypatch)
    run("view", series, "-o", "first.png").assert_done()
    run("view", series, "-o", "last.png", "--frame", 2).assert_done()
    run("view", series, "-o", "heat.png", "--variable", "heat").assert_done()

    first, last, heat = (picture_of(Path(f"{n}.png")) for n in ("first", "last", "heat"))
    images = [figure.axes[0].images[0] for figure in figures[:2]]
    assert images[0].get_clim() == images[1].get_clim()
    values = vcore.open(series).decode()[:, 6]
    assert np.array_equal(images[0].get_array(), values[0])
    assert np.array_equal(images[1].get_array(), values[2])
    assert not np.array_equal(first, last)
    assert first.shape == heat.shape
    assert not np.array_equal(first, heat)


def test_axes_names_and_projections(
    run: Callable, series: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = drawn(monkeypatch)
    run("view", series, "--frame", 1, "-o", "a.png").assert_done()

    panels = [axes for axes in figures[0].axes if axes.get_title()]
    titles = [axes.get_title().partition(" =")[0] for axes in panels]
    assert titles == ["z", "y", "x", "maximum along z", "maximum along y", "maximum along x"]
    dataset = vcore.open(series)
    grid, values = dataset.grid, dataset.decode()[1]
    for axes, image in zip(panels[3:], (values.max(0), values.max(1), values.max(2)), strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), image)
    top, front, _ = panels[:3]
    np.testing.assert_array_equal(top.images[0].get_array(), values[6])
    assert top.get_xlabel() == "x [micrometer]"
    bottom, upper = top.get_ylim()
    assert bottom > upper  # rows run downward
    first = grid.origin[0] - grid.spacing[0] / 2
    assert front.get_ylim() == pytest.approx((first, first + 12 * grid.spacing[0]))
    assert len({axes.images[0].get_clim() for axes in panels}) == 1


def test_a_row_for_each_channel_with_its_own_contrast(
    run: Callable, tmp_path: Path, values: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = drawn(monkeypatch)
    channels = np.stack([values, 1000 * values[::-1], *[values] * 5])
    channels[0, :, 3] = np.nan
    names = ("DAPI", "GFP", *"cdefg")
    variable = Variable("cells", channels, tuple("czyx"), components=names)
    volume = Volume(vcore.Grid(values.shape), (variable,))
    vcore.compress(volume, tmp_path / "cells.vcore", max_error=0)
    run("view", tmp_path / "cells.vcore", "-o", "a.png").assert_done()

    axes = figures[0].axes
    rows = [axes[6 * k : 6 * k + 6] for k in range(6)]
    for k in (0, 1):
        image = rows[k][0].images[0].get_array()
        np.testing.assert_array_equal(image.filled(np.nan), channels[k, values.shape[0] // 2])
    assert rows[1][0].images[0].get_clim()[1] > 100 * rows[0][0].images[0].get_clim()[1]
    assert [a.get_ylabel() for a in axes[36:]] == list(names[:6])
    assert figures[0].get_suptitle() == "cells.vcore: cells, 6 of 7 channels"
    assert "■ missing" in [text.get_text() for text in figures[0].texts]


def test_dim_channels_of_a_series_have_their_own_contrast(
    run: Callable, tmp_path: Path, values: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = drawn(monkeypatch)
    frames = np.stack([np.stack([values, 1000 * values])] * 2)
    variable = Variable("cells", frames, tuple("tczyx"), components=("dim", "bright"))
    volume = Volume(vcore.Grid(values.shape), (variable,))
    vcore.compress(volume, tmp_path / "cells.vcore", quality="good")
    run("view", tmp_path / "cells.vcore", "-o", "a.png").assert_done()
    dim, bright = (figures[0].axes[6 * k].images[0].get_clim() for k in (0, 1))
    assert np.allclose(bright, 1000 * np.array(dim), rtol=0.05)


def test_an_image_has_one_panel(
    run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = drawn(monkeypatch)
    vcore.compress(np.arange(600.0, dtype="f4").reshape(1, 20, 30), tmp_path / "i.vcore")
    run("view", tmp_path / "i.vcore").assert_done()

    assert [axes.get_title() for axes in figures[0].axes if axes.get_title()] == ["z = 0"]


def test_output_of_its_own_name_and_force(run: Callable, packed: Path) -> None:
    run("view", packed, "--output", "a.png").assert_done()
    first = Path("a.png").read_bytes()

    run("view", packed, "-o", "a.png").assert_refused("exists", "--force")
    assert Path("a.png").read_bytes() == first
    run("view", packed, "-o", "a.png", "--force").assert_done()


def test_missing_voxels_make_no_noise(run: Callable, values: np.ndarray) -> None:
    holed = values.copy()
    holed[8] = np.nan  # the whole middle slice
    holed[:, 3] = np.nan
    np.save("holed.npy", holed)
    run(
        "compress", "holed.npy", "holed.vcore", "--range-error", 0.05, "-m", "linear2",
        "--set", "steps=10", "--set", "k=4", "--set", "s=3",
    ).assert_done()  # fmt: skip

    run("view", "holed.vcore").assert_done()

    assert np.isfinite(picture_of(Path("holed.png"))).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--frame", "3"), ("3", "0..2")),
        (("--frame", "-1"), ("-1",)),
        (("--time", "9"), ("0..2 second",)),
        (("--variable", "colour"), ("colour",)),
        (("-o", "nowhere/a.png"), ("nowhere",)),
        (("-o", "."), ()),
        (("-o", "picture.jpg"), (".png",)),
    ],
)
def test_refused(
    run: Callable,
    series: Path,
    nothing_new: Callable[[], None],
    options: tuple[str, ...],
    words: tuple[str, ...],
) -> None:
    nothing_new()

    run("view", series, *options).assert_refused(*words)

    nothing_new()


def test_time_of_a_still_volume_is_refused(run: Callable, packed: Path) -> None:
    run("view", packed, "--frame", 4).assert_refused("4")


# the browser


@contextmanager
def at_a_terminal(
    tmp_path: Path, *arguments: object, browser: str | None = "opens"
) -> Iterator[tuple[subprocess.Popen[bytes], Path, int]]:
    """Run `vcore view` at a terminal; yield the process, the file of opened addresses, and the
    terminal's descriptor."""
    opened = tmp_path / "opened"
    script = tmp_path / "opens"
    script.write_text(f'#!/bin/sh\necho "$1" >> {opened}\n')
    script.chmod(0o755)
    removed = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    environment = {k: v for k, v in os.environ.items() if k not in removed}
    environment |= {"BROWSER": str(script) if browser == "opens" else browser} if browser else {}
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "vcore", "view", *map(str, arguments)],
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=tmp_path,
    )
    os.close(theirs)
    try:
        yield process, opened, ours
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
        os.close(ours)


def appeared(path: Path) -> str:
    """Return the text of a file once it is written."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if path.exists() and (text := path.read_text()).endswith("\n"):
            return text.strip()
        time.sleep(0.05)
    raise TimeoutError(path)


def test_the_browser_is_opened_at_the_frame(series: Path, tmp_path: Path) -> None:
    with at_a_terminal(tmp_path, series, "--variable", "heat", "--time", 2) as (process, opened, _):
        address = appeared(opened)
        page, _, state = address.partition("#")
        assert page.startswith("http://127.0.0.1:")
        assert page.endswith(f"/view/{series.stem}.ome.zarr/heat")
        assert state == "index=2"
        assert "viewer.js" in httpx.get(page, trust_env=False).text
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert not series.with_suffix(".png").exists()


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    path = tmp_path / "ball.vcore"
    vcore.compress(ball(times=5), path, max_error=0)
    return path


def test_the_browser_is_opened_at_values(collection: Path, tmp_path: Path) -> None:
    options = ("--variable", "depth", "--at", "time=4", "--at", "phi=350")
    with at_a_terminal(tmp_path, collection, *options) as (process, opened, _):
        page, _, state = appeared(opened).partition("#")
        assert page.endswith("/view/ball.zarr")
        assert state == "at.time=4.5&at.phi=0.0&channel=depth"  # the nearest, and once around
        assert "collection.js" in httpx.get(page, trust_env=False).text
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--frame", "2"), "--frame for volumes"),
        (("--at", "time"), "NAME=VALUE"),
        (("--at", "time=late"), "time"),
        (("--at", "theta=2"), "time, phi"),
        (("--variable", "T"), "rgb, depth"),
        (("--along", "phi"), "--along for pictures"),
    ],
)
def test_collections_refuse_before_the_browser(
    collection: Path, tmp_path: Path, options: tuple[str, ...], word: str
) -> None:
    with at_a_terminal(tmp_path, collection, *options) as (process, opened, _):
        assert process.wait(60) == 2
        assert process.stderr is not None
        assert word in process.stderr.read().decode()
        assert not opened.exists()


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    return scene_file(tmp_path / "shell.vcore", 40)


def test_the_browser_is_opened_at_a_scene(scene: Path, tmp_path: Path) -> None:
    with at_a_terminal(tmp_path, scene) as (process, opened, _):
        page = appeared(opened)
        assert page.endswith("/view/shell.zarr")
        assert "scene.js" in httpx.get(page, trust_env=False).text
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--frame", "2"), "--frame for volumes"),
        (("--variable", "T"), "--variable for volumes"),
        (("--at", "phi=2"), "--at for collections"),
    ],
)
def test_scenes_refuse_before_the_browser(
    scene: Path, tmp_path: Path, options: tuple[str, ...], word: str
) -> None:
    with at_a_terminal(tmp_path, scene, *options) as (process, opened, _):
        assert process.wait(60) == 2
        assert process.stderr is not None
        assert word in process.stderr.read().decode()
        assert not opened.exists()


@pytest.mark.parametrize("browser", [None, "/usr/bin/w3m"])
def test_without_a_browser_the_address_is_printed(
    packed: Path, tmp_path: Path, browser: str | None
) -> None:
    with at_a_terminal(tmp_path, packed, browser=browser) as (process, opened, terminal):
        assert process.stderr is not None
        told = process.stderr.readline().decode()
        assert "there is no browser here" in told
        printed = os.read(terminal, 4096).decode()
        address = printed.split(" at ")[1].split()[0]
        assert "viewer.js" in httpx.get(address, trust_env=False).text
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert not opened.exists()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(("--frame", "7"), "0..2"), (("--variable", "colour"), "colour"), (("--port", "-1"), "port")],
)
def test_refused_before_the_browser(
    series: Path, tmp_path: Path, arguments: tuple[str, ...], word: str
) -> None:
    with at_a_terminal(tmp_path, series, *arguments) as (process, opened, _):
        assert process.wait(60) == 2
        assert process.stderr is not None
        assert word in process.stderr.read().decode()
        assert not opened.exists()
