"""DICOM images: series of slices, and files of several frames, through pydicom.

https://dicom.nema.org/medical/dicom/current/output/html/part03.html, sections C.7.6.1 to C.7.6.3.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.assemble import split_affine, variable
from vcore.io.formats import stem_of
from vcore.io.lazy import CallbackArray
from vcore.io.request import ReadRequest, need, reading
from vcore.io.tidy import affine_grid, number, tidy_grid
from vcore.model.grid import Grid
from vcore.model.regions import Region, shape_of
from vcore.model.volume import Volume

logger = logging.getLogger(__name__)

KIND = "DICOM file"
KEPT = (
    *("Modality", "Manufacturer", "ManufacturerModelName", "BodyPartExamined", "KVP"),
    *("ConvolutionKernel", "MagneticFieldStrength", "EchoTime", "RepetitionTime", "FlipAngle"),
    *("SliceThickness", "WindowCenter", "WindowWidth", "Units", "RescaleType"),
)
"""Elements kept in the attribute ``dicom``; none identifies the patient."""
PERSONAL_GROUPS = (0x0008, 0x0010, 0x0018, 0x0020, 0x0032, 0x0038, 0x0040)
"""Groups of elements about patient, study, series and devices."""
PER_SLICE = (
    *("SOPInstanceUID", "InstanceNumber", "InstanceCreationTime", "ContentTime", "ContentDate"),
    *("AcquisitionTime", "AcquisitionDate", "AcquisitionDateTime", "AcquisitionNumber"),
    *("ImagePositionPatient", "ImageOrientationPatient", "SliceLocation", "ImagePosition"),
    *("TriggerTime", "TemporalPositionIdentifier", "StackID", "InStackPositionNumber"),
)
"""Elements of these groups that differ between the slices of a series."""
NO_TEXT = ("SQ", "OB", "OW", "OF", "OD", "OL", "OV", "UN", "AT")
"""Value representations of elements that are not kept."""
UNEVEN = 0.01
"""Relative deviation from the median slice distance above which a warning is logged."""
TURNED = 1e-2
"""Maximum difference of direction cosines between parallel slices."""


@dataclass(frozen=True)
class Slice:
    """One slice: its file, frame, position and rescaling.

    Parameters
    ----------
    path, frame
        File, and frame number within it.
    position, orientation
        Centre of the first pixel, and direction cosines of rows and columns (LPS, millimetres);
        None if absent.
    number
        Instance number.
    slope, intercept
        Rescale slope and intercept.
    """

    path: str
    frame: int
    position: NDArray[np.float64] | None
    orientation: NDArray[np.float64] | None
    number: float
    slope: float
    intercept: float


def read(source: ReadRequest) -> Volume:
    """Read all frames of one file."""
    return read_series(source, [source.path])


def read_series(source: ReadRequest, paths: Sequence[str]) -> Volume:
    """Read the files of one series as a volume; slices are decoded when requested.

    Slices are sorted by position along their normal; several per position are frames along t, by
    instance number. Values are rescaled; spacing, orientation and origin are the files' (LPS,
    millimetres).

    Raises
    ------
    InputError
        No image, several series, or slices of several sizes.
    """
    need("pydicom")
    with reading(source.path, KIND):
        headers = [(p, _header(p)) for p in paths]
        images = [(p, h) for p, h in headers if "Rows" in h and "Columns" in h]
        indexes = [(p, h) for p, h in headers if "DirectoryRecordSequence" in h]
        if indexes and not images:
            raise _refused_index(*indexes[0])
        images = _chosen(source, images)
        first = images[0][1]
        slices = [s for path, header in images for s in _slices(path, header)]
        is_film = len(images) == 1 and ("FrameTime" in first or "FrameTimeVector" in first)
        stacks = [[s] for s in slices] if is_film else _stacked(source.path, slices)
        data, axes = _values(source, first, stacks)
        grid, attributes = _grid(source.path, first, stacks[0])
    found = variable(source, stem_of(source.path), data, axes, unit=_unit(first))
    known = _known(first) | (_personal(first) if source.patient else {})
    if known:
        attributes["dicom"] = known
    return Volume(Grid(shape=found.shape[-3:], **grid), (found,), attributes=attributes)  # type: ignore[arg-type]


def _header(path: str) -> Any:
    return need("pydicom").dcmread(path, stop_before_pixels=True, force=False)


def _refused_index(path: str, header: Any) -> InputError:
    """Return the error for a DICOMDIR, which suggests the folders that it lists."""
    files = [r.ReferencedFileID for r in header.DirectoryRecordSequence if "ReferencedFileID" in r]
    folders = dict.fromkeys("/".join([f] if isinstance(f, str) else f[:-1]) for f in files)
    listing = ", ".join([*list(folders)[:8], *(["…"] if len(folders) > 8 else [])])
    return InputError(
        f"Expected DICOM images. Got {path} instead, an index of other files: read the folder of "
        f"one series beside it ({listing or 'it lists none'})."
    )


def _chosen(source: ReadRequest, images: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return the images of the only series, or of the one with the requested number.

    Series that share a number go by their UID.
    """
    by_uid: dict[str, list[tuple[str, Any]]] = {}
    for path, header in images:
        by_uid.setdefault(str(header.get("SeriesInstanceUID", "")), []).append((path, header))
    numbers = [str(found[0][1].get("SeriesNumber", "")) for found in by_uid.values()]
    series = {
        uid if numbers.count(number) > 1 else number: found
        for number, (uid, found) in zip(numbers, by_uid.items(), strict=True)
    }
    if source.inside in (*series, *by_uid):
        series = {source.inside: series.get(source.inside) or by_uid[source.inside]}
    listing = ", ".join(f"{k or 'without number'} ({len(v)} files)" for k, v in series.items())
    if len(series) != 1 or source.inside not in ("", *series):
        wanted = f" {source.inside}" if source.inside else ""
        raise InputError(
            f"Expected one series{wanted} of DICOM images in {source.path}. Got "
            f"{listing or 'none'} instead: choose one by its number, as in {source.path}::"
            f"{next(iter(series), '1')}."
        )
    (found,) = series.values()
    sizes = {(int(h.Rows), int(h.Columns), int(h.get("SamplesPerPixel", 1))) for _, h in found}
    if len(sizes) > 1:
        raise InputError(
            f"Expected slices of one size in {source.path}. Got {sorted(sizes)} (rows, columns, "
            f"samples) instead: choose the files that agree."
        )
    return found


