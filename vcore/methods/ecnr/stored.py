"""Serialisation of a fitted scale (docs/format.md, section 16)."""

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container.varint import pack_number
from vcore.entropy import decode_lattice, encode_lattice
from vcore.entropy.rows import Bytes
from vcore.errors import FormatError
from vcore.methods._networks.shrinking import Codebook, restore
from vcore.methods._networks.shrinking.coding import (
    Layout,
    mask_bytes,
    pack_indices,
    pack_lines,
    pack_values,
    unpack_indices,
    unpack_lines,
    unpack_values,
)
from vcore.methods.ecnr import blockmap
from vcore.methods.ecnr.geometry import MAX_BLOCKS, Block, Scale
from vcore.methods.ecnr.head import (
    DELTAS,
    DOUBLE,
    FLOAT_CODES,
    LINES,
    LOCAL,
    RAW,
    SHARED_MAP,
    EcnrHead,
    Group,
    Sizes,
    empty_head,
)
from vcore.methods.ecnr.interpolation import pack_taps, unpack_taps
from vcore.methods.ecnr.network import Shape, position_inputs
from vcore.methods.ecnr.settings import MAX_CODES, MAX_LAYERS, MAX_WIDTH

MAX_PARAMETERS = 1 << 28
FLOATS = struct.Struct("<3f")


def pack(
    head: EcnrHead, indices: dict[str, NDArray[Any]], codes: NDArray[Any]
) -> tuple[list[bytes], Sizes]:
    """Return the units of a scale, and the breakdown of their bytes.

    Parameters
    ----------
    indices
        For each array, (networks, rows, columns): indices of shared values or PRUNED; with RAW
        float32 values, NaN where pruned; with LOCAL lists of Codebook, one per network.
    codes
        Latent codes of the blocks, network by network, (blocks, own_codes): int32, or float32 with
        FLOAT_CODES.
    """
    if not head.shape.networks:
        data = pack_taps(head.taps) + pack_number(0) + struct.pack("<f", head.offset)
        return [data], Sizes(len(data), 0, 0, 0, 0, 0)
    shape = head.shape
    numbers = (
        shape.networks, *head.block, shape.width, shape.layers, head.own_codes,
        head.variables.shape[1], head.flags,
    )  # fmt: skip
    meta = pack_taps(head.taps) + b"".join(map(pack_number, numbers))
    meta += FLOATS.pack(head.unit, head.offset, head.step)
    meta += head.variables.astype("<f4").tobytes()
    values = _pack_tables(head)
    coded_map = blockmap.pack(head.blocks)
    first = meta + values + pack_number(len(coded_map)) + coded_map
    units, sizes = [], np.zeros(4, np.int64)
    for group, latents in enumerate(_pack_codes(head, codes)):
        parts = _group_parts(head, indices, head.networks_of(group))
        units.append(b"".join(parts[:2]) + latents)
        sizes += (len(parts[0]), parts[2], len(parts[1]) - parts[2], len(latents))
    account = Sizes(
        len(meta), len(first) - len(meta) - len(values), len(values) + int(sizes[0]),
        *(int(s) for s in sizes[1:]),
    )  # fmt: skip
    return ([first + units[0]] if len(units) == 1 else [first, *units]), account


def code_bytes(head: EcnrHead, codes: NDArray[Any]) -> int:
    """Return the bytes of the latent codes."""
    return sum(map(len, _pack_codes(head, codes)))


