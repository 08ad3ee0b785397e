"""Scenes on the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from headers import edited
from made_scenes import BOUNDS, cameras, field, forward_llff, transforms, weights

import vcore

QUICK = ("--set", "cells=24", "--set", "steps=160")
BOX = ",".join(str(v) for v in (*BOUNDS.low, *BOUNDS.high))


@pytest.fixture(scope="module")
def _bytes() -> bytes:
    return vcore.compress(field(), None, settings={"cells": 24, "steps": 160}).data


@pytest.fixture
def packed(tmp_path: Path, _bytes: bytes) -> Path:
    """Return the octahedron compressed."""
    path = tmp_path / "ball.vcore"
    path.write_bytes(_bytes)
    return path


def test_compress(run: Callable, tmp_path: Path) -> None:
    posed = transforms(tmp_path)
    path = weights(tmp_path / "w.npz")

    result = run("compress", path, "w.vcore", "--poses", posed, "--ratio", 1.2, *QUICK)
    result.assert_done()
    assert "PSNR of views" in result.out
    assert "dB before" in result.out
    found = vcore.open("w.vcore")
    achieved = found.info["achieved"]
    assert achieved["original_image_psnr"] > 40
    assert achieved["image_psnr"] > 25
    assert len(found.cameras) == 6
    assert found.info["ratio"] >= 1.2


def test_compress_json_without_poses(run: Callable, tmp_path: Path) -> None:
    path = weights(tmp_path / "w.npz")

    result = run("compress", path, "w.vcore", f"--bounds={BOX}", *QUICK, "--json")
    result.assert_done()
    assert result.json["method"] == "nerf"
    assert result.json["psnr"] > 30
    run("compress", path, "w.vcore", f"--bounds={BOX}", *QUICK).assert_refused("--force")
    run("compress", path, "w.vcore", f"--bounds={BOX}", *QUICK, "--force").assert_done()


def test_compress_refuses_what_does_not_fit(run: Callable, tmp_path: Path) -> None:
    path = weights(tmp_path / "w.npz")

    run("compress", path, "w.vcore").assert_refused("--poses", "--bounds")
    run("compress", path, "w.vcore", "--bounds=1,2").assert_refused("--bounds")
    run("compress", path, "w.vcore", "--bounds=a").assert_refused("--bounds")
    run("compress", path, "w.zarr", f"--bounds={BOX}").assert_refused(".vcore")
    run("compress", path, "w.vcore", f"--bounds={BOX}", "--bpv", 1).assert_refused("ratio")
    run("compress", path, "w.vcore", f"--bounds={BOX}", "--chunks", 64).assert_refused("--chunks")
    run("compress", path, "w.vcore", f"--bounds={BOX}", "--spacing", 1).assert_refused("--spacing")
    run("compress", path, "w.vcore", f"--bounds={BOX}", "--bytes", 300).assert_refused("too few")
    assert not Path("w.vcore").exists()
    np.save("v.npy", np.zeros((4, 4, 4), np.float32))
    run("compress", "v.npy", "v.vcore", "--near", 2).assert_refused("--near", "scene")


def test_a_compressed_scene_is_not_compressed_again(run: Callable, packed: Path) -> None:
    result = run("compress", packed, "again.vcore")
    result.assert_refused("Got a scene, compressed already in", "decompress it first")
    assert not Path("again.vcore").exists()


def test_forward_facing_networks(run: Callable, tmp_path: Path) -> None:
    posed = forward_llff(tmp_path / "fern")
    path = weights(tmp_path / "w.npz")

    run("compress", path, "w.vcore", "--poses", posed, "--ndc", *QUICK).assert_done()
    assert "ndc" in vcore.open("w.vcore").info["state"]
    told = run("info", "w.vcore")
    told.assert_done()
    assert "normalised device coordinates" in " ".join(told.out.split())
    told = run("decompress", "w.vcore", "back.npz")
    told.assert_done()
    assert "--ndc" in told.err
    told = run("compress", path, "v.vcore", f"--bounds={BOX}", "--ndc", *QUICK)
    told.assert_refused("ndc", "bounds")


def test_info(run: Callable, packed: Path) -> None:
    result = run("info", packed, "--verbose")

    result.assert_done()
    for word in ("nerf", "6, of 32 x 24 pixels", "cells=24", "network", "octahedron"):
        assert word in result.out
    assert run("info", packed, "--json").json["kind"] == "scene"


def test_info_of_an_odd_source(run: Callable, packed: Path) -> None:
    whole = packed.read_bytes()
    for source, told in (({"name": 16}, "16"), ("x", "not named"), ([1], "not named")):
        packed.write_bytes(edited(whole, lambda header, s=source: header.update(source=s)))
        result = run("info", packed)
        result.assert_done()
        assert told in result.out


def test_verify(run: Callable, packed: Path) -> None:
    result = run("verify", packed)

    result.assert_done()
    assert "2 units, all match" in result.out
    assert run("verify", packed, "--json").json == {"units": 2, "breaks": []}
    run("verify", packed, packed).assert_refused("scene alone")
    data = bytearray(packed.read_bytes())
    data[-20] ^= 1
    packed.write_bytes(data)
    run("verify", packed).assert_broken("damaged")


def test_decompress(run: Callable, packed: Path) -> None:
    run("decompress", packed, "w.npz").assert_done()
    run("decompress", packed, "w.safetensors", "--json").assert_done()
    run("decompress", packed, "w.npz").assert_refused("--force")
    run("decompress", packed, "w.nrrd").assert_refused(".npz or .safetensors")
    run("decompress", packed, "x.npz", "--level", 1).assert_refused("--level")
    found = vcore.read_scene("w.npz", bounds=(*BOUNDS.low, *BOUNDS.high))
    decoded = vcore.open(packed).field.network
    for name, value in decoded.weights.items():
        np.testing.assert_array_equal(found.network.weights[name], value)


def test_view(run: Callable, packed: Path) -> None:
    run("view", packed, "-o", "v.png").assert_done()
    assert Path("v.png").stat().st_size > 1000
    run("view", packed, "-o", "v.png").assert_refused("--force")
    run("view", packed, "-o", "w.png", "--time", 1).assert_refused("--time")


def test_compare_is_refused(run: Callable, packed: Path) -> None:
    run("compare", packed, packed).assert_refused("scene")


def test_render_pngs(run: Callable, packed: Path) -> None:
    from PIL import Image

    result = run(
        "render", packed, "views", "--turntable", 4, "--theta", 60, "--size", 32, "--depth"
    )
    result.assert_done()
    assert "4, 32 x 32 pixels" in result.out
    names = sorted(p.name for p in Path("views").iterdir())
    assert names[:2] == ["view_0000.png", "view_0000_depth.npz"]
    assert len(names) == 8
    image = np.asarray(Image.open("views/view_0001.png"))
    assert image.shape == (32, 32, 3)
    assert (image != 255).any()
    depth = np.load("views/view_0001_depth.npz")["depth"]
    assert np.isfinite(depth).any()
    run("render", packed, "views", "--turntable", 2, "--size", 16).assert_refused("--force")
    run("render", packed, "views", "--turntable", 2, "--size", 16, "--force").assert_done()
    assert len(list(Path("views").iterdir())) == 2
    Path("mine").mkdir()
    Path("mine/letter.txt").write_text("dear")
    run("render", packed, "mine", "--turntable", 2, "--force").assert_refused("other files")
    assert Path("mine/letter.txt").exists()


def test_render_poses(run: Callable, packed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "posed"
    folder.mkdir()
    posed = transforms(folder)

    result = run("render", packed, "views", "--poses", posed, "--json")
    result.assert_done()
    assert result.json["images"] == 6
    assert result.json["size"] == [24, 32]
    for size, wanted in (("64", [48, 64]), ("64x24", [24, 64])):
        args = ("--poses", posed, "--json", "--size", size)
        assert run("render", packed, f"at{size}", *args).json["size"] == wanted
    run("render", packed, "v", "--poses", posed, "--turntable", 3).assert_refused("--turntable")
    Path("bad.json").write_text(json.dumps([np.zeros((4, 4)).tolist()]))
    run("render", packed, "v", "--poses", "bad.json").assert_refused("pose")
    assert not Path("v").exists()


def test_render_collections(run: Callable, packed: Path) -> None:
    asked = ("--turntable", 6, "--theta", "60,80", "--size", 32, "--depth")
    run("render", packed, "views.cdb", *asked).assert_done()
    run("render", packed, "views.vcore", *asked, "--psnr", 30).assert_done()

    images, found = vcore.read_images("views.cdb"), vcore.open("views.vcore")
    assert images.shape == found.shape == (2, 6)
    assert found.camera is not None
    scene = vcore.open(packed)
    from vcore.scenes.collecting import turning

    phis = [60.0 * k for k in range(6)]
    same = turning(scene.field, (60.0, 80.0), phis, size=(32, 32))
    np.testing.assert_array_equal(images.read((1, 2), "rgb"), same.read((1, 2), "rgb"))
    assert np.isfinite(found.read((1, 2), "depth")).any()


def test_render_movies(run: Callable, packed: Path) -> None:
    pytest.importorskip("av")
    run("render", packed, "v.mp4", "--turntable", 4, "--size", 32, "--fps", 5).assert_done()
    assert Path("v.mp4").stat().st_size > 500
    run("render", packed, "w", "--turntable", 4, "--fps", 5).assert_refused("--fps")


def test_render_refuses_what_does_not_fit(run: Callable, packed: Path) -> None:
    run("render", packed, "v", "--isosurface", 1).assert_refused("--isosurface")
    run("render", packed, "v.gif", "--turntable", 2).assert_refused(".cdb")
    run("render", packed, "v", "--turntable", 0).assert_refused("--turntable")
    run("render", packed, "v", "--turntable", 10**7).assert_refused("--turntable")
    for name, values in {"--zoom": (0, -1, "nan"), "--view-angle": (0, -5, 180)}.items():
        for value in values:
            run("render", packed, "v", "--turntable", 2, name, value).assert_refused(name)
    run("render", packed, "v.mp4", "--turntable", 2, "--size", 16, "--fps", 0).assert_refused("fps")
    run("render", packed, "v", "--turntable", 2, "--psnr", 30).assert_refused(".vcore")
    np.save("v.npy", np.zeros((4, 4, 4), np.float32))
    run("render", "v.npy", "v.cdb", "--turntable", 2).assert_refused("--turntable", "scenes")


def test_cameras_are_those_of_the_scene(packed: Path) -> None:
    assert [c.name for c in vcore.open(packed).cameras] == [c.name for c in cameras()]
