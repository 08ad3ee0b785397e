"""VTK image data and rectilinear grids, ParaView collections."""

from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkRectilinearGrid
from vtkmodules.vtkIOXML import vtkXMLImageDataWriter, vtkXMLRectilinearGridWriter

from vcore.errors import InputError
from vcore.io import read, write
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

VALUES = np.arange(2 * 3 * 4, dtype=np.float32).reshape(2, 3, 4)


def image(extent: tuple[int, ...] = (0, 3, 0, 2, 0, 1)) -> vtkImageData:
    data = vtkImageData()
    data.SetExtent(extent)
    data.SetSpacing(0.5, 0.6, 0.7)
    data.SetOrigin(1, 2, 3)
    return data


def add(attributes: object, values: np.ndarray, name: str) -> None:
    array = numpy_to_vtk(values, deep=True)
    array.SetName(name)
    attributes.AddArray(array)  # type: ignore[attr-defined]


def save(
    path: Path,
    data: object,
    mode: str = "Appended",
    compress: bool = True,
    base64: bool = True,
) -> None:
    kind = vtkXMLImageDataWriter if path.suffix == ".vti" else vtkXMLRectilinearGridWriter
    writer = kind()
    writer.SetFileName(str(path))
    writer.SetInputData(data)
    getattr(writer, f"SetDataModeTo{mode}")()
    writer.SetEncodeAppendedData(base64)
    if not compress:
        writer.SetCompressorTypeToNone()
    writer.Write()


@pytest.mark.parametrize("mode", ["Appended", "Binary", "Ascii"])
@pytest.mark.parametrize("compress", [True, False])
def test_every_encoding(tmp_path: Path, mode: str, compress: bool) -> None:
    data = image()
    add(data.GetPointData(), VALUES.ravel(), "p")
    vectors = np.arange(72, dtype=np.int16).reshape(24, 3)
    add(data.GetPointData(), vectors, "v")
    save(tmp_path / "a.vti", data, mode, compress)

    volume = read(tmp_path / "a.vti")

    assert [v.name for v in volume.variables] == ["p", "v"]
    assert volume["v"].axes == ("c", "z", "y", "x")
    np.testing.assert_array_equal(volume["p"].read(), VALUES)
    np.testing.assert_array_equal(
        volume["v"].read(), vectors.reshape(2, 3, 4, 3).transpose(3, 0, 1, 2)
    )
    assert volume.grid.spacing == (0.7, 0.6, 0.5)
    assert volume.grid.origin == (3.0, 2.0, 1.0)


def test_a_region_reads_only_its_extent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = image((2, 5, -1, 1, 4, 5))
    add(data.GetPointData(), VALUES.ravel(), "p")
    save(tmp_path / "a.vti", data)
    volume = read(tmp_path / "a.vti")
    extents = []
    opened = vars(__import__("vcore.io.vtk", fromlist=["vtk"]))["_opened"]

    class Watched:
        def __init__(self, reader: object) -> None:
            self.reader = reader

        def __getattr__(self, name: str) -> object:
            return getattr(self.reader, name)

        def UpdateExtent(self, extent: list[int]) -> None:
            extents.append(extent)
            self.reader.UpdateExtent(extent)  # type: ignore[attr-defined]

    monkeypatch.setattr("vcore.io.vtk._opened", lambda path: Watched(opened(path)))
    region = (slice(1, 2), slice(0, 2), slice(2, 4))

    np.testing.assert_array_equal(volume["p"].read(region), VALUES[region])
    assert extents == [[4, 5, -1, 0, 5, 5]]
    # the origin of the grid is the first voxel, not VTK's index 0
    np.testing.assert_allclose(volume.grid.origin, (3 + 4 * 0.7, 2 - 0.6, 1 + 2 * 0.5))


