"""The server's pages: cards, descriptions, thumbnails, downloads, errors, security."""

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
import zarr
from PIL import Image as Picture
from served import serving_files
from starlette.testclient import TestClient

import vcore
from vcore.io import write
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume
from vcore.serve.app import application
from vcore.serve.catalogue import Catalogue
from vcore.serve.describe import describe
from vcore.serve.elsewhere import viewer_origins, viewers
from vcore.serve.page import reachable

Files = Callable[[str], bytes]
PAGE = {"Accept": "text/html"}
RAS = "right-anterior-superior"
HOSTILE = "<script>alert(1)</script>\" onload='x"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, compressed: Files) -> Path:
    """Return a folder of files, of a stored hierarchy with display settings, and a damaged file."""
    path = tmp_path_factory.mktemp("pages")
    (path / "vectors.vcore").write_bytes(compressed("vectors"))
    (path / "several.vcore").write_bytes(compressed("several"))
    (path / "damaged.vcore").write_bytes(b"no volume")
    hostile(path / "hostile.vcore")
    coloured(path / "coloured.zarr")
    return path


def hostile(path: Path) -> None:
    """Write a file of one lossless variable whose name and unit are markup."""
    values = np.zeros((4, 4, 4), "u1")
    variable = Variable(HOSTILE, values, unit="</script><b>")
    vcore.compress(Volume(Grid((4, 4, 4)), (variable,)), path, max_error=0)


def coloured(path: Path) -> np.ndarray:
    """Write an image of two channels, one red with a window and one green, half of it empty."""
    values = np.zeros((2, 3, 8, 16), "u2")
    values[0, 1, :, :8] = 1000
    values[1, 2, :4] = 50
    group = zarr.create_group(path)
    group.create_array("0", data=values, chunks=(1, 3, 4, 16))
    axes = [{"name": "c", "type": "channel"}]
    axes += [{"name": n, "type": "space", "unit": "micrometer"} for n in "zyx"]
    scale = {"type": "scale", "scale": [1.0, 2.0, 0.5, 0.25]}
    datasets = [{"path": "0", "coordinateTransformations": [scale]}]
    window = {"start": 0, "end": 1000, "min": 0, "max": 65535}
    channels = [
        {"label": "<b>red", "color": "FF0000", "active": True, "window": window},
        {"label": "green", "color": "00ff00"},
    ]
    group.attrs["ome"] = {
        "version": "0.5",
        "multiscales": [{"axes": axes, "datasets": datasets}],
        "omero": {"channels": channels},
    }
    return values


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    with TestClient(application(Catalogue(folder)), "http://127.0.0.1") as found:
        yield found


def pixels(data: bytes) -> np.ndarray:
    """Return a PNG as RGBA."""
    return np.asarray(Picture.open(io.BytesIO(data)).convert("RGBA")).astype(int)


# cards


def test_cards_say_what_there_is(client: TestClient) -> None:
    text = client.get("/").text
    for told in (
        "<h2>vectors</h2>",
        "<span>z 24 µm</span><span>y 5 µm</span><span>x 3.5 µm</span><span>2 frames</span>",
        "<li>u</li><li>v</li>",
        "m/s",
        'href="http://127.0.0.1/view/vectors.ome.zarr"',
        'src="http://127.0.0.1/thumbnail/vectors.ome.zarr"',
        'href="http://127.0.0.1/file/vectors.ome.zarr" download',
        'data-copy="zarr://http://127.0.0.1/0.5/vectors.ome.zarr"',
        "zarr.open(&quot;http://127.0.0.1/0.5/vectors.ome.zarr&quot;, mode=&quot;r&quot;)",
        "several · tempe/ratur ü",
        "<span>z 6 µm</span><span>y 4 µm</span><span>x 4 µm</span>",
    ):
        assert told in text, told


def test_names_from_files_are_never_markup(client: TestClient) -> None:
    pages = [client.get("/").text, client.get("/view/hostile.ome.zarr").text]
    for text in pages:
        assert not re.search(r"<script(?! type=\"module\" src=\"http://127\.0\.0\.1/assets/)", text)
        assert "<b>" not in text
        assert not re.search(r"<[^>]*\son\w+=(?![^<]*&quot;)", text)
        assert " style=" not in text  # the policy would refuse it
    about = client.get("/about/hostile.ome.zarr")
    assert about.json()["title"] == HOSTILE
    assert about.headers["Content-Type"] == "application/json"
    assert about.headers["X-Content-Type-Options"] == "nosniff"


