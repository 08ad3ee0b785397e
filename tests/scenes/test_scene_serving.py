"""Served scenes: views, Zarr, hostile requests, and the page that turns a scene in a browser."""

import io
import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import numpy as np
import pytest
import zarr
from chromium import walk
from made_scene import scene_file
from PIL import Image as Picture
from served import serving_files
from starlette.testclient import TestClient

import vcore
from vcore.errors import Cancelled
from vcore.scenes.methods.splats import rendering
from vcore.scenes.orbit import first_orbit
from vcore.scenes.scene import Scene
from vcore.serve.app import application
from vcore.serve.catalogue import Catalogue
from vcore.serve.scenes import MAX_PIXELS, MAX_SIDE

pytestmark = pytest.mark.slow

COMPLETE = "document.getElementById('viewer').dataset.complete === 'true'"
HOSTILE = '<img src=x onerror="window.bad=1">'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a scene, one without cameras, and a damaged one."""
    found = tmp_path_factory.mktemp("scenes")
    scene_file(found / "shell.vcore")
    scene_file(found / "plain.vcore", 40, cameras=False)
    data = bytearray((found / "plain.vcore").read_bytes())
    data[-60:] = bytes(60)
    (found / "damaged.vcore").write_bytes(data)
    return found


@pytest.fixture(scope="module")
def scene(folder: Path) -> Scene:
    return vcore.open(folder / "shell.vcore")


@pytest.fixture(scope="module")
def client(folder: Path) -> TestClient:
    return TestClient(application(Catalogue(folder)), base_url="http://localhost")


def pixels(answer: Any) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    return np.asarray(Picture.open(io.BytesIO(answer.content)))


# the server


def test_a_view_is_what_the_scene_renders(client: TestClient, scene: Scene) -> None:
    found = pixels(client.get("/image/shell.zarr?size=90x70&theta=50&phi=-20&roll=10&distance=5"))
    orbit = first_orbit(scene.bounds, scene.cameras).changed(
        theta=50.0, phi=-20.0, roll=10.0, distance=5.0
    )
    expected, _ = scene.render(orbit.camera((70, 90), scene.bounds))
    np.testing.assert_array_equal(found, expected)
    assert np.ptp(found) > 100


def test_a_camera_of_the_file_is_seen_exactly(client: TestClient, scene: Scene) -> None:
    told = client.get("/about/shell.zarr").json()
    assert [c["name"] for c in told["cameras"]] == ["view 0", "view 1", "view 2"]
    orbit = told["cameras"][2]["orbit"]
    query = {k: v for k, v in orbit.items() if k != "target"} | {
        "target": ",".join(map(str, orbit["target"])),
        "size": "80x60",
    }
    found = pixels(client.get("/image/shell.zarr", params=query)).astype(int)
    expected, _ = scene.render(scene.camera("view 2"))
    assert np.abs(found - expected).mean() < 0.05


def test_depths_are_codes_between_the_nearest_and_the_farthest(
    client: TestClient, scene: Scene
) -> None:
    answer = client.get("/image/shell.zarr?size=90x70&theta=50&phi=-20&distance=5&shown=depth")
    found = pixels(answer).astype(int)
    orbit = first_orbit(scene.bounds, scene.cameras).changed(theta=50.0, phi=-20.0, distance=5.0)
    _, depth = scene.render(orbit.camera((70, 90), scene.bounds))
    near, far = (float(v) for v in answer.headers["vcore-depths"].split(","))
    assert (near, far) == pytest.approx((np.nanmin(depth), np.nanmax(depth)))
    codes = 256 * found[..., 0] + found[..., 1]
    np.testing.assert_array_equal(codes > 0, np.isfinite(depth))
    values = near + (codes - 1) * (far - near) / 65534
    there = codes > 0
    assert 0 < there.sum() < there.size
    assert np.abs(values - depth)[there].max() < (far - near) / 65534
    empty = client.get("/image/shell.zarr?size=8x6&target=99,0,0&distance=1&shown=depth")
    assert not pixels(empty).any()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (f"size={MAX_SIDE + 1}x1", "Expected size"),
        (f"size={MAX_SIDE}x{MAX_PIXELS // MAX_SIDE + 1}", "Expected size"),
        ("size=99999x99999", "Expected size"),
        ("size=0x10", "Expected size"),
        ("size=-4x4", "Expected size"),
        ("size=", "Expected size"),
        ("size=1e3x4", "Expected size"),
        ("theta=nan", "finite"),
        ("theta=inf", "finite"),
        ("phi=x", "a number as phi"),
        ("phi=" + "1" * 5000, "finite"),
        ("distance=0", "positive distance"),
        ("distance=1e300", "positive distance"),
        ("distance=1e99&target=1e100,0,0", ""),
        ("target=1,2", "three numbers"),
        ("target=1,2,nan", "finite"),
        ("angle=0", "angle of view"),
        ("up=<b>", "Expected up"),
        ("shown=normals", "Expected shown as colour or depth"),
    ],
)
def test_impossible_requests(client: TestClient, query: str, told: str) -> None:
    answer = client.get(f"/image/shell.zarr?{query}")
    if not told:
        assert answer.status_code in (200, 400)
        return
    assert answer.status_code == 400
    assert told in answer.text
    assert answer.text.count("\n") == 1


def test_versions(client: TestClient) -> None:
    tag = client.get("/about/shell.zarr").json()["tag"]
    answer = client.get(f"/image/shell.zarr?size=8x6&v={tag}")
    assert "immutable" in answer.headers["cache-control"]
    known = {"if-none-match": answer.headers["etag"]}
    assert client.get(f"/image/shell.zarr?size=8x6&v={tag}", headers=known).status_code == 304
    assert client.get("/image/shell.zarr?size=8x6&v=other").status_code == 409


def test_cards(client: TestClient) -> None:
    page = client.get("/").text
    assert "3 scenes" in page
    for text in ("3 cameras", "/view/shell.zarr", "/file/shell.zarr", "splats"):
        assert text in page
    cover = pixels(client.get("/thumbnail/shell.zarr"))
    assert max(cover.shape) <= 320
    assert np.ptp(cover) > 100
    listed = {entry["name"]: entry for entry in client.get("/index.json").json()}
    assert (listed["shell.zarr"]["kind"], listed["shell.zarr"]["cameras"]) == ("scene", 3)


def test_a_damaged_scene_is_told(client: TestClient, folder: Path) -> None:
    answer = client.get("/image/damaged.zarr?size=20x20")
    assert answer.status_code == 500
    assert len(answer.text) > 20
    assert str(folder) not in answer.text
    assert client.get("/thumbnail/damaged.zarr").status_code == 500
    assert client.get("/view/damaged.zarr").status_code == 200


def test_zarr(server: str, scene: Scene) -> None:
    found = zarr.open_group(f"{server}/zarr/shell.zarr", mode="r")
    volume = scene.volume(128)
    region = (slice(60, 70), slice(20, 40), slice(10, 90))
    expected = volume.density[region]
    np.testing.assert_array_equal(found["density"][region], expected)
    np.testing.assert_array_equal(found["colour"][region], volume.colour[region])
    assert expected.max() > 0
    assert found.attrs["spacing"] == list(volume.grid.spacing)


def test_a_view_that_nobody_waits_for_is_stopped(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The latest wins: a browser that aborts a request frees the server for the next one."""
    began, ended = threading.Event(), threading.Event()
    render = rendering.render

    def slow(splats: Any, camera: Any, background: Any = (0, 0, 0), context: Any = None) -> Any:
        if camera.size != (7, 7):
            return render(splats, camera, background, context)
        began.set()
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                context.report("rendering", 0.5)
                time.sleep(0.01)
        except Cancelled:
            ended.set()
            raise
        raise AssertionError("not cancelled")

    monkeypatch.setattr("vcore.scenes.methods.splats.field.render", slow)
    app = application(Catalogue(folder))
    with running(app) as url:
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{url}/image/shell.zarr?size=7x7", timeout=httpx.Timeout(20, read=1.5))
        assert began.is_set()
        assert ended.wait(10)
        assert httpx.get(f"{url}/image/shell.zarr?size=8x8", timeout=30).status_code == 200