def _slices(path: str, header: Any) -> list[Slice]:
    frames = int(header.get("NumberOfFrames", 1) or 1)
    shared = _first(header, "SharedFunctionalGroupsSequence")
    groups = list(header.get("PerFrameFunctionalGroupsSequence", []))
    offsets = [number(v) for v in header.get("GridFrameOffsetVector", None) or []]  # RT dose
    found = []
    for k in range(frames):
        own = groups[k] if k < len(groups) else None
        place = [_first(g, "PlanePositionSequence") for g in (own, shared)]
        turned = [_first(g, "PlaneOrientationSequence") for g in (own, shared)]
        scaled = [_first(g, "PixelValueTransformationSequence") for g in (own, shared)]
        slope = _number(header, "RescaleSlope", scaled)
        slope = slope if np.isfinite(slope) else _number(header, "DoseGridScaling", [])
        intercept = _number(header, "RescaleIntercept", scaled)
        position = _vector(header, "ImagePositionPatient", place, 3)
        orientation = _vector(header, "ImageOrientationPatient", turned, 6)
        if position is not None and orientation is not None and len(offsets) == frames > 1:
            shift = offsets[k] - offsets[0]
            position = position + shift * np.cross(orientation[:3], orientation[3:])
        found.append(
            Slice(
                path,
                k,
                position,
                orientation,
                _number(header, "InstanceNumber", []) if frames == 1 else float(k),
                1.0 if not np.isfinite(slope) or slope == 0 else slope,
                intercept if np.isfinite(intercept) else 0.0,
            )
        )
    return found


def _first(item: Any, name: str) -> Any:
    """Return the first item of a sequence, or None."""
    sequence = item.get(name) if item is not None else None
    return sequence[0] if sequence else None


