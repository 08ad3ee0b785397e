"""BigDataViewer HDF5 and XML."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from levels import affine, halved, write_bdv

from vcore.errors import InputError
from vcore.io import images, read

RNG = np.random.default_rng(1)
SETUPS = [RNG.integers(0, 65535, (2, 6, 20, 24)).astype("u2") for _ in range(3)]
CHANNELS = np.stack(SETUPS, axis=1)


@pytest.mark.parametrize("suffix", [".xml", ".h5"])
def test_setups_of_one_place_are_channels(tmp_path: Path, suffix: str) -> None:
    path = Path(write_bdv(tmp_path / "run", SETUPS)).with_suffix(suffix)
    volume = read(path)
    (variable,) = volume.variables
    assert (variable.name, variable.axes) == ("run", tuple("tczyx"))
    assert variable.components == ("GFP 0", "GFP 1", "GFP 2")
    assert variable.dtype == np.uint16
    np.testing.assert_array_equal(variable.read(), CHANNELS)
    assert volume.grid.spacing == (2.0, 0.25, 0.5)
    assert volume.grid.unit == "micrometer"
    (image,) = images(str(path))
    np.testing.assert_array_equal(image.levels[1][...], halved(CHANNELS, (1, 2, 2)))
    assert image.grids[1].spacing == (2.0, 0.5, 1.0)
    assert image.grids[1].origin == (0.0, 0.125, 0.25)


def test_without_xml(tmp_path: Path) -> None:
    path = Path(write_bdv(tmp_path / "run", [SETUPS[0].astype("f4"), SETUPS[1].astype("f4")]))
    path.unlink()
    volume = read(path.with_suffix(".h5"))
    assert volume.grid.spacing == (1.0, 1.0, 1.0)
    np.testing.assert_array_equal(volume.variables[0].read(), CHANNELS[:, :2].astype("f4"))


def test_xml_of_another_file_is_not_taken(tmp_path: Path) -> None:
    path = Path(write_bdv(tmp_path / "run", SETUPS))
    path.write_text(path.read_text().replace("run.h5", "other.h5"))
    assert read(path.with_suffix(".h5")).grid.unit == ""
    with pytest.raises(InputError, match=r"other\.h5, named in"):
        read(path)


def test_a_dataset_of_its_own(tmp_path: Path) -> None:
    path = Path(write_bdv(tmp_path / "run", SETUPS)).with_suffix(".h5")
    volume = read(f"{path}::t00001/s02/0/cells")
    np.testing.assert_array_equal(volume.variables[0].read(), SETUPS[2][1].view("i2"))


def test_places_are_images(tmp_path: Path) -> None:
    attributes = [{"channel": 0, "tile": 0}, {"channel": 1, "tile": 0}, {"channel": 0, "tile": 1}]
    moved = np.diag([0.5, 0.25, 2.0, 1.0])
    moved[0, 3] = 100
    places = [[affine(np.diag([0.5, 0.25, 2.0, 1])[:3])]] * 2 + [[affine(moved[:3])]]
    path = write_bdv(tmp_path / "run", SETUPS, attributes=attributes, registrations=places)
    first, second = images(path)
    assert (first.name, second.name) == ("tile 0", "tile 1")
    assert second.volume.grid.origin == (0.0, 0.0, 100.0)
    assert second.grids[1].origin == (0.0, 0.125, 100.25)
    with pytest.raises(InputError, match="choose with `variables` out of tile 0, tile 1"):
        read(path)
    np.testing.assert_array_equal(read(path, variables=["tile 1"]).variables[0].read(), SETUPS[2])


SHEARED = [[0.5, 0.1, 0, 0], [0, 0.25, 0, 0], [0, 0, 2, 0]]
TURNED = [[0, -0.25, 0, 7], [0.5, 0, 0, 0], [0, 0, 2, 1]]


@pytest.mark.parametrize(
    ("steps", "spacing", "origin"),
    [
        # the last is applied first: preceding translations are in world units
        ([[[1, 0, 0, 3], [0, 1, 0, 4], [0, 0, 1, 5]], "scale"], (2, 0.25, 0.5), (5, 4, 3)),
        # in voxels of the finest axis
        ([[[2, 0, 0, 8], [0, 1, 0, 4], [0, 0, 8, 0]]], (2, 0.25, 0.5), (0, 1, 2)),
        # in voxels
        ([[[1, 0, 0, 8], [0, 1, 0, 4], [0, 0, 1, 3]]], (2, 0.25, 0.5), (6, 1, 4)),
        # a scale other than the camera's voxels
        ([[[3, 0, 0, 0], [0, 1, 0, 4], [0, 0, 1, 5]]], (1, 1, 3), (5, 4, 0)),
    ],
)
def test_registrations_that_scale_and_move(
    tmp_path: Path, steps: list[Any], spacing: Any, origin: Any
) -> None:
    scale = np.diag([0.5, 0.25, 2.0, 1])[:3]
    registration = [affine(scale if s == "scale" else s) for s in steps]
    grid = read(write_bdv(tmp_path / "a", SETUPS[:1], registrations=[registration])).grid
    assert grid.spacing == pytest.approx(spacing)
    assert grid.origin == pytest.approx(origin)


def test_a_turned_registration_is_a_direction(tmp_path: Path) -> None:
    grid = read(write_bdv(tmp_path / "a", SETUPS[:1], registrations=[[affine(TURNED)]])).grid
    assert grid.spacing == pytest.approx((2, 0.25, 0.5))
    assert grid.origin == pytest.approx((1, 0, 7))
    np.testing.assert_allclose(grid.direction, [[1, 0, 0], [0, 0, 1], [0, -1, 0]])


def test_a_sheared_registration_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    volume = read(write_bdv(tmp_path / "a", SETUPS[:1], registrations=[[affine(SHEARED)]]))
    assert volume.grid.spacing == (2.0, 0.25, 0.5)
    assert volume.attributes["registration"] == SHEARED
    assert "sheared" in caplog.text


def test_what_moves_in_time_and_missing_views_are_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = Path(write_bdv(tmp_path / "a", SETUPS[:2], missing=[(1, 0)]))
    text = path.read_text()
    at = text.rindex("<affine>") + len("<affine>")
    path.write_text(text[:at] + affine(TURNED) + text[text.index("</affine>", at) :])
    _, second = images(str(path))
    assert second.volume.variables[0].shape[0] == 2
    assert "changes over time" in caplog.text
    caplog.clear()
    path = Path(write_bdv(tmp_path / "b", SETUPS[:2], missing=[(1, 0)]))
    values = read(path).variables[0].read()
    assert "1 views of b are missing" in caplog.text
    assert not values[1, 0].any()
    np.testing.assert_array_equal(values[0], CHANNELS[0, :2])
    np.testing.assert_array_equal(values[1, 1], CHANNELS[1, 1])


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda f: f.pop("t00000/s00/1/cells"), "Expected a dataset of three axes"),
        (lambda f: f.pop("s00/resolutions"), "none of them|BigDataViewer file"),
        (
            lambda f: (f.pop("s00/resolutions"), f.create_dataset("s00/resolutions", data=[1.0])),
            "three factors",
        ),
        (
            lambda f: f["s00/resolutions"].__setitem__((0, 0), np.nan),
            "factors of 1 or more",
        ),
        (lambda f: (f.pop("t00000"), f.pop("t00001")), "none of them"),
    ],
)
def test_damaged_files(tmp_path: Path, break_it: Any, words: str) -> None:
    path = Path(write_bdv(tmp_path / "a", SETUPS[:1]))
    with h5py.File(path.with_suffix(".h5"), "a") as file:
        break_it(file)
    with pytest.raises(InputError, match=words):
        read(path)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("SpimData", "OME", "bdv.hdf5"),
        ("<hdf5", "<n5", "bdv.hdf5|readable BigDataViewer"),
        ("<BasePath", "<BasePath<", "readable BigDataViewer"),
    ],
)
def test_damaged_xml(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = Path(write_bdv(tmp_path / "a", SETUPS[:1]))
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(InputError, match=words):
        read(path)


@pytest.mark.parametrize(
    ("old", "new", "spacing", "words"),
    [
        ("0.5 0.25 2.0<", "0.5 0.25 0<", (2.0, 0.25, 0.5), "along z is 0.0"),
        (affine(np.diag([0.5, 0.25, 2, 1])[:3]), "1 2 3", (2.0, 0.25, 0.5), "twelve numbers"),
    ],
)
def test_odd_xml_is_said_and_values_are_read(
    tmp_path: Path,
    old: str,
    new: str,
    spacing: Any,
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = Path(write_bdv(tmp_path / "a", SETUPS[:1]))
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    volume = read(path)
    np.testing.assert_array_equal(volume.variables[0].read(), SETUPS[0])
    assert volume.grid.spacing == spacing
    assert words in caplog.text


def test_damaged_xml_beside_an_hdf5_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = Path(write_bdv(tmp_path / "a", SETUPS[:1]))
    path.write_text("<SpimData")
    found = read(path.with_suffix(".h5")).variables[0]
    np.testing.assert_array_equal(found.read(), SETUPS[0])
    assert "cannot read the XML file next to it" in caplog.text


def test_xml_that_grows_without_end(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))
    (tmp_path / "a.xml").write_text(
        f'<!DOCTYPE a [<!ENTITY e0 "e">{entities}]><SpimData>&e11;</SpimData>'
    )
    with pytest.raises(InputError, match="XML without entities"):
        read(tmp_path / "a.xml")


def test_frames_with_gaps_keep_their_numbers(tmp_path: Path) -> None:
    path = Path(write_bdv(tmp_path / "a", SETUPS[:1]))
    with h5py.File(path.with_suffix(".h5"), "a") as file:
        file.move("t00001", "t00007")
    volume = read(path)
    assert volume.grid.times == (0.0, 7.0)
    np.testing.assert_array_equal(volume.variables[0].read(), SETUPS[0])


def test_xml_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_bdv(tmp_path / "a", SETUPS[:1])
    monkeypatch.setattr("vcore.io.xml_files.MAX_BYTES", 100)
    with pytest.raises(InputError, match="at most 100 bytes of XML"):
        read(path)
