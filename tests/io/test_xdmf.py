"""XDMF: regular and rectilinear grids, with VTK's own reader and writer as reference."""

import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkRectilinearGrid
from vtkmodules.vtkIOXdmf2 import vtkXdmfReader, vtkXdmfWriter

from vcore.errors import InputError
from vcore.io import read

RANDOM = np.random.default_rng(2)
POINTS = RANDOM.normal(size=(5, 6, 7)).astype("f4")
VECTORS = RANDOM.normal(size=(5, 6, 7, 3))
CELLS = RANDOM.integers(0, 99, (4, 5, 6)).astype("i4")


def vtk_array(values: np.ndarray, name: str) -> object:
    flat = values.reshape(-1, 3) if values.ndim == 4 else values.ravel()
    array = numpy_to_vtk(flat, deep=True)
    array.SetName(name)
    return array


def saved_by_vtk(path: Path, data: object) -> Path:
    writer = vtkXdmfWriter()
    writer.SetFileName(str(path))
    writer.SetInputData(data)
    writer.SetLightDataLimit(10)  # more values go to HDF5
    writer.Write()
    return path


def image() -> vtkImageData:
    data = vtkImageData()
    data.SetDimensions(7, 6, 5)
    data.SetOrigin(1, 2, 3)
    data.SetSpacing(0.25, 0.5, 2)
    data.GetPointData().AddArray(vtk_array(POINTS, "rho"))
    data.GetPointData().AddArray(vtk_array(VECTORS, "u"))
    data.GetCellData().AddArray(vtk_array(CELLS, "id"))
    return data


def test_an_image_of_vtk(tmp_path: Path) -> None:
    path = saved_by_vtk(tmp_path / "a.xdmf", image())
    volume = read(path, variables=["rho", "u"])
    assert (volume.grid.origin, volume.grid.spacing) == ((3, 2, 1), (2, 0.5, 0.25))
    np.testing.assert_array_equal(volume["rho"].read(), POINTS)
    np.testing.assert_array_equal(volume["rho"].data[1:3, 2:, 4], POINTS[1:3, 2:, 4])
    np.testing.assert_array_equal(volume["u"].read(), np.moveaxis(VECTORS, -1, 0))
    cells = read(path, variables=["id"])
    assert (cells.grid.origin, cells["id"].association) == ((4, 2.25, 1.125), "cell")
    np.testing.assert_array_equal(cells["id"].read(), CELLS)
    with pytest.raises(InputError, match=r"Got both \(id \(cell\), rho \(point\), u \(point\)\)"):
        read(path)


