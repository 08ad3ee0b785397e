"""Ranges, sizes, transfer functions and cameras of renderings, without a graphics library."""

import json
from dataclasses import replace

import numpy as np
import pytest

from vcore.errors import InputError
from vcore.render.looks import Slices, Surfaces, parse_isovalues, parse_slices
from vcore.render.ranges import parse_numbers, parse_size
from vcore.render.statistics import otsu
from vcore.render.transfer import SPACES, default_function, read_functions
from vcore.render.views import MARGIN, fitted


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("5", (5.0,)),
        ("0:180:60", (0.0, 60.0, 120.0, 180.0)),
        ("0:100:30", (0.0, 30.0, 60.0, 90.0)),
        ("0.1:0.4:0.1", (0.1, 0.2, 0.3, 0.4)),
        ("9,3,0:4:2", (0.0, 2.0, 3.0, 4.0, 9.0)),
        ("-1:1", (-1.0, 0.0, 1.0)),
        ("1e-3", (0.001,)),
        ("1000000000.0123456", (1000000000.0123456,)),
        ("1e9:1000000000.02:0.01", (1e9, 1000000000.01, 1000000000.02)),
    ],
)
def test_numbers(text, numbers):
    assert parse_numbers("theta", text) == numbers


@pytest.mark.parametrize(
    "text", ["", "a", "1,,2", "0:1:0", "0:1:-1", "2:1", "nan", "0:inf", "1:2:3:4", "0:1e9:1e-9"]
)
def test_bad_numbers(text):
    with pytest.raises(InputError, match="`theta`"):
        parse_numbers("theta", text)


def test_sizes():
    assert parse_size("256") == (256, 256)
    assert parse_size("640x480") == (480, 640)
    for text in ("0", "x", "1x2x3", "99999"):
        with pytest.raises(InputError, match="`size`"):
            parse_size(text)


def test_isovalues_are_a_parameter_or_share_an_image():
    assert parse_isovalues("0.2,0.5") == ((0.2,), (0.5,))
    assert parse_isovalues("40+130,20") == ((40.0, 130.0), (20.0,))
    assert parse_isovalues("1e+3+2e3") == ((1000.0, 2000.0),)
    assert Surfaces(parse_isovalues("3")).parameters == ()
    (numbers,) = Surfaces(parse_isovalues("1:3")).parameters
    assert (numbers.name, numbers.values) == ("isovalue", (1.0, 2.0, 3.0))
    (labels,) = Surfaces(parse_isovalues("40+130,20")).parameters
    assert labels.values == ("40+130", "20")
    (labels,) = Surfaces(parse_isovalues("1e9+1000000000.01,1e9")).parameters
    assert labels.values == ("1000000000+1000000000.01", "1000000000")


def test_slices():
    positions = parse_slices(["z=0:100:50%", "x=25"])
    assert positions == (("x", (0.25,)), ("z", (0.0, 0.5, 1.0)))
    slices = Slices(positions, default_function(0, 1))
    assert [(p.name, p.values, p.unit) for p in slices.parameters] == [
        ("slice_z", (0.0, 50.0, 100.0), "%")
    ]
    assert slices.of((1,)) == [("x", 0.25), ("z", 0.5)]
    for bad in (["w=1"], ["z"], ["z=101"], ["z=1", "z=2"]):
        with pytest.raises(InputError, match="`slice`"):
            parse_slices(bad)


CORNERS = np.array([[x, y, z] for x in (0, 10) for y in (-3, 1) for z in (100, 107)], float)


@pytest.mark.parametrize("view_angle", [30.0, 0.0])
@pytest.mark.parametrize("size", [(100, 100), (60, 200), (200, 60)])
def test_the_fitted_camera_sees_all_corners_in_every_view(view_angle, size):
    view = fitted(CORNERS, [0, 50, 90, 180], [0, 40, 200], size, view_angle=view_angle)
    camera, furthest = view.camera, 0.0
    half = camera.parallel_scale or np.tan(np.radians(view_angle) / 2)
    for theta in view.thetas:
        for phi in view.phis:
            pose = camera.pose({"theta": theta, "phi": phi})
            x, y, z = (CORNERS @ pose[:3, :3].T + pose[:3, 3]).T
            assert (z < 0).all()
            depth = -z if view_angle else 1.0
            furthest = max(furthest, (np.abs(y) / depth / half).max())
            furthest = max(furthest, (np.abs(x) / depth / half * size[0] / size[1]).max())
    assert 1 / MARGIN - 0.01 < furthest < 1
    assert camera.centre == (5.0, -1.0, 103.5)


def test_a_full_turn_counts_its_end_once():
    view = fitted(CORNERS, [90], list(np.arange(0, 361, 90.0)), (10, 10))
    (phi,) = view.parameters
    assert phi.values == (0, 90, 180, 270)
    assert phi.period == 360
    (part,) = fitted(CORNERS, [90], [0, 90, 180], (10, 10)).parameters
    assert part.period == 0


def test_constant_angles_are_of_the_camera():
    view = fitted(CORNERS, [30, 60], [45], (10, 10))
    assert [p.name for p in view.parameters] == ["theta"]
    assert view.camera.fixed_phi == 45
    assert fitted(CORNERS, [30], [45], (10, 10)).parameters == ()


