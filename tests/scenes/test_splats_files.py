"""Files of splats: what other readers read, and what is refused."""

import gzip
import json
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_splats import camera, shell

from vcore.errors import InputError, OutputExistsError
from vcore.io.splat_packed import SPLAT, SPZ_MAGIC, turned, webp_size
from vcore.io.splat_reading import read_splats, write_splats
from vcore.scenes.methods.splats.harmonics import colours
from vcore.scenes.methods.splats.model import Splats, rotation_matrices
from vcore.scenes.methods.splats.rendering import render

DEGREES = [0, 1, 2, 3]
NAMES = ("positions", "scales", "rotations", "opacities", "sh")


@pytest.mark.parametrize("degree", DEGREES)
def test_ply_comes_back_exactly_and_is_what_plyfile_reads(degree: int, tmp_path: Path) -> None:
    plyfile = pytest.importorskip("plyfile")
    splats, path = shell(70, degree), tmp_path / "a.ply"
    assert write_splats(splats, path) == [str(path)]
    back = read_splats(path)
    for name in NAMES:
        assert np.array_equal(getattr(back, name), getattr(splats, name)), name
    rows = plyfile.PlyData.read(path)["vertex"]
    assert np.array_equal(rows["opacity"], splats.opacities)
    assert np.array_equal(rows["rot_3"], splats.rotations[:, 3])
    assert np.array_equal(rows["f_dc_2"], splats.sh[:, 0, 2])
    count = splats.sh.shape[1] - 1
    for channel in range(3):
        for k in range(count):
            name = f"f_rest_{channel * count + k}"
            assert np.array_equal(rows[name], splats.sh[:, 1 + k, channel])


@pytest.mark.parametrize("order", ["<", ">"])
def test_ply_of_another_order_and_other_types_of_plyfile(order: str, tmp_path: Path) -> None:
    plyfile = pytest.importorskip("plyfile")
    splats, path = shell(40, 0), tmp_path / "a.ply"
    columns = {
        **{f"rot_{k}": splats.rotations[:, k] for k in range(4)},
        **{"red": np.zeros(40, "u1"), "opacity": splats.opacities},
        **{n: splats.positions[:, k].astype("f8") for k, n in enumerate("xyz")},
        **{f"scale_{k}": splats.scales[:, k] for k in range(3)},
        **{f"f_dc_{k}": splats.sh[:, 0, k] for k in range(3)},
    }
    rows = np.empty(40, [(n, v.dtype) for n, v in columns.items()])
    for name, values in columns.items():
        rows[name] = values
    elements = [
        plyfile.PlyElement.describe(np.ones(3, [("w", "f4")]), "before"),
        plyfile.PlyElement.describe(rows, "vertex"),
    ]
    plyfile.PlyData(elements, byte_order=order).write(path)
    back = read_splats(path)
    for name in NAMES:
        assert np.array_equal(getattr(back, name), getattr(splats, name)), name


@pytest.mark.parametrize("degree", DEGREES)
def test_ply_is_what_gsply_reads(degree: int, tmp_path: Path) -> None:
    gsply = pytest.importorskip("gsply")
    splats, path = shell(300, degree), tmp_path / "a.ply"
    write_splats(splats, path)
    data = gsply.plyread(path)
    assert np.array_equal(data.means, splats.positions)
    assert np.array_equal(data.quats, splats.rotations)


@pytest.mark.parametrize("degree", DEGREES)
def test_spz_comes_back_within_its_steps(degree: int, tmp_path: Path) -> None:
    pytest.importorskip("gsply")
    splats, path = shell(300, degree), tmp_path / "a.spz"
    write_splats(splats, path)
    back = read_splats(path)
    assert back.degree == degree
    assert np.abs(back.positions - splats.positions).max() <= 0.5 / 4096 + 1e-6
    assert np.abs(back.scales - splats.scales).max() <= 0.5 / 16 + 1e-5
    assert np.abs(back.alphas - splats.alphas).max() <= 0.5 / 255 + 1e-5
    turned = rotation_matrices(back.rotations) - splats.matrices()
    assert np.abs(turned).max() < 0.01
    assert np.abs(back.sh[:, 1:] - splats.sh[:, 1:]).max(initial=0) <= 0.5 / 128 + 1e-6
    a, b = render(splats, camera()).rgb, render(back, camera()).rgb
    assert -10 * np.log10(np.square(a - b).mean()) > 40


