"""Small files for the table of formats: from the packages of the formats' own libraries, or written
by these."""

import shutil
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

SHAPE = (6, 8, 10)
RNG = np.random.default_rng(7)
TURN = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def library(name: str) -> Any:
    """Return an optional module; untyped."""
    return import_module(name)


def packaged(folder: Path, package: str, *parts: str) -> Path:
    """Return a copy of a file that an installed package has."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(package)
    source = Path(next(iter(found.submodule_search_locations)), *parts)
    target = folder / source.name
    shutil.copyfile(source, target)
    return target


def values(shape: Sequence[int] = SHAPE, dtype: str = "u2") -> Any:
    """Return smooth values with noise."""
    grid = np.indices(shape).sum(0) * 20 + RNG.integers(0, 9, tuple(shape))
    return grid.astype(dtype)


def raw(folder: Path) -> Path:
    """Write a headerless file."""
    path = folder / "tooth_10x8x6_uint16.raw"
    values().tofile(path)
    return path


def npy(folder: Path) -> Path:
    """Write one array."""
    np.save(folder / "a.npy", values(dtype="f4"))
    return folder / "a.npy"


def npz(folder: Path) -> Path:
    """Write a volume, a matrix and texts."""
    np.savez(folder / "a.npz", volume=values(), affine=np.eye(4), names=np.array(["a", "b"]))
    return folder / "a.npz"


def nrrd_turned(folder: Path) -> Path:
    """Write turned, anisotropic axes in a frame, with units and pairs."""
    nrrd = library("nrrd")

    header = {
        "space": "left-posterior-superior",
        "space directions": TURN * [[0.5], [0.5], [2.0]],
        "space origin": [-10.0, 20.0, 30.5],
        "space units": ["mm", "mm", "mm"],
        "kinds": ["domain", "domain", "domain"],
        "patient": "none",
        "site": "here",
    }
    nrrd.write(str(folder / "a.nrrd"), values(dtype="i2"), header, index_order="C")
    return folder / "a.nrrd"


def nhdr(folder: Path) -> Path:
    """Write a header beside its data."""
    nrrd = library("nrrd")

    header = {"spacings": [0.5, 0.5, 2.0], "encoding": "raw"}
    nrrd.write(str(folder / "a.nhdr"), values(), header, index_order="C")
    return folder / "a.nhdr"


def meta_image(folder: Path) -> Path:
    """Write a MetaImage with VTK."""
    vtkMetaImageWriter = library("vtkmodules.vtkIOImage").vtkMetaImageWriter

    return _vtk_written(vtkMetaImageWriter(), image_data(), folder / "a.mha")


def ome_tiff(folder: Path, *, even: bool = False) -> Path:
    """Write a movie of two channels with names, colours, sizes and times."""
    import tifffile

    count = 3 * 2 * 4
    metadata = {
        "axes": "TCZYX",
        "Name": "cells",
        "PhysicalSizeX": 0.25,
        "PhysicalSizeXUnit": "µm",
        "PhysicalSizeY": 0.25,
        "PhysicalSizeYUnit": "µm",
        "PhysicalSizeZ": 2.0,
        "PhysicalSizeZUnit": "µm",
        "Channel": {"Name": ["DAPI", "GFP"], "Color": [65535, 16711935]},
        "Plane": {
            "DeltaT": list(np.repeat([0.0, 1.5, 3.0 if even else 4.0], count // 3).tolist()),
            "DeltaTUnit": ["s"] * count,
        },
    }
    path = folder / "a.ome.tif"
    tifffile.imwrite(path, values((3, 2, 4, 8, 10)), photometric="minisblack", metadata=metadata)
    return path


def imagej_tiff(folder: Path) -> Path:
    """Write an ImageJ hyperstack with sizes and a frame interval."""
    import tifffile

    path = folder / "a.tif"
    tifffile.imwrite(
        path,
        values((3, 4, 8, 10)),
        imagej=True,
        resolution=(4.0, 4.0),
        metadata={"axes": "TZYX", "spacing": 2.0, "unit": "um", "finterval": 0.5},
    )
    return path


def nifti_pair(folder: Path) -> Path:
    """Write .hdr and .img with a sform and a scaling of the stored integers."""
    nibabel = library("nibabel")

    affine = np.diag([2.0, 2.0, 3.0, 1.0])
    affine[:3, 3] = [-90, -126, -72]
    image = nibabel.Nifti1Pair(values(dtype="i2").T, affine)
    image.header.set_xyzt_units("mm", "sec")
    image.header["descrip"] = b"a pair"
    nibabel.save(image, folder / "a.hdr")
    return folder / "a.hdr"


def image_data(*, turned: bool = False) -> Any:
    """Return VTK's image data with a scalar, a vector and a time."""
    numpy_to_vtk = library("vtkmodules.util.numpy_support").numpy_to_vtk
    vtkDoubleArray = library("vtkmodules.vtkCommonCore").vtkDoubleArray
    vtkImageData = library("vtkmodules.vtkCommonDataModel").vtkImageData

    data = vtkImageData()
    data.SetDimensions(*SHAPE[::-1])
    data.SetSpacing(0.5, 0.5, 2.0)
    data.SetOrigin(-10.0, 20.0, 30.5)
    if turned:
        data.SetDirectionMatrix(*TURN.ravel().tolist())
    if turned:
        _fill(data.GetPointData())
        time = vtkDoubleArray()
        time.SetName("TimeValue")
        time.InsertNextValue(2.5)
        data.GetFieldData().AddArray(time)
    else:
        data.GetPointData().SetScalars(numpy_to_vtk(values(dtype="f4").ravel(), deep=True))
        data.GetPointData().GetScalars().SetName("density")
    return data


