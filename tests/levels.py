"""Small multiscale files, written as specified by their formats."""

from pathlib import Path
from xml.etree import ElementTree

import h5py
import numpy as np


def files_of(folder):
    """Return the bytes of all files below a folder, by path."""
    root = Path(folder)
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def characters(text):
    return np.frombuffer(text.encode(), "S1")


def halved(values, factors):
    """Return every n-th voxel along z, y, x."""
    return values[(..., *(slice(None, None, n) for n in factors))]


def write_imaris(path, values, factors=((1, 1, 1), (1, 2, 2)), *, pad=3, **info):
    """Write values (t, c, z, y, x) as Imaris 5.5, with datasets padded as to whole chunks."""
    fields = {
        **{"Unit": "um", "ExtMin0": "10", "ExtMin1": "0", "ExtMin2": "-4"},
        **{"ExtMax0": str(10 + 0.5 * values.shape[4]), "ExtMax1": str(0.25 * values.shape[3])},
        **{"ExtMax2": str(-4 + 2.0 * values.shape[2])},
        **dict(zip("ZYX", map(str, values.shape[2:]), strict=True)),
        **info,
    }
    with h5py.File(path, "w") as file:
        file.attrs["ImarisVersion"] = characters("5.5.0")
        for name, text in fields.items():
            file.require_group("DataSetInfo/Image").attrs[name] = characters(text)
        for c in range(values.shape[1]):
            channel = file.create_group(f"DataSetInfo/Channel {c}")
            channel.attrs["Name"] = characters(f"stain {c}")
            channel.attrs["Color"] = characters(f"1.000 {c}.000 0.000")
            channel.attrs["ColorRange"] = characters("0.000 200.000")
        for t in range(values.shape[0]):
            time = file.require_group("DataSetInfo/TimeInfo")
            time.attrs[f"TimePoint{t + 1}"] = characters(f"2020-04-16 12:00:{10 * t:02d}.500")
        for r, factor in enumerate(factors):
            level = halved(values, factor)
            for t, c in np.ndindex(level.shape[:2]):
                group = file.create_group(f"DataSet/ResolutionLevel {r}/TimePoint {t}/Channel {c}")
                for axis, n in zip("ZYX", level.shape[2:], strict=True):
                    group.attrs[f"ImageSize{axis}"] = characters(str(n))
                padded = np.pad(level[t, c], [(0, pad)] * 3, constant_values=99)
                group.create_dataset("Data", data=padded, chunks=(4, 8, 8), compression="gzip")
    return str(path)


def write_bdv(
    path,
    setups,
    factors=((1, 1, 1), (1, 2, 2)),
    *,
    attributes=None,
    registrations=None,
    voxel=(0.5, 0.25, 2.0),
    missing=(),
):
    """Write BigDataViewer HDF5 and XML.

    ``setups`` are arrays (t, z, y, x) with ``attributes`` and ``registrations`` each; ``voxel`` is
    along x, y, z; ``missing`` holds pairs of frame and setup.
    """
    path = Path(path)
    with h5py.File(path.with_suffix(".h5"), "w") as file:
        for s, values in enumerate(setups):
            file[f"s{s:02d}/resolutions"] = np.array(factors, float)[:, ::-1]
            file[f"s{s:02d}/subdivisions"] = np.full((len(factors), 3), 8, "i4")
            for t in range(len(values)):
                for k, factor in enumerate(factors):
                    if (t, s) not in missing:
                        level = halved(values[t], factor)
                        stored = level.view("i2") if level.dtype == np.uint16 else level
                        file.create_dataset(
                            f"t{t:05d}/s{s:02d}/{k}/cells", data=stored, chunks=(4, 8, 8)
                        )
    root = ElementTree.Element("SpimData", version="0.2")
    ElementTree.SubElement(root, "BasePath", type="relative").text = "."
    sequence = ElementTree.SubElement(root, "SequenceDescription")
    loader = ElementTree.SubElement(sequence, "ImageLoader", format="bdv.hdf5")
    ElementTree.SubElement(loader, "hdf5", type="relative").text = path.with_suffix(".h5").name
    views = ElementTree.SubElement(sequence, "ViewSetups")
    named = ElementTree.SubElement(views, "Attributes", name="channel")
    places = ElementTree.SubElement(root, "ViewRegistrations")
    for s, values in enumerate(setups):
        setup = ElementTree.SubElement(views, "ViewSetup")
        ElementTree.SubElement(setup, "id").text = str(s)
        ElementTree.SubElement(setup, "name").text = f"view {s}"
        size = ElementTree.SubElement(setup, "voxelSize")
        ElementTree.SubElement(size, "unit").text = "µm"
        ElementTree.SubElement(size, "size").text = " ".join(map(str, voxel))
        told = ElementTree.SubElement(setup, "attributes")
        for name, value in (attributes or [{"channel": k} for k in range(len(setups))])[s].items():
            ElementTree.SubElement(told, name).text = str(value)
        channel = ElementTree.SubElement(named, "Channel")
        ElementTree.SubElement(channel, "id").text = str(s)
        ElementTree.SubElement(channel, "name").text = f"GFP {s}"
        for t in range(len(values)):
            view = ElementTree.SubElement(
                places, "ViewRegistration", timepoint=str(t), setup=str(s)
            )
            for affine in (registrations or [[_calibration(voxel)]] * len(setups))[s]:
                step = ElementTree.SubElement(view, "ViewTransform", type="affine")
                ElementTree.SubElement(step, "affine").text = affine
    ElementTree.ElementTree(root).write(path.with_suffix(".xml"))
    return str(path.with_suffix(".xml"))


def _calibration(voxel):
    return affine(np.diag([*voxel, 1])[:3])


def affine(rows):
    """Return a 3x4 matrix as formatted in the XML."""
    return " ".join(str(float(v)) for v in np.ravel(rows))