def running(app: Any) -> Any:
    """Return a context manager of a server in a thread, which yields its address."""
    from contextlib import contextmanager

    import uvicorn

    from vcore.serve.run import address, listen

    @contextmanager
    def run() -> Iterator[str]:
        with listen("127.0.0.1", 0) as sock:
            config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="none")
            server = uvicorn.Server(config)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
            thread.start()
            yield address(sock)
            server.should_exit = True
            thread.join(20)

    return run()


# the page


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    with serving_files(folder) as (url, _):
        yield url


def see(server: str, address: str, *steps: Any, **options: Any) -> tuple[list[Any], np.ndarray]:
    """Walk through a page; return the values and the picture as RGB."""
    options = {"size": (800, 500)} | options
    values, picture, told = walk(f"{server}/view/{address}", [COMPLETE, *steps], **options)
    assert told == []
    assert values[0] is True
    return values[1:], np.asarray(Picture.open(io.BytesIO(picture)).convert("RGB"))


SHOWN = "new URLSearchParams(document.getElementById('viewer').dataset.shown)"
CANVAS = """(() => {
  const canvas = document.querySelector('.stage canvas');
  const { width, height } = canvas;
  const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  return [width, height, Array.from(data)];
})()"""


def drag(x: float, y: float, **event: Any) -> str:
    """Return JavaScript that drags by shares of the picture's shorter side."""
    more = ", ".join(f"{k}: {str(v).lower()}" for k, v in event.items())
    return f"""(() => {{
      const stage = document.querySelector('.stage');
      const box = stage.getBoundingClientRect();
      const side = Math.min(box.width, box.height);
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      const at = (dx, dy) => ({{ clientX: x + dx * side, clientY: y + dy * side, pointerId: 7,
        bubbles: true, isPrimary: true, {more} }});
      stage.dispatchEvent(new PointerEvent('pointerdown', at(0, 0)));
      stage.dispatchEvent(new PointerEvent('pointermove', at({x} / 2, {y} / 2)));
      stage.dispatchEvent(new PointerEvent('pointermove', at({x}, {y})));
      stage.dispatchEvent(new PointerEvent('pointerup', at({x}, {y})));
      return true;
    }})()"""


