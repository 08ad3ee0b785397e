"""A slow reader of `.vcore` files, written from docs/format.md alone: no vcore, no compiled code.

It decodes whole levels and checks what it reads. Section numbers are those of the document. Section
15 is in ``reference_gaussian``, section 16 and neurcomp are in ``reference_ecnr``, sections
17 and 18 in ``reference_wavelet``, ``reference_background`` and ``reference_apart``, section 19 in
``reference_bounded``, sections 20 and 21 in ``reference_noise``, section 22 in
``reference_carried``, section 29 in ``reference_grids``.
"""

import json
import struct
import zlib
from functools import cache
from itertools import pairwise, product
from math import ceil, log2, prod
from typing import Any

import numpy as np
from google_crc32c import value as crc32c
from numpy.typing import NDArray
from reference_carried import stored
from reference_noise import Noise, Packing

Array, Fields, Units = NDArray[Any], dict[str, Any], list[bytes]

DICTIONARY = (
    b'"micrometer""millimeter""nanometer""second""times":"time_unit":"direction":"coordinates":'
    b'"axis_names":"association":"cell""fill_value":"components":"missing":"bound":{"max_error":'
    b'"gaussian""siren""ecnr""wavelet""coordvarsvd""svd1""svd2""linear2""linear1""tczyx""tzyx"'
    b'"preset":"paper""preset":"compact""epochs":"learning_rate":"overlap":"threshold":"seed":'
    b'"codes",1,"occupancy""residual""decoder","base",["ratio":"bytes":"bpv":"psnr":"max_error":'
    b'"unit":"","origin":[0.0,0.0,0.0],"spacing":[1.0,1.0,1.0],"name":"values","dtype":"f4","u2"'
    b'"u1","axes":"zyx","range":[0.0,255.0],"method":"linear1","settings":{"achieved":{"psnr":'
    b'"mse":"max_error":"state":{"source":{"name":"checksum":"crc32c:"bytes":"grid":{"shape":[256,'
    b'"kind":"volume","encoder":"0.1.0","variables":[{"sections":[[0,0,"'
)


def expect(condition: Any, what: str) -> None:
    if not condition:
        raise ValueError(what)


class RangeDecoder:
    """Bits from a stream padded with infinitely many zeros (section 5)."""

    def __init__(self, data: bytes, contexts: int) -> None:
        self.data, self.position = data, 4
        self.contexts = [[32768, 32768, 0] for _ in range(contexts)]
        self.range, self.code = 0xFFFFFFFF, int.from_bytes(data[:4].ljust(4, b"\0"), "big")
        expect(self.code < self.range, "a stream starts with an impossible code")

    def refill(self) -> None:
        while self.range < 1 << 24:
            byte = self.data[self.position] if self.position < len(self.data) else 0
            self.range, self.code = self.range << 8, self.code << 8 | byte
            self.position += 1

    def bit(self, index: int) -> int:
        fast, slow, seen = self.contexts[index]
        bound = (self.range >> 16) * ((fast + slow) >> 1)
        f, s = min(seen + 1, 4), min(seen + 1, 7)
        bit = int(self.code >= bound)
        if bit:
            self.code, self.range = self.code - bound, self.range - bound
            self.contexts[index] = [fast - (fast >> f), slow - (slow >> s), s]
        else:
            self.range = bound
            fast, slow = fast + ((65536 - fast) >> f), slow + ((65536 - slow) >> s)
            self.contexts[index] = [fast, slow, s]
        self.refill()
        return bit

    def raw(self, count: int) -> int:
        value = 0
        for _ in range(count):
            self.range >>= 1
            value = value << 1 | (self.code >= self.range)
            self.code -= (value & 1) * self.range
            self.refill()
        return value


ZERO, SIGN, MORE, ESCAPE, CONTEXTS = 0, 14, 17, 213, 245


