"""The viewer in a browser: what it draws and reads out, links, phones, keys; and its bundle."""

import hashlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import zarr
from chromium import walk
from PIL import Image as Picture
from served import serving_files

import vcore
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "plugins" / "browser"
BUNDLE = ROOT / "vcore" / "serve" / "static"

COMPLETE = "document.getElementById('viewer').dataset.complete === 'true'"
RENDERED = "Boolean(document.getElementById('viewer').dataset.rendered)"
LINK = "new Promise((done) => setTimeout(() => done(location.hash), 700))"
GREY = "channels=1:FFFFFF:0:255"
SHAPE = (3, 5, 70, 90)
"""Frames and voxels of the series: two tiles down and two across."""
VALUES = np.random.default_rng(7).integers(0, 256, SHAPE).astype("u1")
FINE = (np.indices((5, 40, 60)).sum(0) // 7 % 5).astype("u2")
"""Labels 0 to 4, voxel by voxel."""
COARSE = (np.indices((5, 20, 30)).sum(0) // 3 % 2 * 3).astype("u2")
"""Labels 0 and 3, of voxels twice as large."""
HOSTILE = '<img src=x onerror="window.bad=1">'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve lossless volumes of known voxels."""
    folder = tmp_path_factory.mktemp("viewed")
    grid = Grid(
        SHAPE[1:],
        (2.0, 0.5, 0.5),
        (10.0, 0.0, 0.0),
        unit="micrometer",
        times=(0.0, 0.5, 7.0),
        time_unit="second",
    )
    series = Volume(grid, (Variable("speed", VALUES, tuple("tzyx"), "m/s"),))
    vcore.compress(series, folder / "series.vcore", max_error=0)
    group = zarr.create_group(folder / "other.zarr")
    group.create_array("0", data=255 - VALUES, chunks=(1, 5, 32, 90))
    axes = [{"name": "t", "type": "time"}, *({"name": n, "type": "space"} for n in "zyx")]
    image = {"axes": axes, "datasets": [{"path": "0"}]}
    group.attrs["ome"] = {"version": "0.5", "multiscales": [image]}
    scaled = [{"type": "scale", "scale": [2.0, 1.0, 1.0]}]
    centred = {"type": "translation", "translation": [0.0, 0.5, 0.5]}
    doubled = [{"type": "scale", "scale": [2.0, 2.0, 2.0]}, centred]
    labelled = zarr.create_group(folder / "labelled.zarr")
    space = [{"name": n, "type": "space", "unit": "micrometer"} for n in "zyx"]
    for path, values, placed in (
        ("", np.full((5, 40, 60), 100, "u1"), scaled),
        ("labels/fine", FINE, scaled),
        ("labels/coarse", COARSE, doubled),
    ):
        node = labelled.require_group(path) if path else labelled
        node.create_array("0", data=values, chunks=(5, 16, 16))
        datasets = [{"path": "0", "coordinateTransformations": placed}]
        told = {"multiscales": [{"axes": space, "datasets": datasets}]}
        colours = [{"label-value": 3, "rgba": [255, 0, 0, 255]}, {"label-value": "x"}, 7]
        node.attrs["ome"] = told | ({"image-label": {"colors": colours}} if path else {})
    holed = np.full((4, 8, 8), 100.0, "f4")
    holed[:, :4] = np.nan
    variable = Variable(HOSTILE, holed, unit="K")
    vcore.compress(Volume(Grid((4, 8, 8)), (variable,)), folder / "holed.vcore", max_error=0)
    away = np.linspace(-1, 1, 60)
    radius = np.sqrt(sum(a**2 for a in np.meshgrid(away, away, away, sparse=True)))
    ball = np.where(radius < 0.6, 255, 0).astype("u1")
    vcore.compress(ball, folder / "ball.vcore", max_error=0)
    vcore.compress(np.zeros_like(ball), folder / "void.vcore", max_error=0)
    with serving_files(folder) as (url, _):
        yield url


def see(server: str, name: str, state: str, *steps: str, **options: Any) -> tuple[list, np.ndarray]:
    """Walk through the page of an image; return the values and the picture as RGB."""
    address = f"{server}/view/{name}.ome.zarr#{state}"
    values, picture, told = walk(address, [COMPLETE, *steps], **options)
    assert told == []
    return values[1:], rgb(picture)


def rgb(picture: bytes) -> np.ndarray:
    return np.asarray(Picture.open(io.BytesIO(picture)).convert("RGB")).astype(int)


def voxels(across: int, down: int, scale: int = 6, tall: int | None = None) -> str:
    """Return JavaScript for the red of the canvas at each voxel's centre; pixels per voxel."""
    return f"""(() => {{
      const canvas = document.querySelector('.stage canvas');
      const {{ width, height }} = canvas;
      const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
      const found = [];
      for (let y = 0; y < {down}; y += 1) for (let x = 0; x < {across}; x += 1) {{
        const px = width / 2 + (x + 0.5 - {across} / 2) * {scale};
        const py = height / 2 + (y + 0.5 - {down} / 2) * {tall or scale};
        found.push(pixels[4 * (Math.floor(py) * width + Math.floor(px))]);
      }}
      return found;
    }})()"""


def drawn(server: str, state: str, across: int, down: int, **options: Any) -> np.ndarray:
    """Return the grey values drawn at each voxel, at 6 pixels per voxel of the series' x."""
    view = f"view={across / 2},{down / 2},12"
    script = voxels(across, down)
    values, _ = see(server, "series", f"{GREY}&{view}&{state}", script, **options)
    return np.array(values[0]).reshape(down, across)


def numbers(link: str, name: str) -> np.ndarray:
    """Return the numbers of a part of a link."""
    return np.array(re.search(rf"[&#]{name}=([^&]*)", link)[1].split(","), float)


def test_the_voxels_of_a_slice(server: str) -> None:
    found = drawn(server, "mode=slice&at=3,0,0&index=2", 90, 70)
    assert np.array_equal(found, VALUES[2, 3])


def test_the_maximum_along_z(server: str) -> None:
    found = drawn(server, "mode=max&index=1", 90, 70)
    assert np.array_equal(found, VALUES[1].max(0))


def test_heights_run_upward(server: str) -> None:
    state = f"{GREY}&plane=xz&at=0,33,0&index=1&view=45,2.5,12"
    point = POINT.format(x=71, y=0, across=90, down=1, scale=6)  # in the middle row
    (found, told), _ = see(server, "series", state, voxels(90, 5, 6, 24), point)
    plane = VALUES[1, :, 33]
    assert np.array_equal(np.array(found).reshape(5, 90), plane[::-1])
    assert told.startswith(f"{plane[2, 71]} m/s")
    up = "document.querySelector('.stage canvas').focus() || true"
    (_, _, link), _ = see(server, "series", state, up, "key ArrowUp", LINK)
    assert numbers(link, "view")[1] == pytest.approx(2.5 + 40 / 24, abs=0.01)


def test_latitudes_run_upward(tmp_path: Path) -> None:
    grid = Grid(SHAPE[1:], (1.0, 1.0, 1.0), axis_names=("lev", "lat", "lon"))
    vcore.compress(Volume(grid, (Variable("T", VALUES[0]),)), tmp_path / "a.vcore", max_error=0)
    with serving_files(tmp_path) as (url, _):
        state = f"{GREY}&view=45,35,6&at=3,0,0"
        planes = "[...document.querySelectorAll('.segmented')[1].querySelectorAll('span')]"
        names = f"{planes}.map((e) => e.textContent).join()"
        (found, named), _ = see(url, "a", state, voxels(90, 70), names)
    assert np.array_equal(np.array(found).reshape(70, 90), VALUES[0, 3, ::-1])
    assert named == "lon · lat,lon · lev,lat · lev"


@pytest.mark.parametrize("space", ["right-anterior-superior", "left-posterior-superior"])
def test_the_front_and_the_head_are_at_the_top(tmp_path: Path, space: str) -> None:
    variables = (Variable("T1", VALUES[0]),)
    volume = Volume(Grid(SHAPE[1:]), variables, attributes={"space": space})
    vcore.compress(volume, tmp_path / "a.vcore", max_error=0)
    with serving_files(tmp_path) as (url, _):
        (axial,), _ = see(url, "a", f"{GREY}&view=45,35,6&at=3,0,0", voxels(90, 70))
        state = f"{GREY}&plane=xz&view=45,2.5,6&at=0,33,0"
        (coronal,), _ = see(url, "a", state, voxels(90, 5))
    plane = VALUES[0, 3, ::-1] if space.startswith("right") else VALUES[0, 3]
    assert np.array_equal(np.array(axial).reshape(70, 90), plane)
    assert np.array_equal(np.array(coronal).reshape(5, 90), VALUES[0, ::-1, 33])


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float16", "bool"])
def test_compressed_chunks_of_other_types(tmp_path: Path, dtype: str) -> None:
    values = (VALUES[0] > 127).astype(dtype) if dtype == "bool" else VALUES[0].astype(dtype)
    group = zarr.create_group(tmp_path / "a.zarr")
    group.create_array("0", data=values, chunks=(2, 64, 64))
    axes = [{"name": n, "type": "space"} for n in "zyx"]
    group.attrs["ome"] = {"multiscales": [{"axes": axes, "datasets": [{"path": "0"}]}]}
    high = 1 if dtype == "bool" else 255
    with serving_files(tmp_path, "--codec", "zstd") as (url, _):
        state = f"channels=1:FFFFFF:0:{high}&view=45,35,6&at=3,0,0"
        (found,), _ = see(url, "a", state, voxels(90, 70))
    expected = values[3].astype(int) * (255 if dtype == "bool" else 1)
    assert np.array_equal(np.array(found).reshape(70, 90), expected)


def test_contrast_and_colour(server: str) -> None:
    script = voxels(90, 70)
    state = "channels=1:FF8000:100:200&view=45,35,12&at=0,0,0"
    (values,), _ = see(server, "series", state, script)
    expected = np.rint((VALUES[0, 0].astype(float) - 100) * 2.55).clip(0, 255)
    assert np.abs(np.array(values).reshape(70, 90) - expected).max() <= 1  # red is full


POINT = """(async () => {{
  const canvas = document.querySelector('.stage canvas');
  const box = canvas.getBoundingClientRect();
  const x = box.left + box.width / 2 + ({x} + 0.5 - {across} / 2) * {scale};
  const y = box.top + box.height / 2 + ({y} + 0.5 - {down} / 2) * {scale};
  const place = {{ clientX: x, clientY: y, pointerType: 'mouse' }};
  canvas.dispatchEvent(new PointerEvent('pointermove', place));
  await new Promise((done) => setTimeout(done, 400));
  return document.querySelector('.readout').innerText;
}})()"""


def test_the_value_that_is_pointed_at(server: str) -> None:
    point = POINT.format(x=71, y=66, across=90, down=70, scale=6)
    (told,), _ = see(server, "series", f"{GREY}&view=45,35,12&at=4,0,0&index=1", point)
    assert told.startswith(f"{VALUES[1, 4, 66, 71]} m/s")
    assert "x 71  y 66  z 4  (35.5, 33, 18 µm)" in told


def test_missing_values_are_striped_and_named(server: str) -> None:
    point = POINT.format(x=2, y=1, across=8, down=8, scale=40)
    below = POINT.format(x=2, y=6, across=8, down=8, scale=40)
    level = "document.querySelector('.level').textContent"
    state = "view=4,4,40&channels=1:FFFFFF:0:200"
    (missing, there, told, bad), picture = see(
        server, "holed", state, point, below, level, "window.bad === undefined"
    )
    assert missing.startswith("missing")
    assert there.startswith("100 K")
    assert "striped: no value" in told
    assert bad
    middle = picture[: picture.shape[0] // 2, : picture.shape[1] // 2].reshape(-1, 3)
    stripes = middle[(middle[:, 2] > middle[:, 1] + 8)]  # purple
    assert len(np.unique(stripes, axis=0)) > 1


def test_time_and_depth(server: str) -> None:
    slide = """(() => {
      const input = document.querySelectorAll('.slider input')[1];
      input.value = 2;
      input.dispatchEvent(new Event('input'));
      return [...document.querySelectorAll('.slider output')].map((o) => o.textContent).join('|');
    })()"""
    script = voxels(90, 70)
    wait = f"new Promise((done) => setTimeout(() => done({COMPLETE}), 700))"
    state = f"{GREY}&view=45,35,12&at=1,0,0"
    (told, _, values), _ = see(server, "series", state, slide, wait, script)
    assert told == "1 / 4 · 12 µm|2 / 2 · 7 s"
    assert np.array_equal(np.array(values).reshape(70, 90), VALUES[2, 1])


def test_two_images_swiped(server: str) -> None:
    chosen = "document.querySelector('.compare select').value"
    wait = f"new Promise((done) => setTimeout(() => done({COMPLETE}), 900))"
    script = voxels(90, 70)
    state = f"{GREY}&view=45,35,12&at=2,0,0&with=other.ome.zarr&how=swipe&split=0.5"
    (name, _, values), _ = see(server, "series", state, chosen, wait, script)
    assert name == "other.ome.zarr"
    found = np.array(values).reshape(70, 90)[8:]  # below the names
    assert np.array_equal(found[:, :44], VALUES[0, 2, 8:, :44])
    assert np.array_equal(found[:, 46:], 255 - VALUES[0, 2, 8:, 46:])


SETTLED = f"new Promise((done) => setTimeout(() => done({COMPLETE}), 900))"


def test_the_difference_of_two_images(server: str) -> None:
    state = (
        "channels=1:FFFFFF:0:255&view=45,35,12&at=2,0,0&with=other.ome.zarr"
        "&how=difference&limit=255"
    )
    point = POINT.format(x=71, y=66, across=90, down=70, scale=6)
    limit = "document.getElementById('limit').value"
    steps = (SETTLED, SETTLED, voxels(90, 70), point, limit)
    (_, _, drawn, told, shown), _ = see(server, "series", state, *steps)
    away = 2 * VALUES[0, 2].astype(float) - 255  # the image that is viewed minus the other
    stops = [165, 79, 28, 12, 11, 71, 184, 255, 255]  # red of the dark-centred map
    expected = np.interp(np.rint(127.5 + away / 2), np.linspace(0, 255, 9), stops)
    found = np.array(drawn).reshape(70, 90)
    assert np.abs(found - expected)[14:66, :70].max() <= 1  # below the names, beside the scale
    value = VALUES[0, 2, 66, 71]
    assert told.startswith(
        f"difference {2 * int(value) - 255} m/s ({value} m/s \u2212 {255 - value} m/s)"
    )
    assert shown == "255"


def test_the_scale_of_a_difference_is_measured(server: str) -> None:
    state = "at=2,0,0&with=other.ome.zarr&how=difference"
    limit = "Number(document.getElementById('limit').value)"
    (_, found, link), _ = see(server, "series", state, SETTLED, limit, LINK)
    assert found == pytest.approx(255, rel=0.05)
    assert f"limit={found:g}" in link
    again = "how=off&with=other.ome.zarr"  # nothing of a difference stays in the link
    (_, link), _ = see(server, "series", again, SETTLED, LINK)
    assert "limit" not in link


def test_the_largest_difference_along_z(server: str) -> None:
    state = f"{GREY}&mode=max&view=45,35,12&index=1&with=other.ome.zarr&how=difference&limit=255"
    (_, _, drawn), _ = see(server, "series", state, SETTLED, SETTLED, voxels(90, 70))
    away = 2 * VALUES[1].astype(int) - 255
    worst = np.abs(away).argmax(0)
    largest = np.take_along_axis(away, worst[None], 0)[0]
    other = np.abs(away).max(0) == -largest  # where both signs are as far, either will do
    stops = [165, 79, 28, 12, 11, 71, 184, 255, 255]
    expected = np.interp(np.rint(127.5 + largest / 2), np.linspace(0, 255, 9), stops)
    found = np.array(drawn).reshape(70, 90)
    assert np.abs(found - expected)[14:66, :70][~other[14:66, :70]].max() <= 1


def test_labels_over_an_image(server: str) -> None:
    state = "channels=1:FFFFFF:0:200&at=3,0,0&view=30,20,10&labels=0:0.5;1:1"  # coarse; fine
    point = POINT.format(x=20, y=9, across=60, down=40, scale=10)
    (_, drawn, told), _ = see(server, "labelled", state, SETTLED, voxels(60, 40, 10), point)
    found, plane = np.array(drawn).reshape(40, 60), FINE[3]
    assert (found[plane == 0] == 127).all()  # the image
    assert (found[plane == 3] == 255).all()  # the colour of the file
    assert all(len(np.unique(found[plane == k])) == 1 for k in (1, 2, 4))
    assert told.startswith(f"100 · fine {plane[9, 20]}")
    state = state.replace("labels=0:0.5;1:1", "labels=1:0.5;0:1")
    (_, drawn), _ = see(server, "labelled", state, SETTLED, voxels(60, 40, 10))
    expected = np.where(COARSE[3].repeat(2, 0).repeat(2, 1) == 3, (127 + 255) / 2, 127)
    assert np.abs(np.array(drawn).reshape(40, 60) - expected).max() <= 1


def test_a_ball_in_3d(server: str) -> None:
    steps = (RENDERED, "new Promise((done) => setTimeout(() => done(true), 1500))")
    address = f"{server}/view/ball.ome.zarr#mode=3d&{GREY}"
    scale = "Number(/camera=([^&]*)/.exec(location.hash)?.[1].split(',')[9])"
    height = "document.querySelector('.volume').clientHeight"
    values, picture, told = walk(address, [*steps, scale, height])
    assert told == []
    white = rgb(picture)[60:640, 200:740].min(-1) > 128  # without scale bar and text
    rows, columns = (np.ptp(np.flatnonzero(white.any(axis))) for axis in (1, 0))
    pixels = values[-1] / (2 * values[-2])  # per voxel: the projection is parallel
    assert rows == pytest.approx(0.6 * 59 * pixels, rel=0.05)
    assert rows == pytest.approx(columns, rel=0.05)  # round from every side


@pytest.mark.parametrize(("how", "split"), [("swipe", 0.4), ("side", 0.5), ("off", 1.0)])
def test_two_volumes_in_3d(server: str, how: str, split: float) -> None:
    state = f"#mode=3d&{GREY}&with=void.ome.zarr&how={how}&split={split}"
    drawn = RENDERED.replace(".rendered", f".rendered?.split(',').length === {1 + (how != 'off')}")
    wait = "new Promise((done) => setTimeout(() => done(true), 1500))"
    values, picture, told = walk(f"{server}/view/ball.ome.zarr{state}", [drawn, wait])
    assert (values, told) == ([True, True], [])
    white = (rgb(picture)[100:640, :940].min(-1) > 128).sum(0)  # by column
    edge = round(split * 950)  # the panel is 330 pixels wide
    assert white[: edge - 5].max() > 100  # the ball
    assert not (white[edge + 5 :] > 5).any()  # besides lines of the box


def test_the_divider_in_3d_is_dragged(server: str) -> None:
    state = f"#mode=3d&{GREY}&with=void.ome.zarr&how=swipe&split=0.5"
    drag = fingers(((195, 250), (117, 250)))
    steps = (RENDERED, LINK, drag, LINK)
    values, _, told = walk(f"{server}/view/ball.ome.zarr{state}", steps, (390, 844))
    assert told == []
    assert numbers(values[3], "split") == pytest.approx([0.3], abs=0.01)
    assert (numbers(values[3], "camera") == numbers(values[1], "camera")).all()


@pytest.mark.parametrize("on", [True, False])
def test_labels_in_3d(server: str, on: bool) -> None:
    wait = "new Promise((done) => setTimeout(() => done(true), 1500))"
    drawn = RENDERED.replace(".rendered", f".rendered?.includes('labels') === {str(on).lower()}")
    state = f"#mode=3d&{GREY}&labels={int(on)}:1"  # coarse: 0, and 3, red in the file
    values, picture, told = walk(f"{server}/view/labelled.ome.zarr{state}", [drawn, wait])
    assert (values, told) == ([True, True], [])
    seen = rgb(picture)[60:640, :940]
    red = (seen[..., 0] > 100) & (seen[..., 1:].max(-1) < 0.2 * seen[..., 0])
    grey = (seen[..., 0] > 80) & (np.ptp(seen, axis=-1) < 5)
    assert bool(red.mean() > 0.05) is on
    assert grey.mean() > 0.02  # between the labels


def test_a_link_shows_the_same_again(server: str) -> None:
    state = (
        "mode=slice&plane=xz&at=1,33,7&index=2&view=10.5,2.25,31&channels=1:viridis:12:34"
        "&with=other.ome.zarr&how=side&split=0.25"
    )
    wait = "document.querySelector('.compare select').value"
    settle = "new Promise((done) => setTimeout(() => done(location.hash.slice(1)), 900))"
    (_, again), _ = see(server, "series", state, wait, settle)
    assert again == state
    for broken in (
        "at=9,9&view=x&channels=1:red:0:1&with=no&index=77&mode=4d",
        "%%%",
        "at=-5,1e9,NaN",
    ):
        see(server, "series", quote(broken, safe="=&,:%"))


def test_it_fits_a_phone(server: str) -> None:
    wide = "document.scrollingElement.scrollWidth <= 390"
    for page in ("/", "/view/series.ome.zarr", "/view/holed.ome.zarr"):
        ready = COMPLETE if "view" in page else "document.images.length > 0"
        values, _, told = walk(server + page, [ready, wide], (390, 844))
        assert values == [True, True], page
        assert told == []
    small = """[...document.querySelectorAll('a, button, input, select')]
      .filter((e) => e.offsetParent && e.type !== 'checkbox' && e.type !== 'radio')
      .every((e) => e.getBoundingClientRect().height >= 20) && 'large enough'"""
    assert see(server, "series", "", small, size=(390, 844))[0] == ["large enough"]


Place = tuple[float, float]


def fingers(*ways: tuple[Place, Place], steps: int = 8) -> list[list[Place]]:
    """Return the places of fingers that move along straight ways."""
    return [
        [(a[0] + (b[0] - a[0]) * k / steps, a[1] + (b[1] - a[1]) * k / steps) for a, b in ways]
        for k in range(steps + 1)
    ]


def test_fingers_on_a_phone(server: str) -> None:
    drag = fingers(((200, 250), (260, 300)))
    apart = fingers(((150, 250), (100, 250)), ((250, 250), (300, 250)))
    steps = (drag, LINK, apart, LINK)
    phone = {"size": (390, 844)}
    (_, moved, _, zoomed), _ = see(server, "series", "view=45,35,8", *steps, **phone)
    # 4 pixels per voxel: 0.5 of the unit each
    assert numbers(moved, "view") == pytest.approx([45 - 60 / 4, 35 - 50 / 4, 8], abs=0.01)
    assert numbers(zoomed, "view")[2] == pytest.approx(16, rel=0.01)  # fingers twice as far apart
    place = """(() => {
      const box = document.querySelector('.slider input').getBoundingClientRect();
      return [box.left, box.top + box.height / 2, box.width];
    })()"""
    ((left, top, width),), _ = see(server, "series", "at=0,0,0", place, **phone)
    slide = fingers(((left + 9, top), (left + width - 2, top)))
    (_, link), _ = see(server, "series", "at=0,0,0", slide, LINK, **phone)
    assert numbers(link, "at")[0] == SHAPE[1] - 1
    steps = (RENDERED, LINK, drag, LINK, apart, LINK)
    values, _, errors = walk(f"{server}/view/ball.ome.zarr#mode=3d", steps, phone["size"])
    assert errors == []
    first, turned, zoomed = (numbers(values[k], "camera") for k in (1, 3, 5))
    assert np.abs(turned - first)[:3].max() > 1  # the camera went around
    assert turned[9] == first[9]
    assert zoomed[9] == pytest.approx(turned[9] / 2, rel=0.02)


def test_keys_reach_everything(server: str) -> None:
    names = """[...document.querySelectorAll('a[href], button, input, select, summary, [tabindex]')]
      .filter((e) => e.offsetParent !== null)
      .filter((e) => !(e.getAttribute('aria-label') || e.labels?.length || e.textContent.trim()))
      .map((e) => e.outerHTML).join() || 'all are named'"""
    focus = "document.querySelector('.stage canvas').focus() || true"
    depth = "document.querySelector('.slider output').textContent"
    told = "document.querySelector('.readout strong').textContent"
    steps = (names, "key Tab", "document.activeElement.className", focus, "key PageUp", depth, told)
    (named, _, first, _, _, place, value), _ = see(server, "series", f"{GREY}&at=1,0,0", *steps)
    assert named == "all are named"
    assert first == "home"
    assert place == "2 / 4 · 14 µm"
    assert value == f"{VALUES[0, 2, 35, 45]} m/s"  # in the middle


def test_a_damaged_chunk_is_told(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path / "a.zarr")
    group.create_array("0", data=np.ones((4, 8, 8), "u2"), chunks=(4, 8, 8))
    axes = [{"name": n, "type": "space"} for n in "zyx"]
    group.attrs["ome"] = {"multiscales": [{"axes": axes, "datasets": [{"path": "0"}]}]}
    (tmp_path / "a.zarr" / "0" / "c" / "0" / "0" / "0").write_bytes(b"damaged")
    text = "document.querySelector('.problem p, .message:not([hidden])')?.textContent"
    with serving_files(tmp_path) as (url, _):
        (told,), _, _ = walk(f"{url}/view/a.ome.zarr", [text])
    assert len(told) > 20
    assert str(tmp_path) not in told


# bundle


def test_the_bundle_is_made_from_these_sources() -> None:
    stamp = json.loads((BUNDLE / "stamp.json").read_text())
    sources = [SOURCES / n for n in ("build.mjs", "package.json", "package-lock.json")]
    sources += (SOURCES / "src").iterdir()
    assert stamp["sources"] == {
        p.relative_to(SOURCES).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sources
    }, "run npm ci && npm run build in plugins/browser"
    outputs = [p for p in BUNDLE.iterdir() if p.name != "stamp.json"]
    assert stamp["outputs"] == {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in outputs}


def test_the_bundle_is_small_and_needs_no_other_site() -> None:
    assert sum(p.stat().st_size for p in BUNDLE.iterdir()) < 5_000_000
    licences = (BUNDLE / "LICENSES.txt").read_text()
    for package in ("@kitware/vtk.js", "zarrita", "fzstd"):
        assert f"{package} " in licences
    locked = json.loads((SOURCES / "package-lock.json").read_text())["packages"]
    assert not any("resolved" in package for package in locked.values())
