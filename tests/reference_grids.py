"""Grids of features for the slow reader: section 29 of docs/format.md, without vcore."""

from itertools import pairwise, product
from math import prod
from typing import Any

import numpy as np
from reference_ecnr import Reader, looked_up, shared_arrays
from reference_reader import Array, RangeDecoder, expect
from reference_wavelet import Mixer, chance, mixed, sign, single

F4 = np.float32
NEAR, MIDDLE, FAR = F4(0.1875), F4(0.875), F4(-0.0625)
SINE = [F4(v) for v in (6.28318516, -41.34165503, 81.60100406, -76.54978188, 39.5367028)]


def octave(v: int) -> int:
    return min(v, 127).bit_length()


def fine(v: int) -> int:
    if v < 4:
        return v
    bits = v.bit_length()
    return min(2 * bits - 2 + (v >> (bits - 2) & 1), 15)


class Tile:
    """Integers of a tile, decoded block by block."""

    def __init__(
        self, shape: Any, beside: Array | None, coarse: Array | None, plane: int, mixer: Mixer
    ) -> None:
        self.values, self.shape = np.zeros(shape, np.int64), tuple(shape)
        self.beside, self.coarse, self.plane, self.mixer = beside, coarse, plane, mixer

    def at(self, values: Array | None, *where: int) -> int:
        if values is None or not all(0 <= i < n for i, n in zip(where, self.shape, strict=True)):
            return 0
        return int(values[where])

    def above(self, *where: int) -> int:
        """Return the coarse node of given indices; ``coarse`` begins one before the tile."""
        places = [i + 1 for i in where]
        if self.coarse is None:
            return 0
        if not all(0 <= i < n for i, n in zip(places, self.coarse.shape, strict=True)):
            return 0
        return int(self.coarse[tuple(places)])

    def decode(self, data: bytes) -> Array:
        coder = RangeDecoder(data, 0)
        counts = [-(-n // 4) for n in self.shape]
        some = np.zeros([n + 2 for n in counts], int)
        for block in product(*map(range, counts)):
            slots, second = self.block_slots(some, block)
            sets = (5, self.plane), (5, 64 + second)
            if not mixed(coder, self.mixer, [(5, i, s) for i, s in enumerate(slots)], sets):
                continue
            some[tuple(np.add(block, 1))] = 1
            spans = [
                range(4 * b, min(4 * b + 4, n)) for b, n in zip(block, self.shape, strict=True)
            ]
            for node in product(*spans):
                self.values[node] = self.node(coder, *node)
        return self.values

    def block_slots(self, some: Array, block: Any) -> tuple[list[int], int]:
        b, c, d = block
        near = some[b + 1, c + 1, d], some[b + 1, c, d + 1], some[b, c + 1, d + 1]
        pattern = int(near[0] + 2 * near[1] + 4 * near[2])
        far = int(some[b + 1, c, d] + some[b + 1, c, d + 2] + some[b, c + 1, d])
        far += int(some[b, c + 1, d + 2] + some[b, c, d + 1] + some[b, c + 2, d + 1])
        spans = [range(2 * i - 1, 2 * i + 3) for i in block]
        around = sum(abs(self.above(*p)) for p in product(*spans))
        inside = sum(abs(self.above(*p)) for p in product(*[s[1:3] for s in spans]))
        spans = [range(4 * i, 4 * i + 4) for i in block]
        same = sum(abs(self.at(self.beside, *p)) for p in product(*spans))
        p, total = self.plane, around + same + 4 * (far + int(sum(near)))
        return [
            16 * pattern + p,
            16 * fine(inside) + p,
            16 * fine(around) + p,
            16 * fine(same) + p,
            128 * pattern + 16 * far + fine(inside),
            (8 * fine(around) + octave(inside)) * 8 + octave(same),
            (8 * far + octave(around)) * 16 + p,
            16 * fine(total) + p,
        ], fine(around + same)

    def node(self, coder: RangeDecoder, z: int, y: int, x: int) -> int:
        def size(dz: int, dy: int, dx: int, values: Array = self.values) -> int:
            return abs(self.at(values, z + dz, y + dy, x + dx))

        left, above, behind = size(0, 0, -1), size(0, -1, 0), size(-1, 0, 0)
        near = 2 * (left + above + behind)
        near += size(0, -1, -1) + size(0, -1, 1) + size(-1, 0, -1) + size(-1, 0, 1)
        near += size(-1, -1, 0) + size(-1, 1, 0)
        far = size(0, 0, -2) + size(0, -2, 0) + size(-2, 0, 0)
        odd, up = (z & 1, y & 1, x & 1), (z >> 1, y >> 1, x >> 1)
        parent = 2 * abs(self.above(*up))
        for axis in range(3):
            other = list(up)
            other[axis] += 2 * odd[axis] - 1
            parent += abs(self.above(*other))
        same = 0
        if self.beside is not None:
            steps = np.concatenate([np.eye(3, dtype=int), -np.eye(3, dtype=int)])
            same = 2 * size(0, 0, 0, self.beside)
            same += sum(size(*step, self.beside) for step in steps.tolist())
        p, parity = self.plane, 4 * odd[0] + 2 * odd[1] + odd[2]
        slots = [
            16 * fine(near) + p,
            16 * fine(same) + p,
            16 * fine(parent) + p,
            (8 * octave(parent) + octave(near)) * 16 + p,
            ((min(left, 3) * 4 + min(above, 3)) * 4 + min(behind, 3)) * 16 + p,
            (8 * octave(far) + octave(near)) * 16 + p,
            (8 * octave(same) + octave(near)) * 8 + parity,
            16 * fine(near + far + parent + same) + p,
        ]
        sets = min(p, 7) * 8 + parity, 64 + fine(near + parent)
        m = 0
        while m < 14:
            kind = min(m, 3)
            keys = [(kind, i, s) for i, s in enumerate(slots)]
            if not mixed(coder, self.mixer, keys, tuple((kind, s) for s in sets)):
                break
            m += 1
        if m == 0:
            return 0
        if m == 14:
            bits = 0
            while bits <= 20 and single(coder, self.mixer, bits):
                bits += 1
            expect(bits <= 20, "an integer is too large")
            rest = 1
            for _ in range(bits):
                rest = 2 * rest + chance(coder, 32768)
            m = rest - 1 + 14
        signs = [
            sign(self.at(self.values, z, y, x - 1)),
            sign(self.at(self.values, z, y - 1, x)),
            sign(self.at(self.values, z - 1, y, x)),
            sign(self.above(*up)),
            sign(self.at(self.beside, z, y, x)),
            sign(self.at(self.values, z, y, x - 2)),
            0,
            1,
        ]
        ways = [((4, i, 1 + p), s) if s else (None, 0) for i, s in enumerate(signs)]
        return -m if mixed(coder, self.mixer, ways, tuple((4, s) for s in sets)) else m


def pair(variable: Any, frame: int) -> list[tuple[int, F4]]:
    """Return the key frames around a frame, and their weights."""
    keys = keys_of(variable)
    if len(keys) == 1:
        return [(0, F4(1))]
    k = min(frame // variable.settings["spacing"], len(keys) - 2)
    share = F4((frame - keys[k]) / (keys[k + 1] - keys[k]))
    return [(k, F4(1) - share), (k + 1, share)]


def keys_of(variable: Any) -> list[int]:
    last, step = lengths(variable)[0] - 1, variable.settings["spacing"]
    return [min(k, last) for k in range(0, last + step, step)]


def lengths(variable: Any) -> tuple[int, int]:
    """Return the number of frames and of components."""
    lead = dict(zip(variable.fields["axes"], variable.lead, strict=False))
    return lead.get("t", 1), lead.get("c", 1)


def grids(variable: Any, level: int) -> Array:
    """Return the values of a level, as shares of the range, float32."""
    frames, _ = lengths(variable)
    pyramid = "preset" not in variable.settings
    source = Pyramid(variable) if pyramid else Network(variable)
    out = np.stack([source.values(t, level) for t in range(frames)])
    axes = variable.fields["axes"][:-3]
    out = out if axes != "ct" else out.swapaxes(0, 1)
    return out.reshape(variable.shape(level))


class Pyramid:
    """Preset ``adaptive``: all tiles, and sums of interpolated grids."""

    def __init__(self, variable: Any) -> None:
        self.variable, self.step = variable, F4(variable.state["step"])
        self.sizes = [tuple(variable.grid_shape)]
        while max(self.sizes[-1]) > 4 or len(self.sizes) < variable.levels:
            self.sizes.append(tuple((n + 1) // 2 for n in self.sizes[-1]))
        keys = len(keys_of(variable))
        self.nodes, self.components = 1 + keys if keys > 1 else 1, lengths(variable)[1]
        shape = self.nodes, self.components
        self.grids = [np.zeros((*shape, *size), np.int64) for size in self.sizes]
        self.root = Mixer()
        for k in reversed(range(variable.levels)):
            last = len(self.sizes) - 1 if k == variable.levels - 1 else k
            chosen = range(last, k - 1, -1)
            counts = [prod(shape) * len(self.tiles(grid)) for grid in chosen]
            units = iter(variable.units(k, "grids", sum(counts)))
            for grid in chosen:
                self.decode(grid, units)

    def tiles(self, grid: int) -> list[Any]:
        corners = product(*(range(0, n, 128) for n in self.sizes[grid]))
        ends = self.sizes[grid]
        return [
            tuple(slice(c, min(c + 128, n)) for c, n in zip(corner, ends, strict=True))
            for corner in corners
        ]

    def decode(self, grid: int, units: Any) -> None:
        first, before = True, self.root
        places = product(range(self.nodes), range(self.components), self.tiles(grid))
        for node, component, tile in places:
            data, mixer = next(units), Mixer(before if first else self.root)
            if data:
                out = self.grids[grid][node, component][tile]
                beside = None
                if node or component:
                    beside = self.grids[grid][0, component if node else 0][tile]
                coarse = self.above(grid + 1, node, component, tile)
                out[...] = Tile(out.shape, beside, coarse, min(grid, 15), mixer).decode(data)
            if first:
                self.root, first = mixer if data else before, False

    def above(self, grid: int, node: int, component: int, tile: Any) -> Array | None:
        if grid == len(self.sizes):
            return None
        whole = np.pad(self.grids[grid][node, component], 1)
        return whole[tuple(slice(s.start // 2, (s.stop + 1) // 2 + 2) for s in tile)]

    def values(self, frame: int, level: int) -> Array:
        nodes = [(0, F4(1))]
        if self.nodes > 1:
            nodes += [(k + 1, w) for k, w in pair(self.variable, frame) if w > 0]
        out = []
        for component in range(self.components):
            total: Any = None
            for grid in range(len(self.sizes) - 1, level - 1, -1):
                step = max(self.step * F4(0.5) ** grid, F4(4e-6))
                parts = [
                    self.grids[grid][n, component].astype(F4) * step * weight for n, weight in nodes
                ]
                own = parts[0]
                for part in parts[1:]:
                    own = own + part
                total = own if total is None else widened(total, self.sizes[grid]) + own
            out.append(total)
        return np.stack(out)


def widened(values: Array, size: Any) -> Array:
    for axis in (2, 1, 0):
        i = np.arange(size[axis])
        p, side, last = i >> 1, 2 * (i & 1) - 1, values.shape[axis] - 1
        near, far = (values.take(np.clip(p + s, 0, last), axis) for s in (side, -side))
        values = (NEAR * near + MIDDLE * values.take(p, axis)) + FAR * far
    return values


class Network:
    """Presets with tables of features and a small network."""

    def __init__(self, variable: Any) -> None:
        self.variable, settings, state = variable, variable.settings, variable.state
        self.preset, self.shape = settings["preset"], variable.grid_shape
        self.outputs, size = lengths(variable)[1], state["size"]
        self.octaves = 4 if self.preset == "fvsrn" else 0
        features = 16 if self.preset == "fvsrn" else 2
        if self.preset == "fvsrn":
            self.tables = [(self.spread(size), 0)]
        elif self.preset == "apmgsrn":
            self.tables = [(tuple(min(size, n) for n in self.shape), 0)] * settings["boxes"]
        else:
            finest = max(max(self.shape) // 2, 6)
            nodes = [self.spread(round(6 * (finest / 6) ** (k / 7))) for k in range(8)]
            self.tables = [(n, size if prod(n) > size else 0) for n in nodes]
        self.features = features
        inputs = features * len(self.tables) + 6 * self.octaves
        sizes = [inputs, *[settings["width"]] * settings.get("layers", 2), self.outputs]
        shapes = [s for a, b in pairwise(sizes) for s in ((a, b), (b,))]
        reader = Reader(variable.units(0, "weights", 1)[0])
        self.boxes = None
        if self.preset == "apmgsrn":
            stored = np.frombuffer(reader.take(12 * settings["boxes"]), "i1").reshape(-1, 12)
            self.boxes = stored * np.repeat(np.array([1 / 16, 1 / 127], "f4"), (9, 3))
        values = []
        for step in reader.floats(len(shapes)):
            count, z = reader.number(), reader.number()
            first = z // 2 if z % 2 == 0 else -(z + 1) // 2
            values.append(((first + np.arange(count)) * float(step)).astype("f4"))
        stacks = [(1, *(s if len(s) == 2 else (1, *s))) for s in shapes]
        coded = [(s, len(v), True) for s, v in zip(stacks, values, strict=True)]
        indices = shared_arrays(reader.rest(), coded)
        self.arrays = [
            looked_up(v, i).reshape(s) for v, i, s in zip(values, indices, shapes, strict=True)
        ]
        units = variable.units(0, "features", len(keys_of(variable)))
        self.keys: list[list[Array]] = []
        first: Mixer | None = None
        for data in units:
            mixer = Mixer(first) if first else Mixer()
            self.keys.append(self.unit(data, mixer))
            first = first or mixer

    def spread(self, longest: int) -> tuple[int, ...]:
        most = max(self.shape)
        return tuple(min(max(round(longest * n / most), 2), n) for n in self.shape)

    def unit(self, data: bytes, mixer: Mixer) -> list[Array]:
        tables, position, number = [], 0, 0
        for nodes, entries in self.tables:
            plane = (1, 1, entries) if entries else nodes
            table = np.zeros((self.features, *plane), np.int64)
            for f in range(self.features):
                length = shift = 0
                while True:
                    byte, position = data[position], position + 1
                    length, shift = length | (byte & 127) << shift, shift + 7
                    if byte < 128:
                        break
                beside = self.keys[0][len(tables)][f] if self.keys else table[f - 1] if f else None
                if length:
                    stream = data[position : position + length]
                    table[f] = Tile(plane, beside, None, number % 16, mixer).decode(stream)
                position, number = position + length, number + 1
            tables.append(table)
        return tables

    def values(self, frame: int, level: int) -> Array:
        step, inputs = F4(self.variable.state["step"]), []
        for n, (nodes, entries) in enumerate(self.tables):
            mixed_ = np.zeros(self.keys[0][n].shape, F4)
            for k, weight in pair(self.variable, frame):
                if weight > 0:
                    mixed_ += self.keys[k][n].astype(F4) * (weight * step)
            inputs += self.interpolated(mixed_, nodes, entries, n)
        scales = [F4(1 / max(n - 1, 1)) for n in self.shape]
        for octave_ in range(self.octaves):
            for shift in (F4(0.25), F4(0)):
                for axis in (2, 1, 0):
                    at = np.arange(self.shape[axis]).astype(F4) * scales[axis]
                    wave = cosine(at * (F4(1 << octave_) * F4(0.5)) - shift)
                    inputs.append(np.broadcast_to(along(wave, axis), self.shape))
        layers = len(self.arrays) // 2
        for n in range(layers):
            w, b = self.arrays[2 * n], self.arrays[2 * n + 1]
            found = []
            for j in range(len(b)):
                total = np.full(self.shape, b[j], F4)
                for i, given in enumerate(inputs):
                    total = total + w[i, j] * given
                found.append(total)
            if n < layers - 1:
                found = [self.activation(v) for v in found]
            inputs = found
        return np.stack(inputs)

    def activation(self, v: Array) -> Array:
        if self.preset != "fvsrn":
            return np.maximum(v, F4(0))
        s = cosine(v * F4(0.15915494) - F4(0.25))
        return F4(0.5) * v + s * s

    def interpolated(self, table: Array, nodes: Any, entries: int, number: int) -> list[Array]:
        axes = []
        voxel = [along(np.arange(n).astype(F4), axis) for axis, n in enumerate(self.shape)]
        for axis, (n, m) in enumerate(zip(self.shape, nodes, strict=True)):
            at = voxel[axis] * F4((m - 1) / max(n - 1, 1))
            if self.boxes is not None:
                turn, centre = self.boxes[number].astype(float)[3 * axis :], self.boxes[number][9:]
                a, b, c = (
                    F4(turn[k] / max(length - 1, 1) * (m - 1))
                    for k, length in enumerate(self.shape)
                )
                away = [turn[k] * (float(centre[k]) + 1) for k in range(3)]
                shift = F4((m - 1) / 2 + 1 - ((away[0] + away[1]) + away[2]) * (m - 1) / 2)
                at, m = ((voxel[0] * a + voxel[1] * b) + voxel[2] * c) + shift, m + 2
            at = np.clip(at, F4(0), F4(m - 1))
            low = np.minimum(at.astype(int), max(m - 2, 0))
            axes.append((low, np.minimum(low + 1, m - 1), at - low.astype(F4)))
        if self.boxes is not None:
            table = np.pad(table, ((0, 0), (1, 1), (1, 1), (1, 1)))
        (za, zb, zw), (ya, yb, yw), (xa, xb, xw) = axes
        found = []
        for plane in table:

            def corner(z: Array, y: Array, x: Array, plane: Array = plane) -> Array:
                if not entries:
                    return plane[z, y, x]
                mask = 0xFFFFFFFF
                hashed = x ^ (y * 2654435761 & mask) ^ (z * 805459861 & mask)
                return plane[0, 0, hashed % entries]

            def line(a: Array, b: Array, w: Array) -> Array:
                return a + w * (b - a)

            if entries or self.boxes is not None:  # along x first
                a, b = (line(corner(za, y, xa), corner(za, y, xb), xw) for y in (ya, yb))
                c, d = (line(corner(zb, y, xa), corner(zb, y, xb), xw) for y in (ya, yb))
                found.append(line(line(a, b, yw), line(c, d, yw), zw))
            else:  # along x last
                a, b = (
                    line(
                        line(corner(za, ya, x), corner(za, yb, x), yw),
                        line(corner(zb, ya, x), corner(zb, yb, x), yw),
                        zw,
                    )
                    for x in (xa, xb)
                )
                found.append(line(a, b, xw))
        return found


def along(values: Array, axis: int) -> Array:
    return values.reshape([-1 if k == axis else 1 for k in range(3)])


def cosine(turns: Array) -> Array:
    q = F4(0.25) - np.abs(turns - np.rint(turns))
    s = q * q
    total = SINE[4]
    for c in SINE[3::-1]:
        total = c + s * total
    return q * total