def _fill(arrays: Any) -> None:
    numpy_to_vtk = library("vtkmodules.util.numpy_support").numpy_to_vtk

    found = {
        "density": values(dtype="f4").ravel(),
        "velocity": values((*SHAPE, 3), "f4").reshape(-1, 3),
    }
    for name, array in found.items():
        one = numpy_to_vtk(array, deep=True)
        one.SetName(name)
        arrays.AddArray(one)


def _vtk_written(writer: Any, data: Any, path: Path) -> Path:
    writer.SetFileName(str(path))
    writer.SetInputData(data)
    writer.Write()
    return path


def vti(folder: Path) -> Path:
    """Write image data with a direction, a vector and a time."""
    vtkXMLImageDataWriter = library("vtkmodules.vtkIOXML").vtkXMLImageDataWriter

    return _vtk_written(vtkXMLImageDataWriter(), image_data(turned=True), folder / "a.vti")


def pvti(folder: Path) -> Path:
    """Write image data in two pieces."""
    vtkXMLPImageDataWriter = library("vtkmodules.vtkIOParallelXML").vtkXMLPImageDataWriter

    writer = vtkXMLPImageDataWriter()
    writer.SetNumberOfPieces(2)
    writer.SetEndPiece(1)
    return _vtk_written(writer, image_data(), folder / "a.pvti")


def vtk_legacy(folder: Path) -> Path:
    """Write legacy structured points."""
    vtkStructuredPointsWriter = library("vtkmodules.vtkIOLegacy").vtkStructuredPointsWriter

    return _vtk_written(vtkStructuredPointsWriter(), image_data(), folder / "a.vtk")


def vtr(folder: Path) -> Path:
    """Write a rectilinear grid."""
    numpy_to_vtk = library("vtkmodules.util.numpy_support").numpy_to_vtk
    vtkRectilinearGrid = library("vtkmodules.vtkCommonDataModel").vtkRectilinearGrid
    vtkXMLRectilinearGridWriter = library("vtkmodules.vtkIOXML").vtkXMLRectilinearGridWriter

    data = vtkRectilinearGrid()
    data.SetDimensions(*SHAPE[::-1])
    for axis, n in zip("XYZ", SHAPE[::-1], strict=True):
        steps = numpy_to_vtk(np.arange(n, dtype="f8") ** 1.5 + 1, deep=True)
        getattr(data, f"Set{axis}Coordinates")(steps)
    _fill(data.GetPointData())
    return _vtk_written(vtkXMLRectilinearGridWriter(), data, folder / "a.vtr")


def hdf5(folder: Path) -> Path:
    """Write volumes, a table, texts and scalars in groups, with attributes."""
    import h5py

    table = np.zeros(3, [("label", "i4"), ("centre", "f8", (3,))])
    table["label"] = [1, 2, 3]
    with h5py.File(folder / "a.h5", "w") as file:
        file["raw"] = values(dtype="f4")
        file["raw"].attrs["stain"] = "DAPI"
        file["raw"].attrs["element_size_um"] = [2.0, 0.5, 0.5]
        file["cells/table"] = table
        file["cells/names"] = ["a", "bé", ""]
        file["threshold"] = 3.5
        file["threshold"].attrs["unit"] = "counts"
    return folder / "a.h5"


def climate(folder: Path, name: str = "run.nc") -> Path:
    """Write a run as models do: T, ps, bounds, a grid mapping, texts, packed values, dates."""
    import xarray

    full, surface = ("time", "lev", "lat", "lon"), ("time", "lat", "lon")
    temperature = RNG.normal(280, 10, (3, 4, 6, 8)).astype("f4")
    run = xarray.Dataset(
        {
            "T": (full, temperature, {"units": "K", "grid_mapping": "crs"}),
            "Q": (full, RNG.integers(0, 900, temperature.shape) * 1e-3, {"units": "g kg-1"}),
            "ps": (surface, RNG.normal(1e5, 1e3, (3, 6, 8)), {"units": "Pa"}),
            "hyam": (("lev",), np.linspace(0, 1, 4)),
            "time_bnds": (("time", "nv"), np.array([[0.0, 24], [24, 48], [48, 72]])),
            "crs": ((), np.int32(0), {"grid_mapping_name": "latitude_longitude"}),
            "station": (("station",), np.array(["Zürich", "Gent"], object)),
            "P0": ((), 1e5, {"units": "Pa"}),
        },
        {
            "time": (
                "time",
                [12.0, 36.0, 60.0],
                {"units": "hours since 2001-02-03", "bounds": "time_bnds"},
            ),
            "lev": ("lev", [1000.0, 850.0, 500.0, 200.0], {"units": "hPa", "positive": "down"}),
            "lat": ("lat", np.linspace(-75, 75, 6), {"units": "degrees_north"}),
            "lon": ("lon", np.linspace(0, 315, 8), {"units": "degrees_east"}),
        },
        {"title": "A run", "Conventions": "CF-1.8"},
    )
    run["Q"].encoding = {"dtype": "i2", "scale_factor": 1e-3, "_FillValue": -1}
    if name.endswith(".zarr"):
        run.to_zarr(folder / name)
    else:
        run.to_netcdf(folder / name)
    return folder / name