def decode_lattice(data: bytes, shape: tuple[int, ...], *, gated: bool = False) -> Array:
    """Return the integers of shape (channels, z, y, x), int64 (section 6)."""
    expect(prod(shape) <= 1 << 28, "a lattice is too large")
    coder, gate = RangeDecoder(data, shape[0] * CONTEXTS), {}
    out = np.zeros(shape, np.int64)
    for channel in range(shape[0]):
        found: dict[tuple[int, ...], int] = {}  # nonzero values only
        for where in np.ndindex(*shape[1:]):
            if channel == 0 or not gated or where in gate:
                value = _decode_value(coder, channel * CONTEXTS, found, *where)
                if value:
                    found[where] = out[(channel, *where)] = value
        gate = gate or found
        if gated and not gate:
            break
    return out


def _decode_value(coder: RangeDecoder, base: int, found: Fields, z: int, y: int, x: int) -> int:
    def at(dz: int, dy: int, dx: int) -> int:
        return found.get((z - dz, y - dy, x - dx), 0)

    near = at(0, 0, 1), at(0, 1, 0), at(1, 0, 0)
    far = at(0, 0, 2), at(0, 1, 1), at(0, 1, -1), at(1, 0, 1), at(1, 1, 0)
    t = (2 * sum(map(abs, near)) + sum(map(abs, far)) + 1) >> 1
    m = t if t < 6 else min(6 + (t >> 3).bit_length(), 13)
    signs = sum((v > 0) - (v < 0) for v in near)
    if not coder.bit(base + ZERO + m):
        return 0
    negative = coder.bit(base + SIGN + (0 if signs == 0 else 1 if signs > 0 else 2))
    rest = 0
    while rest < 14 and coder.bit(base + MORE + 14 * m + rest):
        rest += 1
    if rest == 14:
        n = 0
        while n < 31 and coder.bit(base + ESCAPE + n):
            n += 1
        rest = 13 + (1 << n) + coder.raw(n)
    expect(rest + 1 < 1 << 31, "a value is too large")
    return -(rest + 1) if negative else rest + 1


class File:
    """An open file: ``header``, ``sections`` and ``variables`` (sections 1 to 4)."""

    def __init__(self, data: bytes) -> None:
        expect(data[:8] == b"\x89VCR\r\n\x1a\n" and len(data) >= 18, "this is no .vcore file")
        major, _, length, checksum = struct.unpack_from("<BBII", data, 8)
        expect(major == 1, "the major version is unknown")
        expect(2 <= length <= min(1 << 24, len(data) - 18), "the header is cut off")
        position = 18 + length
        expect(crc32c(data[18:position]) == checksum, "the header's checksum does not match")
        inflate = zlib.decompressobj(-15, zdict=DICTIONARY)
        text = inflate.decompress(data[18:position], 1 << 26)
        expect(inflate.eof and not inflate.unused_data, "the header's stream does not fit")
        self.header = json.loads(text.decode())
        expect(self.header["kind"] == "volume", "the kind is unknown")
        self.sections: dict[tuple[int, int, str], Units] = {}
        for *key, units, index_bytes, payload, checksum in self.header["sections"]:
            numbers = [*key[:2], units, index_bytes, payload, checksum]
            expect(all(type(n) is int and 0 <= n < 1 << 48 for n in numbers), "a row is damaged")
            end = position + index_bytes + payload
            arrays = [*self.header["variables"], *self.header.get("carried", [])]
            expect(key[0] < len(arrays), "a section's variable is not there")
            expect(tuple(key) not in self.sections, "a section is there twice")
            expect(end <= len(data), "the file is cut off")
            section = _units(data[position:end], units, index_bytes, checksum)
            self.sections[tuple(key)], position = section, end
        described = enumerate(self.header["variables"])
        self.variables = {v["name"]: _variable(self, n, v) for n, v in described}

    def carried(self) -> dict[str, Array]:
        """Return the arrays that are carried beside the variables (section 22)."""
        found = {}
        for number, fields in enumerate(self.header.get("carried", []), len(self.variables)):
            units = self.sections.get((number, 0, "values"), [])
            found[fields["name"]] = stored(units, fields["dtype"], fields["shape"], fields["chunk"])
        return found


