"""Reading scenes: weights in three formats, poses in three, and what is refused."""

import json
import pickle
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_scenes import BOUNDS, cameras, field, octahedron, transforms, weights
from made_splats import shell
from PIL import Image

import vcore
from vcore.errors import InputError, SourceError
from vcore.io.posed_reading import read_cameras, read_posed
from vcore.io.scene_reading import is_scene, read_scene
from vcore.io.splat_reading import write_splats
from vcore.scenes.field import Bounds

BOX = [*BOUNDS.low, *BOUNDS.high]


@pytest.fixture
def posed(tmp_path: Path) -> Path:
    return transforms(tmp_path)


def same_weights(path: Path) -> None:
    found, original = read_scene(path, bounds=BOX), field()
    for name, value in original.network.weights.items():
        np.testing.assert_array_equal(found.network.weights[name], value)


@pytest.mark.parametrize("layout", ["flexible", "paper"])
@pytest.mark.parametrize("prefixes", [("",), ("fine/",), ("coarse/", "fine/")])
def test_npz(layout: str, prefixes: tuple, tmp_path: Path) -> None:
    path = weights(tmp_path / "w.npz", layout, prefixes)

    assert is_scene(str(path))
    found = read_scene(path, bounds=BOX)
    assert found.layout == layout
    assert (found.coarse is not None) == (len(prefixes) == 2)
    count = sum(v.size for v in octahedron(layout).values())
    assert found.nbytes == 4 * count * len(prefixes)


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_written_weights_are_read_back(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"w{suffix}"

    vcore.write_scene(field(), path)
    same_weights(path)
    with pytest.raises(vcore.OutputExistsError):
        vcore.write_scene(field(), path)
    with pytest.raises(InputError, match="ends with"):
        vcore.write_scene(field(), tmp_path / "w.ply")


@pytest.mark.parametrize(
    "keys",
    [
        ("model_coarse_state_dict", "model_fine_state_dict"),
        ("network_fn_state_dict", "network_fine_state_dict"),
    ],
)
def test_checkpoints(keys: tuple[str, str], tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    state = {k: torch.from_numpy(v) for k, v in octahedron().items()}
    path = tmp_path / "c.ckpt"
    torch.save({**dict.fromkeys(keys, state), "iter": 3, "optimizer_state_dict": {"a": [1]}}, path)

    same_weights(path)


class Harmful:
    def __reduce__(self) -> tuple:
        return Path.touch, (Path("ran"),)


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".ckpt", ".tar"])
def test_pickles_run_nothing(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"h{suffix}"
    torch.save({"layer1.weight": Harmful()}, path)

    with pytest.raises(InputError, match="could run code"):
        read_scene(path, bounds=BOX)
    path.write_bytes(pickle.dumps(Harmful()))
    with pytest.raises(InputError):
        read_scene(path, bounds=BOX)
    assert not (tmp_path / "ran").exists()


def test_object_arrays_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    np.savez(path, **{"layer1.weight": np.array([Harmful()], object)})

    with pytest.raises(InputError, match="never unpickles"):
        read_scene(path, bounds=BOX)


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    path = weights(tmp_path / "w.npz")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError):
        read_scene(path, bounds=BOX)
    nan = {**octahedron()}
    nan["fc_rgb.bias"] = np.full(3, np.nan, np.float32)
    np.savez(tmp_path / "n.npz", **nan)
    with pytest.raises(InputError, match=r"NaN.*rgb"):
        read_scene(tmp_path / "n.npz", bounds=BOX)
    gap = {k.replace("layers_xyz.0", "layers_xyz.2"): v for k, v in octahedron().items()}
    np.savez(tmp_path / "g.npz", **gap)
    with pytest.raises(InputError, match=r"layers_xyz.0 to layers_xyz.2 without a gap"):
        read_scene(tmp_path / "g.npz", bounds=BOX)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (b"[]", "safetensors"),
        (b'{"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}}', "'a'"),
        (b'{"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}', "'a'"),
        (b'{"a": {"dtype": "X", "shape": [1], "data_offsets": [0, 4]}}', "'a'"),
        (b'{"a": {"dtype": "F32", "shape": [4], "data_offsets": [-16, 0]}}', "'a'"),
        (b'{"a": 3}', "safetensors"),
        (b"{", "safetensors"),
    ],
)
def test_damaged_safetensors_are_refused(header: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))

    with pytest.raises(InputError, match=told):
        read_scene(path, bounds=BOX)
    path.write_bytes(struct.pack("<Q", 1 << 60) + header)
    with pytest.raises(InputError, match="header of"):
        read_scene(path, bounds=BOX)