def unpack_head(data: bytes, scale: Callable[[Block], Scale]) -> tuple[EcnrHead, bytes]:
    """Return the head, and the bytes behind it (of the only group, if there is one).

    Parameters
    ----------
    scale
        Returns the scale for given block sides.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    reader = Bytes(data)
    taps = unpack_taps(reader)
    networks = reader.number()
    if not networks:
        (offset,) = struct.unpack("<f", reader.take(4))
        _finite(offset)
        return empty_head(offset, taps), b""
    *block, width, layers, own, extra, flags = (reader.number() for _ in range(9))
    unit, offset, step = FLOATS.unpack(reader.take(FLOATS.size))
    _finite(unit, offset, step)
    shape = Shape(networks, width, layers, own + extra, position_inputs(block))
    good = all(1 <= b < 1 << 40 for b in block) and 1 <= width <= MAX_WIDTH
    good &= 1 <= layers <= MAX_LAYERS and 0 <= own <= MAX_CODES and extra <= MAX_CODES
    good &= flags < 2 * LINES and (extra > 0) == bool(flags & SHARED_MAP) and step > 0
    if not good or networks > MAX_BLOCKS or shape.weights * networks > MAX_PARAMETERS:
        raise FormatError("The head of a scale is damaged: impossible networks.")
    where = scale((block[0], block[1], block[2], block[3]))
    counts = list(where.counts)
    variables = np.frombuffer(reader.take(4 * extra * counts[1]), "<f4").reshape(counts[1], extra)
    _finite(*variables.ravel())
    if flags & SHARED_MAP:
        counts[1] = 1
    if int(np.prod(counts, dtype=object)) > MAX_BLOCKS:
        raise FormatError("The head of a scale is damaged: too many blocks.")
    values, steps = _unpack_tables(reader, shape, flags)
    blocks = blockmap.unpack(reader.take(reader.number()), tuple(counts), networks)  # type: ignore[arg-type]
    head = EcnrHead(
        shape, where.block, flags, unit, offset, step, tuple(values),
        variables.astype(np.float32), blocks, steps, taps,
    )  # fmt: skip
    return head, reader.take(reader.left)


def unpack_group(head: EcnrHead, group: int, data: bytes) -> Group:
    """Return a group of networks and the latent codes of their blocks.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    reader, these, shape = Bytes(data), head.networks_of(group), head.shape
    sizes = {n: (len(these), *s[1:]) for n, s in shape.arrays.items()}
    if head.flags & LOCAL:
        parameters = _unpack_local(head, reader, len(these), sizes)
    else:
        kinds = [1] * len(sizes) if head.flags & RAW else [len(v) for v in head.values]
        layouts = [
            Layout(s, k, m) for s, k, m in zip(sizes.values(), kinds, head.masked, strict=True)
        ]
        indices = unpack_indices(reader.take(reader.number()), layouts)
        if head.flags & RAW:
            parameters = _raw(reader, dict(zip(sizes, indices, strict=True)))
        else:
            parameters = {
                n: restore(v, i).astype(np.float32).reshape(i.shape)
                for n, v, i in zip(sizes, head.values, indices, strict=True)
            }
    counts = np.bincount(head.blocks[head.blocks > 0] - 1, minlength=shape.networks)
    own = counts[these.start : these.stop]
    return Group(parameters, _unpack_codes(head, reader, own))


def _pack_tables(head: EcnrHead) -> bytes:
    """Return the shared values of all networks as bytes."""
    if head.flags & (LOCAL | RAW):
        return b""
    if not head.flags & LINES:
        return pack_values(head.values, _precision(head))
    steps = struct.pack(f"<{len(head.steps)}f", *head.steps)
    return steps + pack_lines(head.values, np.repeat(head.steps, 2))


def _unpack_tables(
    reader: Bytes, shape: Shape, flags: int
) -> tuple[list[NDArray[np.float32]], tuple[float, ...]]:
    if flags & (LOCAL | RAW):
        return [], ()
    if not flags & LINES:
        return unpack_values(reader, len(shape.arrays), 4 if flags & DOUBLE else 2), ()
    layers = shape.layers + 1
    steps = struct.unpack(f"<{layers}f", reader.take(4 * layers))
    _finite(*steps)
    return unpack_lines(reader, np.repeat(steps, 2)), steps


def _precision(head: EcnrHead) -> int:
    return 4 if head.flags & DOUBLE else 2


def _group_parts(head: EcnrHead, indices: dict[str, Any], these: range) -> tuple[bytes, bytes, int]:
    """Return local values, the coded indices prefixed by their length, and the bytes of the
    masks."""
    part = slice(these.start, these.stop)
    if head.flags & LOCAL:
        return _pack_local(head, indices, these)
    if head.flags & RAW:
        masks = [np.where(np.isnan(v[part]), -1, 0).astype(np.int32) for v in indices.values()]
        layouts = [Layout(m.shape, 1, f) for m, f in zip(masks, head.masked, strict=True)]
        coded = pack_indices(masks, layouts)
        floats = b"".join(
            v[part][~np.isnan(v[part])].astype("<f4").tobytes() for v in indices.values()
        )
        return b"", pack_number(len(coded)) + coded + floats, len(coded)
    arrays = [v[part] for v in indices.values()]
    layouts = [
        Layout(a.shape, len(v), m) for a, v, m in zip(arrays, head.values, head.masked, strict=True)
    ]
    coded = pack_indices(arrays, layouts)
    return b"", pack_number(len(coded)) + coded, mask_bytes(arrays, layouts)