def test_the_policy_allows_nothing_from_elsewhere(client: TestClient) -> None:
    for path in ("/", "/view/vectors.ome.zarr", "/view/nothing"):
        answer = client.get(path, headers=PAGE)
        policy = dict(
            p.split(" ", 1) for p in answer.headers["Content-Security-Policy"].split("; ")
        )
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_assets_are_only_those_of_the_client(client: TestClient) -> None:
    for name, kind in {
        "viewer.js": "text/javascript",
        "volume.js": "text/javascript",
        "index.js": "text/javascript",
        "style.css": "text/css",
        "icon.svg": "image/svg+xml",
        "LICENSES.txt": "text/plain",
    }.items():
        answer = client.get(f"/assets/{name}")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith(kind)
        assert len(answer.content) > 100
    for name in ("stamp.json", "app.py", "..%2Fapp.py", "%2e%2e/app.py"):
        assert client.get(f"/assets/{name}").status_code == 404


# one image


def test_the_description_is_that_of_the_file(client: TestClient, folder: Path) -> None:
    about = client.get("/about/vectors.ome.zarr").json()
    ds = vcore.open(folder / "vectors.vcore")
    kinds = [(a["name"], a["kind"], a["size"]) for a in about["axes"]]
    assert kinds == [
        ("t", "time", 2),
        ("c", "channel", 2),
        ("z", "space", 12),
        ("y", "space", 10),
        ("x", "space", 14),
    ]
    assert about["axes"][0]["positions"] == [1.0, 1.5]
    assert [a["step"] for a in about["axes"][2:]] == [2.0, 0.5, 0.25]
    assert [a["start"] for a in about["axes"][2:]] == [1.0, 2.0, 3.0]
    assert {a["unit"] for a in about["axes"][2:]} == {"µm"}
    assert about["unit"] == "m/s"
    assert [c["label"] for c in about["channels"]] == ["u", "v"]
    assert len(about["levels"]) == len(ds.levels)
    assert about["figures"]["ratio"] == pytest.approx(ds.info["variables"][0]["ratio"])
    assert about["data"] == "http://127.0.0.1/0.5/vectors.ome.zarr"


def test_windows_are_those_of_the_file_and_else_unknown(client: TestClient) -> None:
    red, green = client.get("/about/coloured.ome.zarr").json()["channels"]
    assert (red["label"], red["colour"], red["window"]) == ("<b>red", "FF0000", [0.0, 1000.0])
    assert (green["colour"], green["window"]) == ("00ff00", None)
    (only,) = client.get("/about/hostile.ome.zarr").json()["channels"]
    assert only["window"] is None  # the range of the data is no window


def test_channels_without_colours_get_some(client: TestClient) -> None:
    """White for all, as in our own files, would hide channels below each other."""
    u, v = client.get("/about/vectors.ome.zarr").json()["channels"]
    assert len({u["colour"], v["colour"], "FFFFFF"}) == 3
    (only,) = client.get("/about/hostile.ome.zarr").json()["channels"]
    assert only["colour"] == "FFFFFF"


def test_variables_are_found_by_escaped_names(client: TestClient) -> None:
    entries = client.get("/index.json").json()
    described = [e for e in entries if e["name"].startswith("several.ome.zarr/")]
    assert len(described) == 3
    titles = set()
    for entry in described:
        for form in (entry["describe"], unquote(entry["describe"])):
            about = client.get(form).json()
            titles.add(about["title"])
            assert client.get(f"{about['data']}/zarr.json").status_code == 200
        assert client.get(entry["view"]).status_code == 200
    assert titles == {"density", "tempe/ratur ü", "flag"}


def test_quality_of_a_preview_is_told(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path / "a.zarr")
    array = group.create_array("0", data=np.zeros((4, 4, 4), "u1"))
    array.attrs["vcore_quality"] = "preview"
    axes = [{"name": n, "type": "space"} for n in "zyx"]
    group.attrs["ome"] = {"multiscales": [{"axes": axes, "datasets": [{"path": "0"}]}]}
    client = TestClient(application(Catalogue(tmp_path)))
    assert "4 x 4 x 4 uint8, preview quality" in client.get("/").text
    assert client.get("/about/a.ome.zarr").json()["quality"] == "preview"


