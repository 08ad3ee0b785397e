"""Serialisation of pruned and shared parameters, with a breakdown of the bytes (docs/format.md,
section 16)."""

import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcore.container.varint import pack_number
from vcore.entropy.rows import Bytes
from vcore.errors import FormatError
from vcore.methods._networks.shrinking.sharing import Codebook, line, on_line, restore

MAX_VALUES = 1 << 16
"""Maximum number of shared values of an array."""
MAX_SYMBOLS = 1 << 28
PRECISIONS = {2: "<f2", 4: "<f4"}
"""Dtype of the shared values by bytes per value."""


@dataclass(frozen=True)
class Sizes:
    """Breakdown of stored parameters, in bytes.

    Parameters
    ----------
    masks
        Entropy-coded pruning masks.
    indices
        Entropy-coded indices of the remaining parameters.
    values
        Shared values.
    """

    masks: int
    indices: int
    values: int

    @property
    def total(self) -> int:
        """Sum of all parts."""
        return self.masks + self.indices + self.values


@dataclass(frozen=True)
class Layout:
    """Information needed to decode the indices of one array.

    Parameters
    ----------
    shape
        (networks, rows, columns).
    kinds
        Number of shared values.
    masked
        Whether parameters may be pruned.
    """

    shape: tuple[int, int, int]
    kinds: int
    masked: bool

    @property
    def bits(self) -> int:
        """Bits of an index before entropy coding."""
        return max(self.kinds - 1, 0).bit_length()


def pack_indices(arrays: Sequence[NDArray[np.int32]], layouts: Sequence[Layout]) -> bytes:
    """Return indices (PRUNED for pruned parameters) coded as one stream.

    The context of a mask bit is the number of pruned neighbours: in its row, its column, and in the
    previous network. The bits of an index are coded along a binary tree with one context per node,
    so the model adapts to the frequency of each shared value, separately per array.
    """
    from vcore.entropy import rangecoder
    from vcore.methods._networks.shrinking import symbols

    flat = np.concatenate([a.ravel() for a in arrays]) if arrays else np.zeros(0, np.int32)
    flat, table = flat.astype(np.int32), _table(layouts)
    return rangecoder.encoded(
        symbols.code, 512 + 2 * flat.size, lambda: (flat, table, _contexts(layouts))
    )


def unpack_indices(data: bytes, layouts: Sequence[Layout]) -> list[NDArray[np.int32]]:
    """Decode the output of ``pack_indices``.

    Raises
    ------
    FormatError
        The stream does not fit the layouts, or is damaged.
    """
    total = sum(math.prod(each.shape) for each in layouts)
    possible = all(each.kinds or each.masked or not math.prod(each.shape) for each in layouts)
    if total > MAX_SYMBOLS or not possible:
        raise FormatError("The network is damaged: an impossible number of parameters.")
    from vcore.entropy import rangecoder
    from vcore.methods._networks.shrinking import symbols

    flat = np.zeros(total, np.int32)
    table, contexts = _table(layouts), _contexts(layouts)
    coded = np.frombuffer(bytearray(data), np.uint8)
    if rangecoder.stream(symbols.code, rangecoder.DECODE, coded, flat, table, contexts):
        raise FormatError("The network is damaged: an index of no shared value.")
    if not layouts:
        return []
    ends = np.cumsum([math.prod(each.shape) for each in layouts])[:-1]
    return [p.reshape(e.shape) for p, e in zip(np.split(flat, ends), layouts, strict=True)]


def pack_values(values: Sequence[NDArray[np.float32]], precision: int) -> bytes:
    """Return shared values, each array prefixed by its length; ``precision`` is 2 or 4 bytes."""
    kind = PRECISIONS[precision]
    limit = float(np.finfo(kind).max)
    return b"".join(
        pack_number(len(v)) + np.clip(v, -limit, limit).astype(kind).tobytes() for v in values
    )


def unpack_values(data: Bytes, count: int, precision: int) -> list[NDArray[np.float32]]:
    """Decode the shared values of ``count`` arrays.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    if precision not in PRECISIONS:
        raise FormatError(f"The network is damaged: shared values of {precision} bytes.")
    found = []
    for _ in range(count):
        number = data.number()
        if number > MAX_VALUES:
            raise FormatError("The network is damaged: an impossible number of shared values.")
        values = np.frombuffer(data.take(number * precision), PRECISIONS[precision])
        if not np.isfinite(values).all():
            raise FormatError("The network is damaged: shared values that are not finite.")
        found.append(values.astype(np.float32))
    return found


def pack_lines(values: Sequence[NDArray[np.float32]], steps: Iterable[float]) -> bytes:
    """Return shared values that are consecutive multiples of a step: their number, and the first
    one."""
    out = b""
    for each, step in zip(values, steps, strict=True):
        first = round(float(each[0]) / step) if len(each) else 0
        out += pack_number(len(each)) + pack_number(2 * first if first >= 0 else -2 * first - 1)
    return out


def unpack_lines(data: Bytes, steps: Iterable[float]) -> list[NDArray[np.float32]]:
    """Decode the output of ``pack_lines``.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    found = []
    for step in steps:
        count, zigzag = data.number(), data.number()
        first = zigzag >> 1 if zigzag % 2 == 0 else -(zigzag + 1 >> 1)
        if count > MAX_VALUES or abs(first) > 1 << 31:
            raise FormatError("The network is damaged: impossible shared values.")
        with np.errstate(over="ignore"):
            found.append(line(first, count, step))
        if count and not np.isfinite(found[-1][[0, -1]]).all():
            raise FormatError("The network is damaged: shared values that are not finite.")
    return found


