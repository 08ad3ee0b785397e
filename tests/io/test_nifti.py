"""NIfTI."""

from pathlib import Path

import nibabel
import numpy as np
import pytest

from vcore.errors import InputError
from vcore.io import read

VALUES = np.arange(2 * 3 * 4, dtype=np.int16).reshape(2, 3, 4)  # z y x


def save(path: Path, values: np.ndarray, affine: np.ndarray | None = None, **more: object) -> None:
    image = nibabel.Nifti1Image(values.T, np.eye(4) if affine is None else affine)
    image.header.set_xyzt_units("mm", "sec")
    if "slope" in more:
        image.header.set_slope_inter(more["slope"], more.get("inter", 0))
    if values.ndim == 4:
        image.header.set_zooms((*image.header.get_zooms()[:3], 2.5))
    image.to_filename(path)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nii.bz2"])
def test_values_and_affine(tmp_path: Path, name: str) -> None:
    affine = np.diag([0.88, 1.5, 2.0, 1.0])
    affine[:3, 3] = [10, 20, 30]
    save(tmp_path / name, VALUES, affine)

    volume = read(tmp_path / name)

    np.testing.assert_array_equal(volume["a"].read(), VALUES)
    assert isinstance(volume["a"].data, np.memmap) == (name == "a.nii")
    assert volume.grid.spacing == (2.0, 1.5, 0.88)
    assert volume.grid.origin == (30.0, 20.0, 10.0)
    assert volume.grid.unit == "millimeter"


def test_a_rotated_affine_keeps_its_direction(tmp_path: Path) -> None:
    cos, sin = np.cos(0.4), np.sin(0.4)
    rotation = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = rotation @ np.diag([-1.0, 2.0, 3.0])
    save(tmp_path / "a.nii", VALUES, affine)

    found = read(tmp_path / "a.nii").grid.affine

    np.testing.assert_allclose(found[:3, :3][::-1, ::-1], affine[:3, :3], atol=1e-6)


def test_four_dimensions_are_time(tmp_path: Path) -> None:
    values = np.arange(48, dtype=np.float32).reshape(2, 2, 3, 4)
    save(tmp_path / "a.nii", values)

    volume = read(tmp_path / "a.nii")

    assert volume["a"].axes == ("t", "z", "y", "x")
    assert volume.grid.times == (0.0, 2.5)
    assert volume.grid.time_unit == "second"
    np.testing.assert_array_equal(volume["a"].read(), values)