def fits_cube(folder: Path) -> Path:
    """Write a spectral cube and an image, with world coordinates."""
    from astropy.io import fits
    from astropy.wcs import WCS

    wcs = WCS(naxis=3)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN", "VRAD"]
    wcs.wcs.cunit, wcs.wcs.cdelt = ["deg", "deg", "m/s"], [-0.001, 0.001, 500.0]
    wcs.wcs.crpix, wcs.wcs.crval = [5, 4, 1], [83.6, 22.0, -1000.0]
    cube = fits.PrimaryHDU(values(dtype="f4"), wcs.to_header())
    cube.header["BUNIT"], cube.header["OBJECT"] = "K", "M1"
    cube.header["EXPTIME"] = 12.5
    cube.writeto(folder / "a.fits")
    return folder / "a.fits"


def mrc(folder: Path) -> Path:
    """Write a map with a voxel size, a place and a label."""
    import mrcfile

    with mrcfile.new(folder / "a.mrc") as file:
        file.set_data(values(dtype="f4"))
        file.voxel_size = (1.5, 1.5, 3.0)
        file.header.origin = (10.0, 20.0, 30.0)
        file.add_label("made for a table")
    return folder / "a.mrc"


def dicom_series(folder: Path) -> Path:
    """Return the slices of one series, real CT of pydicom's samples at five positions."""
    import pydicom
    from pydicom.data import get_testdata_file

    target = folder / "series"
    target.mkdir()
    one = pydicom.dcmread(str(get_testdata_file("CT_small.dcm")))
    z = float(one.ImagePositionPatient[2])
    for i in (3, 0, 4, 1, 2):  # not in the order of positions
        one.ImagePositionPatient[2] = z + 2.5 * i
        one.InstanceNumber, one.SOPInstanceUID = i + 1, f"{one.SeriesInstanceUID}.{i}"
        one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
        one.PixelData = np.roll(one.pixel_array, i).tobytes()
        one.save_as(target / f"{9 - i}.dcm")
    return target


def ome_zarr(folder: Path, *, labels: bool = False) -> Path:
    """Write OME-Zarr 0.5 with zarr-python: channels, times, units, labels."""
    zarr = library("zarr")

    path = folder / "cells.ome.zarr"
    group = zarr.create_group(path, zarr_format=3)
    group.create_array("0", data=values((3, 2, 4, 8, 10)))
    axes = [{"name": "t", "type": "time", "unit": "second"}, {"name": "c", "type": "channel"}]
    space = [{"name": a, "type": "space", "unit": "micrometer"} for a in "zyx"]
    steps = [
        {"type": "scale", "scale": [1.5, 1.0, 2.0, 0.25, 0.25]},
        {"type": "translation", "translation": [0.0, 0.0, 10.0, 20.0, 30.0]},
    ]
    image = {"axes": axes + space, "datasets": [{"path": "0", "coordinateTransformations": steps}]}
    channels = [
        {
            "label": label,
            "color": colour,
            "active": True,
            "window": {"start": 0.0, "end": 300.0, "min": 0.0, "max": 65535.0},
        }
        for label, colour in (("DAPI", "0000FF"), ("GFP", "00FF00"))
    ]
    group.attrs["ome"] = {
        "version": "0.5",
        "multiscales": [image],
        "omero": {"channels": channels},
    }
    group.attrs["lab:stage"] = {"x": 1.5, "operator": "none"}
    if labels:
        inner = group.create_group("labels")
        inner.attrs["ome"] = {"version": "0.5", "labels": ["cells"]}
        cells = inner.create_group("cells")
        cells.create_array("0", data=(values((3, 1, 4, 8, 10)) % 5).astype("u4"))
        cells.attrs["ome"] = {
            "version": "0.5",
            "multiscales": [image],
            "image-label": {"colors": [{"label-value": 1, "rgba": [255, 0, 0, 255]}]},
        }
    return path


def slices(folder: Path) -> Path:
    """Write a folder of PNG slices."""
    from PIL import Image

    target = folder / "head"
    target.mkdir()
    for i, plane in enumerate(values()):
        Image.fromarray(plane).save(target / f"head_{i:04d}.png")
    return target