def angles(theta: float, phi: float) -> str:
    """Return JavaScript that tells whether these angles are shown, sharply."""
    return (
        f"{COMPLETE} && Math.abs({SHOWN}.get('theta') - {theta}) < 0.5"
        f" && Math.abs({SHOWN}.get('phi') - {phi}) < 0.5"
    )


def test_what_is_drawn(server: str, scene: Scene) -> None:
    state = "shell.zarr#theta=50&phi=120&distance=5&target=0,0.1,0.2&angle=35"
    (((width, height, data)),), _ = see(server, state, CANVAS)
    orbit = first_orbit(scene.bounds, scene.cameras).changed(
        theta=50.0, phi=120.0, distance=5.0, target=(0.0, 0.1, 0.2), angle=35.0, roll=0.0
    )
    expected, _ = scene.render(orbit.camera((height, width), scene.bounds))
    found = np.array(data, np.uint8).reshape(height, width, 4)
    assert np.abs(found[..., :3].astype(int) - expected).max() <= 2
    assert width > 300


def test_a_drag_turns_and_the_link_holds_it(server: str) -> None:
    steps = (
        drag(0.25, -0.1),
        angles(78, 75),
        "location.hash.includes('theta=78') && location.hash",
        "document.querySelector('.stage canvas').focus() || true",
        "key ArrowRight",
        angles(78, 70),
    )
    values, _ = see(server, "shell.zarr#theta=60&phi=120", *steps)
    assert values[1] is True
    assert "phi=74.96" in values[2]
    assert "roll=0&" in values[2]
    assert values[5] is True