def test_half_precision_is_read(tmp_path: Path) -> None:
    from vcore.io import safetensors

    header = b'{"a": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]},'
    header += b'"b": {"dtype": "F16", "shape": [1], "data_offsets": [4, 6]}}'
    path = tmp_path / "w.safetensors"
    data = struct.pack("<HH", 0x3F80, 0xC040) + np.array([1.5], "<f2").tobytes()
    path.write_bytes(struct.pack("<Q", len(header)) + header + data)
    found = safetensors.read(str(path))
    np.testing.assert_array_equal(found["a"], [1.0, -3.0])
    np.testing.assert_array_equal(found["b"], [1.5])


def test_weights_need_poses_or_bounds(tmp_path: Path, posed: Path) -> None:
    path = weights(tmp_path / "w.npz")

    with pytest.raises(InputError, match=r"poses.*Got none"):
        read_scene(path)
    found = read_scene(path, poses=posed)
    assert len(found.cameras) == 6
    low, high = np.asarray(found.bounds.low), np.asarray(found.bounds.high)
    assert (low < -0.7).all()
    assert (high > 0.7).all()
    assert (high - low < 3).all()


@pytest.mark.parametrize("bounds", [[1, 2], [0, 0, 0, 1, -1, 1], [0, 0, 0, 1, 1, np.nan]])
def test_impossible_bounds_are_refused(bounds: list, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="bounds"):
        read_scene(weights(tmp_path / "w.npz"), bounds=bounds)
    with pytest.raises(InputError, match="background"):
        read_scene(tmp_path / "w.npz", bounds=BOX, background=[1, 2, 3])


def test_transforms(posed: Path) -> None:
    found = read_posed(str(posed))

    for camera, original in zip(found.cameras, cameras(), strict=True):
        np.testing.assert_allclose(camera.pose, original.pose, atol=1e-12)
        assert camera.focal == pytest.approx(original.focal)
        assert (camera.near, camera.far) == (original.near, original.far)
    images = found.load((1, 1, 1))
    assert images.shape == (6, 24, 32, 3)
    np.testing.assert_allclose(
        images[1], field().render(cameras()[1]).pixels() / np.float32(255), atol=1e-6
    )
    halves = found.load((1, 1, 1), 2)
    np.testing.assert_allclose(
        halves[0], images[0].reshape(12, 2, 16, 2, 3).mean((1, 3)), atol=1e-6
    )
    assert found.cameras_of(2)[0].focal == pytest.approx(found.cameras[0].focal / 2)
    assert read_posed(str(posed.parent)).cameras[0].size == (24, 32)
    shifted = read_posed(str(posed), pixel_shift=0.25).cameras[0]
    assert shifted.pixel_centre == (16.25, 12.25)


def test_alpha_is_put_before_the_background(posed: Path) -> None:
    image = np.zeros((24, 32, 4), np.uint8)
    image[..., 0], image[..., 3] = 255, 51
    Image.fromarray(image).save(posed.parent / "r_0.png")

    found = read_posed(str(posed)).load((0.0, 0.0, 1.0))[0]
    np.testing.assert_allclose(found[0, 0], [0.2, 0, 0.8], atol=1e-6)