def _number(header: Any, name: str, groups: Sequence[Any]) -> float:
    for item in (*groups, header):
        if item is not None and item.get(name) is not None:
            return number(item.get(name))
    return float("nan")


def _vector(
    header: Any, name: str, groups: Sequence[Any], count: int
) -> NDArray[np.float64] | None:
    for item in (*groups, header):
        value = item.get(name) if item is not None else None
        if value is not None and len(value) == count:
            found = np.array([number(v) for v in value])
            return found if np.isfinite(found).all() else None
    return None


def _stacked(path: str, slices: Sequence[Slice]) -> list[list[Slice]]:
    """Return frames of slices, sorted along their normal."""
    ordered = sorted(slices, key=lambda s: (s.number, s.path, s.frame))
    places = [_height(s) for s in ordered]
    if any(p is None for p in places):
        if len(slices) > 1:
            logger.warning("%s: not all slices tell where they lie; took their numbers", path)
        return [ordered]
    turned = max(float(np.abs(_plane(s) - _plane(ordered[0])).max()) for s in ordered)
    shifts = np.array([s.position for s in ordered]) - ordered[0].position
    plane = _plane(ordered[0])
    normal = np.cross(plane[:3], plane[3:])
    aside = np.linalg.norm(shifts - np.outer(shifts @ normal, normal), axis=1)
    if turned > TURNED or (aside > np.abs(shifts @ normal) + 1e-3).any():
        raise InputError(
            f"Expected parallel slices that lie over each other in {path}. Got others instead, of "
            f"a localiser or a radial scan: choose the files of one stack."
        )
    by_height: dict[float, list[Slice]] = {}
    for place, one in zip(places, ordered, strict=True):
        by_height.setdefault(round(place or 0.0, 3), []).append(one)
    counts = {len(group) for group in by_height.values()}
    if len(counts) > 1:
        raise InputError(
            f"Expected as many slices at each position in {path}. Got from {min(counts)} to "
            f"{max(counts)} instead: slices are missing, or it is more than one acquisition."
        )
    heights = sorted(by_height)
    return [[by_height[h][t] for h in heights] for t in range(counts.pop())]


def _plane(one: Slice) -> NDArray[np.float64]:
    """Return the directions of rows and columns."""
    return np.zeros(6) if one.orientation is None else one.orientation


def _height(one: Slice) -> float | None:
    if one.position is None or one.orientation is None:
        return None
    return float(one.position @ np.cross(one.orientation[:3], one.orientation[3:]))


def _values(
    source: ReadRequest, first: Any, stacks: Sequence[Sequence[Slice]]
) -> tuple[CallbackArray, str]:
    """Return the values of all slices, and a letter per axis."""
    rows, columns = int(first.Rows), int(first.Columns)
    samples = int(first.get("SamplesPerPixel", 1))
    frames, depth = len(stacks), len(stacks[0])
    shape = ((frames,) if frames > 1 else ()) + (depth, rows, columns)
    axes = "tzyx"[-len(shape) :]
    if samples > 1:
        shape, axes = (*shape, samples), f"{axes}c"
    dtype = _dtype(first, [s for stack in stacks for s in stack])

    def fetch(region: Region) -> NDArray[Any]:
        times, rest = (region[0], region[1:]) if frames > 1 else (slice(0, 1), region)
        out = np.empty((times.stop - times.start, *shape_of(rest)), dtype)
        for i, t in enumerate(range(times.start, times.stop)):
            for j, z in enumerate(range(rest[0].start, rest[0].stop)):
                out[i, j] = _pixels(source.path, stacks[t][z], dtype)[rest[1:]]
        return out if frames > 1 else out[0]

    return CallbackArray(shape, dtype, partial(fetch)), axes


def _dtype(first: Any, slices: Sequence[Slice]) -> np.dtype[Any]:
    """Return a dtype for all values: an integer one if the rescaling keeps integers."""
    if "FloatPixelData" in first or "DoubleFloatPixelData" in first:
        return np.dtype("f8" if "DoubleFloatPixelData" in first else "f4")
    bits, signed = int(first.get("BitsStored", 16)), bool(first.get("PixelRepresentation", 0))
    low = -(1 << (bits - 1)) if signed else 0
    high = low + (1 << bits) - 1
    if any(s.slope != int(s.slope) or s.intercept != int(s.intercept) for s in slices):
        return np.dtype("f4" if bits <= 16 else "f8")
    ends = [s.slope * v + s.intercept for s in slices for v in (low, high)]
    for name in ("u1", "i1", "u2", "i2", "u4", "i4"):
        limits = np.iinfo(name)
        if limits.min <= min(ends) and max(ends) <= limits.max:
            return np.dtype(name)
    return np.dtype("f8")


