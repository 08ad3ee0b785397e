"""Chunk codec for Zarr arrays: each chunk is a compressed volume (docs/codec.md)."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from zarr.abc.codec import (
    ArrayBytesCodec,
    ArrayBytesCodecPartialDecodeMixin,
    ArrayBytesCodecPartialEncodeMixin,
)
from zarr.abc.store import ByteGetter, ByteSetter, set_or_delete
from zarr.core.array_spec import ArraySpec
from zarr.core.buffer import Buffer, NDBuffer

from vcore import methods
from vcore.container.sources import BytesSource
from vcore.engine.choose import default_method
from vcore.errors import FormatError, InputError, TruncatedError
from vcore.model.budget import Budget
from vcore.model.regions import Region, shape_of, whole
from vcore.model.volume import DTYPES, usable_fill
from vcore.runtime.served import aside
from vcore.zarr import selection as selecting
from vcore.zarr.chunk import ChunkContext, open_chunk, unpack
from vcore.zarr.chunk_encoder import encode_chunk
from vcore.zarr.chunk_source import LoopGetter, StoreByteSource, SyncGetter, first_range
from vcore.zarr.decoded_chunk import DecodedChunk, decoded_chunk
from vcore.zarr.fill import is_fill, trimmed

NAME = "vcore.chunk"
"""Name of the codec in array metadata."""
AXES = {1: "zyx", 2: "zyx", 3: "zyx", 4: "tzyx", 5: "tczyx"}


@dataclass(frozen=True)
class VcoreCodec(
    ArrayBytesCodec, ArrayBytesCodecPartialDecodeMixin, ArrayBytesCodecPartialEncodeMixin
):
    """Codec that compresses each chunk of a Zarr v3 array with a method of vcore.

    Parameters
    ----------
    method
        Name of the method. Default: ``vcore.engine.choose.default_method(budget)``.
    budget
        A ``Budget``, or its fields as a mapping. ``psnr`` limits each chunk's mean squared error
        relative to the range of the whole array, bounds are absolute, ``bpv`` and ``ratio`` apply
        to each chunk. Default: the method's default budget.
    settings
        The method's settings, by name.
    range
        Smallest and largest finite value of the whole array, required by ``psnr`` and
        ``range_error``; without it, each chunk stores its own.
    missing
        Marker of missing values in addition to NaN and the infinities: decoded exactly, and
        excluded from range, bounds and figures.

    Raises
    ------
    InputError, BudgetError
        The method or a setting does not exist, the budget is in ``bytes`` (a codec sees one chunk
        at a time), or it requires a range.

    Examples
    --------
    >>> codec = vcore.zarr.VcoreCodec(budget={"psnr": 45}, range=(0, 255))
    >>> zarr.create_array("big.zarr", shape=..., chunks=(128,) * 3, dtype="u1", serializer=codec)
    """

    is_fixed_size = False

    method: str = ""
    budget: Budget = field(default_factory=Budget)
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    range: tuple[float, float] | None = None
    missing: float | int | None = None

    def __init__(
        self,
        *,
        method: str = "",
        budget: Budget | Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        range: Any = None,
        missing: float | int | None = None,
    ) -> None:
        _check_objects(budget=budget, settings=settings)
        if not isinstance(method, str):
            raise InputError(f"Expected the method's name, a text. Got {method!r} instead.")
        asked = budget if isinstance(budget, Budget) else Budget.from_json(dict(budget or {}))
        limits = _limits(range)
        if asked.bytes is not None:
            raise InputError(
                "Expected bpv or ratio: a codec sees one chunk at a time. Got a budget of bytes: "
                "give 8 * bytes / number of values as bpv, or use `vcore compress`."
            )
        if asked.robust_psnr is not None or asked.quality is not None:
            raise InputError(
                "Expected a budget of the range of the whole array. Got a robust PSNR or a "
                "quality, which need all values: give psnr + 20 log10(range / robust range), see "
                "vcore.metrics.Foreground, or use `vcore compress`."
            )
        if asked.noise_sigma is not None:
            raise InputError(
                "Expected a budget in data units. Got a share of the noise, which a codec does not "
                "keep: give max_error, or use `vcore compress`."
            )
        if limits is None and (asked.psnr is not None or asked.range_error is not None):
            raise InputError(
                "Expected range=(low, high) of the whole array beside a budget of psnr or "
                "range_error, which are relative to it. Got none."
            )
        if asked.range_error is not None and limits is not None:
            asked = replace(asked, range_error=None, max_error=asked.bound(limits[1] - limits[0]))
        name = method or default_method(asked)
        parsed = methods.get(name).Settings.from_json(settings or {})
        object.__setattr__(self, "method", name)
        object.__setattr__(self, "budget", asked)
        object.__setattr__(self, "settings", parsed.to_json())
        object.__setattr__(self, "range", limits)
        object.__setattr__(self, "missing", _missing(missing))

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        known: dict[str, Any] = dict(data.get("configuration") or {})
        version = known.pop("version", 1)
        if version != 1:
            raise FormatError(
                f"Expected version 1 of the codec {NAME}. Got {version!r:.20}: install a newer "
                f"vcore-volumes."
            )
        names = [f.name for f in fields(cls)]
        strange = [name for name in known if name not in names]
        if strange:
            raise FormatError(
                f"Expected a configuration of the codec {NAME} with the members version, "
                f"{', '.join(names)}. Got {', '.join(map(repr, strange)):.200} too: correct the "
                f"name in the array's metadata, or take it out, or install a newer vcore-volumes "
                f"that knows it."
            )
        return cls(**known)

    def to_dict(self) -> dict[str, Any]:
        values: dict[str, Any] = {"version": 1, "method": self.method}
        if not self.budget.is_empty:
            values["budget"] = self.budget.to_json()
        if self.settings:
            values["settings"] = dict(self.settings)
        if self.range is not None:
            values["range"] = list(self.range)
        if self.missing is not None:
            values["missing"] = self.missing
        return {"name": NAME, "configuration": values}

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        """Return the codec with its range in the array's dtype.

        Raises
        ------
        InputError
            The array's dtype is not supported, or it has more than five axes.
        """
        dtype = array_spec.dtype.to_native_dtype().newbyteorder("=")
        if dtype.str[1:] not in DTYPES or not 1 <= len(array_spec.shape) <= 5:
            raise InputError(
                f"Expected an array of one to five axes and one of the dtypes {', '.join(DTYPES)}. "
                f"Got {len(array_spec.shape)} axes of {dtype.name} instead."
            )
        if self.range is None:
            return self
        limits = tuple(np.array(self.range).astype(dtype).tolist())
        if limits == self.range:
            return self
        return replace(self, range=limits)

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        raise NotImplementedError

    def shared(self, chunk_spec: ArraySpec) -> ChunkContext:
        """Return the parameters common to all chunks of an array."""
        shape = (1,) * (3 - len(chunk_spec.shape)) + chunk_spec.shape
        dtype = chunk_spec.dtype.to_native_dtype().newbyteorder("=")
        return ChunkContext(
            shape,
            tuple(AXES[len(chunk_spec.shape)]),
            dtype,
            self.method,
            self.settings,
            self.budget,
            self.range,
            missing=usable_fill(self.missing, dtype),
        )

    def _decode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        selection = whole(chunk_spec.shape)
        values, held = self._decoded(chunk_data.to_bytes(), selection, chunk_spec)
        return decoded_chunk(values, held, chunk_spec.prototype)

    async def _decode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        return await aside(self._decode_sync, chunk_data, chunk_spec)

    def _encode_sync(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Buffer:
        """Encode a chunk without trailing planes of fill values.

        Zarr pads chunks at the array's end with the fill value, which may be outside of the range,
        and whose small errors would dilute the PSNR of the chunk.

        Raises
        ------
        InputError
            As in ``_encode_partial_single``, if zarr merged a part into the decoded chunk.
        """
        values = trimmed(chunk_data.as_numpy_array(), chunk_spec.fill_value)
        merged = isinstance(chunk_data, DecodedChunk) and not chunk_data.is_replaced
        if merged:
            self._check_bounded(chunk_spec.shape)
        return self._encoded(values, chunk_spec, merged)

    async def _encode_single(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Buffer | None:
        return await aside(self._encode_sync, chunk_data, chunk_spec)

    def _decode_partial_sync(
        self, byte_getter: SyncGetter, selection: Any, chunk_spec: ArraySpec
    ) -> NDBuffer | None:
        wanted = first_range(selection, chunk_spec.shape)
        first = byte_getter.get_sync(prototype=chunk_spec.prototype, byte_range=wanted)
        if first is None:
            return None
        return self._decoded_part(first, byte_getter, selection, chunk_spec)

    async def _decode_partial_single(
        self, byte_getter: ByteGetter, selection: Any, chunk_spec: ArraySpec
    ) -> NDBuffer | None:
        first = await byte_getter.get(
            chunk_spec.prototype, first_range(selection, chunk_spec.shape)
        )
        if first is None:
            return None
        getter = LoopGetter(byte_getter, asyncio.get_running_loop())
        return await aside(self._decoded_part, first, getter, selection, chunk_spec)

    def _encode_partial_sync(
        self, byte_setter: Any, chunk_array: NDBuffer, selection: Any, chunk_spec: ArraySpec
    ) -> None:
        found = None
        if selecting.extent_of(selection, chunk_spec.shape) != chunk_spec.shape:
            found = byte_setter.get_sync(prototype=chunk_spec.prototype)
        data = self._rewritten(found, chunk_array, selection, chunk_spec)
        if data is None:
            byte_setter.delete_sync()
        else:
            byte_setter.set_sync(data)

    async def _encode_partial_single(
        self, byte_setter: ByteSetter, chunk_array: NDBuffer, selection: Any, chunk_spec: ArraySpec
    ) -> None:
        """Write a part of a chunk, the whole chunk, or its whole part within the array.

        Raises
        ------
        InputError
            The write covers part of a lossy chunk without an error bound, so the rest would lose
            quality again. With a bound, the chunk is rewritten losslessly.
        """
        found = None
        if selecting.extent_of(selection, chunk_spec.shape) != chunk_spec.shape:
            found = await byte_setter.get(chunk_spec.prototype)
        data = await aside(self._rewritten, found, chunk_array, selection, chunk_spec)
        await set_or_delete(byte_setter, data)

    def _decoded_part(
        self, first: Buffer, getter: SyncGetter, selection: Any, chunk_spec: ArraySpec
    ) -> NDBuffer:
        begin = first.to_bytes()
        data: bytes | StoreByteSource = begin
        if first_range(selection, chunk_spec.shape) is not None:
            data = StoreByteSource(getter, chunk_spec.prototype, begin)
        box, inside = selecting.box_of(selection, chunk_spec.shape)
        values, _ = self._decoded(data, box, chunk_spec)
        return chunk_spec.prototype.nd_buffer.from_numpy_array(np.asarray(values[inside]))

    def _rewritten(
        self, found: Buffer | None, chunk_array: NDBuffer, selection: Any, chunk_spec: ArraySpec
    ) -> Buffer | None:
        """Return a chunk after a write; None if only fill values are left."""
        values, exact = chunk_array.as_numpy_array(), False
        extent = selecting.extent_of(selection, chunk_spec.shape)
        if extent is not None and found is None:
            values = np.broadcast_to(values, extent)
        else:
            values, exact = self._merged(found, values, selection, chunk_spec)
        if not chunk_spec.config.write_empty_chunks and is_fill(values, chunk_spec.fill_value):
            return None
        return self._encoded(values, chunk_spec, exact)

    def _merged(
        self, found: Buffer | None, values: NDArray[Any], selection: Any, chunk_spec: ArraySpec
    ) -> tuple[NDArray[Any], bool]:
        """Return the stored extent of a chunk after a write to a part of it, and whether it must be
        coded losslessly, because its other values are already lossy."""
        shape = chunk_spec.shape
        written, held = selecting.extent_of(selection, shape), (0,) * len(shape)
        merged = np.full(shape, chunk_spec.fill_value, chunk_spec.dtype.to_native_dtype())
        if found is not None:
            data = found.to_bytes()
            held = unpack(data, self.shared(chunk_spec)).header.shape[-len(shape) :]
            if written and all(e >= n for e, n in zip(written, held, strict=True)):
                return np.broadcast_to(values, written), False
            self._check_bounded(shape)
            merged, _ = self._decoded(data, whole(shape), chunk_spec)
        merged[selection] = values
        box, _ = selecting.box_of(selection, shape)
        inside = tuple(slice(max(n, s.stop)) for n, s in zip(held, box, strict=True))
        return merged[inside], found is not None

    def _check_bounded(self, shape: tuple[int, ...]) -> None:
        if self.budget.max_error is None:
            raise InputError(
                f"Expected a write of whole chunks of shape {shape}, which are stored with loss: "
                f"what a part leaves would lose more. Write whole chunks, or create the array with "
                f"a budget of max_error."
            )

    def _encoded(self, values: NDArray[Any], chunk_spec: ArraySpec, exact: bool) -> Buffer:
        block = values.reshape((1,) * (3 - values.ndim) + values.shape)
        shared = self.shared(chunk_spec)
        data = encode_chunk(block, shared.exactly() if exact else shared).data
        return chunk_spec.prototype.buffer.from_bytes(data)

    def _decoded(
        self, data: bytes | StoreByteSource, region: Region, chunk_spec: ArraySpec
    ) -> tuple[NDArray[Any], tuple[int, ...]]:
        """Return the values of a region, in the array's dtype, and the stored shape."""
        shared = self.shared(chunk_spec)
        if isinstance(data, bytes):
            head = unpack(data, shared)
            if head.size != len(data):
                raise TruncatedError(
                    f"Expected a chunk of {head.size} bytes. Got {len(data)}: it is damaged."
                )
            decoder = open_chunk(BytesSource(data, "a chunk"), head)
        else:
            head = data.head(shared)
            decoder = open_chunk(data, head)
        held = head.header.shape
        full = (slice(0, 1),) * (3 - len(region)) + tuple(region)
        inside = tuple(
            slice(min(s.start, n), min(s.stop, n)) for s, n in zip(full, held, strict=True)
        )
        if shape_of(inside) == shape_of(full):
            values = decoder.decode(inside)
        else:
            values = np.full(shape_of(full), chunk_spec.fill_value, shared.dtype)
            if 0 not in shape_of(inside):
                values[whole(shape_of(inside))] = decoder.decode(inside)
        stored = chunk_spec.dtype.to_native_dtype()
        return values.reshape(shape_of(region)).astype(stored, copy=False), held[-len(region) :]


def _check_objects(**given: Any) -> None:
    for name, value in given.items():
        if value is not None and not isinstance(value, Mapping | Budget):
            raise InputError(
                f"Expected {name} as an object of names and values. Got {value!r:.80} instead: "
                f'write it like {{"name": value}}.'
            )


def _missing(given: Any) -> float | int | None:
    if given is None:
        return None
    number = isinstance(given, int | float) and not isinstance(given, bool)
    if not number or not abs(given) <= sys.float_info.max:
        raise InputError(f"Expected a finite number that means missing. Got {given!r:.80} instead.")
    return given  # type: ignore[no-any-return]


def _limits(given: Any) -> tuple[float, float] | None:
    if given is None:
        return None
    pair = np.asarray(given)
    good = pair.shape == (2,) and pair.dtype.kind in "uif" and bool(np.isfinite(pair).all())
    values = tuple(pair.tolist()) if good else ()
    if not values or values[0] > values[1]:
        raise InputError(f"Expected range=(low, high), finite numbers. Got {given!r} instead.")
    return values[0] + 0, values[1] + 0  # not -0.0
