"""Served collections of images: pictures, Zarr, hostile requests, and the page in a browser."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from chromium import walk
from made_images import ball, only
from PIL import Image as Picture
from served import serving_files
from starlette.testclient import TestClient

import vcore
from vcore.collections.images import Channel, Images
from vcore.collections.parameters import Parameter
from vcore.serve.app import application
from vcore.serve.catalogue import Catalogue
from vcore.zarr.metadata import quoted

pytestmark = pytest.mark.slow

SIZE = (90, 120)
BALL = ball(size=SIZE, times=5, colour="rgba")
HOSTILE = '<img src=x onerror="window.bad=1">'
COMPLETE = "document.getElementById('viewer').dataset.complete === 'true'"
SHOWN = "document.getElementById('viewer').dataset.shown"


def labelled() -> Images:
    """Return images of two isosurfaces by name, without angles: the value is the index."""

    def read(index: tuple[int, ...], channel: str) -> np.ndarray:
        return np.full((8, 6), 100 * index[0] + 10 * index[1], np.uint16)

    parameters = (Parameter(HOSTILE, ("inner", "outer")), Parameter("time", (0.0, 1.0, 5.0)))
    return Images(parameters, (8, 6), (Channel("level", np.dtype("u2"), HOSTILE),), read)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two collections, a volume, and a damaged collection."""
    found = tmp_path_factory.mktemp("served")
    vcore.compress(BALL, found / "ball.vcore", max_error=0)
    vcore.compress(labelled(), found / "labels.vcore", max_error=0)
    vcore.compress(np.zeros((4, 8, 8), np.float32), found / "volume.vcore", max_error=0.1)
    data = bytearray((found / "ball.vcore").read_bytes())
    data[-4000:] = bytes(4000)
    (found / "damaged.vcore").write_bytes(data)
    return found


@pytest.fixture(scope="module")
def client(folder: Path) -> TestClient:
    return TestClient(application(Catalogue(folder)), base_url="http://localhost")


def pixels(answer: Any) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    return np.asarray(Picture.open(io.BytesIO(answer.content)))


# the server


def test_an_image_is_exact(client: TestClient) -> None:
    found = pixels(client.get("/image/ball.zarr?at=3,1"))
    np.testing.assert_array_equal(found, BALL.read((3, 1), "rgba"))


def test_values_are_packed_within_a_step_and_grey_else(client: TestClient) -> None:
    original = BALL.read((4, 3), "depth")
    told = client.get("/about/ball.zarr").json()["channels"][1]
    codes = pixels(client.get("/image/ball.zarr?at=4,3&channel=depth&packed=1")).astype(int)
    codes = 256 * codes[..., 0] + codes[..., 1]
    np.testing.assert_array_equal(codes == 0, np.isnan(original))
    values = told["range"][0] + (codes - 1) * told["step"]
    there = codes > 0
    assert np.abs(values - original)[there].max() <= 0.51 * told["step"]
    grey = pixels(client.get("/image/ball.zarr?at=4,3&channel=depth"))
    np.testing.assert_array_equal(grey[..., 1] == 255, there)
    shade = 255 * (original - told["range"][0]) / (told["range"][1] - told["range"][0])
    assert np.abs(grey[..., 0] - shade)[there].max() <= 1


def test_whole_numbers_stay_exact(client: TestClient) -> None:
    codes = pixels(client.get("/image/labels.zarr?at=1,2&packed=1")).astype(int)
    assert np.unique(256 * codes[..., 0] + codes[..., 1]) == [1 + 120]
    assert client.get("/about/labels.zarr").json()["channels"][0]["step"] == 1


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("at=", 400),
        ("at=1", 400),
        ("at=1,2,3", 400),
        ("at=-1,0", 400),
        ("at=a,b", 400),
        ("at=1.5,0", 400),
        ("at=\u0663,\u0661", 400),
        ("at=" + "9" * 5000 + ",1", 400),
        ("at=999999999,0", 404),
        ("at=0,4", 404),
        ("at=1,2", 404),  # a hole
        ("at=0,0&channel=none", 404),
        ("at=0,0&channel=", 404),
        ("at=0,0&v=older", 409),
    ],
)
def test_hostile_requests(client: TestClient, folder: Path, query: str, status: int) -> None:
    answer = client.get(f"/image/ball.zarr?{query}")
    assert answer.status_code == status
    assert str(folder) not in answer.text
    assert len(answer.text) < 200


