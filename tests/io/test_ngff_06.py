"""OME-Zarr 0.6: coordinate systems and transformations, read, written and converted."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

import vcore
from vcore import hierarchy
from vcore.io import read, write
from vcore.io.ome_versions import as_04, as_05, as_06
from vcore.model.grid import IDENTITY, Grid
from vcore.model.volume import Variable, Volume

COS, SIN = np.cos(0.3), np.sin(0.3)
TURNED = ((1, 0, 0), (0, COS, -SIN), (0, SIN, COS))
SCALE = {"type": "scale", "scale": [2.0, 0.5, 0.25]}
SHIFT = {"type": "translation", "translation": [10.0, 20.0, 30.0]}


def system(name: str, axes: str = "zyx", unit: str = "micrometer") -> dict[str, Any]:
    told = {"unit": unit} if unit else {}
    return {"name": name, "axes": [{"name": a, "type": "space", **told} for a in axes]}


def put(
    path: Path,
    step: dict[str, Any],
    *more: dict[str, Any],
    systems: tuple[dict[str, Any], ...] = (),
    axes: str = "zyx",
) -> None:
    """Write an image whose level 0 has the transformation ``step``, its group ``more``."""
    group = zarr.create_group(path, zarr_format=3)
    group.create_array("s0", data=np.arange(24, dtype="u2").reshape(2, 3, 4))
    ends = {"input": {"path": "s0"}, "output": {"name": "intrinsic"}}
    image = {
        "name": "example",
        "coordinateSystems": [system("intrinsic", axes), *systems],
        "datasets": [{"path": "s0", "coordinateTransformations": [{**step, **ends}]}],
        **({"coordinateTransformations": list(more)} if more else {}),
    }
    group.attrs["ome"] = {"version": "0.6", "multiscales": [image]}


def sequence(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"type": "sequence", "transformations": list(steps)}


def to_world(step: dict[str, Any]) -> dict[str, Any]:
    return {**step, "input": {"name": "intrinsic"}, "output": {"name": "world"}}


@pytest.mark.parametrize(
    ("step", "spacing", "origin"),
    [
        (SCALE, (2.0, 0.5, 0.25), (0.0, 0.0, 0.0)),
        (sequence(SCALE, SHIFT), (2.0, 0.5, 0.25), (10.0, 20.0, 30.0)),
        (sequence(SHIFT, SCALE), (2.0, 0.5, 0.25), (20.0, 10.0, 7.5)),
        ({"type": "identity"}, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)),
    ],
)
def test_levels_lie_where_their_transformation_says(
    tmp_path: Path, step: dict[str, Any], spacing: Any, origin: Any
) -> None:
    put(tmp_path / "a.zarr", step)
    volume = read(tmp_path / "a.zarr")
    assert volume.grid.spacing == spacing
    assert volume.grid.origin == origin
    assert volume.grid.unit == "micrometer"
    assert volume.grid.direction == IDENTITY
    assert volume.variables[0].read()[1, 2, 3] == 23


def test_drafts_name_coordinate_systems_by_text(tmp_path: Path) -> None:
    put(tmp_path / "a.zarr", sequence(SCALE, SHIFT))
    group = zarr.open_group(tmp_path / "a.zarr", mode="r+")
    ome: Any = dict(group.attrs["ome"]) | {"version": "0.6.dev1"}  # type: ignore[call-overload]
    step = ome["multiscales"][0]["datasets"][0]["coordinateTransformations"][0]
    step |= {"input": "s0", "output": "intrinsic"}
    group.attrs["ome"] = ome
    assert read(tmp_path / "a.zarr").grid.origin == (10.0, 20.0, 30.0)
    released: Any = as_06(dict(group.attrs))["ome"]
    step = released["multiscales"][0]["datasets"][0]["coordinateTransformations"][0]
    assert released["version"] == "0.6"
    assert (step["input"], step["output"]) == ({"path": "s0"}, {"name": "intrinsic"})


MATRIX = [[1.0, 0.0, 0.0], [0.0, COS, -SIN], [0.0, SIN, COS]]


@pytest.mark.parametrize(
    "step",
    [
        sequence({"type": "rotation", "rotation": MATRIX}, SHIFT),
        {"type": "affine", "affine": np.c_[MATRIX, [10, 20, 30]].tolist()},
        {
            "type": "byDimension",
            "transformations": [
                {
                    "transformation": {"type": "translation", "translation": [10.0]},
                    "inputAxes": [0],
                    "outputAxes": [0],
                },
                {
                    "transformation": {
                        "type": "affine",
                        "affine": [[COS, -SIN, 20.0], [SIN, COS, 30.0]],
                    },
                    "inputAxes": [1, 2],
                    "outputAxes": [1, 2],
                },
            ],
        },
        {
            "type": "bijection",
            "forward": sequence({"type": "rotation", "rotation": MATRIX}, SHIFT),
            "inverse": {"type": "identity"},
        },
    ],
)
def test_a_turned_second_system_gives_the_direction(tmp_path: Path, step: dict[str, Any]) -> None:
    put(tmp_path / "a.zarr", SCALE, to_world(step), systems=(system("world"),))
    grid = read(tmp_path / "a.zarr").grid
    assert grid.spacing == (2.0, 0.5, 0.25)
    assert grid.origin == (10.0, 20.0, 30.0)
    np.testing.assert_allclose(grid.direction, TURNED, atol=1e-14)


def test_a_transformation_towards_the_levels_is_inverted(tmp_path: Path) -> None:
    step = {"type": "scale", "scale": [0.5, 0.5, 0.5]}
    back = {**step, "input": {"name": "world"}, "output": {"name": "intrinsic"}}
    put(tmp_path / "a.zarr", SCALE, back, systems=(system("world"),))
    assert read(tmp_path / "a.zarr").grid.spacing == (4.0, 1.0, 0.5)


def test_exchanged_axes_are_found_by_their_names(tmp_path: Path) -> None:
    step = to_world({"type": "mapAxis", "mapAxis": [2, 1, 0]})
    put(tmp_path / "a.zarr", sequence(SCALE, SHIFT), step, systems=(system("world", "xyz"),))
    grid = read(tmp_path / "a.zarr").grid
    assert (grid.spacing, grid.origin) == ((2.0, 0.5, 0.25), (10.0, 20.0, 30.0))
    assert grid.direction == IDENTITY


def test_exchanged_axes_of_other_names_turn(tmp_path: Path) -> None:
    step = to_world({"type": "mapAxis", "mapAxis": [2, 1, 0]})
    put(tmp_path / "a.zarr", sequence(SCALE, SHIFT), step, systems=(system("world", "zyx"),))
    grid = read(tmp_path / "a.zarr").grid
    # the first world axis is the last of the array
    assert grid.direction == ((0, 0, 1), (0, 1, 0), (1, 0, 0))
    assert (grid.spacing, grid.origin) == ((2.0, 0.5, 0.25), (30.0, 20.0, 10.0))


def test_a_matrix_in_an_array_is_read(tmp_path: Path) -> None:
    step = to_world({"type": "rotation", "path": "coordinateTransformations/turn"})
    put(tmp_path / "a.zarr", SCALE, step, systems=(system("world"),))
    group = zarr.open_group(tmp_path / "a.zarr", mode="r+")
    group.create_array("coordinateTransformations/turn", data=np.array(MATRIX))
    np.testing.assert_allclose(read(tmp_path / "a.zarr").grid.direction, TURNED, atol=1e-14)


SHEAR = {"type": "affine", "affine": [[1, 0, 0, 5], [0, 1, 0.5, 6], [0, 0, 1, 7]]}
FIELD = {"type": "displacements", "path": "field"}


@pytest.mark.parametrize(
    ("step", "world"),
    [
        (SHEAR, system("world")),
        (FIELD, system("world")),
        # voxel indices: taking them would lose the voxel size
        ({"type": "scale", "scale": [0.5, 2, 4]}, system("world", unit="")),
        ({"type": "rotation", "path": "nowhere"}, system("world")),
        ({"type": "mapAxis", "mapAxis": [0, 0, 1]}, system("world")),
        ({"type": "scale", "scale": [1, 2]}, system("world")),
        ({"type": "affine", "affine": [[0, 0, 0, 0]] * 3}, system("world")),
        ({"type": "byDimension", "transformations": [{"inputAxes": "no"}]}, system("world")),
    ],
)
def test_what_a_grid_cannot_say_is_told_and_kept(
    tmp_path: Path, step: dict[str, Any], world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path / "a.zarr", sequence(SCALE, SHIFT), to_world(step), systems=(world,))
    volume = read(tmp_path / "a.zarr")
    assert volume.grid.spacing == (2.0, 0.5, 0.25)
    assert volume.grid.origin == (10.0, 20.0, 30.0)
    assert "used its coordinate system intrinsic; world" in caplog.text
    assert ("registration" in volume.attributes) == (step["type"] == "affine")
    write(volume, tmp_path / "b.zarr", ome_zarr="0.6")
    image: Any = zarr.open_group(tmp_path / "b.zarr").attrs["ome"]
    assert image["multiscales"][0]["coordinateSystems"][1] == world
    assert image["multiscales"][0]["coordinateTransformations"] == [to_world(step)]
    # also through versions that have no place for it
    write(volume, tmp_path / "c.zarr", ome_zarr="0.4")
    again = read(tmp_path / "c.zarr")
    own = {k: v for k, v in again.variables[0].attributes.items() if k != "omero"}
    assert own == volume.variables[0].attributes


def test_of_several_systems_none_is_chosen(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    steps = [to_world(SHIFT), {**to_world(SCALE), "output": {"name": "atlas"}}]
    put(tmp_path / "a.zarr", SCALE, *steps, systems=(system("world"), system("atlas")))
    assert read(tmp_path / "a.zarr").grid.origin == (0.0, 0.0, 0.0)
    assert "used its coordinate system intrinsic; world, atlas" in caplog.text


def test_a_level_that_is_not_understood_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path / "a.zarr", FIELD)
    assert read(tmp_path / "a.zarr").grid.spacing == (1.0, 1.0, 1.0)
    assert "the transformation displacements of a level is not known" in caplog.text


def cells(direction: Any = IDENTITY, side: int = 20) -> Volume:
    values = np.random.default_rng(0).integers(0, 4000, (3, 2, side, 30, 40)).astype("u2")
    grid = Grid(
        (side, 30, 40),
        spacing=(2.0, 0.5, 0.2),
        origin=(10.0, 20.0, 30.0),
        unit="micrometer",
        direction=direction,
        times=(0.0, 0.5, 1.0),
        time_unit="second",
    )
    return Volume(grid, (Variable("cells", values, tuple("tczyx"), components=("DAPI", "GFP")),))


@pytest.mark.parametrize("version", ["0.4", "0.5", "0.6"])
@pytest.mark.parametrize("direction", [IDENTITY, TURNED, ((-1, 0, 0), (0, 1, 0), (0, 0, 1))])
def test_every_version_gives_back_the_volume(tmp_path: Path, version: str, direction: Any) -> None:
    volume = cells(direction)
    write(volume, tmp_path / "a.zarr", ome_zarr=version)
    again = read(tmp_path / "a.zarr")
    assert again.grid == volume.grid
    assert again.variables[0].components == ("DAPI", "GFP")
    np.testing.assert_array_equal(again.variables[0].read(), volume.variables[0].read())
    group = zarr.open_group(tmp_path / "a.zarr", mode="r")
    assert group.metadata.zarr_format == (2 if version == "0.4" else 3)
    attributes: Any = dict(group.attrs)
    told = attributes["multiscales"][0] if version == "0.4" else attributes["ome"]
    assert told["version"] == version
    assert (tmp_path / "a.zarr/0/0/0/0/0/0").exists() == (version == "0.4")


@pytest.mark.parametrize("direction", [TURNED, ((-1, 0, 0), (0, 1, 0), (0, 0, 1))])
def test_directions_are_said_in_06_itself(tmp_path: Path, direction: Any) -> None:
    volume = cells(direction, side=200)
    write(volume, tmp_path / "a.zarr", ome_zarr="0.6")
    group = zarr.open_group(tmp_path / "a.zarr", mode="r+")
    attributes: Any = dict(group.attrs)
    del attributes["vcore"]
    group.attrs.put(attributes)
    grid = read(tmp_path / "a.zarr").grid
    np.testing.assert_allclose(grid.direction, direction, atol=1e-14)
    assert (grid.spacing, grid.origin) == ((2.0, 0.5, 0.2), (10.0, 20.0, 30.0))
    # levels coincide: the first voxel of level 1 is the mean of the first two of level 0
    steps = as_05(attributes)["ome"]["multiscales"][0]["datasets"][1]["coordinateTransformations"]
    np.testing.assert_allclose(steps[0]["scale"], [0.5, 1, 4, 1, 0.4])
    np.testing.assert_allclose(steps[1]["translation"], [0, 0, 11, 20.25, 30.1])


@pytest.mark.parametrize("convert", [as_04, as_05])
def test_versions_are_converted_there_and_back(tmp_path: Path, convert: Any) -> None:
    write(cells(TURNED), tmp_path / "a.zarr", ome_zarr="0.6")
    told = dict(zarr.open_group(tmp_path / "a.zarr", mode="r").attrs)
    there = convert(told)
    assert "coordinateSystems" not in str(there)
    assert_close(as_06(there), told)


def assert_close(found: Any, told: Any) -> None:
    """Compare JSON values, numbers to 12 digits."""
    if isinstance(told, dict):
        assert found.keys() == told.keys()
        for key, value in told.items():
            assert_close(found[key], value)
    elif isinstance(told, list | tuple):
        assert len(found) == len(told)
        for one, other in zip(found, told, strict=True):
            assert_close(one, other)
    elif isinstance(told, float):
        assert found == pytest.approx(told, rel=1e-12, abs=1e-12)
    else:
        assert found == told


def test_the_whole_images_transformation_of_05_leads_to_a_second_system() -> None:
    image = {
        "axes": system("")["axes"],
        "datasets": [{"path": "0", "coordinateTransformations": [SCALE]}],
        "coordinateTransformations": [SHIFT],
    }
    told: Any = as_06({"ome": {"version": "0.5", "multiscales": [image]}})["ome"]["multiscales"][0]
    assert [s["name"] for s in told["coordinateSystems"]] == ["intrinsic", "world"]
    back: Any = as_05({"ome": {"version": "0.6", "multiscales": [told]}})["ome"]["multiscales"][0]
    assert back["datasets"][0]["coordinateTransformations"] == [SCALE, SHIFT]


def test_a_compressed_hierarchy_of_06_stays_06(tmp_path: Path) -> None:
    step = to_world(sequence({"type": "rotation", "rotation": MATRIX}, SHIFT))
    put(tmp_path / "a.zarr", SCALE, step, systems=(system("world"),))
    told: Any = zarr.open_group(tmp_path / "a.zarr").attrs["ome"]
    hierarchy.compress(tmp_path / "a.zarr", tmp_path / "b.zarr", chunks=8)
    assert zarr.open_group(tmp_path / "b.zarr").attrs["ome"] == told
    grid = vcore.open(tmp_path / "b.zarr").grid
    assert grid == read(tmp_path / "a.zarr").grid
    hierarchy.export(tmp_path / "b.zarr", tmp_path / "c.zarr", version="0.4")
    assert read(tmp_path / "c.zarr").grid == grid
    hierarchy.export(tmp_path / "c.zarr", tmp_path / "d.ozx", version="0.6")
    assert read(tmp_path / "d.ozx").grid == grid


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("coordinateSystems", []),
        ("coordinateSystems", [None, {"name": ["a"]}, {"axes": "zyx"}]),
        ("coordinateSystems", [{"name": "intrinsic", "axes": [{"name": [1]}] * 3}]),
        # as many axes would need a matrix of 80 GB
        ("coordinateSystems", [{"name": "intrinsic", "axes": [{"name": "a"}] * 100_000}]),
        ("coordinateTransformations", "all"),
        ("coordinateTransformations", [{"input": {"name": {}}, "output": 1}]),
        ("datasets", [{"path": "s0"}]),
        ("datasets", [{"path": "s0", "coordinateTransformations": [{"type": ["scale"]}]}]),
    ],
)
def test_damaged_metadata_never_hide_the_values(tmp_path: Path, key: str, value: Any) -> None:
    put(tmp_path / "a.zarr", SCALE, to_world(SHIFT), systems=(system("world"),))
    group = zarr.open_group(tmp_path / "a.zarr", mode="r+")
    ome: Any = dict(group.attrs["ome"])  # type: ignore[call-overload]
    ome["multiscales"][0][key] = value
    group.attrs["ome"] = ome
    assert read(tmp_path / "a.zarr").variables[0].read().ravel()[23] == 23
    assert as_04(as_06(as_05({"ome": ome})))
