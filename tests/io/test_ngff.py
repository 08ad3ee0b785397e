"""OME-Zarr metadata: axes, transformations, collections, wells, display settings."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from vcore.errors import InputError
from vcore.io import read, write
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

UNIT = "micrometer"
CHANNELS = [
    {
        "label": label,
        "color": colour,
        "active": True,
        "window": {"start": 0.0, "end": 9.0, "min": 0.0, "max": 99.0},
    }
    for label, colour in (("DAPI", "0000FF"), ("GFP", "00FF00"))
]


def axis(name: str, unit: str = UNIT) -> dict[str, str]:
    kind = {"t": "time", "c": "channel"}.get(name, "space")
    return {"name": name, "type": kind} | ({"unit": unit} if kind == "space" and unit else {})


def put(
    group: zarr.Group,
    axes: Any = "zyx",
    shape: tuple[int, ...] = (2, 3, 4),
    steps: Any = None,
    more: dict[str, Any] | None = None,
) -> np.ndarray:
    values = np.arange(np.prod(shape), dtype="u2").reshape(shape)
    group.create_array("0", data=values)
    described = [axis(a) for a in axes] if isinstance(axes, str) else axes
    if steps is None:
        steps = [{"type": "scale", "scale": [1.0 + i for i in range(len(shape))]}]
    dataset = {"path": "0", "coordinateTransformations": steps}
    known = {"multiscales": [{"axes": described, "datasets": [dataset]}], **(more or {})}
    if group.metadata.zarr_format == 3:
        group.attrs["ome"] = {"version": "0.5", **known}
    else:
        known["multiscales"][0]["version"] = "0.4"
        group.attrs.update(known)
    return values


@pytest.mark.parametrize(
    ("axes", "shape"),
    [
        ("xyz", (4, 3, 2)),
        ("cxyz", (2, 4, 3, 2)),
        ("zyxct", (2, 3, 4, 2, 3)),
        ("tyxz", (2, 3, 4, 5)),
        ("zxy", (2, 4, 3)),
    ],
)
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_axes_are_told_by_name(
    tmp_path: Path, axes: str, shape: tuple[int, ...], zarr_format: int
) -> None:
    group = zarr.create_group(tmp_path / "a.zarr", zarr_format=zarr_format)  # type: ignore[arg-type]
    values = put(group, axes, shape)
    volume = read(tmp_path / "a.zarr")
    wanted = "".join(a for a in "tczyx" if a in axes)
    assert "".join(volume["a"].axes) == wanted
    expected = values.transpose([axes.index(a) for a in wanted])
    np.testing.assert_array_equal(volume["a"].read(), expected)
    assert volume.grid.spacing == tuple(1.0 + axes.index(a) for a in "zyx")
    assert volume.grid.axis_names == ("z", "y", "x")


def test_other_names_are_told_by_place(tmp_path: Path) -> None:
    names = ("depth", "row", "column")
    put(zarr.create_group(tmp_path / "a.zarr"), [axis(n) for n in names])
    assert read(tmp_path / "a.zarr").grid.axis_names == names


@pytest.mark.parametrize(
    ("units", "spacing", "unit", "words"),
    [
        (("micrometer", "nanometer", "nanometer"), (50.0, 4.0, 4.0), "nanometer", ""),
        (("", "nanometer", "nanometer"), (0.05, 4.0, 4.0), "nanometer", "have no unit"),
        (("", "", ""), (0.05, 4.0, 4.0), "", ""),
        (("hPa", "degree", "degree"), (0.05, 4.0, 4.0), "", "incompatible units"),
    ],
)
def test_units_are_brought_to_one(
    tmp_path: Path,
    units: tuple[str, ...],
    spacing: Any,
    unit: str,
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    axes = [axis(n, u) for n, u in zip("zyx", units, strict=True)]
    steps = [
        {"type": "scale", "scale": [0.05, 4, 4]},
        {"type": "translation", "translation": [0.1, 8, 0]},
    ]
    put(zarr.create_group(tmp_path / "a.zarr"), axes, steps=steps)
    volume = read(tmp_path / "a.zarr")
    assert (volume.grid.spacing, volume.grid.unit) == (spacing, unit)
    assert volume.grid.origin == pytest.approx((2 * spacing[0], 8, 0))
    assert words in caplog.text
    if units[0] == "hPa":
        assert volume.attributes["axes"]["z"] == {"name": "z", "units": "hPa"}


@pytest.mark.parametrize(
    ("steps", "spacing", "words"),
    [
        ([{"type": "scale", "scale": [0, 1, 2]}], (1.0, 1.0, 2.0), "along z is nan"),
        ([{"type": "scale", "scale": [1, None, 2]}], (1.0, 1.0, 2.0), "along y is nan"),
        ([{"type": "scale", "scale": [1, np.nan, 2]}], (1.0, 1.0, 2.0), "along y is nan"),
        ([{"type": "scale", "scale": [3, "x", 2]}], (3.0, 1.0, 2.0), "along y is nan"),
        ([{"type": "scale", "scale": [3]}], (3.0, 1.0, 1.0), "along y is nan"),
        ([{"type": "scale", "scale": None}], (1.0, 1.0, 1.0), "nan"),
        ([{"type": "affine", "path": "a"}], (1.0, 1.0, 1.0), "affine is not known"),
        ([None, 7], (1.0, 1.0, 1.0), "no voxel size"),
        (7, (1.0, 1.0, 1.0), "no voxel size"),
        ([{"type": "translation", "translation": [1, None, 2]}], (1.0, 1.0, 1.0), "origin"),
    ],
)
def test_odd_transformations_are_said(
    tmp_path: Path, steps: Any, spacing: Any, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    values = put(zarr.create_group(tmp_path / "a.zarr"), steps=steps)
    volume = read(tmp_path / "a.zarr")
    assert volume.grid.spacing == spacing
    assert "a.zarr: " in caplog.text
    assert words in caplog.text
    np.testing.assert_array_equal(volume["a"].read(), values)
    assert read(tmp_path / "a.zarr", spacing=(3, 2, 1)).grid.spacing == (3.0, 2.0, 1.0)


def test_a_scale_below_0_turns_its_axis(tmp_path: Path) -> None:
    steps = [{"type": "scale", "scale": [1, 1, -2]}]
    put(zarr.create_group(tmp_path / "a.zarr"), steps=steps)
    grid = read(tmp_path / "a.zarr").grid
    assert grid.spacing == (1.0, 1.0, 2.0)
    np.testing.assert_array_equal(np.diag(grid.direction), [1, 1, -1])


@pytest.mark.parametrize(
    "omero", [None, [], "x", {"channels": None}, {"channels": [None]}, {"channels": [{}, {}]}]
)
def test_odd_omero(tmp_path: Path, omero: Any) -> None:
    group = zarr.create_group(tmp_path / "a.zarr")
    values = put(group, "czyx", (2, 2, 3, 4), more={"omero": omero})
    variable = read(tmp_path / "a.zarr")["a"]
    assert variable.components == ()
    np.testing.assert_array_equal(variable.read(), values)


@pytest.mark.parametrize(
    "multiscales", [None, [], [{}], {}, [{"datasets": []}], [{"datasets": [{"path": "9"}]}]]
)
def test_odd_multiscales(
    tmp_path: Path, multiscales: Any, caplog: pytest.LogCaptureFixture
) -> None:
    group = zarr.create_group(tmp_path / "a.zarr")
    values = put(group)
    group.attrs["ome"] = {"version": "0.5", "multiscales": multiscales}
    np.testing.assert_array_equal(read(tmp_path / "a.zarr").variables[0].read(), values)
    assert "a.zarr: its OME metadata names no array" in caplog.text


@pytest.mark.parametrize("axes", [None, [], ["z", "y", "x"], "x"])
def test_old_and_odd_axes(tmp_path: Path, axes: Any) -> None:
    group = zarr.create_group(tmp_path / "a.zarr")
    values = put(group)
    ome = dict(group.attrs["ome"])
    ome["multiscales"][0]["axes"] = axes
    group.attrs["ome"] = ome
    variable = read(tmp_path / "a.zarr")["a"]
    assert variable.axes == ("z", "y", "x")
    np.testing.assert_array_equal(variable.read(), values)


def test_what_is_shown_comes_back_out(tmp_path: Path) -> None:
    omero = {"channels": CHANNELS, "rdefs": {"model": "color"}}
    group = zarr.create_group(tmp_path / "a.zarr")
    put(group, "czyx", (2, 2, 3, 4), more={"omero": omero})
    group.attrs["acquisition"] = {"objective": "63x"}
    volume = read(tmp_path / "a.zarr")
    assert volume["a"].components == ("DAPI", "GFP")

    write(volume, tmp_path / "b.zarr")

    written = zarr.open_group(tmp_path / "b.zarr", mode="r")
    assert written.attrs["ome"]["omero"] == omero
    assert written.attrs["acquisition"] == {"objective": "63x"}
    again = read(tmp_path / "b.zarr")
    assert again.grid == volume.grid
    assert dict(again["a"].attributes) == dict(volume["a"].attributes)


def test_images_without_a_list_of_them(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    group = zarr.create_group(tmp_path / "a.zarr", zarr_format=2)
    group.attrs["bioformats2raw.layout"] = 3
    for name in ("0", "1", "2", "10"):
        put(group.create_group(name))
    assert [v.name for v in read(tmp_path / "a.zarr").variables] == ["0", "1", "2", "10"]

    group.create_group("OME").attrs["series"] = ["10", "7", "0"]
    assert [v.name for v in read(tmp_path / "a.zarr").variables] == ["10", "0"]
    assert "the image 7 does not exist" in caplog.text

    del group.attrs["bioformats2raw.layout"]
    assert len(read(tmp_path / "a.zarr").variables) == 4


def test_images_of_other_places_are_on_grids_of_their_own(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path / "a.zarr")
    group.attrs["ome"] = {"version": "0.5", "bioformats2raw.layout": 3}
    put(group.create_group("0"))
    put(group.create_group("1"), steps=[{"type": "scale", "scale": [1, 1, 1]}])
    spacings = [part.grid.spacing for part in read(tmp_path / "a.zarr").parts]
    assert spacings == [(1.0, 2.0, 3.0), (1.0, 1.0, 1.0)]
    assert read(tmp_path / "a.zarr", variables=["1"]).grid.spacing == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_plates_and_wells(tmp_path: Path, zarr_format: int) -> None:
    group = zarr.create_group(tmp_path / "p.zarr", zarr_format=zarr_format)  # type: ignore[arg-type]
    plate = {"wells": [{"path": "B/3"}, {"path": "C/4"}]}
    well = {"images": [{"path": "f0"}, {"path": "f1"}]}
    inner = group.create_group("B/3")
    if zarr_format == 3:
        group.attrs["ome"] = {"version": "0.5", "plate": plate}
        inner.attrs["ome"] = {"version": "0.5", "well": well}
    else:
        group.attrs["plate"], inner.attrs["well"] = plate, well
    for name in ("f0", "f1"):
        values = put(inner.create_group(name))

    with pytest.raises(InputError, match=r"read one of its fields, such as .*p\.zarr/B/3/f0\."):
        read(tmp_path / "p.zarr")
    for path in (str(tmp_path / "p.zarr/B/3"), f"{tmp_path}/p.zarr::B/3"):
        volume = read(path)
        assert [v.name for v in volume.variables] == ["f0", "f1"]
        assert (volume.grid.spacing, volume.grid.unit) == ((1.0, 2.0, 3.0), UNIT)
        np.testing.assert_array_equal(volume["f1"].read(), values)
    assert read(tmp_path / "p.zarr/B/3/f1").grid.unit == UNIT


def test_a_plate_without_wells_has_the_images_that_are_there(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path / "p.zarr")
    group.attrs["ome"] = {"version": "0.5", "plate": None}
    values = put(group.create_group("A/1/0"))
    np.testing.assert_array_equal(read(tmp_path / "p.zarr")["A/1/0"].read(), values)


def test_names_of_channels_are_shown_over_their_values(tmp_path: Path) -> None:
    values = np.arange(48, dtype="f4").reshape(2, 2, 3, 4)
    values[1, 0, 0, 0] = np.nan
    variable = Variable("a", values, tuple("czyx"), components=("DAPI", "GFP"))
    write(Volume(Grid(shape=(2, 3, 4)), (variable,)), tmp_path / "o.zarr")
    channels = zarr.open_group(tmp_path / "o.zarr").attrs["ome"]["omero"]["channels"]  # type: ignore[index]
    assert [c["label"] for c in channels] == ["DAPI", "GFP"]
    windows = [(c["window"]["start"], c["window"]["end"]) for c in channels]
    assert windows == [(0.0, 23.0), (25.0, 47.0)]
    assert read(tmp_path / "o.zarr")["a"].components == ("DAPI", "GFP")


def test_names_of_channels_do_not_refuse_other_axes(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path / "a.zarr")
    put(group, "ctzyx", (2, 3, 2, 3, 4), more={"omero": {"channels": CHANNELS}})
    assert read(tmp_path / "a.zarr").variables[0].components == ("DAPI", "GFP")
    found = read(tmp_path / "a.zarr", axes="tczyx").variables[0]
    assert (found.shape[:2], found.components) == ((2, 3), ())


def test_one_bright_voxel_does_not_darken_a_channel(tmp_path: Path) -> None:
    values = np.random.default_rng(0).poisson(300, (2, 20, 30, 40)).astype("u2")
    values[0, 3, 4, 5] = 60000
    variable = Variable("a", values, tuple("czyx"), components=("DAPI", "GFP"))
    write(Volume(Grid(shape=(20, 30, 40)), (variable,)), tmp_path / "o.zarr")
    channels = zarr.open_group(tmp_path / "o.zarr").attrs["ome"]["omero"]["channels"]  # type: ignore[index]
    window = channels[0]["window"]
    assert 200 < window["start"] < window["end"] < 500
    assert window["max"] == 60000
