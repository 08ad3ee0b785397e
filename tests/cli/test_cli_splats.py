"""Gaussian splats on the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import Run
from made_splats import camera, shell

import vcore
from vcore.io.splat_reading import read_splats, write_splats
from vcore.scenes.collecting import turning
from vcore.scenes.methods.splats.field import SplatField
from vcore.scenes.methods.splats.rendering import render


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    path = tmp_path / "garden.ply"
    write_splats(shell(500, 1), path)
    return path


def test_a_scene_there_and_back(run: Run, scene: Path, tmp_path: Path) -> None:
    done = run("compress", scene, "garden.vcore", "--psnr", "42", "--json")
    done.assert_done()
    assert done.json["method"] == "splats"
    assert 42 <= done.json["psnr"] < 45
    assert (tmp_path / "garden.vcore").stat().st_size < scene.stat().st_size / 7
    told = run("info", "garden.vcore", "--verbose")
    told.assert_done()
    assert "splats" in told.out
    run("decompress", "garden.vcore", "back.ply").assert_done()
    a, b = render(read_splats(scene), camera()), render(read_splats("back.ply"), camera())
    assert -10 * np.log10(np.square(a.rgb - b.rgb).mean()) > 38
    run("decompress", "garden.vcore", "back.nrrd").assert_refused(".ply or .spz", "back.nrrd")
    run("render", "garden.vcore", "views", "--turntable", "3", "--size", "32").assert_done()
    assert len(list((tmp_path / "views").glob("*.png"))) == 3


def test_a_region_is_written_alone(run: Run, scene: Path) -> None:
    run("compress", scene, "g.vcore", "--psnr", "36", "--set", "block=64").assert_done()
    told = run("info", "g.vcore")
    assert "500, harmonics of degree 1" in " ".join(told.out.split())
    done = run("decompress", "g.vcore", "part.ply", "--region", ":,:,1.1:", "--json")
    done.assert_done()
    found = read_splats("part.ply")
    assert done.json["splats"] == len(found)
    assert 0 < len(found) < 300
    assert (found.positions[:, 0] + found.reaches(4)[:, 0]).min() > 1.1
    assert int(done.json["blocks"].split()[0]) < 8
    told = run("decompress", "g.vcore", "part.spz", "--region", ":,:,1.1:")
    told.assert_done()
    assert f"splats {len(found)} blocks" in " ".join(told.out.split())
    for wrong in ("1:0,:,:", "0:1,0:1", "a:b,:,:", "nan:,:,:"):
        run("decompress", "g.vcore", "b.ply", "--region", wrong).assert_refused("z0:z1,y0:y1,x0:x1")
    run("decompress", "g.vcore", "b.ply", "--region", "90:99,:,:").assert_refused("has none")


def test_sizes_and_spz(run: Run, scene: Path, tmp_path: Path) -> None:
    pytest.importorskip("gsply")
    run("compress", scene, "small.vcore", "--bytes", "9000").assert_done()
    assert (tmp_path / "small.vcore").stat().st_size <= 9000
    run("decompress", "small.vcore", "small.spz").assert_done()
    assert len(read_splats("small.spz")) <= 500
    run("compress", "small.spz", "again.vcore", "--background", "255,255,255").assert_done()
    assert vcore.open("again.vcore").background == (1, 1, 1)


def test_bad_scenes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "points.ply").write_bytes(
        b"ply\nformat binary_little_endian 1.0\nelement vertex 1\nproperty float x\n"
        b"end_header\n1234"
    )
    run("compress", "points.ply", "a.vcore").assert_refused("point clouds and meshes")
    (tmp_path / "none.splat").write_bytes(b"")
    run("compress", "none.splat", "a.vcore").assert_refused("empty")
    run("compress", "missing.ply", "a.vcore").assert_refused("missing.ply")
    assert not (tmp_path / "a.vcore").exists()


def test_a_volume_of_gaussians_becomes_splats(run: Run, tmp_path: Path) -> None:
    z, y, x = np.mgrid[:20, :24, :28]
    values = 100 * np.exp(-((z - 9) ** 2 / 20 + (y - 12) ** 2 / 30 + (x - 14) ** 2 / 40))
    np.save(tmp_path / "blob.npy", values.astype("f4"))
    settings = ("-m", "gaussian", "--set", "steps=30", "--ratio", "40")
    run("compress", "blob.npy", "blob.vcore", *settings).assert_done()
    done = run("decompress", "blob.vcore", "blob.ply", "--json")
    done.assert_done()
    assert done.json["splats"] == len(read_splats("blob.ply")) > 0
    red = {"RGBPoints": [0, 1, 0, 0, 1, 1, 0, 0], "Points": [0, 0, 0.5, 0, 1, 0.2, 0.5, 0]}
    (tmp_path / "red.json").write_text(json.dumps([{**red, "Name": "red"}]))
    look = ("--transfer-function", "red.json", "--rescale", "--force")
    run("decompress", "blob.vcore", "blob.ply", *look).assert_done()
    shown = read_splats("blob.ply")
    assert np.allclose(shown.sh[:, 0] * 0.28209479 + 0.5, [1, 0, 0], atol=1e-4)
    centre = np.average(shown.positions, axis=0, weights=shown.alphas * shown.sigmas.prod(1))
    assert np.allclose(centre, [14, 12, 9], atol=1.5)
    run("decompress", "blob.vcore", "b.npy", "--rescale").assert_refused("splats of volumes")
    run("decompress", "blob.vcore", "b.ply", "--spacing", "1").assert_refused("--spacing")
    run("compress", "blob.npy", "other.vcore", "--ratio", "10").assert_done()
    run("decompress", "other.vcore", "b.ply").assert_refused("method gaussian")


def posed(folder: Path, splats: object, count: int = 12) -> None:
    """Write images of splats with their poses as Blender's transforms.json."""
    imagecodecs = pytest.importorskip("imagecodecs")
    frames = []
    for k in range(count):
        seen = camera(50 + 20 * (k % 3), 360 * k / count, (40, 40))
        image = SplatField(splats, background=(1, 1, 1)).render(seen).pixels()
        (folder / f"view_{k}.png").write_bytes(imagecodecs.png_encode(image))
        frames.append({"file_path": f"./view_{k}.png", "transform_matrix": seen.pose.tolist()})
    angle = 2 * np.arctan(20 / seen.focal)
    table = {"camera_angle_x": float(angle), "frames": frames}
    (folder / "transforms.json").write_text(json.dumps(table))


