"""What the reference library of each format sees in a file: values and metadata by aspect.

Geometry is in the order and frame of the format. Imported on use: the libraries are optional.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.formats_samples import library

Seen = dict[str, Any]
"""What is seen, by the name of the aspect."""
OWN = "vcore"
STRUCTURE = {
    *("SIMPLE", "XTENSION", "BITPIX", "NAXIS", "EXTEND", "PCOUNT", "GCOUNT", "CHECKSUM", "DATASUM"),
    *("EXTNAME", "BZERO", "BSCALE", "COMMENT", "HISTORY", ""),
}
"""FITS cards that describe the file, or are compared through the values."""
WORLD = re.compile("CRPIX|CRVAL|CDELT|CTYPE|CUNIT|CROTA|CD[0-9]|PC[0-9]|WCSAXES|LONPOLE|LATPOLE")
"""FITS cards compared through the world coordinates."""


def raw(path: Path) -> Seen:
    """Return the bytes of a headerless file."""
    return {"values": np.fromfile(path, np.uint8)}


def numpy(path: Path) -> Seen:
    """Return the arrays of a .npy or .npz."""
    found = np.load(path)
    return {"values": found if isinstance(found, np.ndarray) else {k: found[k] for k in found}}


def nrrd(path: Path) -> Seen:
    """Return what pynrrd sees."""
    import nrrd as library

    values, header = library.read(str(path), index_order="C")
    fields = ("space", "space directions", "space origin", "space units", "kinds", "measured")
    seen: Seen = {"values": values, **{f: header[f] for f in fields if f in header}}
    if "spacings" in header and "space directions" not in header:
        seen["space directions"] = np.diag(header["spacings"])
    own = {k: str(v) for k, v in header.items() if k in ("patient", "site")}
    return seen | ({"key/value pairs": own} if own else {})


def tiff(path: Path) -> Seen:
    """Return what tifffile sees: series, sizes with units, times, channels, other OME-XML."""
    import tifffile

    with tifffile.TiffFile(path) as file:
        series = [s.asarray() for s in file.series]
        seen: Seen = {"values": series[0] if len(series) == 1 else series}
        if file.is_ome:
            ome = tifffile.xml2dict(file.ome_metadata or "")["OME"]
            return seen | _ome(ome)
        if file.is_imagej:
            return seen | _imagej(file)
        return seen


def _ome(ome: Mapping[str, Any]) -> Seen:
    image = ome["Image"][0] if isinstance(ome["Image"], list) else ome["Image"]
    pixels = image["Pixels"]
    channels = pixels.get("Channel", [])
    channels = channels if isinstance(channels, list) else [channels]
    planes = pixels.get("Plane", [])
    planes = planes if isinstance(planes, list) else [planes]
    sizes = {
        a: (pixels[f"PhysicalSize{a}"], pixels.get(f"PhysicalSize{a}Unit", "µm"))
        for a in "XYZ"
        if f"PhysicalSize{a}" in pixels
    }
    keys = ("TheT", "DeltaT", "DeltaTUnit", "PositionX", "PositionY", "PositionZ", "PositionZUnit")
    seen: Seen = {
        "image name": image.get("Name"),
        "voxel sizes and units": sizes,
        "channel names": [c.get("Name") for c in channels],
        "channel colours": [c.get("Color") for c in channels],
        "wavelengths": [c.get("EmissionWavelength") for c in channels],
        "times and positions": [{k: p[k] for k in keys if k in p} for p in planes],
        "time step": (pixels.get("TimeIncrement"), pixels.get("TimeIncrementUnit")),
        "instrument": ome.get("Instrument"),
    }
    return {k: v for k, v in seen.items() if _is_told(v)}


def _is_told(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_is_told, value))
    return value not in (None, {})


def _imagej(file: Any) -> Seen:
    told, tags = file.imagej_metadata, file.pages[0].tags
    steps = [tags[n].value for n in ("XResolution", "YResolution")]
    unit = str(told.get("unit", "")).replace("um", "µm").replace("\\u00B5m", "µm")
    sizes = {a: (d / n, unit) for a, (n, d) in zip("XY", steps, strict=True)}
    seen: Seen = {"voxel sizes and units": sizes | {"Z": (told["spacing"], unit)}}
    if "finterval" in told:
        seen["time step"] = (told["finterval"], "s")
    return seen


def nifti(path: Path) -> Seen:
    """Return what nibabel sees."""
    image = library("nibabel").load(path)
    header = image.header
    seen: Seen = {
        "values": np.asarray(image.dataobj),
        "affine": image.affine,
        "voxel sizes and time step": [float(z) for z in header.get_zooms()],
        "units": header.get_xyzt_units(),
        "transform codes": (int(header["qform_code"]), int(header["sform_code"])),
        "slope": [float(v) for v in header.get_slope_inter() if v is not None],
        "descrip": header["descrip"].item(),
        "intent": header.get_intent(),
    }
    return seen


def rescaled(path: Path) -> Seen:
    """Return what nibabel sees, values as floats, as pydicom's after rescaling."""
    seen = nifti(path)
    return seen | {"values": seen["values"].astype(np.float64)}