def test_unequal_images_are_refused(posed: Path) -> None:
    Image.fromarray(np.zeros((10, 12, 3), np.uint8)).save(posed.parent / "r_3.png")

    with pytest.raises(InputError, match=r"one size.*10 x 12"):
        read_posed(str(posed))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"frames": []}, "frames"),
        ({"frames": None}, "poses"),
        ({"frames": [{"file_path": "./r_0"}]}, "nothing named transform_matrix"),
        ({"camera_angle_x": None}, "poses"),
        ({"fl_x": 30, "fl_y": 60}, "square pixels"),
        ({"camera_angle_y": 1.3}, "square pixels"),
        ({"k1": 0.2}, r"without distortion.*k1 of 0.2"),
        ({"p2": -0.1}, "without distortion"),
        ({"k1": float("nan")}, "without distortion"),
        ({"camera_model": "OPENCV_FISHEYE"}, "OPENCV_FISHEYE"),
        ({"is_fisheye": True}, "fisheye"),
        ({"w": 64, "h": 64}, "64 x 64"),
        ({"camera_angle_x": 0}, "0 to pi"),
        ({"camera_angle_x": 52.0}, "radians"),
        ({"fl_x": float("nan"), "fl_y": 30}, "square pixels"),
        ({"fl_x": 30, "w": 0}, "poses"),
    ],
)
def test_damaged_transforms_are_refused(changed: dict, told: str, posed: Path) -> None:
    values = {**json.loads(posed.read_text()), **changed}
    posed.write_text(json.dumps(values))

    with pytest.raises(InputError, match=told):
        read_posed(str(posed))


def test_each_frame_may_tell_a_camera_of_its_own(posed: Path) -> None:
    values = json.loads(posed.read_text())
    values |= {"fl_x": 40.0, "fl_y": 40.0, "cx": 18.0}
    values["frames"][1] |= {"camera_angle_x": 1.0}
    values["frames"][2] |= {"fl_x": 50.0, "fl_y": 50.0, "cx": 13.0, "cy": 11.0}
    posed.write_text(json.dumps(values))

    found = read_posed(str(posed)).cameras
    assert [c.focal for c in found[:3]] == pytest.approx([40.0, 16 / np.tan(0.5), 50.0])
    assert [c.pixel_centre for c in found[:3]] == [(18.0, 12.0), (18.0, 12.0), (13.0, 11.0)]


def test_images_with_masks_are_refused(posed: Path) -> None:
    values = json.loads(posed.read_text())
    values["frames"][4]["mask_path"] = "masks/r_4.png"
    posed.write_text(json.dumps(values))

    with pytest.raises(InputError, match="alpha"):
        read_posed(str(posed))


def test_a_pose_that_scales_is_refused_by_the_name_of_its_view(posed: Path) -> None:
    values = json.loads(posed.read_text())
    values["frames"][3]["transform_matrix"][0][1] += 0.5
    posed.write_text(json.dumps(values))

    with pytest.raises(InputError, match=r"shears.*r_3"):
        read_posed(str(posed))


def test_lenses_that_hardly_bend_and_scaled_images_are_read(posed: Path) -> None:
    values = json.loads(posed.read_text())
    told = {"camera_model": "OPENCV", "k1": 1e-3, "k2": 0.0, "w": 641, "h": 480}
    posed.write_text(json.dumps({**values, **told}))
    assert read_posed(str(posed)).cameras[0].size == (24, 32)


def test_cameras_of_splats_see_all_depths_unless_told_others(posed: Path, tmp_path: Path) -> None:
    values = json.loads(posed.read_text())
    near, far = values.pop("near"), values.pop("far")
    untold = tmp_path / "transforms_untold.json"
    untold.write_text(json.dumps(values))
    splats = shell(50)
    splats.positions[0] = (0, 0, 40)
    write_splats(splats, tmp_path / "s.ply")

    for camera in read_scene(tmp_path / "s.ply", poses=untold).cameras:
        depths = (splats.positions - camera.eye) @ -camera.pose[:3, 2]
        assert 0 < camera.near < 0.1
        assert depths.max() < camera.far < 100
    alone = {**values, "w": 32, "h": 24}
    untold.write_text(json.dumps(alone))
    for camera in read_cameras(str(untold), None, bounds=Bounds((-1, -1, -1), (1, 1, 40))):
        depths = (splats.positions - camera.eye) @ -camera.pose[:3, 2]
        assert depths.max() < camera.far < 100
    told = read_scene(tmp_path / "s.ply", poses=posed).cameras[0]
    assert (told.near, told.far) == (near, far)
    asked = read_scene(tmp_path / "s.ply", poses=untold, near=1, far=9).cameras[0]
    assert (asked.near, asked.far) == (1, 9)