def test_a_rectilinear_grid_of_vtk(tmp_path: Path) -> None:
    axes = [np.cumsum(RANDOM.random(n)) for n in (7, 6, 5)]
    data = vtkRectilinearGrid()
    data.SetDimensions(7, 6, 5)
    for setter, axis in zip("XYZ", axes, strict=True):
        getattr(data, f"Set{setter}Coordinates")(numpy_to_vtk(axis, deep=True))
    data.GetPointData().AddArray(vtk_array(POINTS, "rho"))
    data.GetCellData().AddArray(vtk_array(CELLS, "id"))
    path = saved_by_vtk(tmp_path / "a.xmf", data)
    volume = read(path, variables=["rho"])
    np.testing.assert_array_equal(volume["rho"].read(), POINTS)
    for found, expected in zip(volume.grid.coordinates or (), axes[::-1], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    middle = read(path, variables=["id"]).grid.coordinates
    assert middle is not None
    np.testing.assert_allclose(middle[2], (axes[0][1:] + axes[0][:-1]) / 2, rtol=1e-5)


GRID = """
<Grid Name="step" GridType="Uniform">{time}
 <Topology TopologyType="3DCoRectMesh" Dimensions="5 6 7"/>
 <Geometry GeometryType="ORIGIN_DXDYDZ">
  <DataItem Dimensions="3">3 2 1</DataItem><DataItem Dimensions="3">2 0.5 0.25</DataItem>
 </Geometry>
 <Attribute Name="rho" Center="{centre}">{item}</Attribute>
</Grid>"""
HDF = '<DataItem Dimensions="5 6 7" Format="HDF">{}</DataItem>'


def document(*grids: str, collection: str = "") -> str:
    body = "".join(grids)
    if collection:
        body = f'<Grid GridType="Collection" CollectionType="{collection}">{body}</Grid>'
    return (
        f'<?xml version="1.0"?><!DOCTYPE Xdmf SYSTEM "Xdmf.dtd" []><Xdmf Version="2.0"><Domain>'
        f"{body}</Domain></Xdmf>"
    )


def grid(item: str, time: str = "", centre: str = "Node") -> str:
    return GRID.format(item=item, time=time and f'<Time Value="{time}"/>', centre=centre)


def by_vtk(path: Path, time: float = 0.0) -> np.ndarray:
    reader = vtkXdmfReader()
    reader.SetFileName(str(path))
    reader.UpdateTimeStep(time)
    data = reader.GetOutputDataObject(0)
    return vtk_to_numpy(data.GetPointData().GetArray("rho")).reshape(5, 6, 7)


@pytest.fixture
def series(tmp_path: Path) -> np.ndarray:
    values = RANDOM.normal(size=(4, 5, 6, 7)).astype("f4")
    with h5py.File(tmp_path / "run.h5", "w") as file:
        file["all"] = values
        for k, frame in enumerate(values):
            file[f"step{k}/rho"] = frame
    return values


def test_a_temporal_collection(tmp_path: Path, series: np.ndarray) -> None:
    grids = [grid(HDF.format(f"run.h5:/step{k}/rho"), f"{k / 2}") for k in range(4)]
    (tmp_path / "a.xmf").write_text(document(*grids, collection="Temporal"))
    volume = read(tmp_path / "a.xmf")
    assert volume.grid.times == (0, 0.5, 1, 1.5)
    assert (volume.grid.origin, volume.grid.spacing) == ((3, 2, 1), (2, 0.5, 0.25))
    np.testing.assert_array_equal(volume["rho"].read(), series)
    np.testing.assert_array_equal(volume["rho"].data[1:3, 2, :, 3], series[1:3, 2, :, 3])
    np.testing.assert_array_equal(by_vtk(tmp_path / "a.xmf", 1.0), series[2])


def test_a_folder_of_files_beside_their_data(tmp_path: Path, series: np.ndarray) -> None:
    for k in range(4):
        (tmp_path / f"s{k}.xmf").write_text(
            document(grid(HDF.format(f"run.h5:/step{k}/rho"), f"{k}.5"))
        )
    volume = read(tmp_path)
    assert volume.grid.times == (0.5, 1.5, 2.5, 3.5)
    np.testing.assert_array_equal(volume["rho"].read(), series)


def test_steps_within_one_dataset(tmp_path: Path, series: np.ndarray) -> None:
    slab = (
        '<DataItem ItemType="HyperSlab" Dimensions="5 6 7">'
        '<DataItem Dimensions="3 4">{} 0 0 0  1 1 1 1  1 5 6 7</DataItem>'
        '<DataItem Dimensions="4 5 6 7" Format="HDF">run.h5:/all</DataItem></DataItem>'
    )
    grids = [grid(slab.format(k), f"{k}") for k in range(4)]
    (tmp_path / "a.xmf").write_text(document(*grids, collection="Temporal"))
    np.testing.assert_array_equal(read(tmp_path / "a.xmf")["rho"].read(), series)
    np.testing.assert_array_equal(by_vtk(tmp_path / "a.xmf", 3.0), series[3])
    text = document(grid(slab.format(9)))
    (tmp_path / "b.xmf").write_text(text)
    with pytest.raises(InputError, match="HyperSlab"):
        read(tmp_path / "b.xmf")


def test_strides(tmp_path: Path) -> None:
    wide = RANDOM.normal(size=(10, 20, 30)).astype("f4")
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file["w"] = wide
    item = (
        '<DataItem ItemType="HyperSlab" Dimensions="5 6 7">'
        '<DataItem Dimensions="3 3">1 2 3  2 3 4  5 6 7</DataItem>'
        '<DataItem Dimensions="10 20 30" Format="HDF">w.h5:/w</DataItem></DataItem>'
    )
    (tmp_path / "a.xmf").write_text(document(grid(item)))
    found = read(tmp_path / "a.xmf")["rho"]
    expected = wide[1:10:2, 2:20:3, 3:30:4]
    np.testing.assert_array_equal(found.read(), expected)
    np.testing.assert_array_equal(found.data[1:4, 2:5, 3], expected[1:4, 2:5, 3])
    np.testing.assert_array_equal(by_vtk(tmp_path / "a.xmf"), expected)


def test_binary_and_inline_values(tmp_path: Path) -> None:
    values = RANDOM.integers(0, 30000, (5, 6, 7))
    (tmp_path / "v.bin").write_bytes(b"12345678" + values.astype(">i2").tobytes())
    (tmp_path / "z.bin").write_bytes(zlib.compress(values.astype("<i2").tobytes()))
    kind = 'Dimensions="5 6 7" NumberType="Int" Precision='
    items = {
        "seek": f'<DataItem {kind}"2" Format="Binary" Endian="Big" Seek="8">v.bin</DataItem>',
        "zlib": f'<DataItem {kind}"2" Format="Binary" Compression="Zlib">z.bin</DataItem>',
        "xml": f'<DataItem {kind}"4">{" ".join(map(str, values.ravel()))}</DataItem>',
    }
    for name, item in items.items():
        (tmp_path / f"{name}.xmf").write_text(document(grid(item)))
        np.testing.assert_array_equal(read(tmp_path / f"{name}.xmf")["rho"].read(), values)
    np.testing.assert_array_equal(by_vtk(tmp_path / "xml.xmf"), values)


def test_references_and_images(tmp_path: Path, series: np.ndarray) -> None:
    item = '<DataItem Reference="XML">/Xdmf/Domain/DataItem[@Name="v"]</DataItem>'
    shared = HDF.format("run.h5:/step1/rho").replace("<DataItem", '<DataItem Name="v"')
    (tmp_path / "r.xmf").write_text(document(shared, grid(item)))
    np.testing.assert_array_equal(read(tmp_path / "r.xmf")["rho"].read(), series[1])
    with h5py.File(tmp_path / "i.h5", "w") as file:
        file["a"] = series[0, 0]
    text = document(grid('<DataItem Dimensions="6 7" Format="HDF">i.h5:/a</DataItem>'))
    text = text.replace("3DCoRect", "2DCoRect").replace("5 6 7", "6 7").replace("DXDYDZ", "DXDY")
    text = text.replace('"3">3 2 1', '"2">2 1').replace('"3">2 0.5', '"2">0.5')
    (tmp_path / "i.xmf").write_text(text)
    volume = read(tmp_path / "i.xmf")
    assert volume.grid.spacing == (1, 0.5, 0.25)
    assert volume["rho"].flat
    np.testing.assert_array_equal(volume["rho"].read()[0], series[0, 0])


def test_what_is_no_grid_is_refused(tmp_path: Path, series: np.ndarray) -> None:
    good = grid(HDF.format("run.h5:/step0/rho"))
    path = tmp_path / "a.xmf"
    cases = {
        "Resample To Image": document(good.replace("3DCoRectMesh", "Tetrahedron")),
        "of several pieces": document(good, collection="Spatial"),
        "one grid": document(good, good),
        "dataset 'step9/rho'": document(good.replace("step0", "step9")),
        "sizes": document(good.replace('"5 6 7" Format', '"5 6 8" Format')),
        "without entities": document(good).replace("[]", '[<!ENTITY a "b">]'),
        "origin and steps": document(good.replace("DXDYDZ", "DX")),
        "HDF, Binary or XML": document(good.replace('"HDF"', '"TIFF"')),
    }
    for words, text in cases.items():
        path.write_text(text)
        with pytest.raises(InputError, match=words):
            read(path)


def test_heavy_data_stay_in_the_folder(tmp_path: Path, series: np.ndarray) -> None:
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "a.xmf"
    path.write_text(document(grid(HDF.format("../run.h5:/step0/rho"))))
    with pytest.raises(InputError, match="outside"):
        read(path)
    np.testing.assert_array_equal(read(path, allow_outside=True)["rho"].read(), series[0])
    with h5py.File(tmp_path / "in" / "link.h5", "w") as file:
        file["v"] = h5py.ExternalLink("../run.h5", "step0/rho")
    path.write_text(document(grid(HDF.format("link.h5:/v"))))
    with pytest.raises(InputError, match="outside"):
        read(path)
