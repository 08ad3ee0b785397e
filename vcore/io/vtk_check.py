"""Check that the sizes in a VTK XML file agree, before VTK allocates what a damaged file claims.

VTK terminates the process (std::bad_alloc) on a damaged size. Sizes of appended data are
checked against the extents and the file; https://docs.vtk.org/en/latest/design_documents/VTKFileFormats.html.
"""

import os
from binascii import a2b_base64
from math import prod
from typing import BinaryIO
from xml.parsers import expat

import numpy as np

from vcore.errors import InputError

TAIL_SIZE = 256
"""Number of bytes at the end of the file searched for the closing tag."""
HEADER_LIMIT = 1 << 26
"""Maximum number of bytes before appended data; larger files hold inline data."""
BLOCK_LIMIT = 1 << 30
"""Maximum size of a compressed block in bytes; VTK writes 32 kB."""
ZLIB_RATIO = 1100
"""Maximum expansion of a compressed stream (1032 for zlib)."""
ITEM_SIZES = {"Int8": 1, "UInt8": 1, "Int16": 2, "UInt16": 2, "Int32": 4, "UInt32": 4}
ITEM_SIZES |= {"Float32": 4, "Int64": 8, "UInt64": 8, "Float64": 8}
"""Size in bytes of a value of each VTK type."""
MARK = b"<AppendedData"
"""Start of the element with appended data."""


def check(path: str) -> None:
    """Raise InputError for a truncated file or one with contradictory sizes."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        file.seek(max(size - TAIL_SIZE, 0))
        if b"</VTKFile>" not in file.read():
            raise _refused(path, "no closing tag")
        file.seek(0)
        head = file.read(min(size, HEADER_LIMIT))
        if MARK not in head:
            return
        xml, _, rest = head.partition(MARK)
        tag, _, data = rest.partition(b">")
        if data[:64].lstrip()[:1] != b"_":  # else VTK would search elsewhere
            raise _refused(path, "no appended data")
        base64 = b'"raw"' not in tag
        start = len(xml) + len(MARK) + len(tag) + 1 + data.index(b"_") + 1
        try:
            elements = _elements(xml)
            for section, array, extent in _arrays(elements):
                if array.get("format") == "appended":
                    offset = start + int(array["offset"])
                    expected = _expected(section, array, extent)
                    numbers = _Numbers(file, offset, elements[0][1], base64)
                    _check_array(numbers, size, array.get("Name", ""), expected)
        except (expat.ExpatError, KeyError, ValueError, IndexError) as error:
            raise _refused(path, str(error) or type(error).__name__) from error


def _refused(path: str, reason: str) -> InputError:
    return InputError(
        f"Expected a whole VTK file at {path}. Got '{reason}' instead: the file is damaged, cut "
        f"off or of another format."
    )


def _elements(xml: bytes) -> list[tuple[str, dict[str, str]]]:
    elements: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: elements.append((name, attributes))
    parser.Parse(xml, False)
    return elements


def _arrays(
    elements: list[tuple[str, dict[str, str]]],
) -> list[tuple[str, dict[str, str], list[int]]]:
    """Return section, attributes and piece extent of each array."""
    section, extent, found = "", [0, 0, 0, 0, 0, 0], []
    for name, attributes in elements:
        if name == "Piece":
            extent = [int(n) for n in attributes["Extent"].split()]
        elif name in {"PointData", "CellData", "FieldData", "Coordinates"}:
            section = name
        elif name in {"DataArray", "Array"}:
            found.append((section, attributes, extent))
    return found


class _Numbers:
    """The leading integers of an array's data, in any encoding."""

    def __init__(self, file: BinaryIO, offset: int, root: dict[str, str], base64: bool) -> None:
        order = ">" if root.get("byte_order") == "BigEndian" else "<"
        self.dtype = np.dtype(order + ("u8" if root.get("header_type") == "UInt64" else "u4"))
        self.compressed = "compressor" in root
        self._file, self._offset, self._base64 = file, offset, base64

    def first(self, count: int) -> list[int]:
        """Return the first ``count`` integers."""
        size = count * self.dtype.itemsize
        self._file.seek(self._offset)
        data = self._file.read(-(-size // 3) * 4 if self._base64 else size)
        data = a2b_base64(data) if self._base64 else data
        if len(data) < size:
            raise ValueError("the file ends early")
        return [int(n) for n in np.frombuffer(data[:size], self.dtype)]


def _check_array(numbers: _Numbers, size: int, name: str, expected: int | None) -> None:
    if numbers.compressed:
        blocks, block, last = numbers.first(3)
        total = blocks * block - (block - last if last and blocks else 0)
        if blocks > size or block > BLOCK_LIMIT:
            raise ValueError(f"{blocks} blocks of {block} bytes of the array {name!r}")
        stored = sum(numbers.first(3 + blocks)[3:])
    else:
        total = stored = numbers.first(1)[0]
    if stored > size:
        raise ValueError(f"{stored} stored bytes of the array {name!r}")
    if expected is not None and total != expected:
        raise ValueError(f"{total} bytes of the array {name!r} instead of {expected}")
    if total > size * ZLIB_RATIO:
        raise ValueError(f"{total} bytes of the array {name!r}")


def _expected(section: str, array: dict[str, str], extent: list[int]) -> int | None:
    """Return the size of an array's values in bytes, None if the extent does not determine it."""
    if section not in {"PointData", "CellData"} or array.get("type") not in ITEM_SIZES:
        return None
    counts = [b - a + 1 for a, b in zip(extent[::2], extent[1::2], strict=True)]
    items = prod(max(n - 1, 1) for n in counts) if section == "CellData" else prod(counts)
    return items * int(array.get("NumberOfComponents") or 1) * ITEM_SIZES[array["type"]]