@pytest.mark.parametrize(
    "changed",
    [{"thetas": [181]}, {"phis": [400]}, {"supersample": 0}, {"view_angle": 150}, {"zoom": 0}],
)
def test_views_out_of_range(changed):
    values = {"thetas": [90], "phis": [0], "supersample": 1, "view_angle": 30.0, "zoom": 1.0}
    values |= changed
    thetas, phis = values.pop("thetas"), values.pop("phis")
    with pytest.raises(InputError, match="Expected"):
        fitted(CORNERS, thetas, phis, (10, 10), **values)


PRESET = {
    "ColorSpace": "Lab",
    "Name": "leaves",
    "NanColor": [1, 1, 0],
    "RGBPoints": [40, 0, 0.5, 0, 0, 0, 0, 0, 200, 1, 1, 0.5],
    "Points": [0, 0, 0.5, 0, 100, 0, 0.5, 0, 200, 0.8, 0.5, 0],
}


def written(tmp_path, values, name="tf.json"):
    path = tmp_path / name
    path.write_text(json.dumps(values))
    return str(path)


def test_transfer_function_of_paraview(tmp_path):
    pytest.importorskip("vtkmodules")
    (function,) = read_functions(written(tmp_path, [PRESET]))
    assert function.name == "tf"
    assert function.range == (0, 200)
    assert [p[0] for p in function.colours] == [0, 40, 200]
    assert np.allclose(
        function.colours_of([0, 40, 200]), [[0, 0, 0], [0, 0.5, 0], [1, 1, 0.5]], atol=1e-3
    )
    table = function.opacity_table(201)
    assert np.allclose(table[[0, 100, 150, 200]], [0, 0, 0.4, 0.8])
    moved = function.rescaled(-1, 1)
    assert moved.range == (-1, 1)
    assert np.allclose(moved.colours_of([-0.6]), [[0, 0.5, 0]], atol=1e-3)


@pytest.mark.parametrize("space", SPACES)
def test_colours_of_every_space_end_where_they_should(space):
    pytest.importorskip("vtkmodules")
    function = replace(default_function(1, 3), space=space, log=space == "Lab")
    ends = np.array([p[1:] for p in function.colours])[[0, -1]]
    assert np.allclose(function.colours_of([1, 3])[-1], ends[-1], atol=0.03)
    if space != "Step":
        assert np.allclose(function.colours_of([1])[0], ends[0], atol=0.03)


def test_jumps_of_opacity_are_kept(tmp_path):
    pytest.importorskip("vtkmodules")
    jump = {**PRESET, "Points": [0, 0, 0.5, 0, 100, 0, 0.5, 0, 100, 0.6, 0.5, 0, 200, 0.6, 0.5, 0]}
    (function,) = read_functions(written(tmp_path, [jump]))
    assert np.allclose(function.opacity_table(201)[[0, 50, 99, 101, 200]], [0, 0, 0, 0.6, 0.6])


def test_presets_of_one_file_go_by_name_and_without_opacities_have_a_ramp(tmp_path):
    pytest.importorskip("vtkmodules")
    ramp = {k: v for k, v in PRESET.items() if k != "Points"} | {"Name": "ramp"}
    first, second = read_functions(written(tmp_path, [PRESET, ramp]))
    assert (first.name, second.name) == ("leaves", "ramp")
    assert np.allclose(second.opacity_table(3), [0, 0.5, 1])


@pytest.mark.parametrize(
    "values",
    [
        {},
        [],
        [3],
        "text",
        [{"IndexedColors": [0, 0, 0]}],
        [{**PRESET, "RGBPoints": [0, 0, 0]}],
        [{**PRESET, "RGBPoints": [0, 0, 0, 0, 1, 2, 0, 0]}],
        [{**PRESET, "Points": [0, 0, 0.5, 0, 1, float("nan"), 0.5, 0]}],
        [{**PRESET, "Points": [0, "a", 0.5, 0, 1, 1, 0.5, 0]}],
        [{**PRESET, "Points": [0, 0, 0.5, 0, 10**400, 1, 0.5, 0]}],
        [{**PRESET, "ColorSpace": "CMYK"}],
        [{**PRESET, "UseLogScale": 1}],
    ],
)
def test_other_json_is_refused(tmp_path, values):
    with pytest.raises(InputError, match="Expected"):
        read_functions(written(tmp_path, values))


def test_absent_and_damaged_files_are_refused(tmp_path):
    with pytest.raises(InputError, match="check the path"):
        read_functions(str(tmp_path / "absent.json"))
    (tmp_path / "bad.json").write_text("[" * 100_000)
    with pytest.raises(InputError, match="RGBPoints"):
        read_functions(str(tmp_path / "bad.json"))


def test_otsu_separates_two_classes():
    random = np.random.default_rng(0)
    sample = np.concatenate([random.normal(10, 2, 9000), random.normal(60, 5, 1000)])
    assert 15 < otsu(sample) < 45
    assert np.isfinite(otsu(np.full(5, 3.0)))
