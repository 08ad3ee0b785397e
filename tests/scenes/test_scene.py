"""Compressed scenes: opening, rendering, budgets, and damaged files."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from made_scenes import BOUNDS, RADIUS, STEEP, cameras, field, weights

import vcore
from vcore.errors import (
    BudgetError,
    Cancelled,
    FormatError,
    InputError,
    MemoryLimitError,
    OutputExistsError,
    TruncatedError,
)
from vcore.metrics.errors import psnr
from vcore.scenes.cameras import Camera
from vcore.scenes.compress import compress_scene

QUICK = {"cells": 24, "steps": 160}


@pytest.fixture(scope="module")
def data() -> bytes:
    return vcore.compress(field(), None, settings=QUICK).data


@pytest.fixture
def scene(data: bytes) -> Iterator[vcore.Scene]:
    with vcore.open(data) as found:
        yield found


def test_opening_tells_what_it_is(scene: vcore.Scene, data: bytes) -> None:
    assert isinstance(scene, vcore.Scene)
    assert scene.bounds == BOUNDS
    assert scene.background == (1.0, 1.0, 1.0)
    assert [c.name for c in scene.cameras] == [c.name for c in cameras()]
    assert scene.name == "octahedron"
    info = scene.info
    assert info["kind"] == "scene"
    assert info["bytes"] == len(data) == scene.stored_bytes
    assert info["method"] == "nerf"
    assert info["achieved"]["psnr"] > 36
    assert sum(info["sections"].values()) < len(data)
    assert info["ratio"] == pytest.approx(field().nbytes / len(data))
    assert "octahedron" not in repr(scene)
    assert "6 cameras, of 32 x 24 pixels" in repr(scene)
    assert not scene.truncated
    assert scene.check() == 2


def test_opening_decodes_nothing(data: bytes) -> None:
    scene = vcore.open(data)

    assert scene.info["cameras"]
    assert "field" not in vars(scene)


def test_rendered_views_are_those_of_the_original(scene: vcore.Scene) -> None:
    camera = cameras()[2]

    rgb, depth = scene.render(scene.cameras[2])
    before = field().render(camera)
    assert rgb.shape == (24, 32, 3)
    assert rgb.dtype == np.uint8
    assert depth.dtype == np.float32
    assert psnr(255, float(np.mean((rgb - before.pixels().astype(float)) ** 2))) > 34
    seen = np.isfinite(depth) & np.isfinite(before.depth)
    assert np.median(np.abs(depth - before.depth)[seen]) < 0.03


def test_a_pose_is_seen_as_by_the_cameras(scene: vcore.Scene) -> None:
    rgb, _ = scene.render(scene.cameras[1].pose, (12, 16))

    assert rgb.shape == (12, 16, 3)
    same, _ = scene.render(scene.cameras[1], (12, 16))
    np.testing.assert_array_equal(rgb, same)
    with pytest.raises(InputError, match="pose"):
        scene.render(np.zeros(3))
    with pytest.raises(InputError, match="pixels"):
        scene.render(scene.cameras[0], (0, 4))
    assert isinstance(scene.camera("view 3"), Camera)
    with pytest.raises(InputError, match="view 0"):
        scene.camera("none")


def test_a_volume_is_computed_by_chunks(scene: vcore.Scene) -> None:
    volume = scene.volume(40)

    assert volume.density.shape == (40, 40, 40)
    assert volume.colour.shape == (40, 40, 40, 3)
    assert volume.colour.dtype == np.uint8
    part = volume.density[10:34, 20, 5:30]
    z, x = np.meshgrid(np.arange(10, 34), np.arange(5, 30), indexing="ij")
    grid = volume.grid
    places = [grid.origin[k] + grid.spacing[k] * n for k, n in enumerate((z, 20, x))]
    exact = STEEP * np.maximum(RADIUS - sum(np.abs(p) for p in places), 0)
    assert np.mean(np.abs(part - exact)) < 0.7
    assert volume.group.attrs["spacing"] == list(volume.grid.spacing)
    colour = volume.colour[20, 20, 28]
    assert colour[0] > colour[1]
    same = pickle.loads(pickle.dumps(volume))
    np.testing.assert_array_equal(same.density[8:12, 30, 8:12], volume.density[8:12, 30, 8:12])
    with pytest.raises(InputError, match="resolution"):
        scene.volume(1)


def test_a_mesh_is_the_surface(scene: vcore.Scene) -> None:
    mesh = scene.mesh(STEEP * 0.2, resolution=40)

    distance = np.abs(mesh.vertices).sum(-1)
    assert len(mesh.vertices) > 200
    assert np.median(np.abs(distance - (RADIUS - 0.2))) < 0.02
    corners = mesh.vertices[mesh.triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert ((normals * corners.mean(1)).sum(-1) > 0).mean() > 0.95  # outwards
    assert mesh.colours.shape == mesh.vertices.shape
    assert not len(scene.mesh(1e9, resolution=8).vertices)


def test_slabs_make_the_same_mesh(scene: vcore.Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    from vcore.scenes import mesh

    whole = scene.mesh(10.0, resolution=24)
    monkeypatch.setattr(mesh, "SLAB_VOXELS", 24 * 24 * 5)
    parts = scene.mesh(10.0, resolution=24)
    assert parts.triangles.shape == whole.triangles.shape
    np.testing.assert_allclose(np.sort(parts.vertices, 0), np.sort(whole.vertices, 0), atol=1e-5)


def test_normals_point_out_of_the_surface(scene: vcore.Scene) -> None:
    from vcore.scenes.normals import normals_of

    camera = cameras()[0]
    view = scene.view(camera)
    normals = normals_of(scene.field, camera, view)
    seen = view.alpha > 0.9
    assert np.isnan(normals[~np.isfinite(view.depth)]).all()
    np.testing.assert_allclose(np.linalg.norm(normals[seen], axis=-1), 1, atol=1e-4)
    origins, directions = camera.rays()
    points = (origins + directions * view.depth[..., None])[seen]
    exact = np.sign(points) / np.sqrt(3)
    assert np.median((normals[seen] * exact).sum(-1)) > 0.9


def test_a_copy_is_the_same_scene(scene: vcore.Scene, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "copy.vcore"

    assert scene.save(path) == path.stat().st_size
    copy = vcore.open(path)
    np.testing.assert_array_equal(
        copy.render(copy.cameras[0])[0], scene.render(scene.cameras[0])[0]
    )
    with pytest.raises(OutputExistsError):
        scene.save(path)
    again = pickle.loads(pickle.dumps(vcore.open(path)))
    assert again.identity == copy.identity


def test_a_file_is_coded_again_with_other_cells(scene: vcore.Scene) -> None:
    again = vcore.open(vcore.compress(scene.field, None, settings={**QUICK, "cells": 16}).data)

    assert again.field.occupancy.occupied.shape == (16, 16, 16)
    view = again.render(cameras()[0])[0].astype(float) / 255
    before = scene.render(cameras()[0])[0].astype(float) / 255
    assert psnr(1.0, float(np.mean((view - before) ** 2))) > 30


def test_the_same_seed_gives_the_same_bytes(data: bytes) -> None:
    assert compress_scene(field(), None, settings=QUICK).data == data


def test_bytes_are_kept() -> None:
    for wanted in (950, 1100):
        report = vcore.compress(field(noise=0.01), None, settings=QUICK, bytes=wanted)
        assert 0.8 * wanted < report.bytes <= wanted
        assert len(report.data) == report.bytes


def test_a_psnr_is_kept() -> None:
    source = field(noise=0.01)
    reports = [vcore.compress(source, None, settings=QUICK, psnr=p) for p in (24, 32)]

    assert reports[0].psnr >= 24
    assert reports[1].psnr >= 32
    assert reports[0].bytes < reports[1].bytes


def test_a_ratio_is_kept() -> None:
    report = vcore.compress(field(), None, settings=QUICK, ratio=1.5)

    assert report.ratio >= 1.5


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        ({"bytes": 300}, "too few"),
        ({"bytes": 700}, "would do"),
        ({"psnr": 90}, "PSNR"),
        ({"max_error": 1}, "neither voxels"),
        ({"bpv": 1}, "neither voxels"),
        ({"quality": "good"}, "neither voxels"),
    ],
)
def test_impossible_budgets_are_refused(budget: dict, told: str, tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match=told):
        vcore.compress(field(), tmp_path / "a.vcore", settings=QUICK, **budget)
    assert list(tmp_path.iterdir()) == []


def test_cancelling_leaves_no_file(tmp_path: Path) -> None:
    context = vcore.Context()
    stages = []

    def cancel(stage: str, share: float) -> None:
        stages.append(stage)
        if stage == "quantising":
            context.cancelled.set()

    context = vcore.Context(progress=cancel)
    with pytest.raises(Cancelled):
        vcore.compress(field(), tmp_path / "a.vcore", settings=QUICK, context=context)
    assert "finding empty space" in stages
    assert list(tmp_path.iterdir()) == []


def test_settings_are_checked() -> None:
    for settings in ({"cells": 0}, {"steps": 10**9}, {"prune": 1}, {"retrain": -1}, {"x": 1}):
        with pytest.raises(InputError):
            vcore.compress(field(), None, settings=settings)


def test_volumes_have_no_scenes_and_scenes_no_options(data: bytes, tmp_path: Path) -> None:
    from vcore.opening import open_dataset

    path = tmp_path / "a.vcore"
    path.write_bytes(data)
    with pytest.raises(InputError, match="is a scene"):
        open_dataset(str(path))
    with pytest.raises(InputError, match="zero_below"):
        vcore.compress(field(), None, zero_below=1)
    with pytest.raises(InputError, match="one budget"):
        vcore.compress(field(), None, budget={"a": {"bytes": 3}})
    with pytest.raises(InputError, match="methods for scenes"):
        vcore.compress(field(), None, method="wavelet")


def test_what_takes_no_scenes_says_so(data: bytes, tmp_path: Path) -> None:
    scene = vcore.open(data)
    path = weights(tmp_path / "w.npz")

    assert vcore.verify(scene) == {"units": 2, "variables": {}}
    with pytest.raises(InputError, match="scene alone"):
        vcore.verify(scene, np.zeros((3, 3, 3)))
    with pytest.raises(InputError, match="scene"):
        vcore.compare(np.zeros((3, 3, 3)), scene)
    with pytest.raises(InputError, match="Scene"):
        vcore.write_images(scene, tmp_path / "x.cdb")
    with pytest.raises(InputError, match="poses"):  # not compressed as a volume of weights
        vcore.compress(path, tmp_path / "w.vcore")
    assert [p.name for p in tmp_path.iterdir()] == ["w.npz"]


def test_damaged_files_are_refused(data: bytes) -> None:
    assert vcore.open(data[:-10]).truncated
    with pytest.raises(FormatError):
        vcore.open(data[:-10]).check()
    with pytest.raises((TruncatedError, FormatError)):
        vcore.open(data[:40])
    broken = bytearray(data)
    broken[-30] ^= 4
    with pytest.raises(FormatError, match="damaged"):
        vcore.open(bytes(broken)).check()
    with pytest.raises(FormatError, match="damaged"):
        vcore.open(bytes(broken)).render(cameras()[0])


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("state", {}),
        ("state", {"architecture": {"trunk": [10**9]}}),
        ("settings", {"cells": 10**6}),
        ("settings", {"steps": 0}),
        ("method", "none"),
        ("method", 3),
        ("bounds", [[0, 0, 0]]),
    ],
)
def test_hostile_headers_are_refused(data: bytes, member: str, value: object) -> None:
    from vcore.container import Container
    from vcore.container.layout import pack_header

    container = Container(data)
    header = {**container.header, member: value}
    changed = pack_header(header) + data[container.header_bytes :]
    with pytest.raises(FormatError):
        vcore.open(changed).field.render(cameras()[0])


def test_impossible_views_volumes_and_meshes_are_refused(scene: vcore.Scene) -> None:
    for size in (8, (8, 8, 3), (8.5, 8), "ab", (0, 8)):
        with pytest.raises(InputError, match=r"size|pixels"):
            scene.render(np.eye(4), size)
    for resolution in (10**6, 1, 32.5, "a", np.nan):
        with pytest.raises(InputError, match="resolution"):
            scene.volume(resolution)
    for density in (0, -1, np.nan, np.inf):
        with pytest.raises(InputError, match="density"):
            scene.mesh(density)


def test_an_image_beyond_the_memory_is_refused(
    scene: vcore.Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VCORE_MEMORY_LIMIT", "100000000")
    with pytest.raises(MemoryLimitError, match="16384 x 16384"):
        scene.render(scene.cameras[0], (16384, 16384))


def test_too_little_memory_is_told(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = vcore.open(data)
    monkeypatch.setenv("VCORE_MEMORY_LIMIT", "20000")

    with pytest.raises(MemoryLimitError, match="24 x 24 x 24"):
        scene.render(cameras()[0])


def test_a_larger_architecture_than_the_data_is_refused(data: bytes) -> None:
    from vcore.container import Container
    from vcore.container.layout import pack_header

    container = Container(data)
    state = dict(container.header["state"])
    state["architecture"] = {**state["architecture"], "trunk": [4096] * 60}
    changed = pack_header({**container.header, "state": state}) + data[container.header_bytes :]
    with pytest.raises(FormatError, match="parameters"):
        vcore.open(changed).field  # noqa: B018 - decoding is what fails