def test_cell_data_lie_at_the_cells_centres(tmp_path: Path) -> None:
    data = image()
    cells = np.arange(6, dtype=np.uint8)
    add(data.GetCellData(), cells, "c")
    save(tmp_path / "a.vti", data)

    volume = read(tmp_path / "a.vti")

    assert volume["c"].association == "cell"
    assert volume.grid.shape == (1, 2, 3)
    np.testing.assert_allclose(volume.grid.origin, (3.35, 2.3, 1.25))
    np.testing.assert_array_equal(volume["c"].read(), cells.reshape(1, 2, 3))
    part = (slice(0, 1), slice(1, 2), slice(1, 3))
    np.testing.assert_array_equal(volume["c"].read(part), cells.reshape(1, 2, 3)[part])


def test_points_and_cells_are_on_two_grids(tmp_path: Path) -> None:
    data = image()
    add(data.GetPointData(), VALUES.ravel(), "p")
    add(data.GetCellData(), np.arange(6, dtype=np.uint8), "c")
    save(tmp_path / "a.vti", data)

    points, cells = read(tmp_path / "a.vti").parts
    assert [v.name for v in points.variables] == ["p"]
    np.testing.assert_array_equal(cells["c"].read(), np.arange(6).reshape(1, 2, 3))
    assert cells["c"].association == "cell"
    offset = np.subtract(cells.grid.origin, points.grid.origin)
    np.testing.assert_allclose(offset, (0.35, 0.3, 0.25))
    assert read(tmp_path / "a.vti", variables=["c"]).grid.shape == (1, 2, 3)


def test_rectilinear(tmp_path: Path) -> None:
    data = vtkRectilinearGrid()
    data.SetDimensions(4, 3, 2)
    data.SetXCoordinates(numpy_to_vtk(np.array([0.0, 1.0, 3.0, 7.0]), deep=True))
    data.SetYCoordinates(numpy_to_vtk(np.array([0.0, 1.0, 2.0]), deep=True))
    data.SetZCoordinates(numpy_to_vtk(np.array([5.0, 6.0]), deep=True))
    add(data.GetPointData(), VALUES.ravel(), "p")
    save(tmp_path / "a.vtr", data)

    volume = read(tmp_path / "a.vtr")

    assert volume.grid.coordinates == ((5.0, 6.0), (0.0, 1.0, 2.0), (0.0, 1.0, 3.0, 7.0))
    np.testing.assert_array_equal(volume["p"].read(), VALUES)
    with pytest.raises(InputError, match=r"write a \.vtr file"):
        write(volume, tmp_path / "b.vti")


def test_vtk_sees_what_was_written(tmp_path: Path, make: Callable[..., Volume]) -> None:
    from vtkmodules.vtkIOXML import vtkXMLImageDataReader

    volume = make("czyx", "float64", variable={"association": "cell"})
    write(volume, tmp_path / "a.vti")
    reader = vtkXMLImageDataReader()
    reader.SetFileName(str(tmp_path / "a.vti"))
    reader.Update()
    output = reader.GetOutput()

    assert output.GetDimensions() == (8, 7, 6)
    assert output.GetCellData().GetArray("density").GetComponentName(1) == "v"
    corner = np.array(output.GetPoint(0))[::-1]
    np.testing.assert_allclose(volume.grid.affine @ [-0.5, -0.5, -0.5, 1], [*corner, 1])


def test_a_time_series_is_written_as_numbered_files_and_a_collection(
    tmp_path: Path, make: Callable[..., Volume]
) -> None:
    volume = make("tzyx")
    write(volume, tmp_path / "run.vti")

    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["run.pvd", "run_0000.vti", "run_0001.vti", "run_0002.vti"]
    for source in (tmp_path, tmp_path / "run.pvd", f"{tmp_path}/run_*.vti"):
        found = read(source)
        assert found.grid.times == (0.0, 0.1, 0.5)
        assert found.grid.time_unit == "minute"
        np.testing.assert_array_equal(found["density"].read(), volume["density"].read())