@pytest.mark.parametrize(("number", "value"), [(0, 3.5), (1, -1.2)])
def test_colours_that_spz_cuts_off_are_told(
    number: int, value: float, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("gsply")
    splats = shell(50, 1)
    write_splats(splats, tmp_path / "a.spz")
    assert not caplog.text
    sh = splats.sh.copy()
    sh[7, number] = value
    write_splats(replace(splats, sh=sh), tmp_path / "b.spz")
    assert "of 2 % of the splats" in caplog.text
    back = read_splats(tmp_path / "b.spz")
    assert np.all(np.abs(back.sh[7, number]) < abs(value) - 0.1)


def test_spz_has_the_axes_of_its_definition(tmp_path: Path) -> None:
    pytest.importorskip("gsply")
    splats = shell(50, 3)
    half = turned(splats)
    assert np.allclose(half.positions, splats.positions * [1, -1, -1])
    axes = np.diag([1, -1, -1])
    assert np.allclose(half.covariances(), axes @ splats.covariances() @ axes, atol=1e-6)
    eye = np.array([3.0, 2.0, 1.0])
    before = colours(splats.sh, splats.positions, eye)
    assert np.allclose(colours(half.sh, half.positions, eye * [1, -1, -1]), before, atol=1e-5)


def test_zstandard_spz_is_read_and_its_sizes_are_checked(tmp_path: Path) -> None:
    gsply = pytest.importorskip("gsply")
    pytest.importorskip("zstandard")
    path = tmp_path / "a.spz"
    splats = shell(200, 2)
    data = gsply.GSData.from_arrays(
        splats.positions,
        splats.scales,
        splats.rotations,
        splats.opacities,
        splats.sh[:, 0],
        splats.sh[:, 1:],
        format="ply",
    )
    gsply.write_spz(path, data, version=4)
    # gsply leaves the axes as they are
    assert np.abs(read_splats(path).positions * [1, -1, -1] - splats.positions).max() < 1e-3
    whole = bytearray(path.read_bytes())
    for changed in (whole[:-20], whole[:8] + struct.pack("<I", 2000) + whole[12:]):
        path.write_bytes(changed)
        with pytest.raises(InputError, match="damaged"):
            read_splats(path)


def test_large_and_tiny_scenes_fit_into_spz_or_are_refused(tmp_path: Path) -> None:
    pytest.importorskip("gsply")
    splats = shell(100, 0)
    for factor in (1e3, 1e-2):
        scaled = replace(
            splats, positions=splats.positions * factor, scales=splats.scales + np.log(factor)
        )
        if factor > 1:
            scaled = replace(scaled, scales=np.minimum(scaled.scales, 5.9))
        write_splats(scaled, tmp_path / "a.spz", force=True)
        back = read_splats(tmp_path / "a.spz")
        assert np.abs(back.positions - scaled.positions).max() < 5e-3 * factor
    for positions, scales in ((1e8, 0), (1, 9), (1e-6, -14)):
        wrong = replace(
            splats, positions=splats.positions * positions, scales=splats.scales + scales
        )
        with pytest.raises(InputError, match=r"write a \.ply"):
            write_splats(wrong, tmp_path / "b.spz")
    assert not (tmp_path / "b.spz").exists()


def test_splat_files_of_32_bytes(tmp_path: Path) -> None:
    rows = np.zeros(3, SPLAT)
    rows["position"] = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    rows["scale"] = [[0.5, 0.25, 0.125]] * 2 + [[0, 0, 0]]
    rows["rgba"] = [[255, 0, 128, 255], [10, 20, 30, 51], [0, 0, 0, 0]]
    rows["q"] = [[255, 128, 128, 128], [128, 255, 128, 128], [128] * 4]
    path = tmp_path / "a.splat"
    path.write_bytes(rows.tobytes())
    splats = read_splats(path)
    assert np.allclose(splats.sigmas[:2], [0.5, 0.25, 0.125])
    assert np.allclose(splats.alphas, [1, 0.2, 0], atol=1e-5)
    assert np.allclose(splats.sh[:, 0] * 0.28209479 + 0.5, rows["rgba"][:, :3] / 255, atol=1e-6)
    assert np.allclose(splats.matrices()[1], np.diag([1, -1, -1]), atol=1e-6)
    path.write_bytes(rows.tobytes()[:-1])
    with pytest.raises(InputError, match="multiple of 32"):
        read_splats(path)


def header(count: int, names: list[str], form: str = "binary_little_endian") -> bytes:
    lines = ["ply", f"format {form} 1.0", f"element vertex {count}"]
    return "\n".join([*lines, *(f"property float {n}" for n in names), "end_header", ""]).encode()


PLAIN = ["x", "y", "z", "f_dc_0", "f_dc_1", "f_dc_2", "opacity", "scale_0", "scale_1", "scale_2"]
PLAIN += ["rot_0", "rot_1", "rot_2", "rot_3"]
ROW = struct.pack("<14f", *range(1, 15))
MESH = b"ply\nformat ascii 1.0\nelement face 1\nproperty list uchar int v\nend_header\n"


WIDE = header(1, PLAIN).replace(b"property float", b"property double")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (header(1, [n for n in PLAIN if n != "opacity"]) + ROW, "without opacity"),
        (header(1, PLAIN[:3]) + ROW, "point clouds and meshes"),
        (header(0, PLAIN), "empty scene"),
        (header(-5, PLAIN) + ROW, "negative"),
        (header(1 << 60, PLAIN) + ROW, "at most"),
        (header(100_000_000, PLAIN) + ROW, "cut off"),
        (header(2, PLAIN) + ROW, "cut off"),
        (header(1, PLAIN) + 2 * ROW, "enough for more"),
        (header(1, [*PLAIN, "f_rest_0"]) + ROW + b"1234", "0, 9, 24 or 45"),
        (
            header(1, [*PLAIN, *(f"f_rest_0{i}" for i in range(9))]) + ROW + bytes(36),
            "0, 9, 24 or 45",
        ),
        (WIDE + struct.pack("<14d", 1e300, *[0] * 9, 1, 0, 0, 0), "finite positions"),
        (header(1, PLAIN, "ascii") + ROW, "binary PLY"),
        (header(1, PLAIN) + struct.pack("<14f", np.nan, *range(13)), "finite positions"),
        (header(1, PLAIN) + struct.pack("<14f", *[0] * 7, 1e9, *range(6)), "finite scales"),
        (header(1, PLAIN) + struct.pack("<14f", *[0] * 14), "length 0"),
        (MESH, "plain numbers"),
        (b"ply\n" + b"x" * 100_000, "without an end"),
        (b"solid", "something else"),
        (b"ply\nformat\nend_header\n", "damaged"),
        (b"", "empty"),
    ],
)
def test_broken_ply_is_refused_in_a_sentence(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ply"
    path.write_bytes(content)
    with pytest.raises(InputError, match=told) as caught:
        read_splats(path)
    assert len(str(caught.value)) < 400


def test_properties_that_are_not_kept_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.ply"
    path.write_bytes(header(1, [*PLAIN, "nx", "label"]) + ROW + bytes(8))
    assert len(read_splats(path)) == 1
    assert "label" in caplog.text
    assert "nx" not in caplog.text
    path.write_bytes(header(1, [*PLAIN, "filter_3D"]) + ROW + bytes(4))
    with pytest.raises(InputError, match="Mip-Splatting"):
        read_splats(path)


def test_opacities_that_may_be_no_logits_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    splats, path = shell(50), tmp_path / "a.ply"
    write_splats(splats, path)
    read_splats(path)
    assert not caplog.text
    write_splats(replace(splats, opacities=splats.alphas), path, force=True)
    assert np.array_equal(read_splats(path).opacities, splats.alphas)
    assert "logits" in caplog.text


def test_splats_of_another_filter_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("gsply")
    for antialias in (False, True):
        sog(tmp_path / "a.sog", shell(60, 0), antialias=antialias)
        read_splats(tmp_path / "a.sog")
        (tmp_path / "a.spz").write_bytes(spz(1, bytes(20), flags=int(antialias)))
        read_splats(tmp_path / "a.spz")
        assert caplog.text.count("antialiasing") == 2 * antialias


def spz(count: int, payload: bytes, degree: int = 0, version: int = 3, flags: int = 0) -> bytes:
    head = struct.pack("<IIIBBBB", SPZ_MAGIC, version, count, degree, 12, flags, 0)
    return gzip.compress(head + payload, mtime=0)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (spz(5, b"a" * 40), "damaged or cut off"),
        (spz(1 << 31, b""), "Expected 1 to"),
        (spz(100_000_000, b""), "damaged|memory"),
        (spz(0, b""), "empty"),
        (spz(2, b"a" * 40, degree=9), "degree"),
        (spz(2, bytes(1 << 22)), "damaged or cut off"),
        (spz(2, b"a" * 40)[:-20], "damaged|something else"),
        (gzip.compress(b"something else at all", mtime=0), "something else"),
        (b"NGSP", "something else"),
        (b"\x1f\x8b nothing", "damaged"),
    ],
)
def test_broken_spz_is_refused_in_a_sentence(content: bytes, told: str, tmp_path: Path) -> None:
    pytest.importorskip("gsply")
    path = tmp_path / "a.spz"
    path.write_bytes(content)
    with pytest.raises((InputError, MemoryError), match=told):
        read_splats(path)