def test_only_collections_have_images(client: TestClient) -> None:
    for path in ("volume.ome.zarr", "none.zarr", "../ball.zarr", "ball.zarr/rgba", ""):
        assert client.get(f"/image/{path}?at=0,0").status_code == 404
    assert client.get("/view/ball.zarr/rgba").status_code == 404


def test_a_damaged_image_is_an_error_without_paths(client: TestClient, folder: Path) -> None:
    statuses = set()
    for index in BALL.indices():
        answer = client.get(f"/image/damaged.zarr?at={index[0]},{index[1]}&channel=depth")
        statuses.add(answer.status_code)
        assert str(folder) not in answer.text
    assert 500 in statuses


def test_caching(client: TestClient) -> None:
    tag = client.get("/about/ball.zarr").json()["tag"]
    plain = client.get("/image/ball.zarr?at=0,0")
    assert plain.headers["cache-control"] == "no-cache"
    again = client.get("/image/ball.zarr?at=0,0", headers={"If-None-Match": plain.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    named = client.get(f"/image/ball.zarr?at=0,0&v={tag}")
    assert "immutable" in named.headers["cache-control"]


def test_a_file_that_is_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "a.vcore"
    vcore.compress(only(BALL, "rgba"), path, max_error=0)
    client = TestClient(application(Catalogue(tmp_path)), base_url="http://localhost")
    tag = client.get("/about/a.zarr").json()["tag"]
    vcore.compress(only(replace(BALL, size=SIZE), "depth"), path, max_error=0, force=True)
    catalogue = Catalogue(tmp_path)
    client = TestClient(application(catalogue), base_url="http://localhost")
    assert client.get(f"/image/a.zarr?at=0,0&v={tag}").status_code == 409
    assert client.get("/about/a.zarr").json()["channels"][0]["name"] == "depth"


def test_a_volume_in_place_of_a_collection(tmp_path: Path) -> None:
    vcore.compress(only(BALL, "rgba"), tmp_path / "a.vcore", max_error=0)
    assert list(Catalogue(tmp_path).names()) == ["a.zarr"]
    vcore.compress(np.zeros((4, 8, 8), "f4"), tmp_path / "a.vcore", max_error=0.1, force=True)
    assert list(Catalogue(tmp_path).names()) == ["a.ome.zarr"]


def test_descriptions(client: TestClient) -> None:
    told = client.get("/about/ball.zarr").json()
    assert told["images"] == 19
    assert told["parameters"][1] == {
        "name": "phi",
        "unit": "°",
        "values": [0, 90, 180, 270],
        "period": 360,
        "label": False,
    }
    listed = {entry["name"]: entry for entry in client.get("/index.json").json()}
    assert listed["ball.zarr"]["about"] == "19 images of 120 x 90, 5 time x 4 phi"
    assert listed["volume.ome.zarr"]["shape"] == [4, 8, 8]


def test_cards(client: TestClient) -> None:
    page = client.get("/").text
    assert "1 image and 3 collections" in page
    for text in ("19 images of 120 x 90", "5 time x 4 phi", "/view/ball.zarr", "/file/ball.zarr"):
        assert text in page
    assert "zarr.open(&quot;http://localhost/zarr/ball.zarr&quot;" in page
    assert HOSTILE not in page
    cover = pixels(client.get("/thumbnail/ball.zarr"))
    image = BALL.read((2, 2), "rgba")
    expected = np.where(image[..., 3:] > 0, image[..., :3], 255)  # over the background
    np.testing.assert_array_equal(cover, expected)


def test_covers_of_large_images_are_small(tmp_path: Path) -> None:
    large = ball(size=(700, 1000), times=1, colour="rgba", holes=False)
    large = replace(large, background=None)
    vcore.compress(only(large, "rgba"), tmp_path / "a.vcore", max_error=0)
    client = TestClient(application(Catalogue(tmp_path)), base_url="http://localhost")
    cover = pixels(client.get("/thumbnail/a.zarr"))
    assert cover.shape == (175, 250, 4)
    whole = large.read((0, 2), "rgba")
    inside = whole[..., 3] > 0
    there = cover[..., 3] == 255
    assert 0 < there.sum() < inside.sum()
    low, high = whole[inside].min(0), whole[inside].max(0)
    assert ((cover[there] >= low) & (cover[there] <= high)).all()  # no white from behind


def test_the_file_itself(client: TestClient, folder: Path) -> None:
    assert client.get("/file/ball.zarr").content == (folder / "ball.vcore").read_bytes()


@pytest.mark.parametrize("codec", ["none", "zstd"])
def test_zarr(folder: Path, codec: str) -> None:
    with serving_files(folder / "ball.vcore", "--codec", codec) as (url, _):
        found = zarr.open_group(f"{url}/zarr/ball.zarr", mode="r")
        np.testing.assert_array_equal(found["rgba"][3, 1], BALL.read((3, 1), "rgba"))
        assert np.isnan(found["depth"][1, 2]).all()  # a hole
        np.testing.assert_array_equal(found["time"][:], BALL.parameters[0].values)
    with serving_files(folder / "labels.vcore", "--codec", codec) as (url, _):
        for version in ("0.5", "0.4"):
            found = zarr.open_group(f"{url}/{version}/labels.zarr", mode="r")
            labels = found[quoted(HOSTILE)]
            assert labels[:].tolist() == ["inner", "outer"]


# the page


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    with serving_files(folder) as (url, _):
        yield url


def see(server: str, address: str, *steps: str, **options: Any) -> tuple[list[Any], np.ndarray]:
    """Walk through a page; return the values and the picture as RGB."""
    values, picture, told = walk(f"{server}/view/{address}", [COMPLETE, *steps], **options)
    assert told == []
    return values[1:], np.asarray(Picture.open(io.BytesIO(picture)).convert("RGB"))


CANVAS = """(() => {
  const canvas = document.querySelector('.stage canvas');
  const { width, height } = canvas;
  return Array.from(canvas.getContext('2d').getImageData(0, 0, width, height).data);
})()"""


def drag(x: int, y: int, kind: str = "mouse") -> str:
    """Return JavaScript that drags on the picture by pixels."""
    return f"""(() => {{
      const stage = document.querySelector('.stage canvas');
      const box = stage.getBoundingClientRect();
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      const at = (dx, dy) => ({{ clientX: x + dx, clientY: y + dy, pointerType: '{kind}',
        bubbles: true, isPrimary: true }});
      stage.dispatchEvent(new PointerEvent('pointerdown', at(0, 0)));
      stage.dispatchEvent(new PointerEvent('pointermove', at({x}, {y})));
      stage.dispatchEvent(new PointerEvent('pointerup', at({x}, {y})));
      return true;
    }})()"""


SPACE = """document.dispatchEvent(new KeyboardEvent('keydown', { key: ' ' }))"""


def shown(key: str) -> str:
    return f"{COMPLETE} && {SHOWN} === {json.dumps(key)}"


def test_what_is_drawn(server: str) -> None:
    (values,), _ = see(server, "ball.zarr#at.time=4.5&at.phi=90", CANVAS)
    expected = BALL.read((3, 1), "rgba")
    found = np.array(values, np.uint8).reshape(expected.shape)
    opaque = expected[..., 3] > 0
    np.testing.assert_array_equal(found[opaque], expected[opaque])
    assert not found[~opaque][:, 3].any()


def test_values_through_a_colour_map(server: str) -> None:
    state = "ball.zarr#at.time=8&at.phi=270&channel=depth&map=grey&limits=10,12"
    text = "document.querySelector('.scale').innerText.replaceAll('\\n', ' ')"
    (values, scale), _ = see(server, state, CANVAS, text)
    found = np.array(values).reshape(*SIZE, 4)
    depth = BALL.read((4, 3), "depth")
    there = np.isfinite(depth)
    grey = (255 * (depth - 10) / 2).clip(0, 255)
    assert np.abs(found[..., 0] - grey)[there].max() <= 1
    np.testing.assert_array_equal(found[..., 3] == 255, there)
    assert scale == "depth [mm] 10 12"


def test_a_drag_turns_and_keys_move(server: str) -> None:
    steps = (
        drag(-330, 0),  # the camera to the right, about 90 degrees
        shown("rgba@2,3"),
        "document.querySelector('.stage canvas').focus() || true",
        "key ArrowRight",
        shown("rgba@2,0"),  # once around
        "document.querySelectorAll('.slider input')[0].focus() || true",
        "key ArrowRight",
        shown("rgba@3,0"),
        "[...document.querySelectorAll('.slider output')].map((o) => o.textContent).join()",
    )
    values, _ = see(server, "ball.zarr#at.time=2&at.phi=180", *steps)
    assert values[1] is True
    assert values[4] is True
    assert values[7:] == [True, "4.5 s,0°"]


def test_play_passes_over_holes_and_the_link_holds_it(server: str) -> None:
    steps = (
        SPACE,
        "document.querySelectorAll('.play')[0].textContent === '❚❚'",
        shown("rgba@2,2"),  # 1,2 is missing
        "location.hash.includes('play=time') && location.hash",
        SPACE,
        "document.querySelectorAll('.play')[0].textContent === '▶'",
    )
    values, _ = see(server, "ball.zarr#at.time=0&at.phi=180&speed=2", *steps)
    assert all(values)
    assert "at.phi=180" in values[3]
    assert "speed=2" in values[3]


def test_a_hole_is_told(server: str) -> None:
    text = "document.querySelector('.message').textContent"
    (told, hidden), _ = see(
        server, "ball.zarr#at.time=0.5&at.phi=180", text, "document.querySelector('canvas').hidden"
    )
    assert told == "There is no image at these values."
    assert hidden


def test_labels_and_hostile_names(server: str) -> None:
    steps = (
        "document.querySelectorAll('.slider output')[0].textContent",
        "document.querySelectorAll('.slider input')[0].getAttribute('aria-valuetext')",
        drag(-400, 400),  # up the labels and down the times: no angles
        shown("level@0,1"),
        "String(window.bad)",
    )
    values, _ = see(server, "labels.zarr#at.time=0", *steps)
    assert values[:2] == ["outer", "outer"]
    assert values[3:] == [True, "undefined"]


def test_a_link_that_was_cut(server: str) -> None:
    state = "ball.zarr#at.time=&at.phi=x&channel=none&map=a&limits=3,1&speed=-4&play=none&at.y=2"
    (found,), _ = see(server, state, SHOWN)
    assert found == "rgba@2,2"


def test_neighbours_are_fetched_ahead(server: str) -> None:
    fetched = """(() => {
      const asked = performance.getEntriesByType('resource').map((e) => new URL(e.name));
      const found = asked.map((u) => u.searchParams.get('at')).filter((at) => at);
      return found.length >= 5 && found.join(' ');
    })()"""
    (found,), _ = see(server, "ball.zarr#at.time=2&at.phi=180", fetched)
    assert set(found.split()) == {"2,2", "2,3", "2,1", "3,2", "0,2"}


def test_a_phone(server: str) -> None:
    scroll = "document.documentElement.scrollWidth <= 390"
    within = """[...document.querySelectorAll('input, button, .button')].every((e) => {
      const { left, right } = e.getBoundingClientRect();
      return left >= 0 && right <= 390;
    })"""
    steps = (scroll, within, drag(-190, 0, "touch"), shown("depth@2,3"))
    values, picture = see(server, "ball.zarr#channel=depth&at.phi=180", *steps, size=(390, 844))
    assert values == [True] * 4
    assert np.ptp(picture[60:430].astype(int), axis=(0, 1)).min() > 20  # there is a picture


def test_everything_has_a_name(server: str) -> None:
    names = """[...document.querySelectorAll('a[href], button, input, select')]
      .filter((e) => e.offsetParent !== null)
      .filter((e) => !(e.getAttribute('aria-label') || e.labels?.length || e.textContent.trim()))
      .map((e) => e.outerHTML).join() || 'all are named'"""
    (found,), _ = see(server, "ball.zarr#channel=depth", names)
    assert found == "all are named"


def test_a_volume_beside_them_is_shown(server: str) -> None:
    problem = "document.querySelector('.problem')?.textContent ?? ''"
    values, _, told = walk(f"{server}/view/volume.ome.zarr", [COMPLETE, problem])
    assert values == [True, ""]
    assert told == []


def test_a_damaged_image_is_told_on_the_page(server: str, folder: Path) -> None:
    steps = ["document.querySelector('.message.error')?.textContent"]
    values, _, _ = walk(f"{server}/view/damaged.zarr#channel=depth&at.time=8&at.phi=270", steps)
    assert len(values[0]) > 20
    assert str(folder) not in values[0]