def _units(data: bytes, units: int, index_bytes: int, checksum: int) -> Units:
    index, position = data[:index_bytes], index_bytes
    expect(crc32c(index if index_bytes else data) == checksum, "an index or unit is damaged")
    if units == 1:
        expect(not index_bytes, "a section of one unit has an index")
        return [data]
    expect(0 < units <= index_bytes, "an index is too short")
    lengths, shift, value, used = list[int](), 0, 0, 0
    while len(lengths) < units:
        expect(used < index_bytes and shift < 49, "a length is damaged")
        value, shift, used = value | (index[used] & 0x7F) << shift, shift + 7, used + 1
        if index[used - 1] < 0x80:
            lengths.append(value)
            shift = value = 0
    filled = sum(n > 0 for n in lengths)
    whole = used + 4 * filled == index_bytes and sum(lengths) + index_bytes == len(data)
    expect(whole, "an index does not add up")
    checksums, found = iter(struct.unpack_from(f"<{filled}I", index, used)), Units()
    for n in lengths:
        found.append(data[position : position + n])
        expect(not n or crc32c(found[-1]) == next(checksums), "a unit is damaged")
        position += n
    return found


def _variable(
    file: File, number: int, fields: Fields, grid_shape: tuple[int, ...] = ()
) -> "Variable | Channels":
    if fields["method"] == "channels" and not fields.get("time_as_z", False):
        return Channels(file, number, fields, grid_shape)
    return Variable(file, number, fields, grid_shape=grid_shape)


def _grid_shape(file: File, fields: Fields) -> tuple[int, ...]:
    which = fields.get("grid", 0)
    further = file.header.get("grids", [])
    expect(type(which) is int and 0 <= which <= len(further), "a grid is not there")
    return tuple((file.header, *further)[which]["grid"]["shape"])


class Channels:
    """A variable whose channels are coded apart (section 23)."""

    def __init__(
        self, file: File, number: int, fields: Fields, grid_shape: tuple[int, ...] = ()
    ) -> None:
        self.number, self.fields, self.method = number, fields, fields["method"]
        shape = grid_shape or _grid_shape(file, fields)
        self.axis = fields["axes"].index("c")
        parts, lead = fields["channels"], fields["lead"]
        expect(len(parts) == lead[self.axis], "a channel is missing")
        common = {k: fields[k] for k in ("name", "dtype", "fill_value") if k in fields}
        common["lead"] = [n for i, n in enumerate(lead) if i != self.axis]
        common["axes"] = fields["axes"].replace("c", "")
        self.channels = [
            Variable(file, number, {**common, **part}, f"{k}.", shape)
            for k, part in enumerate(parts)
        ]
        self.levels = min(channel.levels for channel in self.channels)

    def decode(self, level: int = 0) -> Array:
        """Return all values of a level, in the variable's dtype."""
        return np.stack([channel.decode(level) for channel in self.channels], self.axis)


HIDDEN = dict.fromkeys(("linear1", "svd1", "coordvarsvd"), (8, 4, 2))
HIDDEN |= dict.fromkeys(("linear2", "svd2"), (12, 8, 8))
OTHERS = ("constant", "plain", "siren", "gaussian", "ecnr", "wavelet", "bounded", "grids")


