"""Image data and rectilinear grids of VTK in memory: as their files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vcore
from vcore.errors import InputError
from vcore.io import read

pytest.importorskip("vtkmodules.vtkCommonDataModel")

from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkDataArray, vtkStringArray
from vtkmodules.vtkCommonDataModel import (
    vtkImageData,
    vtkRectilinearGrid,
    vtkUniformGrid,
    vtkUnstructuredGrid,
)
from vtkmodules.vtkIOXML import vtkXMLImageDataWriter, vtkXMLRectilinearGridWriter

VALUES = np.arange(3 * 4 * 5, dtype="f4").reshape(3, 4, 5)
VECTORS = np.stack([VALUES, 2 * VALUES, 3 * VALUES], axis=-1)


def add(data: Any, values: np.ndarray, name: str, *, cells: bool = False) -> Any:
    """Add values of (z, y, x) or (z, y, x, c) as an array of the points or cells."""
    flat = values.reshape(-1, *values.shape[3:])
    array = numpy_to_vtk(np.ascontiguousarray(flat), deep=True)
    array.SetName(name)
    (data.GetCellData() if cells else data.GetPointData()).AddArray(array)
    return array


def image(kind: type = vtkImageData) -> Any:
    data = kind()
    data.SetExtent(2, 6, 1, 4, 0, 2)
    data.SetSpacing(1.0, 2.0, 3.0)
    data.SetOrigin(10.0, 20.0, 30.0)
    data.SetDirectionMatrix(0, 1, 0, -1, 0, 0, 0, 0, 1)
    return data


def rectilinear() -> Any:
    data = vtkRectilinearGrid()
    data.SetDimensions(5, 4, 3)
    for axis, places in zip("XYZ", ([0, 1, 3, 7, 8], [0, 2, 4, 6], [1, 2, 9]), strict=True):
        getattr(data, f"Set{axis}Coordinates")(numpy_to_vtk(np.array(places, "f8"), deep=True))
    return data


@pytest.mark.parametrize("cells", [False, True])
@pytest.mark.parametrize("kind", ["image", "rectilinear"])
def test_as_the_file_of_it(tmp_path: Path, kind: str, cells: bool) -> None:
    data = image() if kind == "image" else rectilinear()
    inside = (slice(None, -1),) * 3 if cells else ()
    add(data, VALUES[inside], "p", cells=cells)
    add(data, VECTORS[inside], "v", cells=cells)
    writer = vtkXMLImageDataWriter() if kind == "image" else vtkXMLRectilinearGridWriter()
    path = tmp_path / ("a.vti" if kind == "image" else "a.vtr")
    writer.SetFileName(str(path))
    writer.SetInputData(data)
    writer.Write()
    found, expected = read(data), read(path)
    assert found.grid == expected.grid
    for name, values in (("p", VALUES), ("v", VECTORS)):
        assert found[name].axes == expected[name].axes
        assert found[name].association == ("cell" if cells else "point")
        assert np.array_equal(found[name].read(), expected[name].read())
        assert np.shares_memory(found[name].data, np.asarray(found[name].data))
        moved = np.moveaxis(values, -1, 0) if values.ndim == 4 else values
        assert np.array_equal(found[name].read(), moved[(..., *inside)])


def test_values_are_not_copied() -> None:
    data = image()
    array = add(data, VALUES, "p")
    (found,) = read(data).variables
    array.SetValue(0, -5.0)
    assert found.read()[0, 0, 0] == -5


def test_units_and_names_of_components() -> None:
    data = image(vtkUniformGrid)
    array = add(data, VECTORS, "v")
    array.GetInformation().Set(vtkDataArray.UNITS_LABEL(), "m/s")
    for i, name in enumerate("uvw"):
        array.SetComponentName(i, name)
    (found,) = read(data).variables
    assert (found.unit, found.components, found.axes) == ("m/s", ("u", "v", "w"), tuple("czyx"))


def test_blanked_voxels_are_missing() -> None:
    data = image()
    add(data, VALUES, "p")
    data.BlankPoint(7)
    values = read(data).variables[0].read()
    assert np.flatnonzero(np.isnan(values)).tolist() == [7]
    assert np.isnan(vcore.open(vcore.compress(data, None, max_error=0).data).decode()[0, 1, 2])
    counts = image()
    add(counts, VALUES.astype("i2"), "n")
    counts.BlankPoint(7)
    with pytest.raises(InputError, match=r"where voxels are blanked. Got int16 for 'n'"):
        read(counts)


def test_blanked_cells_are_missing() -> None:
    data = image()
    add(data, VALUES[:-1, :-1, :-1], "c", cells=True)
    data.BlankCell(5)
    values = read(data).variables[0].read()
    assert np.flatnonzero(np.isnan(values)).tolist() == [5]


def test_points_and_cells_are_on_two_grids() -> None:
    data = image()
    add(data, VALUES, "p")
    add(data, VALUES[:-1, :-1, :-1], "c", cells=True)
    ds = vcore.open(vcore.compress(data, None, max_error=0).data)
    np.testing.assert_array_equal(ds["p"][...], VALUES)
    np.testing.assert_array_equal(ds["c"][...], VALUES[:-1, :-1, :-1])
    assert read(data, variables=["c"]).grid.shape == (2, 3, 4)


def test_texts_are_left_out_and_told(caplog: pytest.LogCaptureFixture) -> None:
    data = image()
    texts = vtkStringArray()
    texts.SetName("words")
    texts.SetNumberOfValues(60)
    data.GetPointData().AddArray(texts)
    add(data, VALUES, "p")
    assert [v.name for v in read(data).variables] == ["p"]
    assert caplog.messages == ["the vtkImageData: 'words' (vtkStringArray) is left out"]


def test_an_array_without_a_name() -> None:
    data = image()
    data.GetPointData().SetScalars(numpy_to_vtk(VALUES.ravel(), deep=True))
    (found,) = read(data).variables
    assert found.name == "array 0"
    assert np.array_equal(found.read(), VALUES)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (vtkUnstructuredGrid(), r"Got .*UnstructuredGrid instead"),
        (vtkImageData(), "Expected a grid with points"),
        (image(), r"array of at least two axes in the vtkImageData. Got nothing"),
    ],
)
def test_refusals(data: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        vcore.compress(data, None)