def test_a_drag_with_shift_moves_the_scene_with_the_hand(server: str, scene: Scene) -> None:
    state = "shell.zarr#theta=90&phi=0&distance=5&target=0,0,0&angle=40"
    target = f"{COMPLETE} && {SHOWN}.get('target') !== '0,0,0' && {SHOWN}.get('target')"
    values, _ = see(server, state, drag(0.2, 0.1, shiftKey=True), target)
    found = np.array([float(v) for v in values[1].split(",")])
    seen = 2 * 5 * np.tan(np.radians(20))
    # from +x, right is +y; a scene that moves right has its middle to the left of the target
    np.testing.assert_allclose(found, [0, -0.2 * seen, 0.1 * seen], atol=2e-3)


def test_the_wheel_and_keys_zoom(server: str) -> None:
    wheel = """document.querySelector('.stage').dispatchEvent(
        new WheelEvent('wheel', { deltaY: -200, bubbles: true, cancelable: true })) || true"""
    near = f"{COMPLETE} && Math.abs({SHOWN}.get('distance') - 4 * Math.exp(-0.3)) < 0.01"
    back = "document.dispatchEvent(new KeyboardEvent('keydown', { key: '0' })) || true"
    first = f"{COMPLETE} && Math.abs({SHOWN}.get('phi')) < 0.01 && {SHOWN}.get('distance')"
    values, _ = see(server, "shell.zarr#phi=33&distance=4", wheel, near, back, first)
    assert values[1] is True
    assert float(values[3]) > 4


def test_cameras_and_up(server: str) -> None:
    def choose(label: str, value: str) -> str:
        return f"""(() => {{
          const row = [...document.querySelectorAll('.choice')]
            .find((e) => e.querySelector('span').textContent === '{label}');
          const select = row.querySelector('select');
          select.value = '{value}';
          select.dispatchEvent(new Event('change'));
          return true;
        }})()"""

    up = f"{COMPLETE} && {SHOWN}.get('up') === '-y'"
    steps = (choose("View", "1"), angles(75, 90), choose("Up", "-y"), up)
    values, _ = see(server, "shell.zarr", *steps)
    assert values == [True] * 4


def test_depth_is_shown_with_its_scale(server: str, scene: Scene) -> None:
    """Near is yellow, far is violet; the address keeps the switch, and colours come back."""
    scale = "[...document.querySelectorAll('.scale:not([hidden]) > *')].map((e) => e.textContent)"
    colour = """(() => {
      const select = [...document.querySelectorAll('.choice')]
        .find((e) => e.querySelector('span').textContent === 'Show').querySelector('select');
      const before = select.value;
      select.value = 'colour';
      select.dispatchEvent(new Event('change'));
      return before;
    })()"""
    state = "shell.zarr#theta=50&phi=120&distance=5&angle=35&shown=depth"
    steps = (CANVAS, scale, "location.hash", colour, f"{COMPLETE} && {SHOWN}.get('theta')", scale)
    values, _ = see(server, state, *steps)
    (width, height, data), told, link, before, _, after = values
    orbit = first_orbit(scene.bounds, scene.cameras).changed(
        theta=50.0, phi=120.0, distance=5.0, angle=35.0, roll=0.0
    )
    _, depth = scene.render(orbit.camera((height, width), scene.bounds))
    found = np.array(data, np.uint8).reshape(height, width, 4)
    np.testing.assert_array_equal(found[..., 3] > 0, np.isfinite(depth))
    assert found[np.unravel_index(np.nanargmin(depth), depth.shape)].tolist() == [253, 231, 37, 255]
    assert found[np.unravel_index(np.nanargmax(depth), depth.shape)].tolist() == [68, 1, 84, 255]
    assert told[0] == "depth in scene units"
    assert [float(told[1]), float(told[3])] == pytest.approx(
        [np.nanmin(depth), np.nanmax(depth)], rel=1e-3
    )
    assert (link.endswith("shown=depth"), before, after) == (True, "depth", [])