def test_splats_are_fitted_to_posed_images(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    ball = shell(60, 0, size=0.4)
    posed(tmp_path, ball)
    options = ("-m", "splats", "--near", "2", "--far", "7", "--minutes", "2")
    sizes = ("--set", "splats=150", "--set", "degree=0", "--set", "steps=250")
    done = run("compress", "transforms.json", "fit.vcore", *options, *sizes, "--json")
    done.assert_done()
    assert done.json["attributes"]["psnr"] > 20
    assert len(vcore.open("fit.vcore").field) <= 150


def test_splats_are_fitted_to_a_collection(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    field = SplatField(shell(60, 0, size=0.4), background=(0, 0, 0))
    phis = tuple(range(0, 360, 40))
    images = turning(field, (60.0, 100.0), phis, size=(40, 40))
    vcore.compress(images, "turn.vcore", method="stacked", psnr=40)
    sizes = ("--set", "splats=150", "--set", "degree=1", "--set", "steps=250")
    done = run("compress", "turn.vcore", "fit.vcore", "-m", "splats", *sizes, "--json")
    done.assert_done()
    assert done.json["attributes"]["psnr"] > 20
    scene = vcore.open("fit.vcore")
    assert scene.background == (0, 0, 0)
    assert len(scene.cameras) == 18