def sog(path: Path, splats: Splats, **changed: object) -> None:
    """Write splats of degree 0 as a SOG bundle of version 2, with members of meta.json changed."""
    imagecodecs = pytest.importorskip("imagecodecs")
    side = int(np.ceil(np.sqrt(len(splats))))
    images = {}

    def add(name: str, values: np.ndarray) -> str:
        pixels = np.full((side * side, 4), 255, np.uint8)
        pixels[: len(values), : values.shape[1]] = values
        images[name] = imagecodecs.webp_encode(pixels.reshape(side, side, 4), lossless=True)
        return name

    def labels(values: np.ndarray) -> tuple[np.ndarray, list[float]]:
        book = np.linspace(values.min(), values.max(), 256)
        return np.abs(values[..., None] - book).argmin(-1).astype(np.uint8), book.tolist()

    logs = np.sign(splats.positions) * np.log1p(np.abs(splats.positions))
    low, high = logs.min(0), logs.max(0)
    whole = np.rint((logs - low) / (high - low) * 65535).astype(np.uint16)
    q = splats.rotations / np.linalg.norm(splats.rotations, axis=1, keepdims=True)
    top = np.abs(q).argmax(1)
    q *= np.where(q[np.arange(len(q)), top] < 0, -1, 1)[:, None]
    rest = np.array([np.delete(row, k) for row, k in zip(q, top, strict=True)])
    quats = np.c_[np.rint((rest * np.sqrt(2) + 1) / 2 * 255), 252 + top].astype(np.uint8)
    scales, scale_book = labels(splats.scales)
    colours, colour_book = labels(splats.sh[:, 0])
    sh0 = np.c_[colours, np.rint(splats.alphas * 255)].astype(np.uint8)
    means = [add("means_l.webp", whole & 255), add("means_u.webp", whole >> 8)]
    meta = {
        "version": 2,
        "count": len(splats),
        "means": {"mins": low.tolist(), "maxs": high.tolist(), "files": means},
        "scales": {"codebook": scale_book, "files": [add("scales.webp", scales)]},
        "quats": {"files": [add("quats.webp", quats)]},
        "sh0": {"codebook": colour_book, "files": [add("sh0.webp", sh0)]},
    }
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("meta.json", json.dumps({**meta, **changed}))
        for name, data in images.items():
            bundle.writestr(name, data)