def test_a_link_that_was_cut(server: str, scene: Scene) -> None:
    state = "shell.zarr#theta=x&phi=&distance=-3&target=1,2&angle=999&up=q&roll=Infinity&=&"
    (theta, distance), _ = see(server, state, f"{SHOWN}.get('theta')", f"{SHOWN}.get('distance')")
    first = first_orbit(scene.bounds, scene.cameras)
    assert float(theta) == pytest.approx(first.theta, abs=0.01)
    assert float(distance) == pytest.approx(first.distance, rel=1e-4)


def test_small_views_come_first(server: str) -> None:
    sizes = """performance.getEntriesByType('resource')
      .map((e) => new URL(e.name).searchParams.get('size')).filter((size) => size)"""
    (found,), _ = see(server, "shell.zarr#theta=60&phi=120", sizes)
    areas = [int(np.prod([int(n) for n in s.split("x")])) for s in found]
    assert areas[0] < 13_000
    assert areas[-1] > 100_000
    # where the window changed its size, it began again
    growing = [(a, b) for a, b in itertools.pairwise(areas) if b > a]
    assert growing
    assert all(b <= 7.3 * a for a, b in growing)


def test_a_phone(server: str) -> None:
    within = """[...document.querySelectorAll('input, button, .button, select')].every((e) => {
      const { left, right } = e.getBoundingClientRect();
      return left >= 0 && right <= 390;
    }) && document.documentElement.scrollWidth <= 390"""
    pinch = [[(150, 200), (250, 200)], [(140, 200), (260, 200)], [(100, 200), (300, 200)]]
    near = f"{COMPLETE} && {SHOWN}.get('distance') < 3.2 && {SHOWN}.get('distance')"
    swipe = [[(200, 200)], [(180, 200)], [(106.5, 200)]]
    turned = f"{COMPLETE} && {SHOWN}.get('phi') > 30 && {SHOWN}.get('phi')"
    values, picture = see(
        server,
        "shell.zarr#theta=60&phi=0&distance=6",
        *(within, pinch, near, swipe, turned),
        size=(390, 844),
    )
    assert values[0] is True
    assert 2.9 < float(values[2]) < 3.1
    assert float(values[4]) == pytest.approx(45, abs=3)
    assert np.ptp(picture[60:400].astype(int), axis=(0, 1)).min() > 20


def test_everything_has_a_name(server: str) -> None:
    names = """[...document.querySelectorAll('a[href], button, input, select, canvas')]
      .filter((e) => e.offsetParent !== null)
      .filter((e) => !(e.getAttribute('aria-label') || e.labels?.length || e.textContent.trim()))
      .map((e) => e.outerHTML).join() || 'all are named'"""
    (found,), _ = see(server, "shell.zarr", names)
    assert found == "all are named"


def test_hostile_names(tmp_path: Path) -> None:
    from made_scene import splat_field

    from vcore.scenes.compress import compress_scene
    from vcore.scenes.methods.splats.field import SplatField

    plain = splat_field(40)
    camera = plain.cameras[0]
    named = type(camera)(camera.pose, camera.size, camera.focal, camera.near, camera.far, HOSTILE)
    field = SplatField(plain.splats, cameras=(named,), name=HOSTILE)
    compress_scene(field, tmp_path / "a&<b>.vcore", progress=False)
    with serving_files(tmp_path) as (url, _):
        address = httpx.get(f"{url}/index.json").json()[0]["view"].rpartition("/")[2]
        option = "document.querySelectorAll('.choice option')[1].textContent"
        (name, bad), _ = see(url, address, option, "String(window.bad)")
        assert HOSTILE not in httpx.get(f"{url}/").text
    assert (name, bad) == (HOSTILE, "undefined")


def test_a_damaged_scene_is_told_on_the_page(server: str, folder: Path) -> None:
    steps = ["document.querySelector('.message.error')?.textContent"]
    values, _, _ = walk(f"{server}/view/damaged.zarr", steps)
    assert len(values[0]) > 20
    assert str(folder) not in values[0]
