"""Arrays carried losslessly with the volumes: shuffled deflate (docs/format.md, section 22)."""

import json
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.container.reader import SectionReader
from vcore.container.writer import Writer
from vcore.errors import FormatError, InputError
from vcore.model.attributes import from_json
from vcore.model.indexing import Indexed
from vcore.model.regions import Region, blocks, shape_of, tiles_of
from vcore.model.volume import CarriedArray

SECTION = "values"
"""Name of the only section of an array; one unit per chunk."""
CHUNK_BYTES = 1 << 20
"""Target size of an uncompressed chunk, in bytes."""
TEXT_BYTES = 64
"""Assumed size of a string when chunks are chosen, in bytes."""
EFFORT = 6
"""Compression level of deflate."""
MAX_VALUES = 1 << 40
"""Maximum number of values of an array in a header."""
MAX_ITEM_BYTES = 1 << 20
"""Maximum size of one value."""
MAX_CHUNK_BYTES = 1 << 32
"""Maximum uncompressed size of a chunk, texts included."""
TEXT, BYTES = "text", "bytes"
"""Dtypes of variable length: Unicode strings and byte strings."""
PLAIN_KINDS = "biufcSUMmV"
"""Kinds of NumPy dtypes with values of fixed size and without pointers."""


@dataclass(frozen=True)
class CarriedHeader:
    """Description of a carried array in the header.

    Parameters
    ----------
    name, dims, attributes
        As in ``CarriedArray``.
    dtype
        ``TEXT``, ``BYTES``, or NumPy's description of a dtype: "<f8", "<M8[ns]", a list of fields.
    shape
        Length of each dimension.
    chunk
        Shape of the chunks; those at the end of an axis may be smaller.
    """

    name: str
    dims: tuple[str, ...]
    dtype: Any
    shape: tuple[int, ...]
    chunk: tuple[int, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, array: CarriedArray) -> Self:
        """Return the header of ``array``.

        Raises
        ------
        InputError
            Values that cannot be stored, such as Python objects other than strings.
        """
        dtype = _described(array)
        item = TEXT_BYTES if isinstance(dtype, str) and dtype in (TEXT, BYTES) else None
        chunk = _chunk(array.shape, item or array.dtype.itemsize)
        return cls(array.name, array.dims, dtype, array.shape, chunk, array.attributes)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of the header."""
        values = {
            "name": self.name,
            "dims": list(self.dims),
            "dtype": self.dtype,
            "shape": list(self.shape),
            "chunk": list(self.chunk),
        }
        return {**values, "attributes": dict(self.attributes)} if self.attributes else values

    @classmethod
    def from_json(cls, values: Any) -> Self:
        """Parse and validate the JSON object of the header.

        Raises
        ------
        FormatError
            An invalid member.
        """
        try:
            header = cls(
                name=values["name"],
                dims=tuple(values["dims"]),
                dtype=values["dtype"],
                shape=tuple(values["shape"]),
                chunk=tuple(values["chunk"]),
                attributes=from_json(values.get("attributes", {})),
            )
            header._check()
        except (KeyError, TypeError, ValueError, AttributeError, SyntaxError) as error:
            raise FormatError(f"The header is damaged: array {values!r:.80}.") from error
        return header

    def _check(self) -> None:
        """Raise ValueError for invalid dimensions, chunks or dtype."""
        texts = all(isinstance(t, str) for t in (self.name, *self.dims))
        lengths = all(type(n) is int and n >= 0 for n in self.shape)
        chunks = all(type(n) is int and n >= 1 for n in self.chunk)
        same = len(self.dims) == len(self.shape) == len(self.chunk)
        if not (self.name and texts and lengths and chunks and same):
            raise ValueError("lengths or names")
        item = self.numpy_dtype.itemsize
        too_large = item > MAX_ITEM_BYTES or item * math.prod(self.chunk) > MAX_CHUNK_BYTES
        if too_large or math.prod(self.shape) > MAX_VALUES:
            raise ValueError("too large")

    @property
    def numpy_dtype(self) -> np.dtype[Any]:
        """The dtype of decoded values; ``object`` for strings."""
        if self.dtype in (TEXT, BYTES):
            return np.dtype(object)
        descr = self.dtype if isinstance(self.dtype, str) else _tuples(self.dtype)
        dtype: np.dtype[Any] = np.lib.format.descr_to_dtype(descr)  # type: ignore[arg-type]
        plain = not dtype.hasobject and dtype.kind in PLAIN_KINDS
        if not plain or _json(np.lib.format.dtype_to_descr(dtype)) != self.dtype:
            raise ValueError(f"{self.dtype!r:.40} is no dtype of plain values")
        return dtype

    @property
    def nbytes(self) -> int:
        """Uncompressed size in bytes, counting 8 per string."""
        return math.prod(self.shape) * self.numpy_dtype.itemsize

    @property
    def units(self) -> int:
        """Number of chunks."""
        return math.prod(-(-n // c) for n, c in zip(self.shape, self.chunk, strict=True))

    def chunks(self) -> Iterator[Region]:
        """Yield the region of each chunk, in the order of the units."""
        return blocks(self.shape, self.chunk)

    def pack(self, values: NDArray[Any]) -> bytes:
        """Return the bytes of a chunk."""
        if self.dtype in (TEXT, BYTES):
            texts = [_text(v, self.dtype) for v in values.ravel().tolist()]
            data = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
            return zlib.compress(data.encode("utf-8", "surrogatepass"), EFFORT)
        raw = np.asarray(values, self.numpy_dtype)
        shuffled = np.frombuffer(raw.tobytes(), np.uint8).reshape(values.size, -1).T
        return zlib.compress(shuffled.tobytes(), EFFORT)

    def unpack(self, data: bytes, shape: Sequence[int]) -> NDArray[Any]:
        """Return the values of a chunk of ``shape``.

        Raises
        ------
        FormatError
            The bytes are damaged.
        """
        is_text = self.dtype in (TEXT, BYTES)
        expected = MAX_CHUNK_BYTES if is_text else math.prod(shape) * self.numpy_dtype.itemsize
        try:
            press = zlib.decompressobj()
            raw = press.decompress(data, expected + 1)
            if is_text and press.eof:
                return self._unpack_texts(raw, shape)
        except (zlib.error, ValueError, RecursionError) as error:
            raise FormatError(f"The array {self.name!r:.40} is damaged: {error}.") from error
        if len(raw) != expected or not press.eof:
            raise FormatError(f"The array {self.name!r:.40} is damaged: its size is wrong.")
        dtype = self.numpy_dtype
        if dtype.itemsize == 0:  # texts without any character
            return np.zeros(shape, dtype)
        shuffled = np.frombuffer(raw, np.uint8).reshape(dtype.itemsize, -1)
        return np.frombuffer(shuffled.T.tobytes(), dtype).reshape(shape).copy()

    def _unpack_texts(self, data: bytes, shape: Sequence[int]) -> NDArray[Any]:
        texts = json.loads(data.decode("utf-8", "surrogatepass"))
        if not isinstance(texts, list) or len(texts) != math.prod(shape):
            raise ValueError("its texts do not fill it")
        if not all(t is None or isinstance(t, str) for t in texts):
            raise ValueError("something other than a text")
        if self.dtype == BYTES:
            texts = [None if t is None else t.encode("latin-1") for t in texts]
        found = np.empty(len(texts), object)
        found[:] = texts
        return found.reshape(shape)


class DeflatedArray(Indexed):
    """Lazy carried array of an open file; chunks are decoded on access.

    Parameters
    ----------
    header
        Description of the array.
    reader
        Reader of its sections.
    """

    def __init__(self, header: CarriedHeader, reader: SectionReader) -> None:
        super().__init__(header.shape, header.numpy_dtype)
        self.header, self.reader = header, reader

    def _read(self, selected: Region) -> NDArray[Any]:
        found = np.empty(shape_of(selected), self.dtype)
        grid = [-(-n // c) for n, c in zip(self.shape, self.header.chunk, strict=True)]
        touched = tiles_of(selected, self.header.chunk)
        if any(len(r) == 0 for r in touched):
            return found
        numbers = np.ravel(np.arange(math.prod(grid)).reshape(grid)[tuple(map(_slice, touched))])
        for number in numbers.tolist():
            self._put(found, selected, number, grid)
        return found

    def _put(self, out: NDArray[Any], selected: Region, number: int, grid: Sequence[int]) -> None:
        place = np.unravel_index(number, grid) if grid else ()
        starts = [int(i) * c for i, c in zip(place, self.header.chunk, strict=True)]
        stops = [
            min(a + c, n) for a, c, n in zip(starts, self.header.chunk, self.shape, strict=True)
        ]
        (data,) = self.reader.read_units(0, SECTION, [number])
        shape = [b - a for a, b in zip(starts, stops, strict=True)]
        values = self.header.unpack(data, shape)
        inside, outside = [], []
        for s, a, b in zip(selected, starts, stops, strict=True):
            lo, hi = max(s.start, a), min(s.stop, b)
            inside.append(slice(lo - a, hi - a))
            outside.append(slice(lo - s.start, hi - s.start))
        out[tuple(outside)] = values[tuple(inside)]


def _slice(numbers: range) -> slice:
    return slice(numbers.start, numbers.stop)


def _chunk(shape: Sequence[int], item: int) -> tuple[int, ...]:
    """Split the leading axes of ``shape`` until a chunk has at most CHUNK_BYTES."""
    chunk = [max(n, 1) for n in shape]
    for axis, length in enumerate(chunk):
        rest = math.prod(chunk[axis + 1 :]) * max(item, 1)
        chunk[axis] = min(length, max(CHUNK_BYTES // rest, 1))
        if chunk[axis] * rest <= CHUNK_BYTES:
            break
    return tuple(chunk)


def _described(array: CarriedArray) -> Any:
    dtype = array.dtype
    if dtype.kind == "O" or dtype.kind == "T":
        values = array.read().ravel().tolist()
        if all(v is None or isinstance(v, str) for v in values):
            return TEXT
        if all(v is None or isinstance(v, bytes) for v in values):
            return BYTES
    elif not dtype.hasobject and dtype.kind in PLAIN_KINDS:
        descr = np.lib.format.dtype_to_descr(dtype.newbyteorder("<"))
        return _json(descr)
    raise InputError(
        f"Expected numbers, texts, dates or records in {array.name}. Got the dtype {dtype} instead."
    )


def _json(descr: Any) -> Any:
    return json.loads(json.dumps(descr))


def _text(value: Any, dtype: str) -> str | None:
    if value is None or dtype == TEXT:
        return None if value is None else str(value)
    return bytes(value).decode("latin-1")


def _tuples(fields: Any) -> Any:
    """Return the description of a record dtype in NumPy's form (tuples) from its JSON lists."""
    if not isinstance(fields, list):
        return fields
    if fields and isinstance(fields[0], list):
        return [_tuples(f) for f in fields]
    name, kind, *shape = fields
    name = tuple(name) if isinstance(name, list) else name
    inner = [_tuples(f) for f in kind] if isinstance(kind, list) else kind
    return (name, inner, *(tuple(s) for s in shape))


def write_carried(
    writer: Writer, first: int, arrays: Iterable[CarriedArray]
) -> list[CarriedHeader]:
    """Store arrays as the sections of variables from number ``first`` on; return their headers.

    Raises
    ------
    InputError
        An array cannot be stored; the ones before it are.
    """
    headers = []
    for number, array in enumerate(arrays, start=first):
        header = CarriedHeader.of(array)
        units = [header.pack(np.asarray(array.data[region])) for region in header.chunks()]
        if units:
            writer.add(number, 0, SECTION, units)
        headers.append(header)
    return headers


def parse_carried(values: Any) -> tuple[CarriedHeader, ...]:
    """Parse the headers of a file's carried arrays.

    Raises
    ------
    FormatError
        The descriptions are damaged.
    """
    if not isinstance(values, list):
        raise FormatError("The header is damaged: its carried arrays are not a list.")
    headers = tuple(CarriedHeader.from_json(v) for v in values)
    if len({h.name for h in headers}) != len(headers):
        raise FormatError("The header is damaged: two carried arrays have the same name.")
    return headers
