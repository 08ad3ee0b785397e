"""The table of formats: samples that come out in another format, and what both libraries see."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from benchmarks import formats_seen
from benchmarks.formats_samples import SHAPE, TURN, image_data, library, values
from benchmarks.formats_seen import Seen

VIEWS = (2, 2, 4, 8, 10)
"""Shape of a movie of two channels."""


def imaris(folder: Path) -> Path:
    """Write an Imaris 5.5 file of two frames and channels, padded as to whole chunks."""
    found = values(VIEWS)
    info = {"Unit": "um", **dict(zip("XYZ", map(str, VIEWS[:1:-1]), strict=True))}
    for axis, (n, step) in enumerate(zip(VIEWS[:1:-1], (0.25, 0.25, 2.0), strict=True)):
        info |= {f"ExtMin{axis}": "10", f"ExtMax{axis}": str(10 + n * step)}
    with library("h5py").File(folder / "a.ims", "w") as file:
        _tell(file, ImarisVersion="5.5.0")
        _tell(file.require_group("DataSetInfo/Image"), **info)
        for c, (name, colour) in enumerate((("DAPI", "0 0 1"), ("GFP", "0 1 0"))):
            channel = file.require_group(f"DataSetInfo/Channel {c}")
            _tell(channel, Name=name, Color=colour, ColorRange="0 300")
        times = {f"TimePoint{t + 1}": f"2020-04-16 12:00:{3 * t:02d}.000" for t in range(2)}
        _tell(file.require_group("DataSetInfo/TimeInfo"), **times)
        for t, c in np.ndindex(*VIEWS[:2]):
            group = file.create_group(f"DataSet/ResolutionLevel 0/TimePoint {t}/Channel {c}")
            sizes = zip("ZYX", VIEWS[2:], strict=True)
            _tell(group, **{f"ImageSize{axis}": str(n) for axis, n in sizes})
            group["Data"] = np.pad(found[t, c], [(0, 3)] * 3)
    return folder / "a.ims"


def _tell(group: Any, **attributes: str) -> None:
    for name, text in attributes.items():
        group.attrs[name] = np.frombuffer(text.encode(), "S1")


def seen_imaris(path: Path) -> Seen:
    """Return what h5py sees in an Imaris file, in the terms of ``microscopy``."""
    with library("h5py").File(path) as file:

        def told(group: str, name: str) -> str:
            return bytes(file[group].attrs[name]).decode()

        info = "DataSetInfo/Image"
        n = [int(told(info, a)) for a in "XYZ"]
        low, high = ([float(told(info, f"Ext{e}{i}")) for i in range(3)] for e in ("Min", "Max"))
        channels = [f"DataSetInfo/Channel {c}" for c in range(VIEWS[1])]
        colours = [np.array(told(c, "Color").split(), float) * 255 for c in channels]
        start = "DataSet/ResolutionLevel 0"
        stored = np.stack(
            [
                np.stack(
                    [
                        file[f"{start}/TimePoint {t}/Channel {c}/Data"][: n[2], : n[1], : n[0]]
                        for c in range(VIEWS[1])
                    ]
                )
                for t in range(VIEWS[0])
            ]
        )
        return {
            "values": stored,
            "voxel sizes": [(h - w) / k for w, h, k in zip(low, high, n, strict=True)],
            "unit": "micrometer",
            "channel names": [told(c, "Name") for c in channels],
            "channel colours": ["".join(f"{int(v):02X}" for v in c) for c in colours],
            "time step": 3.0,
        }


def big_data_viewer(folder: Path) -> Path:
    """Write the HDF5 file of a BigDataViewer project: two setups of one shape."""
    found = values(VIEWS)
    with library("h5py").File(folder / "a.h5", "w") as file:
        for s in range(VIEWS[1]):
            file[f"s{s:02d}/resolutions"] = np.ones((1, 3))
            file[f"s{s:02d}/subdivisions"] = np.full((1, 3), 8, "i4")
            for t in range(VIEWS[0]):
                file[f"t{t:05d}/s{s:02d}/0/cells"] = found[t, s].view("i2")
    return folder / "a.h5"


def seen_big_data_viewer(path: Path) -> Seen:
    """Return what h5py sees: the setups as channels, of unsigned integers."""
    with library("h5py").File(path) as file:
        setups = [
            [file[f"t{t:05d}/s{s:02d}/0/cells"][...] for s in range(VIEWS[1])]
            for t in range(VIEWS[0])
        ]
        return {"values": np.array(setups).view("u2")}


def microscopy(path: Path) -> Seen:
    """Return what tifffile or zarr-python sees, in terms of both."""
    if path.suffix == ".tif":
        return _of_tiff(formats_seen.tiff(path))
    seen = formats_seen.ome_zarr(path)
    axes = {a["name"]: a for a in seen["axes and units"]}
    scale = dict(zip(axes, seen["sizes and positions"]["scale"], strict=True))
    return {
        "values": seen["values"],
        "voxel sizes": [scale[a] for a in "xyz"],
        "unit": axes["x"].get("unit"),
        "channel names": [c["label"] for c in seen["channels"]],
        "channel colours": [c["color"].upper() for c in seen["channels"]],
        "time step": scale["t"],
    }


def _of_tiff(seen: Mapping[str, Any]) -> Seen:
    sizes = seen["voxel sizes and units"]
    planes = seen.get("times and positions", [])
    times = sorted({p["DeltaT"] for p in planes if "DeltaT" in p})
    step = times[1] - times[0] if len(times) > 1 else seen["time step"][0]
    return {
        "values": seen["values"],
        "voxel sizes": [sizes[a][0] for a in "XYZ"],
        "unit": {"µm": "micrometer"}.get(sizes["X"][1], sizes["X"][1]),
        "channel names": seen["channel names"],
        "channel colours": [f"{(c & 0xFFFFFFFF) >> 8:06X}" for c in seen["channel colours"]],
        "time step": step,
    }


def anatomy(path: Path) -> Seen:
    """Return what pynrrd or nibabel sees: values x y z, and the affine to RAS."""
    if path.suffix == ".nrrd":
        found, header = library("nrrd").read(str(path), index_order="F")
        affine = np.eye(4)
        affine[:3, :3] = np.array(header["space directions"]).T
        affine[:3, 3] = header["space origin"]
        if header["space"] == "left-posterior-superior":
            affine[:2] *= -1
        return {"values": found, "affine": affine}
    seen = formats_seen.nifti(path)
    return {"values": seen["values"], "affine": seen["affine"]}


def vtk_series(folder: Path) -> Path:
    """Write three .vti at uneven times and their .pvd."""
    target = folder / "run"
    target.mkdir()
    root = ElementTree.Element("VTKFile", type="Collection", version="0.1")
    collection = ElementTree.SubElement(root, "Collection")
    for i, time in enumerate((0.0, 0.5, 2.0)):
        writer = library("vtkmodules.vtkIOXML").vtkXMLImageDataWriter()
        writer.SetFileName(str(target / f"run_{i}.vti"))
        writer.SetInputData(image_data())
        writer.Write()
        ElementTree.SubElement(collection, "DataSet", timestep=str(time), file=f"run_{i}.vti")
    ElementTree.ElementTree(root).write(target / "run.pvd")
    return target / "run.pvd"


def seen_vtk_series(path: Path) -> Seen:
    """Return the times of a .pvd and what VTK sees in its files."""
    entries = list(ElementTree.parse(path.with_suffix(".pvd")).iter("DataSet"))
    frames = [formats_seen.vtk(path.parent / e.get("file", "")) for e in entries]
    seen: Seen = {
        k: [f[k] for f in frames] if k.startswith("values") else v for k, v in frames[0].items()
    }
    return seen | {"times": [float(e.get("timestep", "")) for e in entries]}


def vtkhdf(folder: Path) -> Path:
    """Write image data as VTK's HDF format has it."""
    with library("h5py").File(folder / "a.vtkhdf", "w") as file:
        root = file.create_group("VTKHDF")
        root.attrs["Version"] = (1, 0)
        root.attrs.create("Type", b"ImageData", dtype="S9")
        extent = [v for n in SHAPE[::-1] for v in (0, n - 1)]
        root.attrs["WholeExtent"] = extent
        root.attrs["Spacing"], root.attrs["Origin"] = (0.5, 0.5, 2.0), (-10.0, 20.0, 30.5)
        root.attrs["Direction"] = TURN.ravel()
        root["PointData/density"] = values(dtype="f4")
    return folder / "a.vtkhdf"