def _pack_local(
    head: EcnrHead, indices: dict[str, list[Codebook]], these: range
) -> tuple[bytes, bytes, int]:
    pieces = [indices[n][j] for j in these for n in head.shape.arrays]
    layouts = [
        Layout(p.indices.shape, len(p.values), m)
        for p, m in zip(pieces, head.masked * len(these), strict=True)
    ]
    arrays = [p.indices for p in pieces]
    coded = pack_indices(arrays, layouts)
    values = pack_values([p.values for p in pieces], _precision(head))
    return values, pack_number(len(coded)) + coded, mask_bytes(arrays, layouts)


def _unpack_local(
    head: EcnrHead, reader: Bytes, count: int, sizes: dict[str, Any]
) -> dict[str, NDArray[np.float32]]:
    values = unpack_values(reader, count * len(sizes), _precision(head))
    shapes = [(1, *s[1:]) for s in sizes.values()] * count
    layouts = [
        Layout(s, len(v), m) for s, v, m in zip(shapes, values, head.masked * count, strict=True)
    ]
    indices = unpack_indices(reader.take(reader.number()), layouts)
    whole = [restore(v, i).astype(np.float32) for v, i in zip(values, indices, strict=True)]
    return {
        n: np.concatenate(whole[k :: len(sizes)]).reshape(sizes[n]) for k, n in enumerate(sizes)
    }


def _raw(reader: Bytes, masks: dict[str, NDArray[np.int32]]) -> dict[str, NDArray[np.float32]]:
    found = {}
    for name, mask in masks.items():
        alive = mask >= 0
        values = np.frombuffer(reader.take(4 * int(alive.sum())), "<f4")
        _finite(*([] if np.isfinite(values).all() else [np.nan]))
        found[name] = np.zeros(mask.shape, np.float32)
        found[name][alive] = values
    return found


def differences(codes: NDArray[np.int32], counts: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return codes (blocks, length) minus those of the previous block in the same network."""
    out = np.diff(codes, axis=0, prepend=np.int32(0)) if len(codes) else codes.copy()
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(int)
    starts = starts[starts < len(codes)]
    out[starts] = codes[starts]
    return out.astype(np.int32)


def _pack_codes(head: EcnrHead, codes: NDArray[Any]) -> list[bytes]:
    """Return the coded latent codes of each group."""
    counts = np.bincount(head.blocks[head.blocks > 0] - 1, minlength=head.shape.networks)
    ends = np.concatenate([[0], np.cumsum(counts)])
    found = []
    for these in map(head.networks_of, range(head.groups)):
        own = codes[ends[these.start] : ends[these.stop]]
        if head.flags & FLOAT_CODES:
            found.append(own.astype("<f4").tobytes())
            continue
        if head.flags & DELTAS:
            own = differences(own, counts[these.start : these.stop])
        lattice = np.ascontiguousarray(own.T)[:, None, None, :]
        found.append(encode_lattice(lattice) if own.size else b"")
    return found


def _unpack_codes(head: EcnrHead, reader: Bytes, counts: NDArray[np.int64]) -> NDArray[np.float32]:
    blocks, length = int(counts.sum()), head.own_codes
    if head.flags & FLOAT_CODES:
        found = np.frombuffer(reader.take(4 * blocks * length), "<f4").reshape(blocks, length)
        _finite(*([] if np.isfinite(found).all() else [np.nan]))
        return found.astype(np.float32)
    if not blocks * length:
        return np.zeros((blocks, length), np.float32)
    whole = decode_lattice(reader.take(reader.left), (length, 1, 1, blocks))
    codes = whole[:, 0, 0].T.astype(np.int64)
    if head.flags & DELTAS:
        sums = np.cumsum(codes, axis=0)
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        before = np.concatenate([np.zeros((1, length), np.int64), sums])[starts]
        codes = sums - np.repeat(before, counts, axis=0)
    return (codes * np.float64(head.step)).astype(np.float32)


def _finite(*values: float) -> None:
    if not np.isfinite(values).all():
        raise FormatError("A scale is damaged: numbers that are not finite.")
