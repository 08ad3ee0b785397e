"""Data items of XDMF: arrays in HDF5 or binary files, or in the XML itself.

https://www.xdmf.org/index.php/XDMF_Model_and_Format
"""

from functools import partial
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.hdf5 import fetch_region
from vcore.io.lazy import CallbackArray, Lazy
from vcore.io.mapped import stored_array
from vcore.io.outside import check_hdf5, named_file
from vcore.io.request import ReadRequest, check_file, need
from vcore.model.regions import Region, shape_of
from vcore.model.volume import LazyArray

TYPES = {
    ("float", 4): "f4",
    ("float", 8): "f8",
    **{(name, size): f"i{size}" for name in ("int", "char") for size in (1, 2, 4, 8)},
    **{(name, size): f"u{size}" for name in ("uint", "uchar") for size in (1, 2, 4, 8)},
}
"""Dtype for each NumberType and Precision."""
DEFAULT_PRECISION = {"char": 1, "uchar": 1}
"""Bytes of a number without Precision, if not 4."""
CODECS = {"raw": "", "zlib": "zlib", "bzip2": "bz2"}
"""Compression of ``stored_array`` for each Compression of a binary file."""


class Items:
    """The data items of an XDMF file; each HDF5 file is checked once.

    Parameters
    ----------
    source
        The file being read.
    root
        Its root element, which references start from.
    """

    def __init__(self, source: ReadRequest, root: Element) -> None:
        self._source, self._root = source, root
        self._checked: dict[str, dict[str, tuple[tuple[int, ...], np.dtype[Any]]]] = {}

    def array(self, item: Element) -> LazyArray:
        """Return the array of a data item, read by region unless it is in the XML.

        Raises
        ------
        InputError
            A kind of item, number or file that is not supported, a file outside the folder, or
            sizes that do not fit.
        """
        item = self._resolved(item)
        kind = item.get("ItemType", item.get("Type", "Uniform")).lower()
        shape = sizes(item.get("Dimensions", ""))
        if kind == "hyperslab":
            return self._hyperslab(item, shape)
        if kind != "uniform":
            raise self._refused(
                f"arrays, and parts of them (HyperSlab), in {self._source.path}", kind
            )
        form = item.get("Format", "XML").lower()
        if form == "hdf":
            return self._hdf5(item, shape)
        dtype = self._dtype(item)
        if form == "binary":
            return self._binary(item, shape, dtype)
        if form == "xml":
            values = np.array((item.text or "").split(), np.float64 if dtype.kind == "f" else dtype)
            return values.astype(dtype).reshape(shape)
        raise self._refused(f"HDF, Binary or XML as Format in {self._source.path}", form)

    def values(self, item: Element) -> NDArray[np.float64]:
        """Return the numbers of a small item, such as an origin."""
        return np.asarray(self.array(item)[...], np.float64).ravel()

    def _resolved(self, item: Element) -> Element:
        """Follow a reference to another item, by XPath from the root."""
        told = item.get("Reference", "")
        if not told:
            return item
        text = (item.text or "").strip() if told.upper() == "XML" else told
        found = self._root.find("." + text.removeprefix("/Xdmf")) if "Xdmf/" in text else None
        if found is None or found is item or found.get("Reference"):
            raise self._refused(f"references to data items in {self._source.path}", text)
        return found

    def _dtype(self, item: Element) -> np.dtype[Any]:
        name = item.get("NumberType", item.get("DataType", "Float")).lower()
        size = int(item.get("Precision", DEFAULT_PRECISION.get(name, 4)))
        if (name, size) not in TYPES:
            raise self._refused(f"numbers of 1 to 8 bytes in {self._source.path}", f"{name} {size}")
        return np.dtype(TYPES[name, size])

    def _hdf5(self, item: Element, shape: tuple[int, ...]) -> LazyArray:
        name, _, inside = (item.text or "").strip().partition(":")
        path = named_file(self._source, name)
        if path not in self._checked:
            check_file(path)
            check_hdf5(ReadRequest(path, allow_outside=self._source.allow_outside))
            self._checked[path] = {}
        known = self._checked[path]
        inside = inside.strip("/")
        if inside not in known:
            with need("h5py").File(path, "r") as file:
                found = file.get(inside)
                if getattr(found, "shape", None) is None:
                    raise InputError(
                        f"Expected a dataset {inside!r} in {path}, as {self._source.path} names "
                        f"it. Got none instead: the file is incomplete, or of another run."
                    )
                known[inside] = tuple(found.shape), found.dtype
        stored, dtype = known[inside]
        data = CallbackArray(stored, dtype, partial(fetch_region, path, inside))
        return data if stored == shape else self._fitted(data, shape, inside)

    def _binary(self, item: Element, shape: tuple[int, ...], dtype: np.dtype[Any]) -> LazyArray:
        codec = item.get("Compression", "Raw").lower()
        if codec not in CODECS:
            raise self._refused(f"Raw, Zlib or BZip2 as Compression in {self._source.path}", codec)
        is_big = item.get("Endian", "Native").lower() == "big"
        path, seek = named_file(self._source, (item.text or "").strip()), int(item.get("Seek", "0"))
        return stored_array(
            path,
            shape,
            dtype.newbyteorder(">" if is_big else "<"),
            offset=0 if CODECS[codec] else seek,
            start=seek if CODECS[codec] else 0,
            codec=CODECS[codec],
        )

    def _hyperslab(self, item: Element, shape: tuple[int, ...]) -> LazyArray:
        selection, whole = item.findall("DataItem")
        starts, steps, counts = self.values(selection).astype(int).reshape(3, -1).tolist()
        data = self.array(whole)
        ends = [s + (n - 1) * step for s, n, step in zip(starts, counts, steps, strict=True)]
        inside = all(0 <= s <= e < n for s, e, n in zip(starts, ends, data.shape, strict=True))
        if not inside or min(steps) < 1:
            raise self._refused(
                f"a part (HyperSlab) inside the shape {tuple(data.shape)} in {self._source.path}",
                f"first {starts}, step {steps}, count {counts}",
            )
        return self._fitted(_Selected(data, starts, steps, counts), shape, "a HyperSlab")

    def _fitted(self, data: Lazy, shape: tuple[int, ...], name: str) -> LazyArray:
        """Return an array without some of its axes of length 1, or with more of them."""
        if tuple(data.shape) == shape:
            return data
        if _long(data.shape) != _long(shape):
            raise InputError(
                f"Expected the sizes {shape} for {name} in {self._source.path}. Got "
                f"{tuple(data.shape)} instead: the file is incomplete, or of another run."
            )
        return _Fitted(data, shape)

    def _refused(self, expected: str, found: str) -> InputError:
        return InputError(f"Expected {expected}. Got {found} instead: save it as .vti in ParaView.")