def _pixels(path: str, one: Slice, dtype: np.dtype[Any]) -> NDArray[Any]:
    pydicom = need("pydicom")
    try:
        stored = pydicom.pixels.pixel_array(one.path, index=one.frame)
    except (RuntimeError, NotImplementedError, AttributeError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(
            f"Expected pixels that pydicom decodes in {one.path}. Got '{reason}' instead: it may "
            f"need pip install pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg."
        ) from error
    if (one.slope, one.intercept) == (1.0, 0.0):
        return np.asarray(stored).astype(dtype)
    return np.asarray(stored * one.slope + one.intercept).astype(dtype)


def _grid(path: str, first: Any, stack: Sequence[Slice]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return grid fields, and attributes."""
    shared = _first(first, "SharedFunctionalGroupsSequence")
    groups = list(first.get("PerFrameFunctionalGroupsSequence", []))
    measures = [_first(g, "PixelMeasuresSequence") for g in (*groups[:1], shared)]
    pixel = _vector(first, "PixelSpacing", measures, 2)
    if pixel is None:
        pixel = _vector(first, "ImagerPixelSpacing", [], 2)
    begin, end = stack[0], stack[-1]
    if pixel is None or begin.position is None or begin.orientation is None:
        spacing = [None, *(pixel.tolist() if pixel is not None else (None, None))]
        unit = "millimeter" if pixel is not None else ""
        return tidy_grid(path, {"spacing": spacing, "unit": unit}), {}
    heights = np.array([_height(s) for s in stack], float)
    steps = np.diff(heights)
    rows, columns = begin.orientation[:3], begin.orientation[3:]
    step = np.cross(rows, columns)
    if steps.size:
        median = float(np.median(steps))
        if np.abs(steps - median).max() > UNEVEN * median:
            logger.warning(
                "%s: slices are %g to %g mm apart; took %g, the mean",
                *(path, steps.min(), steps.max(), steps.mean()),
            )
        # sheared by a tilted gantry
        step = (end.position - begin.position) / steps.size  # type: ignore[operator]
    else:
        thickness = _number(first, "SliceThickness", measures)
        step = step * (thickness if np.isfinite(thickness) and thickness > 0 else 1.0)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = rows * pixel[1], columns * pixel[0], step
    affine[:3, 3] = begin.position
    grid, attributes = affine_grid(path, affine)
    spacing_xyz = split_affine(affine)[0]
    grid["spacing"] = tuple(float(f"{s:.9g}") for s in spacing_xyz[::-1])
    attributes["space"] = "left-posterior-superior"
    return tidy_grid(path, {**grid, "unit": "millimeter"}), attributes


def _unit(first: Any) -> str:
    kind = str(first.get("RescaleType", "")).strip()
    is_ct = str(first.get("Modality", "")) == "CT"
    return "HU" if kind == "HU" or (is_ct and kind in ("", "US")) else ""


def _known(first: Any) -> dict[str, Any]:
    return {n: v for n in KEPT if (v := _plain(first.get(n))) is not None}


def _personal(first: Any) -> dict[str, Any]:
    """Return the elements about patient, study, series and devices that all slices share."""
    found: dict[str, Any] = {}
    for element in first:
        own = element.tag.group in PERSONAL_GROUPS and element.keyword not in PER_SLICE
        if own and element.keyword and element.VR not in NO_TEXT:
            found[element.keyword] = _plain(element.value)
    return {name: value for name, value in found.items() if value is not None}


def _plain(value: Any) -> Any:
    """Return a value as a JSON value; None if it is absent or empty."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return [_plain(v) for v in value] or None
    if isinstance(value, int | float):
        return float(value)
    return str(value) or None
