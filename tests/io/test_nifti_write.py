"""Writing NIfTI, NPZ: what nibabel and NumPy read, and what vcore reads again."""

from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest

import vcore
from vcore.errors import InputError
from vcore.io import read, write
from vcore.model.grid import Grid
from vcore.model.packing import Packing
from vcore.model.volume import CarriedArray, Variable, Volume

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("axes", ["zyx", "tzyx", "czyx", "tczyx"])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_nibabel_and_vcore_read_what_was_written(
    tmp_path: Path, make: Callable[..., Volume], axes: str, suffix: str
) -> None:
    times = {"times": (0.5, 2.0, 3.5), "time_unit": "second"} if "t" in axes else {}
    volume = make(axes, variable={"fill_value": None, "unit": "", "components": ()}, **times)
    write(volume, tmp_path / f"a{suffix}")
    image, found = nibabel.load(tmp_path / f"a{suffix}"), read(tmp_path / f"a{suffix}")
    values = volume["density"].read()
    if axes == "czyx":
        values = values[None]
    order = "xyztc" if "c" in axes else "xyzt" if "t" in axes else "xyz"
    stored = "tczyx" if axes == "czyx" else axes
    expected = values.transpose([stored.index(a) for a in order])
    np.testing.assert_array_equal(image.get_fdata(), expected)
    np.testing.assert_array_equal(found.variables[0].read(), volume["density"].read())
    affine = np.eye(4)
    affine[:3, :3] = (np.array(volume.grid.direction) * volume.grid.spacing)[::-1, ::-1]
    affine[:3, 3] = volume.grid.origin[::-1]
    np.testing.assert_allclose(image.affine, affine, rtol=1e-6, atol=1e-6)
    assert image.header.get_xyzt_units() == ("micron", "sec" if "t" in axes else "unknown")
    for name in ("spacing", "origin", "direction"):
        np.testing.assert_allclose(
            getattr(found.grid, name), getattr(volume.grid, name), rtol=1e-6, atol=1e-6
        )
    assert found.grid.unit == "micrometer"
    if "t" in axes:
        assert found.grid.times == volume.grid.times
        assert image.header["pixdim"][4] == 1.5


@pytest.mark.parametrize("codes", [(1, 0), (0, 1), (2, 4)])
def test_a_copy_of_a_nifti_file_has_its_header(tmp_path: Path, codes: tuple[int, int]) -> None:
    affine = np.array([[-2, 0, 0, 90], [0, 1.5, 0, -126], [0, 0, 3, -72], [0, 0, 0, 1.0]])
    image = nibabel.Nifti1Image(RNG.integers(-9, 9, (5, 6, 7, 3)).astype("i2"), affine)
    image.header.set_slope_inter(0.25, 3)
    image.header.set_xyzt_units("mm", "msec")
    image.header["pixdim"][4] = 800
    image.header["descrip"], image.header["cal_max"] = b"a scan", 7
    image.header.set_intent("t test", (10,), name="t")
    image.set_sform(affine, codes[0])
    image.set_qform(affine @ np.diag([1, 1, 1, 1]) + np.eye(4, k=3) * 5, codes[1])
    nibabel.save(image, tmp_path / "a.nii")
    vcore.compress(tmp_path / "a.nii", tmp_path / "a.vcore", max_error=0)
    write(vcore.open(tmp_path / "a.vcore").volume(), tmp_path / "b.nii")
    one, other = nibabel.load(tmp_path / "a.nii"), nibabel.load(tmp_path / "b.nii")
    np.testing.assert_array_equal(other.get_fdata(), one.get_fdata())
    np.testing.assert_array_equal(other.dataobj.get_unscaled(), one.dataobj.get_unscaled())
    assert (other.dataobj.slope, other.dataobj.inter) == (0.25, 3)
    np.testing.assert_allclose(other.affine, one.affine, rtol=1e-6, atol=1e-6)
    for name in ("descrip", "cal_max", "intent_code", "intent_p1", "intent_name"):
        assert other.header[name] == one.header[name], name
    for name in ("sform_code", "qform_code", "xyzt_units", "bitpix", "datatype"):
        assert other.header[name] == one.header[name], name
    np.testing.assert_allclose(other.header["pixdim"][1:5], one.header["pixdim"][1:5])
    if codes[1]:
        np.testing.assert_allclose(other.get_qform(), one.get_qform(), atol=1e-4)


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"])
def test_dtypes_and_ends_of_ranges(tmp_path: Path, dtype: str) -> None:
    kind = np.dtype(dtype)
    limits = np.finfo(kind) if kind.kind == "f" else np.iinfo(kind)
    values = np.array([limits.min, limits.max, 0, 1], dtype).reshape(1, 2, 2)
    write(Volume.from_array(values), tmp_path / "a.nii")
    image = nibabel.load(tmp_path / "a.nii")
    assert image.get_data_dtype() == kind
    np.testing.assert_array_equal(np.asarray(image.dataobj).T, values)
    np.testing.assert_array_equal(read(tmp_path / "a.nii").variables[0].read(), values)