def pack_steps(integers: Mapping[str, NDArray[np.int32]], steps: Sequence[float]) -> bytes:
    """Return the arrays of one network as multiples of steps, one step an array; zeros are coded
    as pruned parameters."""
    books = [on_line(v, 1.0, np.ones(v.shape, bool)) for v in map(_stack_of, integers.values())]
    lines = pack_lines([b.values for b in books], [1.0] * len(books))
    coded = pack_indices([b.indices for b in books], layouts_of(books, [True] * len(books)))
    return struct.pack(f"<{len(steps)}f", *steps) + lines + coded


def unpack_steps(
    data: bytes, shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, NDArray[np.float32]]:
    """Decode the output of ``pack_steps`` to arrays of ``shapes``.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    reader = Bytes(data, "The network")
    steps = struct.unpack(f"<{len(shapes)}f", reader.take(4 * len(shapes)))
    if not np.isfinite(steps).all():
        raise FormatError("The network is damaged: steps that are not finite.")
    values = unpack_lines(reader, steps)
    stacks = [(1, *s) if len(s) > 1 else (1, 1, *s) for s in shapes.values()]
    layouts = [Layout(s, len(v), True) for s, v in zip(stacks, values, strict=True)]  # type: ignore[arg-type]
    indices = unpack_indices(reader.take(reader.left), layouts)
    return {
        name: np.asarray(restore(v, i), np.float32).reshape(shape)
        for (name, shape), v, i in zip(shapes.items(), values, indices, strict=True)
    }


def _stack_of(values: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return an array of one network as (1, rows, columns)."""
    return values.reshape(1, -1, values.shape[-1])


def pack_shared(
    arrays: Sequence[Codebook], masked: Sequence[bool], precision: int = 2
) -> tuple[bytes, Sizes]:
    """Serialise arrays of shape (networks, rows, columns); return bytes and their breakdown.

    Parameters
    ----------
    arrays
        Shared parameters.
    masked
        Whether the parameters of each array may be pruned.
    precision
        Bytes of a shared value, 2 (float16) or 4.
    """
    values = pack_values([a.values for a in arrays], precision)
    layouts = layouts_of(arrays, masked)
    coded = pack_indices([a.indices for a in arrays], layouts)
    masks = mask_bytes([a.indices for a in arrays], layouts)
    return values + coded, Sizes(masks, len(coded) - masks, len(values))


def unpack_shared(
    data: bytes,
    shapes: Sequence[tuple[int, int, int]],
    masked: Sequence[bool],
    precision: int = 2,
) -> list[Codebook]:
    """Decode the output of ``pack_shared``.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    reader = Bytes(data)
    values = unpack_values(reader, len(shapes), precision)
    layouts = [Layout(s, len(v), m) for s, v, m in zip(shapes, values, masked, strict=True)]
    indices = unpack_indices(reader.take(reader.left), layouts)
    return [Codebook(v, i) for v, i in zip(values, indices, strict=True)]


def layouts_of(arrays: Sequence[Codebook], masked: Sequence[bool]) -> list[Layout]:
    """Return the layouts under which the indices of ``arrays`` are coded."""
    return [Layout(a.indices.shape, len(a.values), m) for a, m in zip(arrays, masked, strict=True)]


def mask_bytes(arrays: Sequence[NDArray[np.int32]], layouts: Sequence[Layout]) -> int:
    """Return the coded bytes of the masks alone; masks and indices have separate contexts."""
    chosen = [(a, e) for a, e in zip(arrays, layouts, strict=True) if e.masked]
    masks = [np.minimum(a, 0) for a, _ in chosen]
    return len(pack_indices(masks, [Layout(e.shape, 1, True) for _, e in chosen]))


def _table(layouts: Sequence[Layout]) -> NDArray[np.int64]:
    rows, start = [], 0
    for each in layouts:
        rows.append([start, *each.shape, each.bits, each.masked, max(each.kinds, 1)])
        start += math.prod(each.shape)
    return np.array(rows, np.int64).reshape(len(rows), 7)


def _contexts(layouts: Sequence[Layout]) -> NDArray[np.int32]:
    from vcore.entropy import rangecoder
    from vcore.methods._networks.shrinking import symbols

    return rangecoder.new_contexts(
        sum(symbols.MASK_CONTEXTS + (1 << each.bits) for each in layouts)
    )