def vtk(path: Path) -> Seen:
    """Return what VTK sees: every array, spacing, origin, direction or coordinates, time."""
    vtk_to_numpy = library("vtkmodules.util.numpy_support").vtk_to_numpy
    vtkDataSetReader = library("vtkmodules.vtkIOLegacy").vtkDataSetReader
    generic = library("vtkmodules.vtkIOXML").vtkXMLGenericDataObjectReader
    vtkXMLPImageDataReader = library("vtkmodules.vtkIOXML").vtkXMLPImageDataReader

    hdf = library("vtkmodules.vtkIOHDF").vtkHDFReader
    readers = {".vtk": vtkDataSetReader, ".pvti": vtkXMLPImageDataReader, ".vtkhdf": hdf}
    reader = readers.get(path.suffix, generic)()
    reader.SetFileName(str(path))
    reader.Update()
    data = reader.GetOutput()
    seen: Seen = {}
    for kind, arrays in (("point", data.GetPointData()), ("cell", data.GetCellData())):
        for i in range(arrays.GetNumberOfArrays()):
            seen[f"values of {kind} array {arrays.GetArrayName(i)}"] = vtk_to_numpy(
                arrays.GetArray(i)
            )
    if hasattr(data, "GetSpacing"):
        seen |= {"spacing": data.GetSpacing(), "origin": data.GetOrigin()}
        turn = data.GetDirectionMatrix()
        seen["direction"] = [[turn.GetElement(i, j) for j in range(3)] for i in range(3)]
    else:
        seen["coordinates"] = {
            a: vtk_to_numpy(getattr(data, f"Get{a}Coordinates")()) for a in "XYZ"
        }
    time = data.GetFieldData().GetArray("TimeValue")
    return seen | ({"time": time.GetTuple1(0)} if time else {})


def meta_image(path: Path) -> Seen:
    """Return what VTK sees in a MetaImage, in NRRD's terms."""
    vtk_to_numpy = library("vtkmodules.util.numpy_support").vtk_to_numpy
    vtkMetaImageReader = library("vtkmodules.vtkIOImage").vtkMetaImageReader

    reader = vtkMetaImageReader()
    reader.SetFileName(str(path))
    reader.Update()
    data = reader.GetOutput()
    shape = data.GetDimensions()[::-1]
    return {
        "values": vtk_to_numpy(data.GetPointData().GetScalars()).reshape(shape),
        "space directions": np.diag(data.GetSpacing()),
        "space origin": np.array(data.GetOrigin()),
    }


def hdf5(path: Path) -> Seen:
    """Return every dataset and attribute that h5py sees."""
    import h5py

    seen: Seen = {"values": {}, "attributes": {}}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            is_text = h5py.check_string_dtype(item.dtype) is not None
            seen["values"][name] = np.asarray(item.asstr()[...] if is_text else item[...])
        told = {k: v for k, v in item.attrs.items() if not k.isupper() and k != OWN}
        if told:
            seen["attributes"][name] = {k: np.asarray(v).tolist() for k, v in told.items()}

    with h5py.File(path) as file:
        file.visititems(visit)
    return {k: v for k, v in seen.items() if v}


def dataset(path: Path) -> Seen:
    """Return the dataset that xarray sees."""
    import xarray

    engine = "zarr" if path.suffix == ".zarr" else None
    with xarray.open_dataset(path, engine=engine) as found:
        return {"dataset": found.load()}


def fits(path: Path) -> Seen:
    """Return what Astropy sees: arrays, cards, and the world coordinates of their corners."""
    from astropy.io import fits as library
    from astropy.wcs import WCS

    seen: Seen = {"values": [], "world coordinates": [], "other cards": []}
    with library.open(path) as file:
        for hdu in file:
            if not hdu.is_image or hdu.data is None:
                continue
            seen["values"].append(np.asarray(hdu.data))
            corners = [[0] * hdu.data.ndim, [n - 1 for n in hdu.data.shape[::-1]]]
            world = WCS(hdu.header).wcs_pix2world(corners, 0)
            seen["world coordinates"].append(world.tolist())
            seen["other cards"].append(
                {
                    k: v
                    for k, v in hdu.header.items()
                    if k not in STRUCTURE and not WORLD.match(k) and not k.startswith("NAXIS")
                }
            )
    return seen


def mrc(path: Path) -> Seen:
    """Return what mrcfile sees."""
    import mrcfile

    with mrcfile.open(path) as file:
        size, origin, first = file.voxel_size, file.header.origin, file.nstart
        return {
            "values": np.array(file.data),
            "voxel size": [float(size[a]) for a in "xyz"],
            "origin": [float(origin[a]) for a in "xyz"],
            "first section": [int(first[a]) for a in "xyz"],
            "labels": [label.rstrip() for label in file.get_labels()],
        }


