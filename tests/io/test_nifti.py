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


def test_an_image_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "a.nii", VALUES[0])
    with pytest.raises(InputError, match="not images"):
        read(tmp_path / "a.nii")