def test_missing_and_outside_images_are_refused(posed: Path, tmp_path: Path) -> None:
    values = json.loads(posed.read_text())
    (posed.parent / "r_2.png").unlink()
    with pytest.raises(SourceError, match="r_2"):
        read_posed(str(posed))
    inner = tmp_path / "inner"
    inner.mkdir()
    values["frames"] = [{**values["frames"][0], "file_path": "../r_0"}]
    (inner / "transforms.json").write_text(json.dumps(values))
    with pytest.raises(InputError, match=r"outside|within|folder"):
        read_posed(str(inner))
    assert len(read_posed(str(inner), allow_outside=True).cameras) == 1
    with pytest.raises(SourceError, match="nothing by that name"):
        read_posed(str(tmp_path / "none.json"))


def llff(folder: Path, count: int = 6) -> Path:
    """Write the pictures as LLFF does: columns down, right, back."""
    (folder / "images").mkdir()
    rows = []
    for k, camera in enumerate(cameras(count)):
        view = field(count).render(camera)
        Image.fromarray(view.pixels()).save(folder / "images" / f"i{k:02d}.png")
        pose, told = camera.pose, np.array([24, 32, camera.focal])
        columns = [-pose[:3, 1], pose[:3, 0], pose[:3, 2], pose[:3, 3], told]
        rows.append([*np.stack(columns, 1).ravel(), camera.near, camera.far])
    np.save(folder / "poses_bounds.npy", np.array(rows))
    return folder


def test_llff(tmp_path: Path) -> None:
    folder = llff(tmp_path)

    assert is_scene(str(folder))
    found = read_posed(str(folder))
    for camera, original in zip(found.cameras, cameras(), strict=True):
        np.testing.assert_allclose(camera.pose, original.pose, atol=1e-9)
        assert camera.focal == pytest.approx(original.focal)
        assert camera.near == pytest.approx(0.9 * original.near)
    (folder / "images" / "i03.png").unlink()
    with pytest.raises(InputError, match="as many images"):
        read_posed(str(folder))
    np.save(folder / "poses_bounds.npy", np.full((5, 17), np.nan))
    with pytest.raises(InputError, match="finite"):
        read_posed(str(folder))
    np.save(folder / "poses_bounds.npy", np.zeros((5, 3)))
    with pytest.raises(InputError, match="17"):
        read_posed(str(folder))


@pytest.mark.parametrize(
    ("column", "value"), [(4, 0.0), (9, 24.0), (9, -32.0), (4, 32.0), (14, 0.0), (15, 1e9)]
)
def test_llff_of_other_images_is_refused(column: int, value: float, tmp_path: Path) -> None:
    path = llff(tmp_path) / "poses_bounds.npy"
    rows = np.load(path)
    rows[:, column] = value
    np.save(path, rows)

    with pytest.raises(InputError, match="Expected"):
        read_posed(str(tmp_path))


def test_llff_of_scaled_images(tmp_path: Path) -> None:
    path = llff(tmp_path) / "poses_bounds.npy"
    rows = np.load(path)
    rows[:, [4, 9, 14]] *= 8
    np.save(path, rows)
    (tmp_path / "images" / "._i00.png").write_bytes(b"of the Finder")

    assert read_posed(str(tmp_path)).cameras[0].focal == pytest.approx(cameras()[0].focal)
    np.save(path, rows.astype(complex))
    with pytest.raises(InputError, match="finite"):
        read_posed(str(tmp_path))


def test_an_archive_of_images(tmp_path: Path) -> None:
    poses = np.stack([c.pose for c in cameras()])
    images = np.stack([field().render(c).pixels() for c in cameras()])
    path = tmp_path / "p.npz"
    arrays = {"images_train": images, "poses_train": poses, "focal": cameras()[0].focal}
    np.savez(path, **arrays)

    assert is_scene(str(path))
    found = read_posed(str(path), near=1.0, far=7.0)
    np.testing.assert_allclose(found.cameras[2].pose, poses[2])
    assert (found.cameras[2].near, found.cameras[2].far) == (1.0, 7.0)
    np.testing.assert_array_equal(found.read(3), images[3])
    np.savez(path, **{**arrays, "poses_train": poses[:3]})
    with pytest.raises(InputError, match="poses"):
        read_posed(str(path))
    np.savez(path, images=images, poses=poses)
    with pytest.raises(InputError, match="focal"):
        read_posed(str(path))
    np.savez(path, poses=poses)
    with pytest.raises(InputError, match="images"):
        read_posed(str(path))


