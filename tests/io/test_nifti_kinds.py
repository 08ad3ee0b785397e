"""NIfTI: pairs of .hdr and .img, colours, compared with nibabel."""

from pathlib import Path

import nibabel
import numpy as np
import pytest

from vcore.io import read

RANDOM = np.random.default_rng(9)
AFFINE = np.diag([2.0, 3.0, 4.0, 1.0])


@pytest.mark.parametrize("kind", [nibabel.Nifti1Pair, nibabel.Nifti2Pair])
@pytest.mark.parametrize("order", ["<", ">"])
def test_pairs(tmp_path: Path, kind: type, order: str) -> None:
    values = RANDOM.integers(-999, 999, (7, 6, 5)).astype(f"{order}i2")
    image = kind(values, AFFINE)
    image.header.set_slope_inter(0.5, 10)
    image.to_filename(tmp_path / "a.hdr")
    expected = nibabel.load(tmp_path / "a.hdr").get_fdata()
    for name in ("a.hdr", "a.img"):
        volume = read(tmp_path / name)
        np.testing.assert_array_equal(volume.variables[0].read(), expected.T)
        assert volume.grid.spacing == (4, 3, 2)
    assert len(read(tmp_path).variables) == 1


@pytest.mark.parametrize("names", ["RGB", "RGBA"])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".hdr"])
def test_colours(tmp_path: Path, names: str, suffix: str) -> None:
    dtype = np.dtype([(n, "u1") for n in names])
    flat = RANDOM.integers(0, 256, (7, 6, 5, len(names))).astype("u1")
    values = flat.view(dtype)[..., 0]
    kind = nibabel.Nifti1Pair if suffix == ".hdr" else nibabel.Nifti1Image
    kind(values, AFFINE).to_filename(tmp_path / f"a{suffix}")
    expected = np.asarray(nibabel.load(tmp_path / f"a{suffix}").dataobj)
    assert expected.dtype.names is not None
    (found,) = read(tmp_path / f"a{suffix}").variables
    assert found.components == expected.dtype.names
    for k, name in enumerate(found.components):
        np.testing.assert_array_equal(found.read()[k], expected[name].T)
