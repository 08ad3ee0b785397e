"""VTKHDF images of several time steps, compared with VTK."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOHDF import vtkHDFReader

from vcore.errors import InputError
from vcore.io import read

VALUES = np.random.default_rng(0).normal(size=(3, 5, 6, 7)).astype("f4")
TIMES = (0.0, 0.5, 2.0)


def save(path: Path, values: np.ndarray, offsets: list[int], group: str = "PointData") -> Path:
    with h5py.File(path, "w") as file:
        root = file.create_group("VTKHDF")
        root.attrs["Version"] = (2, 0)
        root.attrs.create("Type", np.bytes_("ImageData"))
        root.attrs["WholeExtent"] = np.array([0, 6, 0, 5, 0, 4])
        root.attrs["Origin"], root.attrs["Spacing"] = (1.0, 2.0, 3.0), (0.25, 0.5, 2.0)
        root.attrs["Direction"] = np.eye(3).ravel()
        root[f"{group}/rho"] = values
        steps = root.create_group("Steps")
        steps.attrs["NSteps"] = len(offsets)
        steps["Values"] = TIMES[: len(offsets)]
        steps[f"{group}Offsets/rho"] = offsets
    return path


def by_vtk(path: Path, step: int) -> np.ndarray:
    reader = vtkHDFReader()
    reader.SetFileName(str(path))
    reader.UpdateInformation()
    reader.SetStep(step)
    reader.Update()
    found = reader.GetOutputDataObject(0).GetPointData().GetArray("rho")
    return vtk_to_numpy(found).reshape(5, 6, 7)


@pytest.mark.parametrize("offsets", [[0, 1, 2], [0, 0, 1], [2, 1, 0]])
def test_steps(tmp_path: Path, offsets: list[int]) -> None:
    path = save(tmp_path / "a.vtkhdf", VALUES, offsets)
    volume = read(path)
    assert volume.grid.times == TIMES
    assert volume.grid.spacing == (2, 0.5, 0.25)
    for k in range(3):
        np.testing.assert_array_equal(volume["rho"].data[k], by_vtk(path, k))
    np.testing.assert_array_equal(volume["rho"].data[1:, 2:4, 3], VALUES[offsets][1:, 2:4, 3])


def test_several_files_of_several_steps(tmp_path: Path) -> None:
    save(tmp_path / "a.vtkhdf", VALUES, [0, 1])
    second = save(tmp_path / "b.vtkhdf", VALUES, [1, 2])
    with h5py.File(second, "r+") as file:
        file["VTKHDF/Steps/Values"][:] = (3.0, 4.0)
    volume = read(tmp_path)
    assert volume.grid.times == (0, 0.5, 3, 4)
    np.testing.assert_array_equal(volume["rho"].read(), VALUES[[0, 1, 1, 2]])


def test_offsets_that_lie_outside_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="values of 3 time steps"):
        read(save(tmp_path / "a.vtkhdf", VALUES[:2], [0, 1, 2]))
    with pytest.raises(InputError, match="3 time steps of the shape"):
        read(save(tmp_path / "b.vtkhdf", VALUES.reshape(15, 6, 7), [0, 5, 10]))