def test_missing_values_and_long_axes(tmp_path: Path) -> None:
    values = np.zeros((1, 2, 40000), "f4")
    values[0, 0, 7] = np.nan
    write(Volume.from_array(values), tmp_path / "a.nii")
    image = nibabel.load(tmp_path / "a.nii")
    assert isinstance(image, nibabel.Nifti2Image)
    np.testing.assert_array_equal(image.get_fdata().T, values)


def test_units_that_nifti_has_not_are_converted(tmp_path: Path) -> None:
    volume = Volume.from_array(np.zeros((2, 3, 4), "u1"), spacing=(1, 2, 3), unit="centimeter")
    write(volume, tmp_path / "a.nii")
    assert nibabel.load(tmp_path / "a.nii").header.get_zooms() == (30, 20, 10)
    assert read(tmp_path / "a.nii").grid.unit == "millimeter"


@pytest.mark.parametrize(("unit", "written"), [("hz", "hz"), ("month", "unknown")])
def test_units_of_the_fourth_axis(
    tmp_path: Path, unit: str, written: str, caplog: pytest.LogCaptureFixture
) -> None:
    grid = Grid((2, 3, 4), times=(0.0, 2.5), time_unit=unit)
    variable = Variable("v", np.zeros((2, 2, 3, 4), "f4"), ("t", "z", "y", "x"))
    write(Volume(grid, (variable,)), tmp_path / "a.nii")
    assert nibabel.load(tmp_path / "a.nii").header.get_xyzt_units()[1] == written
    assert ("NIfTI has no unit month" in caplog.text) == (unit == "month")


@pytest.mark.parametrize("what", ["coordinates", "times"])
def test_what_nifti_cannot_say_is_refused(tmp_path: Path, what: str) -> None:
    if what == "coordinates":
        grid = Grid.from_coordinates([[0, 1, 5], [0, 1], [0, 1]])
        volume = Volume(grid, (Variable("a", np.zeros((3, 2, 2), "u1")),))
    else:
        volume = Volume.from_array(np.zeros((3, 2, 2, 2), "u1"), times=(0.0, 1.0, 5.0))
    with pytest.raises(InputError, match=r"Expected evenly spaced|Expected an evenly spaced"):
        write(volume, tmp_path / "a.nii")
    assert not list(tmp_path.iterdir())


def test_an_npz_has_every_array(tmp_path: Path) -> None:
    volume = Volume.from_array(RNG.random((3, 4, 5)), name="a")
    packed = Variable("b", np.ones((3, 4, 5), "f4"), packing=Packing("i2", "f4", 0.5))
    carried = (
        CarriedArray("affine", np.eye(4), ("", "")),
        CarriedArray("names", np.array(["ä", "bc"], object), ("n",)),
    )
    whole = Volume(volume.grid, (*volume.variables, packed), carried=carried)
    write(whole, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as found:
        assert {*found} == {"a", "b", "affine", "names"}
        np.testing.assert_array_equal(found["a"], volume["a"].read())
        np.testing.assert_array_equal(found["affine"], np.eye(4))
        assert found["names"].tolist() == ["ä", "bc"]
    again = read(tmp_path / "a.npz")
    np.testing.assert_array_equal(again["a"].read(), volume["a"].read())