def test_sog_of_degree_0(tmp_path: Path) -> None:
    pytest.importorskip("gsply")
    splats, path = shell(500, 0), tmp_path / "a.sog"
    sog(path, splats)
    back = read_splats(path)
    assert np.abs(back.positions - splats.positions).max() < 2e-4
    assert np.abs(back.scales - splats.scales).max() < 0.03
    assert np.abs(back.matrices() - splats.matrices()).max() < 0.04
    assert np.abs(back.alphas - splats.alphas).max() < 0.003
    assert np.abs(back.sh - splats.sh).max() < 0.02
    with zipfile.ZipFile(path) as bundle:
        bundle.extractall(tmp_path / "folder")
    again = read_splats(tmp_path / "folder" / "meta.json")
    assert np.array_equal(again.positions, back.positions)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"count": 100_000}, "100000 pixels"),
        ({"count": 1 << 40}, "Expected 1 to"),
        ({"count": "many"}, "Expected 1 to"),
        ({"scales": {"codebook": [1.0], "files": ["scales.webp"]}}, "256 values"),
        ({"sh0": {"codebook": [0.0] * 256, "files": ["none.webp"]}}, "none.webp"),
        ({"version": 7}, "version"),
        ({"means": {}}, "damaged"),
        ({"means": {"mins": [0], "maxs": [1], "files": []}}, "table"),
    ],
)
def test_broken_sog_is_refused_in_a_sentence(changed: dict, told: str, tmp_path: Path) -> None:
    pytest.importorskip("gsply")
    sog(tmp_path / "a.sog", shell(60, 0), **changed)
    with pytest.raises(InputError, match=told):
        read_splats(tmp_path / "a.sog")