def test_damaged_files(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = image((0, 19, 0, 19, 0, 19))
    add(data.GetPointData(), np.random.default_rng(0).random(8000), "p")
    save(tmp_path / "a.vti", data)
    whole = (tmp_path / "a.vti").read_bytes()
    for size in (10, 300, len(whole) // 2):
        (tmp_path / "a.vti").write_bytes(whole[:size])
        with pytest.raises(InputError, match=r"Expected .* Got .* instead"):
            read(tmp_path / "a.vti")["p"].read()
    assert capfd.readouterr().err == ""


def test_values_begin_where_vtk_looks_for_them(tmp_path: Path) -> None:
    # VTK searches past other characters, and crashes on what it finds
    data = image()
    add(data.GetPointData(), VALUES.ravel(), "p")
    save(tmp_path / "a.vti", data)
    whole = (tmp_path / "a.vti").read_bytes()
    (tmp_path / "a.vti").write_bytes(
        whole.replace(b'"raw">', b'"raw"></a>').replace(b'64">', b'64"></a>')
    )
    with pytest.raises(InputError, match="no appended data"):
        read(tmp_path / "a.vti")


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("base64", [True, False])
@pytest.mark.parametrize(("at", "value"), [(0, 1 << 60), (0, 7), (1, 1 << 40), (2, 1 << 50)])
def test_damaged_sizes_do_not_reach_vtk(
    tmp_path: Path, compress: bool, base64: bool, at: int, value: int
) -> None:
    # VTK would terminate the process: std::bad_alloc
    data = image()
    add(data.GetPointData(), VALUES.ravel(), "p")
    save(tmp_path / "a.vti", data, compress=compress, base64=base64)
    whole = bytearray((tmp_path / "a.vti").read_bytes())
    word, count = (8 if b"UInt64" in whole else 4), (3 if compress else 1)
    start = whole.index(b"_", whole.index(b"<AppendedData")) + 1
    length = -(-count * word // 3) * 4 if base64 else count * word
    header = bytearray(whole[start : start + length])
    header = bytearray(a2b_base64(header)) if base64 else header
    first = at % count * word
    header[first : first + word] = min(value, (1 << 8 * word) - 1).to_bytes(word, "little")
    whole[start : start + length] = b2a_base64(header, newline=False) if base64 else header
    (tmp_path / "a.vti").write_bytes(bytes(whole))

    with pytest.raises(InputError, match="Expected a whole VTK file"):
        read(tmp_path / "a.vti")


def test_a_collection_without_its_files(tmp_path: Path) -> None:
    (tmp_path / "a.pvd").write_text(
        '<VTKFile><Collection><DataSet timestep="0" file="gone.vti"/></Collection></VTKFile>'
    )
    with pytest.raises(InputError, match=r"Expected a file at .*gone\.vti"):
        read(tmp_path / "a.pvd")
    (tmp_path / "a.pvd").write_text("<VTKFile><Collection/></VTKFile>")
    with pytest.raises(InputError, match="Got none instead"):
        read(tmp_path / "a.pvd")


def test_falling_and_wrapped_coordinates_rise_in_a_vtr_file(tmp_path: Path) -> None:
    values = np.arange(2 * 3 * 4, dtype="f4").reshape(2, 3, 4)
    axes = ((500.0, 100.0), (3.0, 2.0, 1.0), (350.0, 358.0, 0.0, 12.0))
    volume = Volume(Grid.from_coordinates(axes), (Variable("v", values),))
    write(volume, tmp_path / "a.vtr")
    found = read(tmp_path / "a.vtr")
    assert found.grid.coordinates == ((100, 500), (1, 2, 3), (350, 358, 360, 372))
    np.testing.assert_array_equal(found["v"].read(), values[::-1, ::-1])
    unordered = Grid.from_coordinates(((1.0, 3.0), (3.0, 1.0, 2.0), (0.0, 1.0, 2.0, 3.0)))
    with pytest.raises(InputError, match="Those of y do neither"):
        write(Volume(unordered, (Variable("v", values),)), tmp_path / "b.vtr")


def test_a_single_file_keeps_its_time(tmp_path: Path) -> None:
    volume = Volume.from_array(np.zeros((2, 3, 4), "f4"))
    write(replace(volume, attributes={"time": 3.5}), tmp_path / "a.vti")
    first = read(tmp_path / "a.vti")
    assert first.attributes["time"] == 3.5
    write(first, tmp_path / "b.vti")
    assert b"TimeValue" in (tmp_path / "b.vti").read_bytes()