def test_files_tell_their_quality_and_both_kinds_of_psnr(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(100, 10, (8, 16, 16)).astype("f4")
    report = vcore.compress(values, tmp_path / "a.vcore", quality="good")
    about = TestClient(application(Catalogue(tmp_path))).get("/about/a.ome.zarr").json()
    assert about["quality"] == "good"
    assert "quality" not in about["figures"]
    achieved = next(iter(report.variables.values()))
    assert about["figures"]["psnr"] == pytest.approx(achieved["psnr"], abs=1e-3)
    assert about["figures"]["robust_psnr"] == pytest.approx(achieved["robust_psnr"], abs=1e-3)


def test_axes_have_the_names_of_the_file_and_vectors_show_one_component(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((3, 4, 8, 8)).astype("f4")
    grid = Grid((4, 8, 8), (150.0, 1.5, 2.5), axis_names=("lev", "lat", "lon"))
    named = ("u", "v", "w")
    several = (
        Variable("wind", values, tuple("czyx")),
        Variable("named", values, tuple("czyx"), components=named),
    )
    vcore.compress(Volume(grid, several), tmp_path / "a.vcore", max_error=0)
    client = TestClient(application(Catalogue(tmp_path)))
    about = client.get("/about/a.ome.zarr/wind").json()
    assert [axis["name"] for axis in about["axes"]] == ["c", "lev", "lat", "lon"]
    assert "names" not in about["figures"]
    assert [channel["active"] for channel in about["channels"]] == [True, False, False]
    about = client.get("/about/a.ome.zarr/named").json()
    assert [channel["active"] for channel in about["channels"]] == [True, True, True]
    assert "lat 12" not in client.get("/").text  # lengths without a unit are numbers of voxels
    assert "<span>lat 8</span>" in client.get("/").text


def test_bodies_are_described_with_their_sides_and_upright_in_thumbnails(tmp_path: Path) -> None:
    values = np.zeros((4, 8, 8), "u1")
    values[:, 6:] = 200
    for name, space, sign in (("ras", RAS, 1), ("turned", RAS, -1), ("none", "", 1)):
        grid = Grid((4, 8, 8), direction=np.diag([1.0, sign, 1.0]).tolist())
        attributes = {"space": space} if space else {}
        volume = Volume(grid, (Variable("T1", values),), attributes=attributes)
        vcore.compress(volume, tmp_path / f"{name}.vcore", max_error=0)
        write(volume, tmp_path / f"{name}-plain.ome.zarr")
    client = TestClient(application(Catalogue(tmp_path)))
    for name, sides, bright in (
        ("ras", ["IS", "PA", "LR"], 0),
        ("turned", ["IS", "AP", "LR"], -1),
        ("none", ["", "", ""], -1),
    ):
        for stored in (name, f"{name}-plain"):
            axes = client.get(f"/about/{stored}.ome.zarr").json()["axes"]
            assert [axis["ends"] for axis in axes] == sides
            picture = pixels(client.get(f"/thumbnail/{stored}.ome.zarr").content)
            assert picture[bright, 0, 0] > picture[-1 - bright, 0, 0]


@pytest.mark.parametrize(
    "kept",
    [
        7,
        {"attributes": RAS, "grid": 3},
        {"attributes": {"space": [RAS]}},
        *(
            {"attributes": {"space": RAS}, "grid": {"direction": d}}
            for d in ("x", [1], [["x"] * 3] * 3)
        ),
    ],
)
def test_damaged_directions_are_left_out(kept: object) -> None:
    image = {"axes": list("zyx"), "datasets": [{"path": "0"}]}
    array = {"node_type": "array", "shape": [2, 3, 4], "data_type": "uint8", "attributes": {}}
    node = {"attributes": {"ome": {"multiscales": [image]}, "vcore": kept}}
    described = describe({"zarr.json": node, "0/zarr.json": array}, "")
    assert [axis.ends for axis in described.axes] == ["", "", ""]


COLOURS = [
    {"label-value": 7, "rgba": [1, 2, 3, 4]},
    {"label-value": 8, "rgba": [1, 2, 3, 400]},
    {"label-value": True, "rgba": [1, 2, 3, 4]},
    {"label-value": 9, "rgba": "red"},
    "red",
]


def test_labels_are_shown_with_their_image(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path / "a.zarr")
    axes = [{"name": n, "type": "space"} for n in "zyx"]
    told = {"multiscales": [{"axes": axes, "datasets": [{"path": "0"}]}]}
    for path, more in (
        ("", {}),
        ("labels/<cells>", {"image-label": {"colors": COLOURS}}),
        ("labels/image", {}),
    ):
        node = group.require_group(path) if path else group
        node.create_array("0", data=np.ones((2, 4, 4), "u1"))
        node.attrs["ome"] = told | more
    client = TestClient(application(Catalogue(tmp_path)), "http://127.0.0.1")
    text = client.get("/").text
    assert text.count('class="card"') == 2  # what is no label image has a card of its own
    assert "<li>labels: &lt;cells&gt;</li>" in text
    (overlay,) = client.get("/about/a.ome.zarr").json()["overlays"]
    assert overlay["title"] == "<cells>"
    about = client.get(overlay["describe"]).json()
    assert about["name"] == overlay["name"] == "a.ome.zarr/labels/<cells>"
    assert about["labels"]
    assert about["label_colours"] == {"7": [1, 2, 3, 4]}
    assert about["overlays"] == []


@pytest.mark.parametrize(
    "image",
    [
        {},
        {"multiscales": [{"axes": "zyx", "datasets": [{"path": "0"}]}]},
        {"multiscales": [{"axes": ["z", 3, None], "datasets": [{"path": "0"}, {"path": "9"}]}]},
        {"multiscales": [{"datasets": [{"path": "0", "coordinateTransformations": [None, 3]}]}]},
        {
            "multiscales": [
                {
                    "name": 3,
                    "axes": [{"name": "z", "unit": 4}],
                    "datasets": [
                        {
                            "path": "0",
                            "coordinateTransformations": [
                                {"type": "scale", "scale": [0, "x", None]},
                                {"type": "translation", "translation": [1]},
                                {"type": []},
                            ],
                        }
                    ],
                }
            ],
            "omero": {"channels": [None, 3, {"label": 4, "color": "red", "window": []}]},
        },
    ],
)
def test_odd_metadata_is_no_error(image: dict) -> None:
    array = {"node_type": "array", "shape": [3, 4, 5], "data_type": "int16", "attributes": {}}
    documents = {
        "zarr.json": {"node_type": "group", "attributes": {"ome": image}},
        "0/zarr.json": array,
    }
    found = describe(documents, "")
    assert json.dumps(found.to_json())
    assert found.shape in ((), (3, 4, 5))
    assert all(a.step == 1.0 and a.start == 0.0 for a in found.axes)
    assert all(c.colour == "FFFFFF" and c.window is None for c in found.channels)


# pictures


def test_thumbnails_have_colours_and_proportions(client: TestClient) -> None:
    picture = pixels(client.get("/thumbnail/coloured.ome.zarr").content)
    assert picture.shape == (320, 320, 4)  # 8 x 0.5 by 16 x 0.25
    corners = picture[[10, 10, 300, 300], [10, 300, 10, 300]]
    assert corners.tolist() == [
        [255, 255, 0, 255],  # red and green
        [0, 255, 0, 255],
        [255, 0, 0, 255],
        [0, 0, 0, 255],
    ]


def test_missing_values_are_transparent_in_thumbnails(tmp_path: Path) -> None:
    values = np.linspace(1, 2, 6 * 8 * 8, dtype="f4").reshape(6, 8, 8)
    values[:, :4] = np.nan
    vcore.compress(values, tmp_path / "a.vcore", max_error=0)
    whole = np.full((6, 8, 8), -9999, "i2")
    whole[:, 4:] = 5
    volume = Volume(Grid((6, 8, 8)), (Variable("v", whole, fill_value=-9999),))
    vcore.compress(volume, tmp_path / "b.vcore", max_error=0)
    client = TestClient(application(Catalogue(tmp_path)))
    for name in "ab":
        picture = pixels(client.get(f"/thumbnail/{name}.ome.zarr").content)
        assert (picture[:159, :, 3] == 0).all()
        assert (picture[161:, :, 3] == 255).all()
    assert client.get("/about/b.ome.zarr").json()["fill"] == -9999


def test_a_thumbnail_is_made_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import vcore.serve.pages as pages

    made = []

    def counted(*arguments: object) -> bytes:
        made.append(arguments)
        return b"picture"

    monkeypatch.setattr(pages, "thumbnail", counted)
    client = TestClient(application(Catalogue(folder)))
    assert {client.get("/thumbnail/vectors.ome.zarr").content for _ in range(3)} == {b"picture"}
    assert len(made) == 1


# addresses


def test_printed_addresses_open_as_pages(client: TestClient) -> None:
    for version in ("0.5", "0.4"):
        address = f"/{version}/vectors.ome.zarr"
        answer = client.get(address, headers=PAGE, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["Location"] == "http://127.0.0.1/view/vectors.ome.zarr"
        assert client.get(address).status_code == 404  # programs look for documents
    assert client.get("/0.5/several.ome.zarr/flag", headers=PAGE).url.path == (
        "/view/several.ome.zarr/flag"
    )
    assert client.get("/0.5/vectors.ome.zarr/9", headers=PAGE).status_code == 404


def test_the_file_itself(client: TestClient, folder: Path) -> None:
    answer = client.get("/file/vectors.ome.zarr")
    assert answer.content == (folder / "vectors.vcore").read_bytes()
    assert 'attachment; filename="vectors.vcore"' in answer.headers["Content-Disposition"]
    for name in ("coloured.ome.zarr", "vectors.vcore", "%2e%2e%2fx", "%2Fetc%2Fpasswd", ""):
        assert client.get(f"/file/{name}").status_code == 404, name


def test_errors_name_no_folder_of_this_machine(tmp_path: Path) -> None:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "damaged.vcore").write_bytes(b"no volume")
    coloured(folder / "coloured.zarr")
    client = TestClient(application(Catalogue(folder)))
    (folder / "coloured.zarr" / "0" / "c" / "0" / "0" / "0" / "0").write_bytes(b"damaged")
    for path in (
        "/",
        "/index.json",
        "/view/damaged.ome.zarr",
        "/about/damaged.ome.zarr",
        "/thumbnail/damaged.ome.zarr",
        "/thumbnail/coloured.ome.zarr",
        "/0.5/damaged.ome.zarr/zarr.json",
        "/0.5/coloured.ome.zarr/0/c/0/0/0/0",
    ):
        for headers in (PAGE, {}):
            text = client.get(path, headers=headers).text
            assert str(folder) not in text, path
            assert str(folder.parent) not in text, path
    assert "damaged.vcore" in client.get("/view/damaged.ome.zarr", headers=PAGE).text
    public = Catalogue(folder).public
    assert public(f"Not {folder}/a/b.vcore.") == "Not a/b.vcore."
    assert public("See /etc/secret/x.vcore: 3/4 at https://host/a/b.") == (
        "See x.vcore: 3/4 at https://host/a/b."
    )


def test_errors_are_pages_for_people_and_text_for_programs(client: TestClient) -> None:
    for path, status in (("/view/no.ome.zarr", 404), ("/view/damaged.ome.zarr", 500)):
        page = client.get(path, headers=PAGE)
        assert page.status_code == status
        assert "All images" in page.text
        text = client.get(path)
        assert text.status_code == status
        assert text.headers["Content-Type"].startswith("text/plain")
        assert text.headers["Cache-Control"] == "no-store"


def test_a_file_at_a_url(folder: Path) -> None:
    with serving_files(folder / "vectors.vcore") as (url, _):
        client = TestClient(application(Catalogue(f"{url}/file/vectors.ome.zarr")))
        assert "2 x 2 x 12 x 10 x 14 float32" in client.get("/").text
        chunk = client.get("/0.5/vectors.ome.zarr/0/c/1/0/0/0/0").content
        expected = vcore.open(folder / "vectors.vcore").decode()[1, 0]
        assert np.array_equal(np.frombuffer(chunk, "<f4").reshape(12, 10, 14), expected)
        assert client.get("/file/vectors.ome.zarr").status_code == 404


# viewers elsewhere


@pytest.mark.parametrize(
    ("base", "read"),
    [
        ("http://127.0.0.1:8765", True),
        ("http://localhost:8765", True),
        ("http://[::1]:8765", True),
        ("https://data.example.org", True),
        ("http://192.168.0.7:8765", False),
        ("http://workstation:8765", False),
    ],
)
def test_links_that_browsers_block_are_left_out(folder: Path, base: str, read: bool) -> None:
    assert reachable(base) is read
    client = TestClient(application(Catalogue(folder), viewer_origins()), base)
    text = client.get("/").text
    assert ("neuroglancer-demo" in text) is read
    assert ("mixed content" in text) is not read
    assert f'data-linked="{"yes" if read else "no"}"' in client.get("/view/vectors.ome.zarr").text


def test_links_carry_display_settings(folder: Path) -> None:
    image, _ = Catalogue(folder).find("coloured.ome.zarr") or (None, "")
    assert image is not None
    urls = {"0.5": "http://h/0.5/c", "0.4": "http://h/0.4/c"}
    link = viewers("coloured", urls, image.describe(""))["neuroglancer"]
    red, green = json.loads(unquote(link.partition("#!")[2]))["layers"]
    assert red["shaderControls"] == {"normalized": {"range": [0.0, 1000.0]}}
    assert "vec3(1.000, 0.000, 0.000)" in red["shader"]
    assert "vec3(0.000, 1.000, 0.000)" in green["shader"]
    assert (red["localPosition"], green["localPosition"]) == ([0], [1])