def test_packed_ply_of_playcanvas(tmp_path: Path) -> None:
    gsply = pytest.importorskip("gsply")
    splats, path = shell(600, 1), tmp_path / "a.ply"
    write_splats(splats, path)
    gsply.plywrite(tmp_path / "b.compressed.ply", *gsply.plyread(path).unpack(), compressed=True)
    packed = tmp_path / "b.compressed.ply"
    back = read_splats(packed)
    assert len(back) == 600
    a, b = render(splats, camera()).rgb, render(back, camera()).rgb
    assert -10 * np.log10(np.square(a - b).mean()) > 30
    whole = packed.read_bytes()
    packed.write_bytes(whole.replace(b"element chunk 3", b"element chunk 2"))
    with pytest.raises(InputError, match="chunks"):
        read_splats(packed)


def test_names_and_folders(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing by that name"):
        read_splats(tmp_path / "none.ply")
    with pytest.raises(InputError, match=r"\.spz"):
        read_splats(tmp_path / "a.obj")
    with pytest.raises(InputError, match=r"\.ply or \.spz"):
        write_splats(shell(3), tmp_path / "a.sog")
    write_splats(shell(3), tmp_path / "a.ply")
    with pytest.raises(OutputExistsError):
        write_splats(shell(3), tmp_path / "a.ply")


def test_sizes_of_webp_images() -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    for shape in ((5, 7), (300, 1)):
        for channels in (3, 4):
            image = np.zeros((*shape, channels), np.uint8)
            assert webp_size(imagecodecs.webp_encode(image, lossless=True)) == shape
    with pytest.raises(InputError, match="lossless WebP"):
        webp_size(b"RIFF" * 10)
