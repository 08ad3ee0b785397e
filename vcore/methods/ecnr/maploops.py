"""The compiled loops of the map of blocks. Integer arithmetic only."""

import numpy as np

from vcore.compiled import inline, jit
from vcore.entropy.rangecoder import (
    CODE,
    POSITION,
    RANGE,
    decode_bit,
    decode_raw,
    encode_bit,
    encode_raw,
    finish_encoder,
    start_decoder,
    start_encoder,
)

NEIGHBOURS = 5
"""The block before along t, z, y, x, c, in this order."""
USED = 0
SAME = NEIGHBOURS + 1
NEW = SAME + NEIGHBOURS * 3
CONTEXTS = NEW + 3
WORST_BYTES = 64


@inline
def candidates(blocks, t, c, z, y, x, found):
    """Fill ``found`` with the networks of the neighbours, 0 where there are none."""
    found[0] = blocks[t - 1, c, z, y, x] if t > 0 else 0
    found[1] = blocks[t, c, z - 1, y, x] if z > 0 else 0
    found[2] = blocks[t, c, z, y - 1, x] if y > 0 else 0
    found[3] = blocks[t, c, z, y, x - 1] if x > 0 else 0
    found[4] = blocks[t, c - 1, z, y, x] if c > 0 else 0


@inline
def kept(found):
    """Set repeated candidates to 0; return how many neighbours there were."""
    used = 0
    for k in range(NEIGHBOURS):
        used += found[k] > 0
        for j in range(k):
            if found[j] == found[k]:
                found[k] = 0
    return used


@inline
def width_of(count):
    """Bits of a number below ``count``."""
    bits = 0
    while (np.int64(1) << bits) < count:
        bits += 1
    return bits


@jit
def encode(blocks, contexts, out):
    """Code the map into ``out``; return the length, -1 where it is too short."""
    state = np.zeros(5, np.int64)
    start_encoder(state)
    found = np.zeros(NEIGHBOURS, np.int64)
    seen, last = np.int64(0), 0
    nt, nc, nz, ny, nx = blocks.shape
    for t in range(nt):
        for c in range(nc):
            for z in range(nz):
                for y in range(ny):
                    for x in range(nx):
                        if state[POSITION] + state[3] + WORST_BYTES > out.size:
                            return -1
                        candidates(blocks, t, c, z, y, x, found)
                        used = kept(found)
                        value = np.int64(blocks[t, c, z, y, x])
                        encode_bit(state, out, contexts, USED + used, value > 0)
                        if value == 0:
                            continue
                        hit = False
                        for k in range(NEIGHBOURS):
                            if found[k] > 0:
                                hit = found[k] == value
                                encode_bit(state, out, contexts, SAME + 3 * k + last, hit)
                                if hit:
                                    break
                        if hit:
                            last = 0
                            continue
                        new = value > seen
                        encode_bit(state, out, contexts, NEW + last, new)
                        last = 1 if new else 2
                        if new:
                            seen += 1
                        else:
                            encode_raw(state, out, value - 1, width_of(seen))
    finish_encoder(state, out)
    return state[POSITION]


@jit
def decode(data, blocks, networks, contexts):
    """Fill ``blocks`` from ``data``; return how many networks it names, -1 where impossible."""
    state = np.zeros(5, np.int64)
    start_decoder(state, data)
    if state[CODE] >= state[RANGE]:
        return -1
    found = np.zeros(NEIGHBOURS, np.int64)
    seen, last = np.int64(0), 0
    nt, nc, nz, ny, nx = blocks.shape
    for t in range(nt):
        for c in range(nc):
            for z in range(nz):
                for y in range(ny):
                    for x in range(nx):
                        candidates(blocks, t, c, z, y, x, found)
                        used = kept(found)
                        if not decode_bit(state, data, contexts, USED + used):
                            continue
                        value = np.int64(0)
                        for k in range(NEIGHBOURS):
                            if found[k] > 0 and decode_bit(
                                state, data, contexts, SAME + 3 * k + last
                            ):
                                value = found[k]
                                break
                        if value > 0:
                            last = 0
                        elif decode_bit(state, data, contexts, NEW + last):
                            seen += 1
                            if seen > networks:
                                return -1
                            value, last = seen, 1
                        else:
                            value = decode_raw(state, data, width_of(seen)) + 1
                            last = 2
                            if value > seen:
                                return -1
                        blocks[t, c, z, y, x] = value
    return seen