def dicom(path: Path) -> Seen:
    """Return what pydicom sees of a series, sorted by position, in NIfTI's frame (RAS)."""
    import pydicom

    files = sorted(path.iterdir()) if path.is_dir() else [path]
    found = [pydicom.dcmread(f) for f in files]
    along = np.array(found[0].ImageOrientationPatient, float)
    normal = np.cross(along[:3], along[3:])
    found.sort(key=lambda d: float(normal @ np.array(d.ImagePositionPatient, float)))
    first = np.array(found[0].ImagePositionPatient, float)
    last = np.array(found[-1].ImagePositionPatient, float)
    rows, columns = map(float, found[0].PixelSpacing)
    alone = normal * float(found[0].get("SpacingBetweenSlices", found[0].SliceThickness))
    depth = (last - first) / (len(found) - 1) if len(found) > 1 else alone
    affine = np.eye(4)
    affine[:3] = np.column_stack([along[:3] * columns, along[3:] * rows, depth, first])
    affine[:2] *= -1
    values = np.stack(
        [
            d.pixel_array * float(d.get("RescaleSlope", 1)) + float(d.get("RescaleIntercept", 0))
            for d in found
        ]
    )
    return {"values": values.transpose(2, 1, 0), "affine": affine}


def ome_zarr(path: Path) -> Seen:
    """Return what zarr-python sees of an OME-Zarr: values, axes, sizes, channels, labels."""
    zarr = library("zarr")
    from vcore.io.ome_versions import ome_of  # versions in the terms of one

    store = zarr.storage.ZipStore(path, mode="r") if path.is_file() else str(path)
    group = zarr.open_group(store, mode="r")
    ome = ome_of(dict(group.attrs))
    image = ome["multiscales"][0]
    seen: Seen = {
        "values": group[image["datasets"][0]["path"]][...],
        "axes and units": [
            {k: a.get(k) for k in ("name", "type", "unit") if a.get(k)} for a in image["axes"]
        ],
        "sizes and positions": _placed(image["datasets"][0]),
    }
    if channels := ome.get("omero", {}).get("channels"):
        seen["channels"] = channels
    others = {k: v for k, v in dict(group.attrs).items() if k.startswith("lab:")}
    if others:
        seen["other attributes"] = others
    if "labels" in group:
        names = ome_of(dict(group["labels"].attrs)).get("labels", [])
        seen["labels"] = {n: np.asarray(group[f"labels/{n}/0"][...]) for n in names}
    return seen


def _placed(level: Mapping[str, Any]) -> dict[str, list[float]]:
    steps = {s["type"]: s[s["type"]] for s in level.get("coordinateTransformations", [])}
    scale = steps.get("scale", [])
    return {"scale": scale, "translation": steps.get("translation", [0.0] * len(scale))}


def png(path: Path) -> Seen:
    """Return what Pillow sees in an image, or a folder of slices in the order of their names."""
    from PIL import Image

    if path.is_dir():
        names = sorted(os.listdir(path))
        return {"values": np.stack([np.asarray(Image.open(path / n)) for n in names])}
    return {"values": np.asarray(Image.open(path))}


def differences(original: Seen, copy: Seen, tolerance: float) -> list[str]:
    """Return what the copy lacks or has otherwise; floats of metadata to a relative tolerance."""
    return [
        f"{key} lost" if key not in copy else f"{key} changed"
        for key, value in original.items()
        if key not in copy or not same(value, copy[key], tolerance, exact=key.startswith("values"))
    ]


def same(one: Any, other: Any, tolerance: float, *, exact: bool = False) -> bool:
    """Return whether two aspects are the same; arrays in dtype and every value if ``exact``."""
    if hasattr(one, "data_vars"):
        import xarray

        try:
            xarray.testing.assert_identical(one, other)
        except AssertionError:
            return False
        return True
    if isinstance(one, Mapping):
        return (
            isinstance(other, Mapping)
            and one.keys() <= other.keys()  # a copy may say more
            and all(same(one[k], other[k], tolerance, exact=exact) for k in one)
        )
    if isinstance(one, np.ndarray) and exact:
        array = np.asarray(other)
        alike = one.dtype.newbyteorder("=") == array.dtype.newbyteorder("=")
        is_float = one.dtype.kind in "fc"
        return alike and np.array_equal(one, array, equal_nan=is_float)
    if isinstance(one, list | tuple | np.ndarray):
        return (
            isinstance(other, list | tuple | np.ndarray)
            and len(one) == len(other)
            and all(same(a, b, tolerance, exact=exact) for a, b in zip(one, other, strict=True))
        )
    if isinstance(one, float | np.floating):
        return bool(np.isclose(one, other, rtol=tolerance, atol=tolerance, equal_nan=True))
    return bool(one == other)