def test_slope_and_intercept_give_float32(tmp_path: Path) -> None:
    save(tmp_path / "a.nii", VALUES, slope=0.5, inter=10.0)
    save(tmp_path / "b.nii", VALUES, slope=1.0, inter=0.0)
    stored = np.asarray(nibabel.load(tmp_path / "a.nii").dataobj)

    found = read(tmp_path / "a.nii")["a"]

    assert found.dtype == np.float32
    np.testing.assert_allclose(found.read(), stored.T, rtol=1e-6)
    assert read(tmp_path / "b.nii")["b"].dtype == np.int16


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_big_endian_and_nifti_2(tmp_path: Path, kind: type) -> None:
    header = kind.header_class(endianness=">")
    header.set_data_dtype(">i2")
    kind(VALUES.T, np.eye(4), header).to_filename(tmp_path / "a.nii")

    np.testing.assert_array_equal(read(tmp_path / "a.nii")["a"].read(), VALUES)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_damaged_files(tmp_path: Path, name: str) -> None:
    save(tmp_path / name, np.random.default_rng(0).integers(0, 999, (20, 20, 20)).astype("i2"))
    data = (tmp_path / name).read_bytes()
    for size in (100, len(data) // 2):
        (tmp_path / name).write_bytes(data[:size])
        with pytest.raises(InputError, match=r"Expected .* Got .* instead"):
            read(tmp_path / name)


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4", "u4", "f4", "f8"])
@pytest.mark.parametrize(("slope", "inter"), [(0.5, 10.0), (0.1, -3.3), (1.0, -1024.0)])
def test_scaled_values_are_nibabel_s(
    tmp_path: Path, dtype: str, slope: float, inter: float
) -> None:
    image = nibabel.Nifti1Image(VALUES.T.astype(dtype), np.eye(4))
    image.header.set_slope_inter(slope, inter)
    image.to_filename(tmp_path / "a.nii")
    expected = nibabel.load(tmp_path / "a.nii").get_fdata().T

    found = read(tmp_path / "a.nii")["a"]

    if dtype == "f4":
        expected = expected.astype("f4")
    np.testing.assert_array_equal(found.read(), expected)
    assert (found.packing is not None) == (dtype[0] in "iu")


def test_the_fifth_dimension_is_components(tmp_path: Path) -> None:
    values = np.arange(72, dtype="f4").reshape(3, 1, 2, 3, 4)
    image = nibabel.Nifti1Image(values.T, np.eye(4))
    image.header.set_intent("vector", name="velocity")
    image.to_filename(tmp_path / "a.nii")

    volume = read(tmp_path / "a.nii")

    assert volume["a"].axes == ("c", "z", "y", "x")
    np.testing.assert_array_equal(volume["a"].read(), values[:, 0])
    assert volume.attributes["nifti"]["intent_name"] == "velocity"
    assert volume.attributes["nifti"]["intent_code"] == 1007


def test_colours_are_components(tmp_path: Path) -> None:
    values = np.zeros((4, 3, 2), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    values["R"], values["B"] = VALUES.T, 9
    nibabel.Nifti1Image(values, np.eye(4)).to_filename(tmp_path / "a.nii")

    variable = read(tmp_path / "a.nii")["a"]

    assert variable.axes == ("c", "z", "y", "x")
    np.testing.assert_array_equal(variable.read()[0], VALUES)
    np.testing.assert_array_equal(variable.read()[2], 9)


def test_codes_and_the_other_form_are_kept(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(VALUES.T, None)
    other = np.diag([1.0, 2.0, 3.0, 1.0])
    image.set_sform(np.diag([0.5, 0.5, 0.5, 1.0]), code=3)
    image.set_qform(other, code=1)
    image.header["descrip"] = "a scan"
    image.to_filename(tmp_path / "a.nii")

    volume = read(tmp_path / "a.nii")

    assert volume.grid.spacing == (0.5, 0.5, 0.5)
    assert volume.attributes["space"] == "right-anterior-superior"
    known = volume.attributes["nifti"]
    assert (known["qform_code"], known["sform_code"], known["descrip"]) == (1, 3, "a scan")
    np.testing.assert_allclose(known["qform"], other[:3], atol=1e-6)


@pytest.mark.parametrize(
    ("at", "values", "words"),
    [
        ("pixdim", [1, np.nan, np.nan, np.nan], "along x is nan"),
        ("pixdim", [1, 0, 1, 1], "along x is 0.0"),
        ("xyzt_units", 77, "unknown units 77"),
        ("qform", 5.0, "no affine"),
        ("sform", np.nan, "no affine"),
        ("sform", 0.0, "along x is 0.0"),
        ("scl_slope", np.inf, "slope is inf"),
        ("scl_inter", np.nan, "intercept is nan"),
    ],
)
def test_odd_headers_are_said_and_values_are_read(
    tmp_path: Path, at: str, values: object, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    header = nibabel.Nifti1Header()
    header.set_data_shape((4, 3, 2))
    header.set_data_dtype("i2")
    header["vox_offset"], header["magic"], header["scl_slope"] = 352, b"n+1", 1
    if at == "qform":
        header["qform_code"] = 1
        header["quatern_b"] = values
    elif at == "sform":
        header["sform_code"] = 1
        header["srow_x"] = header["srow_y"] = header["srow_z"] = values
    elif at == "pixdim":
        header["pixdim"][:4] = values
    else:
        header[at] = values
    if at == "scl_inter":
        header["scl_slope"] = 2
    data = header.binaryblock + bytes(4) + VALUES.tobytes()
    (tmp_path / "a.nii").write_bytes(data)

    volume = read(tmp_path / "a.nii")

    np.testing.assert_array_equal(volume["a"].read(), VALUES * (2 if at == "scl_inter" else 1))
    assert all(s > 0 for s in volume.grid.spacing)
    assert "a.nii: " in caplog.text
    assert words in caplog.text
    assert read(tmp_path / "a.nii", spacing=(3, 2, 1)).grid.spacing == (3.0, 2.0, 1.0)
