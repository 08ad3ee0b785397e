"""The chunk codec: an array whose chunks are compressed volumes (docs/codec.md)."""

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
from zarr.abc.store import ByteGetter, ByteSetter, RangeByteRequest
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
from vcore.zarr.chunk import FIRST_READ, LARGEST_HEAD, ChunkContext, ChunkHead, open_chunk, unpack
from vcore.zarr.chunk_encoder import encode_chunk

NAME = "vcore.chunk"
AXES = {1: "zyx", 2: "zyx", 3: "zyx", 4: "tzyx", 5: "tczyx"}
MAX_WHOLE = 0.5
"""A selection of more than this share of a chunk fetches the whole chunk: one request."""


@dataclass(frozen=True)
class VcoreCodec(
    ArrayBytesCodec, ArrayBytesCodecPartialDecodeMixin, ArrayBytesCodecPartialEncodeMixin
):
    """Compresses each chunk of a Zarr v3 array with a method of vcore.

    Parameters
    ----------
    method
        Name of the method; by default ``vcore.engine.choose.default_method(budget)``.
    budget
        A ``Budget``, or its fields as a mapping. ``psnr`` is a mean squared error against the range
        of the whole array, bounds are absolute, ``bpv`` and ``ratio`` hold for each chunk. By
        default the method's own.
    settings
        The method's settings, by name.
    range
        Smallest and largest finite value of the whole array. ``psnr`` and ``range_error`` need it;
        without it, each chunk stores its own.
    missing
        Number that means "missing", beside NaN and the infinities: it comes back exactly, and is no
        part of range, bounds and figures.

    Raises
    ------
    InputError, BudgetError
        There is no such method or setting, a budget of ``bytes`` (a codec sees one chunk at a
        time), or one that needs the range.

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
        """Return the codec with its range in the array's type.

        Raises
        ------
        InputError
            An array of another type than vcore has, or of more than five axes.
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
        """Return what all chunks of an array have in common."""
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

    async def _decode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        selection = whole(chunk_spec.shape)
        return await aside(self._decoded, chunk_data.to_bytes(), selection, chunk_spec)

    async def _encode_single(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Buffer | None:
        values = chunk_data.as_numpy_array()
        return await aside(self._encoded, values, chunk_spec)

    async def _decode_partial_single(
        self, byte_getter: ByteGetter, selection: Any, chunk_spec: ArraySpec
    ) -> NDBuffer | None:
        box, inside = selecting.box_of(selection, chunk_spec.shape)
        part = int(np.prod(shape_of(box), dtype=object))
        if part > MAX_WHOLE * np.prod(chunk_spec.shape, dtype=object):
            found = await byte_getter.get(chunk_spec.prototype)
            if found is None:
                return None
            data: Any = found.to_bytes()
        else:
            data = StoreByteSource(byte_getter, chunk_spec.prototype, asyncio.get_running_loop())
            if await data.first() is None:
                return None
        result = await aside(self._decoded, data, box, chunk_spec)
        values = result.as_numpy_array()[inside]
        return chunk_spec.prototype.nd_buffer.from_numpy_array(np.asarray(values))

    async def _encode_partial_single(
        self, byte_setter: ByteSetter, chunk_array: NDBuffer, selection: Any, chunk_spec: ArraySpec
    ) -> None:
        """Write a part of a chunk, or all of it, or all of it that lies within the array.

        Raises
        ------
        InputError
            A part of a chunk that is stored with loss and without a bound: the rest would lose
            more. With a bound, the chunk is stored without further loss.
        """
        values = chunk_array.as_numpy_array()
        extent = selecting.extent_of(selection, chunk_spec.shape)
        found = None
        if extent != chunk_spec.shape:
            found = await byte_setter.get(chunk_spec.prototype)
        exact = False
        if extent is not None and found is None:
            values = np.broadcast_to(values, extent)
        else:
            values, exact = await aside(self._merged, found, values, selection, chunk_spec)
        if not chunk_spec.config.write_empty_chunks and is_fill(values, chunk_spec.fill_value):
            await byte_setter.delete()
            return
        await byte_setter.set(await aside(self._encoded, values, chunk_spec, exact))

    def _merged(
        self, found: Buffer | None, values: NDArray[Any], selection: Any, chunk_spec: ArraySpec
    ) -> tuple[NDArray[Any], bool]:
        """Return what a chunk holds after a write to a part of it, up to where anything is, and
        whether it must be coded without loss: what is left has lost what it may."""
        shape = chunk_spec.shape
        written, there = selecting.extent_of(selection, shape), (0,) * len(shape)
        merged = np.full(shape, chunk_spec.fill_value, chunk_spec.dtype.to_native_dtype())
        if found is not None:
            data = found.to_bytes()
            there = unpack(data, self.shared(chunk_spec)).header.shape[-len(shape) :]
            if written and all(e >= n for e, n in zip(written, there, strict=True)):
                return np.broadcast_to(values, written), False
            if self.budget.max_error is None:
                raise InputError(
                    f"Expected a write of whole chunks of shape {shape}, which are stored with "
                    f"loss: what a part leaves would lose more. Write whole chunks, or create the "
                    f"array with a budget of max_error."
                )
            merged = self._decoded(data, whole(shape), chunk_spec).as_numpy_array()
        merged[selection] = values
        box, _ = selecting.box_of(selection, shape)
        inside = tuple(slice(max(n, s.stop)) for n, s in zip(there, box, strict=True))
        return merged[inside], found is not None

    def _encoded(self, values: NDArray[Any], chunk_spec: ArraySpec, exact: bool = False) -> Buffer:
        block = values.reshape((1,) * (3 - values.ndim) + values.shape)
        shared = self.shared(chunk_spec)
        data = encode_chunk(block, shared.exactly() if exact else shared).data
        return chunk_spec.prototype.buffer.from_bytes(data)

    def _decoded(self, data: Any, region: Region, chunk_spec: ArraySpec) -> NDBuffer:
        shared = self.shared(chunk_spec)
        if isinstance(data, bytes):
            head, source = unpack(data, shared), BytesSource(data, "a chunk")
            if head.size != len(data):
                raise TruncatedError(
                    f"Expected a chunk of {head.size} bytes. Got {len(data)}: it is damaged."
                )
        else:
            head, source = data.head(shared), data
        decoder = open_chunk(source, head)
        full = (slice(0, 1),) * (3 - len(region)) + tuple(region)
        inside = tuple(
            slice(min(s.start, n), min(s.stop, n))
            for s, n in zip(full, head.header.shape, strict=True)
        )
        if shape_of(inside) == shape_of(full):
            values = decoder.decode(inside)
        else:
            values = np.full(shape_of(full), chunk_spec.fill_value, shared.dtype)
            if 0 not in shape_of(inside):
                values[whole(shape_of(inside))] = decoder.decode(inside)
        stored = chunk_spec.dtype.to_native_dtype()
        result = values.reshape(shape_of(region)).astype(stored, copy=False)
        return chunk_spec.prototype.nd_buffer.from_numpy_array(result)


class StoreByteSource:
    """A chunk in a store as a ranged reader, for a thread beside the store's event loop."""

    name = "a chunk"

    def __init__(self, getter: ByteGetter, prototype: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._getter, self._prototype, self._loop = getter, prototype, loop
        self._begin = b""
        self.size = 0

    async def first(self) -> bytes | None:
        """Fetch the beginning; return None where there is no chunk."""
        found = await self._getter.get(self._prototype, RangeByteRequest(0, FIRST_READ))
        if found is None:
            return None
        self._begin = found.to_bytes()
        return self._begin

    def head(self, shared: ChunkContext) -> ChunkHead:
        """Return the chunk's head, fetching more where it is long."""
        while True:
            try:
                found = unpack(self._begin, shared)
            except TruncatedError:
                wanted = 4 * len(self._begin)
                if len(self._begin) < FIRST_READ or wanted > LARGEST_HEAD:
                    raise
                self._begin = self._get(0, wanted)
                continue
            self.size = found.size
            return found

    def read(self, offset: int, length: int) -> bytes:
        if offset + length <= len(self._begin):
            return self._begin[offset : offset + length]
        data = self._get(offset, offset + length)
        if len(data) != length:
            raise TruncatedError(
                f"Expected {length} bytes at offset {offset} of a chunk. Got {len(data)}: it is "
                f"damaged."
            )
        return data

    def _get(self, start: int, stop: int) -> bytes:
        if stop <= start:
            return b""
        wanted = self._getter.get(self._prototype, RangeByteRequest(start, stop))
        found = asyncio.run_coroutine_threadsafe(_awaited(wanted), self._loop).result()
        return b"" if found is None else found.to_bytes()


async def _awaited(wanted: Any) -> Any:
    return await wanted


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


def is_fill(values: NDArray[Any], fill: Any) -> bool:
    """Return whether all values are the fill value, which need not be stored."""
    if values.dtype.kind == "f" and np.isnan(fill):
        return bool(np.isnan(values).all())
    same = bool((values == fill).all())
    if values.dtype.kind == "f" and fill == 0:
        return same and bool((np.signbit(values) == np.signbit(fill)).all())
    return same