class Variable:
    """One variable, with ``levels`` levels, each decoded whole (sections 7 to 11)."""

    def __init__(
        self,
        file: File,
        number: int,
        fields: Fields,
        prefix: str = "",
        grid_shape: tuple[int, ...] = (),
    ) -> None:
        self.file, self.number, self.fields, self.prefix = file, number, fields, prefix
        self.grid_shape = grid_shape or _grid_shape(file, fields)
        self.coded: Variable | Channels | None = None
        if fields.get("time_as_z", False):  # the frames are the slices of another variable
            (frames, *lead), axes = fields["lead"], fields["axes"].replace("t", "")
            coded = {**fields, "axes": axes, "lead": lead, "time_as_z": False}
            self.coded = _variable(file, number, coded, (frames, *self.grid_shape[1:]))
        self.lead, self.dtype = tuple(fields.get("lead", ())), np.dtype(fields["dtype"])
        self.low, self.high = fields["range"]
        self.code, self.end = None, (self.low, self.high, self.dtype)
        if "noise" in fields:
            self.code = Noise(fields["noise"], fields["range"])
        elif "packing" in fields:
            self.code = Packing(fields["packing"], self.dtype, fields["range"])
        if self.code:  # the method codes integers
            self.low, self.high, self.dtype = self.code.low, self.code.high, np.dtype("i4")
        self.method, self.settings = fields["method"], fields.get("settings", {})
        if self.method not in ("constant", "plain") and self.dtype.str[1:] in ("b1", "i8", "u8"):
            narrow = "u4" if self.low >= 0 else "i4"
            self.dtype = np.dtype("u1" if self.dtype.kind == "b" else narrow)
            limits = np.iinfo(self.dtype)
            expect(limits.min <= self.low and self.high <= limits.max, "values do not fit")
        settings = self.settings
        expect(
            self.method in (*HIDDEN, *OTHERS),
            "the method is unknown",
        )
        self.compact = self.method in HIDDEN and settings.get("preset") != "paper"
        self.k, self.s = settings.get("k", 1), settings.get("s", 8)
        self.state = fields.get("state", {})
        self.mean_level = int(log2(self.k)) if self.compact else 0
        self.blocks = tuple(ceil(n / self.k) for n in self.grid_shape)
        self.levels = self.state["space"] if self.method == "ecnr" else self.mean_level + 1
        is_deep = self.method == "wavelet" and max(self.grid_shape) > 64 and not self.coded
        longest = 32 if is_deep else 64
        while max(self.shape(self.levels - 1)[-3:]) > longest:
            self.levels += 1

    def shape(self, level: int = 0) -> tuple[int, ...]:
        return *self.lead, *(ceil(n / 2**level) for n in self.grid_shape)

    def units(self, level: int, name: str, count: int) -> Units:
        units = self.file.sections.get((self.number, level, self.prefix + name), [])
        expect(len(units) == count, f"section {name} of level {level} has not {count} units")
        return units

    def tiled(self, level: int, name: str, *, predicted: bool = False) -> Array:
        """Return the array of integers that a section stores by tile (section 9)."""
        out = np.zeros(self.shape(level), np.int64)
        tile = (1,) * len(self.lead) + tuple(min(64, n) for n in out.shape[-3:])
        corners = [range(0, n, t) for n, t in zip(out.shape, tile, strict=True)]
        units = self.units(level, name, prod(map(len, corners)))
        for data, corner in zip(units, product(*corners), strict=True):
            part = out[tuple(slice(c, c + t) for c, t in zip(corner, tile, strict=True))]
            values = decode_lattice(data, (1, *part.shape[-3:]))[0]
            for axis in range(3 * predicted):
                values = values.cumsum(axis)
            part[...] = values.astype(np.int32)
        return out

    def missing(self, level: int) -> Array:
        """Return the kind of each voxel (section 7)."""
        kinds = self.tiled(level, "missing")
        known = {0, 1, 2, 3, 5} if self.end[2].kind == "f" else {0}
        known |= {4} if "fill_value" in self.fields else set()
        expect(set(np.unique(kinds).tolist()) <= known, "a mask has an unknown kind")
        return kinds

    def decode(self, level: int = 0) -> Array:
        """Return all values of a level, in the variable's dtype (section 10)."""
        if self.coded:
            return self.coarse(self.coded.decode(), 2**level)
        pyramid = self.method == "grids" and "preset" not in self.settings
        every = pyramid or self.method in ("constant", "gaussian", "wavelet")
        native = level if every else self.mean_level
        native = native if native <= level else 0
        if self.method == "ecnr":
            native = min(level, self.state["space"] - 1)
        if self.method == "bounded":
            from reference_bounded import stored_levels

            native = min(level, stored_levels(self) - 1)
        values, (low, high, dtype) = self.values(native), self.end
        exact, whole = values, self.method == "plain" and level == 0 and dtype.kind in "iu"
        if dtype.str[1:] in ("i8", "u8"):
            high = min(high, float(np.nextafter(float(np.iinfo(dtype).max), 0)))
        kept = self.fields.get("noise", self.fields.get("bound", {}))
        if level == 0 and "step" in kept:
            values = values + self.tiled(0, "residual") * kept["step"]
        values = self.code.values(values) if self.code else values
        values = _box_means(values, 2 ** (level - native))
        values = np.clip(np.where(np.isnan(values), low, values), low, high)
        result = (values if dtype.kind == "f" else np.rint(values)).astype(dtype)
        fill = self.fields.get("fill_value")
        if fill is not None and low <= fill <= high and low < high:
            way = 1 if fill < high else -1
            close = (
                fill + way
                if dtype.kind != "f"
                else np.nextafter(dtype.type(fill), dtype.type(way * np.inf))
            )
            if "packing" in self.fields:
                near = self.code.beside(fill, way)
                close = close if near is None else near
            result[result == fill] = close
        if whole:
            result = exact
        kinds = self.missing(level) if self.fields.get("missing") else np.zeros(1)
        stand_ins = (np.nan, np.inf, -np.inf, self.fields.get("fill_value"), -0.0)
        for kind in set(np.unique(kinds).astype(int)) - {0}:
            result[kinds == kind] = stand_ins[kind - 1]
        return result

    def coarse(self, values: Array, side: int) -> Array:
        """Return the means over ``side`` rows and columns of a movie coded as a volume."""
        low, high, dtype = self.end
        values = np.moveaxis(values, -3, 0)[..., None, :, :]
        stand_ins = [np.nan, np.inf, -np.inf, self.fields.get("fill_value", np.nan)]
        out = np.empty((*values.shape[:-2], *self.shape(int(log2(side)))[-2:]), dtype)
        for at in np.ndindex(out.shape):
            rows, columns = (slice(i * side, i * side + side) for i in at[-2:])
            box = values[(*at[:-2], rows, columns)].astype("f8")
            present = box[np.isfinite(box) & (box != stand_ins[3])]
            if side == 1:
                out[at] = values[at]
            elif present.size:
                mean = np.clip(present.sum() / present.size, low, high)
                out[at] = mean if dtype.kind == "f" else np.rint(mean)
                if out[at] == stand_ins[3] and low < high:
                    step = 1 if stand_ins[3] < high else -1
                    out[at] = (
                        np.nextafter(out[at], dtype.type(step * np.inf))
                        if dtype.kind == "f"
                        else stand_ins[3] + step
                    )
            else:
                there = np.isnan(box).any(), (box == np.inf).any(), (box == -np.inf).any(), True
                out[at] = stand_ins[there.index(True)]
        return out

    def shown(self, level: int = 0) -> Array:
        """Return the values of a level along the axes of the original (section 4)."""
        values, axes = self.decode(level), self.fields["axes"]
        plain = [[a, a] for a in axes if a != "z" or not self.fields.get("flat", False)]
        rows = self.fields.get("source_axes", plain)
        held = [k for a in axes for k, row in enumerate(rows) if row[1] == a]
        lengths = [[*rows[k], values.shape[axes.index(rows[k][1])]][2] for k in held]
        return values.reshape(lengths).transpose([held.index(k) for k in range(len(rows))])

    def values(self, level: int) -> Array:
        """Return the method's values of a native level in data units, float64."""
        if self.method == "constant":
            return np.full(self.shape(level), self.low, np.float64)
        if self.method == "plain":
            tile = (1,) * len(self.lead) + (64,) * 3
            chunk = [min(n, t) for n, t in zip(self.shape(), tile, strict=True)]
            units = self.file.sections[self.number, 0, f"{self.prefix}values"]
            return stored(units, f"<{self.dtype.str[1:]}", self.shape(), chunk)
        if self.method == "gaussian":
            from reference_gaussian import Mixtures

            with np.errstate(all="ignore"):
                return Mixtures(self).values(level)
        if self.method == "bounded":
            from reference_bounded import bounded

            return bounded(self, level)
        if self.method == "siren":
            normalised = self.sines()
        elif self.method == "wavelet":
            from reference_wavelet import Pyramid
            from reference_wavelet_fast import FastPyramid

            fast = self.settings.get("effort") == "fast"
            pyramid = (FastPyramid if fast else Pyramid)(self)
            values = pyramid.values(level) * (float(self.high) - float(self.low)) + self.low
            expect(not (fast and "apart" in self.state), "slices apart with effort fast")
            values = values if fast else pyramid.with_background(values, level)
            if level or "apart" not in self.state:
                return values
            from reference_apart import put_apart

            return put_apart(values, self)
        elif self.method == "grids":
            from reference_grids import grids

            normalised = grids(self, level)
        elif self.method == "ecnr":
            from reference_ecnr import ecnr

            normalised = ecnr(self, level)
        elif self.compact and level == self.mean_level:
            normalised = self.means()
        else:
            decode = self.blend if self.compact else self.join
            normalised = np.stack([decode(frame) for frame in np.ndindex(*self.lead)])
        span = float(self.high) - float(self.low)
        return normalised.astype(np.float64).reshape(self.shape(level)) * span + self.low

    def sines(self) -> Array:
        """Return the normalised values of a coordinate network (section 14)."""
        (data,) = self.units(0, "decoder", 1)
        residual = self.settings.get("preset") == "neurcomp"
        layers = self.settings.get("layers", 7 if residual else 5)
        omega = self.settings.get("omega", 30.0)
        lengths = dict(zip(self.fields["axes"], self.shape(), strict=True))
        outputs = lengths.pop("c", 1)
        axes = [2 * np.arange(n) / (n - 1) - 1 if n > 1 else np.zeros(1) for n in lengths.values()]
        x = np.stack(np.meshgrid(*axes, indexing="ij")[::-1], axis=-1).astype(np.float32)
        if residual:
            return self.residual_sines(data, x, outputs, layers, omega)
        rest = np.frombuffer(data, "<f2").astype(np.float32)
        expect(np.isfinite(rest).all(), "the network is damaged")
        sizes = [len(lengths), *[self.settings["width"]] * layers, outputs]
        for i, (n, m) in enumerate(pairwise(sizes)):
            expect(len(rest) >= (n + 1) * m, "the network is too short")
            w, b, rest = np.split(rest, [n * m, (n + 1) * m])
            x = x @ w.reshape(n, m) + b
            x = np.sin(omega * x) if i < layers else x
        expect(not len(rest), "the network is too long")
        return np.moveaxis(x, -1, self.fields["axes"].find("c")) if self.lead else x[..., 0]

    def residual_sines(
        self, data: bytes, x: Array, outputs: int, blocks: int, omega: float
    ) -> Array:
        """Return the same for the preset `neurcomp`."""
        from reference_ecnr import neurcomp

        sizes = [x.shape[-1], *[self.settings["width"]] * (2 * blocks + 1), outputs]
        layers = neurcomp(data, sizes)

        def sine(i: int, v: Array) -> Array:
            return np.sin(np.float32(omega) * (v @ layers[i][0] + layers[i][1]))

        x = sine(0, x)
        for k in range(blocks):
            h = x if k == 0 else x / 2
            x = x + sine(2 * k + 2, sine(2 * k + 1, h))
        x = (x / 2) @ layers[-1][0] + layers[-1][1]
        return np.moveaxis(x, -1, self.fields["axes"].find("c")) if self.lead else x[..., 0]

    @cache  # noqa: B019
    def network(self) -> list[Array]:
        """Return w0, b0, a0, w1, ..., w3, b3 (section 11)."""
        (data,) = self.units(0, "decoder", 1)
        inputs, narrowest, side = self.s, 1, self.k
        if self.compact:
            narrowest, side = self.state["values"], self.k + self.state["overlap"]
            inputs = 3 * (self.method == "coordvarsvd") + narrowest + 26
        hidden = (max(self.k**3 // n, narrowest) for n in HIDDEN[self.method])
        layers = pairwise([inputs, *hidden, side**3])
        shapes = [shape for a, b in layers for shape in ((a, b), (b,), (1,))][:-1]
        counts = [prod(shape) for shape in shapes]
        flat = np.frombuffer(data, "<f4", 11 if self.compact else -1)
        if self.compact:
            expect(np.isfinite(flat).all(), "the network is damaged")
            integers = decode_lattice(data[44:], (1, 1, 1, sum(counts))).ravel()
            flat = integers.astype("f4") * np.repeat(flat, counts)
        expect(len(flat) == sum(counts), "the network has the wrong length")
        parts = np.split(flat, np.cumsum(counts)[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]

    def forward(self, x: Array) -> Array:
        for i in range(4):
            w, b, *slope = self.network()[3 * i : 3 * i + 3]
            x = x @ w + b
            x = np.where(x > 0, x, x * slope[0]) if slope else x
        return x

    def code_tiles(self, frame: tuple[int, ...]) -> Any:
        """Yield the first block, the counts of blocks and the unit of each code tile of a frame."""
        side = max(64 // self.k, 1)
        corners = list(product(*(range(0, n, side) for n in self.blocks)))
        units = self.units(0, "codes", prod(self.lead) * len(corners))
        number = int(np.ravel_multi_index(frame, self.lead)) if frame else 0
        for corner, data in zip(corners, units[number * len(corners) :], strict=False):
            yield np.array(corner), tuple(np.minimum(side, np.subtract(self.blocks, corner))), data

    def join(self, frame: tuple[int, ...]) -> Array:
        """Return the normalised values of a frame in the preset `paper`."""
        out, k = np.empty([n * self.k for n in self.blocks], np.float32), self.k
        for corner, counts, data in self.code_tiles(frame):
            expect(len(data) == 2 * prod(counts) * self.s, "a code unit has the wrong length")
            x = self.forward(np.frombuffer(data, "<f2").astype(np.float32).reshape(-1, self.s))
            blocks = (0.5 * (1 + np.tanh(0.5 * x))).reshape(*counts, k, k, k)
            for index in np.ndindex(*counts):
                out[_box((corner + index) * k, k)] = blocks[index]
        return out[tuple(map(slice, self.grid_shape))]

    @cache  # noqa: B019
    def means(self) -> Array:
        """Return the normalised block means of all frames in the preset `compact`."""
        integers = self.tiled(self.mean_level, "base", predicted=True)
        return integers.astype(np.float32) * np.float32(self.state["mean_step"])

    def blend(self, frame: tuple[int, ...]) -> Array:
        """Return the normalised values of a frame in the preset `compact`."""
        k, unit, step = self.k, np.float32(self.state["unit"]), np.float32(self.state["code_step"])
        side = k + self.state["overlap"]
        smooth, around = self.means()[frame], np.pad(self.means()[frame], 1, mode="edge")
        total = np.zeros([n * k + side for n in self.blocks], np.float32)
        for corner, counts, data in self.code_tiles(frame):
            codes = decode_lattice(data, (1 + self.state["values"], *counts), gated=True)
            for index in np.argwhere(codes[0]):
                block = corner + index
                near = (around[_box(block, 3)].ravel() - smooth[tuple(block)]) / unit
                place = (block / self.blocks)[::-1] if self.method == "coordvarsvd" else []
                x = [*place, *(codes[1:, *index] * step), *np.delete(near, 13)]
                window = self.forward(np.array([x], np.float32))
                total[_box(block * k, side)] += window.reshape(side, side, side)
        for axis, n in enumerate(self.blocks):
            position = (np.arange(n * k) + 0.5) / k - 0.5
            below = np.floor(position).astype(int)
            low, high = (smooth.take(np.clip(below + i, 0, n - 1), axis) for i in (0, 1))
            share = np.float32(position - below).reshape(np.roll([-1, 1, 1], axis))
            smooth = low + (high - low) * share
        total = total[tuple(map(slice, smooth.shape))]
        return (smooth + unit * total)[tuple(map(slice, self.grid_shape))]


def _box(first: Array, side: int) -> tuple[slice, ...]:
    return tuple(slice(i, i + side) for i in first)


def _box_means(values: Array, factor: int) -> Array:
    """Return means over boxes of the last three axes, cut at the edges."""
    counts = [ceil(n / factor) for n in values.shape[-3:]]
    out = np.empty((*values.shape[:-3], *counts))
    for where in np.ndindex(*counts):
        box = _box(np.array(where) * factor, factor)
        out[(..., *where)] = values[(..., *box)].mean((-3, -2, -1))
    return out