class _Selected(Lazy):
    """Every few values of an array along each axis."""

    def __init__(
        self, data: LazyArray, starts: list[int], steps: list[int], counts: list[int]
    ) -> None:
        super().__init__(counts, data.dtype)
        self._data, self._starts, self._steps = data, starts, steps

    def _inner(self) -> tuple[LazyArray, ...]:
        return (self._data,)

    def _read(self, region: Region) -> NDArray[Any]:
        each = zip(region, self._starts, self._steps, strict=True)
        box = tuple(slice(f + r.start * s, f + (r.stop - 1) * s + 1) for r, f, s in each)
        values = np.asarray(self._data[box])
        return values[tuple(slice(None, None, step) for step in self._steps)]


class _Fitted(Lazy):
    """An array with other axes of length 1."""

    def __init__(self, data: Lazy, shape: tuple[int, ...]) -> None:
        super().__init__(shape, data.dtype)
        self._data = data

    def _inner(self) -> tuple[LazyArray, ...]:
        return (self._data,)

    def _read(self, region: Region) -> NDArray[Any]:
        long = iter([r for r, n in zip(region, self.shape, strict=True) if n > 1])
        box = tuple(next(long) if n > 1 else slice(0, 1) for n in self._data.shape)
        return np.asarray(self._data[box]).reshape(shape_of(region))


def sizes(text: str) -> tuple[int, ...]:
    """Return the numbers of a Dimensions attribute, slowest axis first."""
    return tuple(int(n) for n in text.split())


def _long(shape: tuple[int, ...]) -> list[int]:
    return [n for n in shape if n > 1]
