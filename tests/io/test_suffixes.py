"""Suffixes of formats that vcore reads through the reader of another suffix, or by a small one."""

import gzip
import shutil
import struct
import zipfile
from pathlib import Path

import astropy.io.fits
import h5py
import nibabel
import numpy as np
import pytest
import tifffile
import vtk
import zarr
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from vcore.errors import InputError
from vcore.io import formats, known_formats, read
from vcore.model.volume import Volume

CASE = Path(__file__).parents[1] / "data" / "cases" / "29-known-formats-called-headerless"
VALUES = np.random.default_rng(3).normal(size=(4, 5, 6)).astype("f4")


def only(volume: Volume) -> np.ndarray:
    return volume.variables[0].read()


def by_vtk(reader: vtk.vtkAlgorithm, path: Path) -> tuple[np.ndarray, tuple[float, ...]]:
    reader.SetFileName(str(path))
    reader.Update()
    image = reader.GetOutput()
    shape = image.GetDimensions()[::-1]
    array = image.GetPointData().GetArray(0)
    return vtk_to_numpy(array).reshape(shape), image.GetSpacing()[::-1]


def test_fits(tmp_path: Path) -> None:
    with astropy.io.fits.open(CASE / "cmp.fits.fz") as hdus:
        volume = read(CASE / "cmp.fits.fz")
        assert np.array_equal(only(volume), hdus[1].data)
    assert read(f"{CASE / 'cmp.fits.fz'}::1").grid == volume.grid
    path = tmp_path / "a.fits.fz"
    hdu = astropy.io.fits.CompImageHDU(VALUES, compression_type="GZIP_2", quantize_level=0)
    astropy.io.fits.HDUList([astropy.io.fits.PrimaryHDU(), hdu]).writeto(path)
    assert np.array_equal(only(read(path)), VALUES)
    (tmp_path / "cd.fts.gz").write_bytes(gzip.compress((CASE / "cd.fts").read_bytes()))
    for name in (CASE / "cd.fts", tmp_path / "cd.fts.gz"):
        assert np.array_equal(only(read(name)), astropy.io.fits.getdata(CASE / "cd.fts"))


def test_big_tiff() -> None:
    volume = read(CASE / "x.ome.btf")
    assert volume.variables[0].name == "x"
    assert volume.grid.spacing == (0.5, 0.1, 0.1)
    assert np.array_equal(only(volume), tifffile.imread(CASE / "x.ome.btf"))


def test_lsm_sizes(tmp_path: Path) -> None:
    path = tmp_path / "a.lsm"
    info = bytearray(struct.pack("<II6i", 0x00400494C, 492, 6, 5, 4, 1, 1, 3))
    info += struct.pack("<2i", 0, 0) + struct.pack("<6d", 2e-7, 3e-7, 1e-6, 0, 0, 0)
    info += bytes(492 - len(info))
    tag = (34412, "B", len(info), bytes(info), True)
    with tifffile.TiffWriter(path) as file:
        for k, plane in enumerate(VALUES):
            options = {"extratags": [tag]} if k == 0 else {}
            file.write(plane, metadata=None, contiguous=False, **options)
            file.write(plane[::2, ::2], metadata=None, contiguous=False, subfiletype=1)  # thumbnail
    with tifffile.TiffFile(path) as file:
        assert file.is_lsm
    volume = read(path)
    assert volume.grid.spacing == (1.0, 0.3, 0.2)
    assert volume.grid.unit == "micrometer"
    assert np.array_equal(only(volume), VALUES)


def test_nifti_pairs(tmp_path: Path) -> None:
    expected = nibabel.load(CASE / "p.hdr")
    for name in ("p.hdr", "p.img"):
        volume = read(CASE / name)
        assert np.array_equal(only(volume), np.asarray(expected.dataobj).T)
        assert volume.grid.spacing == pytest.approx(expected.header.get_zooms()[::-1])
        assert np.allclose(volume.grid.origin, expected.affine[2::-1, 3])
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("p.hdr", "p.img"):
        shutil.copy(CASE / name, folder)
    assert np.array_equal(only(read(folder)), only(volume))
    pair = nibabel.Nifti2Pair(VALUES.T, np.diag([1, 2, 3, 1.0]))
    pair.to_filename(tmp_path / "second.hdr")
    assert np.array_equal(only(read(tmp_path / "second.img")), VALUES)
    (folder / "p.img").unlink()
    with pytest.raises(InputError, match=r"no .*p\.img instead"):
        read(folder / "p.hdr")


