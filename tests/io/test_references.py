"""Geometry as in the reference libraries, for random files."""

from pathlib import Path

import nibabel
import nrrd
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vcore.io import read

VALUES = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
ONE_FOLDER = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def affines(draw: st.DrawFn) -> np.ndarray:
    """Return a 4x4 matrix over x y z: rotated or mirrored, scaled, translated."""
    numbers = st.floats(-1, 1).map(lambda v: round(v, 3))
    rotation, _ = np.linalg.qr(np.eye(3) * 1.5 + [[draw(numbers) for _ in range(3)] for _ in "xyz"])
    steps = [draw(st.floats(0.01, 100)) * draw(st.sampled_from([1, -1])) for _ in range(3)]
    affine = np.eye(4)
    affine[:3, :3] = rotation * steps
    affine[:3, 3] = [draw(st.floats(-1e4, 1e4)) for _ in range(3)]
    return affine


@given(affine=affines())
@ONE_FOLDER
def test_nifti_as_nibabel_reads_it(tmp_path: Path, affine: np.ndarray) -> None:
    nibabel.Nifti1Image(VALUES.T, affine).to_filename(tmp_path / "a.nii")
    expected = nibabel.load(tmp_path / "a.nii").affine

    volume = read(tmp_path / "a.nii")

    np.testing.assert_allclose(
        volume.grid.affine[:3, :3][::-1, ::-1], expected[:3, :3], rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(volume.grid.origin[::-1], expected[:3, 3])
    np.testing.assert_array_equal(volume["a"].read(), VALUES)


@given(affine=affines())
@ONE_FOLDER
def test_nrrd_as_pynrrd_reads_it(tmp_path: Path, affine: np.ndarray) -> None:
    header = {
        "space": "left-posterior-superior",
        "space directions": affine[:3, :3].T,
        "space origin": affine[:3, 3],
    }
    nrrd.write(str(tmp_path / "a.nrrd"), VALUES, header, index_order="C")
    expected = nrrd.read_header(str(tmp_path / "a.nrrd"))

    grid = read(tmp_path / "a.nrrd").grid

    np.testing.assert_allclose(
        grid.affine[:3, :3][::-1, ::-1].T, expected["space directions"], rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(grid.origin[::-1], expected["space origin"])