def test_an_archive_tells_depths_and_focal_lengths(tmp_path: Path) -> None:
    poses = np.stack([c.pose for c in cameras()])
    images = np.zeros((6, 24, 32, 3), np.float32)
    focal = np.linspace(30, 40, 6)
    arrays = {"images": images, "poses": poses, "focal": focal, "near": 0.5, "far": 9.0}
    path = tmp_path / "p.npz"
    np.savez(path, **arrays)

    found = read_posed(str(path)).cameras
    assert [c.focal for c in found] == pytest.approx(focal)
    assert {(c.near, c.far) for c in found} == {(0.5, 9.0)}
    np.savez(path, **{**arrays, "focal": focal[:2]})
    with pytest.raises(InputError, match="one focal length"):
        read_posed(str(path))
    for wrong in (255.0, np.nan, -1.0):
        np.savez(path, **{**arrays, "images": images + np.float32(wrong)})
        with pytest.raises(InputError, match="from 0 to 1"):
            read_posed(str(path))


def test_cameras_alone(posed: Path, tmp_path: Path) -> None:
    like = cameras()[0]
    for image in tmp_path.glob("*.png"):
        image.unlink()

    shifted = replace(like, centre=(like.size[1] / 2 + 0.5, like.size[0] / 2 + 0.5))
    (centre,) = {c.centre for c in read_cameras(str(posed), shifted)}
    assert centre == shifted.centre
    other = replace(shifted.resized((48, 64)), near=1.0)
    told = {**json.loads(posed.read_text()), "w": like.size[1], "h": like.size[0]}
    (tmp_path / "sized.json").write_text(json.dumps(told))
    assert {c.centre for c in read_cameras(str(tmp_path / "sized.json"), other)} == {None}
    assert {c.centre for c in read_cameras(str(tmp_path / "sized.json"), shifted)} == {centre}

    found = read_cameras(str(posed), like)
    np.testing.assert_allclose(found[2].pose, cameras()[2].pose)
    assert found[2].size == like.size
    told = {**json.loads(posed.read_text()), "near": 0.5, "far": 77.0}
    for without in ((), ("camera_angle_x",)):
        path = tmp_path / "told.json"
        path.write_text(json.dumps({k: v for k, v in told.items() if k not in without}))
        assert {(c.near, c.far) for c in read_cameras(str(path), like)} == {(0.5, 77.0)}
    path = tmp_path / "list.json"
    path.write_text(json.dumps([like.pose.tolist()]))
    assert read_cameras(str(path), like)[0].focal == like.focal
    with pytest.raises(InputError, match="no cameras"):
        read_cameras(str(path), None)
    path.write_text("{}")
    with pytest.raises(InputError, match="poses"):
        read_cameras(str(path), like)


def test_what_is_no_scene(tmp_path: Path) -> None:
    np.savez(tmp_path / "v.npz", a=np.zeros((3, 4)))
    assert not is_scene(str(tmp_path / "v.npz"))
    assert not is_scene(str(tmp_path))
    assert not is_scene(str(tmp_path / "none.pt"))
    with pytest.raises(InputError, match="Expected a scene"):
        read_scene(tmp_path / "v.npz")
    with pytest.raises(SourceError, match="nothing by that name"):
        read_scene(tmp_path / "none.npz")
    for colour in ("red", 3, ("a", "b", "c")):
        with pytest.raises(InputError, match="red, green and blue of 0 to 1"):
            read_scene(tmp_path / "v.npz", background=colour)
    with pytest.raises(InputError, match="x0, y0, z0"):
        read_scene(tmp_path / "v.npz", bounds="abcdef")