def test_pairs_of_other_formats(tmp_path: Path) -> None:
    nibabel.AnalyzeImage(VALUES.T, np.eye(4)).to_filename(tmp_path / "a.hdr")
    with pytest.raises(InputError, match=r"ANALYZE 7\.5 instead.*\.nii"):
        read(tmp_path / "a.img")
    VALUES.tofile(tmp_path / "b.img")
    (tmp_path / "b.hdr").write_text("ENVI\nsamples = 6\n")
    with pytest.raises(InputError, match="an ENVI header instead"):
        read(tmp_path / "b.hdr")
    assert np.array_equal(only(read(tmp_path / "b.img", shape=VALUES.shape, dtype="f4")), VALUES)


@pytest.mark.parametrize("top", ["", "inner.zarr"])
@pytest.mark.parametrize("name", ["a.zarr.zip", "a.ozx"])
def test_zipped_hierarchies(tmp_path: Path, name: str, top: str) -> None:
    group = zarr.open_group(tmp_path / "made" / top, mode="w")
    group.attrs["ome"] = {"version": "0.5", "multiscales": [multiscale()]}
    group.create_array("0", data=VALUES, chunks=(2, 5, 6))
    zipped(tmp_path / "made", tmp_path / name)
    volume = read(tmp_path / name)
    assert volume.grid.spacing == (2.0, 0.5, 0.25)
    assert np.array_equal(only(volume), VALUES)
    assert np.array_equal(volume.variables[0].data[1:3, 2, 1:], VALUES[1:3, 2, 1:])
    assert np.array_equal(only(read(f"{tmp_path / name}::0")), VALUES)


def zipped(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for found in sorted(folder.rglob("*")):
            file.write(found, found.relative_to(folder))


def multiscale() -> dict[str, object]:
    scale = [{"type": "scale", "scale": [2.0, 0.5, 0.25]}]
    axes = [{"name": a, "type": "space", "unit": "micrometer"} for a in "zyx"]
    return {"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": scale}]}


def test_a_zip_with_a_zarr_of_version_2() -> None:
    volume = read(CASE / "img.ome.zarr.zip")
    with zarr.storage.ZipStore(CASE / "img.ome.zarr.zip", mode="r") as store:
        assert np.array_equal(only(volume), zarr.open_group(store, mode="r")["0"][:])


def test_zips_without_a_hierarchy(tmp_path: Path) -> None:
    (tmp_path / "a.ozx").write_bytes(b"no archive")
    with pytest.raises(InputError, match=r"a\.ozx"):
        read(tmp_path / "a.ozx")
    for name in "xy":
        zarr.create_array(tmp_path / "made" / name, data=VALUES)
    zipped(tmp_path / "made", tmp_path / "b.ozx")
    zipped(tmp_path / "made", tmp_path / "b.zarr.zip")
    for name in ("b.ozx", "b.zarr.zip"):
        with pytest.raises(InputError, match="at the root of"):
            read(tmp_path / name)


def test_legacy_vtk() -> None:
    volume = read(CASE / "leg.vtk")
    expected, spacing = by_vtk(vtk.vtkStructuredPointsReader(), CASE / "leg.vtk")
    assert volume.grid.spacing == pytest.approx(spacing)
    assert np.array_equal(only(volume), expected)


@pytest.mark.parametrize("binary", [True, False])
def test_legacy_rectilinear_grids(tmp_path: Path, binary: bool) -> None:
    grid = vtk.vtkRectilinearGrid()
    grid.SetDimensions(6, 5, 4)
    axes = [np.cumsum(np.arange(1.0, n + 1)) for n in (6, 5, 4)]
    for name, axis in zip("XYZ", axes, strict=True):
        getattr(grid, f"Set{name}Coordinates")(numpy_to_vtk(axis, deep=True))
    for name, factor in (("a", 1), ("b", 2)):
        array = numpy_to_vtk(VALUES.ravel() * factor, deep=True)
        array.SetName(name)
        grid.GetPointData().AddArray(array)
    writer = vtk.vtkRectilinearGridWriter()
    writer.SetFileName(str(tmp_path / "a.vtk"))
    writer.SetInputData(grid)
    (writer.SetFileTypeToBinary if binary else writer.SetFileTypeToASCII)()
    writer.Write()
    volume = read(tmp_path / "a.vtk")
    assert [v.name for v in volume.variables] == ["a", "b"]
    np.testing.assert_allclose(volume["b"].read(), VALUES * 2, rtol=1e-5)
    assert volume.grid.coordinates is not None
    assert volume.grid.coordinates[2] == tuple(axes[0])


@pytest.mark.parametrize("kind", ["UNSTRUCTURED_GRID", "POLYDATA", "STRUCTURED_GRID"])
def test_other_legacy_files_are_refused(tmp_path: Path, kind: str) -> None:
    head = f"# vtk DataFile Version 3.0\nof a test\nASCII\nDATASET {kind}\n"
    (tmp_path / "a.vtk").write_text(head)
    with pytest.raises(InputError, match=f"Got {kind} in .*Resample To Image"):
        read(tmp_path / "a.vtk")


def test_damaged_legacy_files(tmp_path: Path) -> None:
    data = (CASE / "leg.vtk").read_bytes()
    huge = data.replace(b"DIMENSIONS 24 20 6", b"DIMENSIONS 24000 20000 6000")
    assert huge != data
    for damaged in (data[:200], data[:-500], huge):
        (tmp_path / "a.vtk").write_bytes(damaged)
        with pytest.raises(InputError, match=r"a\.vtk"):
            read(tmp_path / "a.vtk")


def test_pieces_of_vtk(tmp_path: Path) -> None:
    volume = read(CASE / "par.pvti")
    expected, spacing = by_vtk(vtk.vtkXMLPImageDataReader(), CASE / "par.pvti")
    assert volume.grid.spacing == pytest.approx(spacing)
    assert np.array_equal(only(volume), expected)
    assert np.array_equal(volume.variables[0].data[2:5, 3, 4:], expected[2:5, 3, 4:])
    assert read(CASE / "c.pvd").variables[0].shape == (2, 6, 20, 24)
    for name in ("par.pvti", "par_0.vti", "par_1.vti"):
        shutil.copy(CASE / name, tmp_path)
    assert np.array_equal(only(read(tmp_path)), expected)
    (tmp_path / "par_1.vti").unlink()
    with pytest.raises(InputError, match=r"par_1\.vti"):
        read(tmp_path)
    text = (tmp_path / "par.pvti").read_text()
    (tmp_path / "par.pvti").write_text(text.replace("par_1.vti", str(CASE / "par_1.vti")))
    with pytest.raises(InputError, match="only inside"):
        read(tmp_path)


def test_vtkhdf(tmp_path: Path) -> None:
    volume = read(CASE / "i.vtkhdf")
    expected, spacing = by_vtk(vtk.vtkHDFReader(), CASE / "i.vtkhdf")
    assert volume.grid.spacing == pytest.approx(spacing)
    assert np.array_equal(only(volume), expected)
    path = tmp_path / "a.vtkhdf"
    shutil.copy(CASE / "i.vtkhdf", path)
    with h5py.File(path, "r+") as file:
        vectors = np.random.default_rng(4).normal(size=(5, 19, 23, 3))
        file["VTKHDF"].create_group("CellData")["u"] = vectors
    both = read(path)
    assert [v.name for v in both.every] == ["u", "v"]
    cells = read(path, variables=["u"])
    assert np.array_equal(only(cells), np.moveaxis(vectors, -1, 0))
    assert np.allclose(cells.grid.origin, np.add(volume.grid.origin, np.array(spacing) / 2))
    with h5py.File(path, "r+") as file:
        file["VTKHDF"].attrs["Type"] = np.bytes_("OverlappingAMR")
    with pytest.raises(InputError, match="Got OverlappingAMR in"):
        read(path)


@pytest.mark.parametrize("suffix", known_formats.KNOWN)
def test_known_formats_say_what_they_are(tmp_path: Path, suffix: str) -> None:
    assert suffix not in formats.readable_suffixes()
    path = tmp_path / f"a{suffix.upper()}"
    path.write_bytes(VALUES.tobytes())
    with pytest.raises(InputError) as error:
        read(path)
    message = str(error.value)
    assert message.startswith("Expected a format that vcore reads. Got a")
    assert known_formats.KNOWN[suffix][1] in message
    assert "dtype" not in message
    assert np.array_equal(only(read(path, shape=VALUES.shape, dtype="f4")), VALUES)


@pytest.mark.parametrize("name", ["a", "a.unheard"])
def test_other_files_may_be_headerless(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(VALUES.tobytes())
    with pytest.raises(InputError, match="headerless file of values give `shape` and `dtype`"):
        read(tmp_path / name)
