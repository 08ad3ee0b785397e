"""The coding loop of method bounded: predict a voxel, code the error, learn (docs/format.md).

One compiled function encodes and decodes, so that both do the same arithmetic: integers, and
float64 additions, multiplications, divisions and square roots in a fixed order.

Compiled by numba, which is imported with this module: import it only where a stream is coded.
"""

import math

import numpy as np

from vcore.entropy.mixing import code_single
from vcore.entropy.rangecoder import POSITION
from vcore.methods.bounded.decisions import (
    BINS,
    CLASSES,
    CONTEXTS,
    MAX_BITS,
    binned,
    code_error,
    finely,
)
from vcore.methods.bounded.mixture import INPUTS, between
from vcore.methods.bounded.prediction import (
    BEGINNING,
    EACH,
    FAR,
    FARS,
    FEATURES,
    KEPT_NEAR,
    KEPT_NEAR_OFTEN,
    KEPT_SQUARES,
    KEPT_WIDE,
    KEPT_WIDE_OFTEN,
    OFTEN,
    SELDOM,
    SPACE,
    forget,
    is_flat,
    learn,
    predict,
    put_far,
    put_frame,
    solve,
)
from vcore.runtime.jit import jit

MAX_VALUE = 1 << 50
ROOM = 64
"""Bytes that one voxel may take at most."""


@jit
def code(encoding, coder, data, values, order, step, counters, weights, singles):
    """Encode ``values`` into ``data``, or decode them from it; see ``rangecoder.stream``.

    Parameters
    ----------
    values
        Integers of shape (frames, z, y, x), int64; they become what the decoder will find.
    order
        A row a frame: its number and those of up to two coded ones, or -1; int64.
    step
        The quantiser's, odd.
    counters, weights
        From ``vcore.methods.bounded.mixture``, in their first state.
    singles
        SINGLES, from ``vcore.entropy.mixing``, in their first state.

    Returns
    -------
    Whether ``data`` is long enough to write to, and undamaged.
    """
    frames, nz, ny, nx = values.shape
    shape = (nz, ny, nx)
    errors = np.zeros((frames, nz, ny, nx), np.int64)
    logits = np.zeros(INPUTS, np.int64)
    base = np.zeros(INPUTS, np.int64)
    slots = np.zeros(INPUTS, np.int64)
    d = np.zeros(FEATURES)
    deltas = np.zeros(FARS, np.int64)
    # of each class, and of its voxels at the low and at the high end of the axis
    wide_matrix = np.zeros((3 * CLASSES, FEATURES, FEATURES))
    wide_right = np.zeros((3 * CLASSES, FEATURES))
    wide_taps = np.zeros((3 * CLASSES, FEATURES))
    near_matrix = np.zeros((3 * CLASSES, SPACE + 2 * EACH, SPACE + 2 * EACH))
    near_right = np.zeros((3 * CLASSES, SPACE + 2 * EACH))
    near_taps = np.zeros((3 * CLASSES, SPACE + 2 * EACH))
    squares = np.full((3 * CLASSES, 2), 1e-3)
    seen = np.zeros(3 * CLASSES, np.int64)
    work = np.zeros((FEATURES, FEATURES + 1))
    half = step >> 1
    inverse = 1.0 / step
    top = 0
    while 1 << top < max(nz, ny, nx):
        top += 1

    for turn in range(frames):
        t, ta, tb = order[turn, 0], order[turn, 1], order[turn, 2]
        coded = (ta >= 0) + (tb >= 0)
        near = SPACE + EACH * coded
        active = near + FARS
        cur = values[t]
        voxels = cur.ravel()
        err = errors[t]
        va = values[max(ta, 0)]
        vb = values[max(tb, 0)]
        ka = errors[max(ta, 0)]
        kb = errors[max(tb, 0)]
        # the first voxel
        guess = va[0, 0, 0] if ta >= 0 else np.int64(0)
        for i in range(INPUTS):
            base[i] = CONTEXTS - 1
        q = np.int64(0)
        if encoding is not None:
            q = (cur[0, 0, 0] - guess + half) // step
        total, kind = np.int64(0), np.int64(0)
        q = code_error(
            encoding, coder, data, counters, base, slots, weights, total, kind, logits, q, kind
        )
        cur[0, 0, 0] = guess + q * step
        if abs(q) >> MAX_BITS or abs(cur[0, 0, 0]) >= MAX_VALUE:
            return False

        for scale in range(top - 1, -1, -1):
            s = 1 << scale
            for axis in range(3):
                if s >= shape[axis]:
                    continue
                b_axis, c_axis = (1 if axis == 0 else 0), (1 if axis == 2 else 2)
                sb = s if b_axis < axis else 2 * s
                sc = s if c_axis < axis else 2 * s
                nb, nc, na = shape[b_axis], shape[c_axis], shape[axis]
                kind = (axis * 3 + min(scale, 2)) * 3 + coded
                strides = (ny * nx, nx, 1)
                for i in range(FARS):
                    deltas[i] = (
                        FAR[i, 0] * s * strides[axis]
                        + FAR[i, 1] * sb * strides[b_axis]
                        + FAR[i, 2] * sc * strides[c_axis]
                    )
                for z in range(s if axis == 0 else 0, nz, s if axis > 0 else 2 * s):
                    for y in range(s if axis == 1 else 0, ny, s if axis > 1 else 2 * s):
                        for x in range(s if axis == 2 else 0, nx, 2 * s):
                            here = (z, y, x)
                            pa, pb, pc = here[axis], here[b_axis], here[c_axis]
                            # unit vectors of the three axes
                            az, ay, ax = (
                                (s, 0, 0) if axis == 0 else ((0, s, 0) if axis == 1 else (0, 0, s))
                            )
                            bz, by = (sb, 0) if b_axis == 0 else (0, sb)
                            cy, cx = (sc, 0) if c_axis == 1 else (0, sc)
                            n0 = cur[z - az, y - ay, x - ax]
                            more = pa + s < na
                            n1 = cur[z + az, y + ay, x + ax] if more else n0
                            f0 = cur[z - 3 * az, y - 3 * ay, x - 3 * ax] if pa >= 3 * s else n0
                            f1 = cur[z + 3 * az, y + 3 * ay, x + 3 * ax] if pa + 3 * s < na else n1
                            if not more:
                                f1 = n0
                            plain = (9 * (n0 + n1) - f0 - f1) * 0.0625
                            for i in range(active):
                                d[i] = 0.0
                            d[0] = f0 - plain
                            d[1] = f1 - plain
                            d[2] = n0 - plain
                            texture = np.int64(0)
                            e1 = np.int64(0)
                            kb1 = np.int64(0)
                            kc1 = np.int64(0)
                            kd1 = np.int64(0)
                            if pb >= sb:
                                v = cur[z - bz, y - by, x]
                                d[3] = v - plain
                                kb1 = err[z - bz, y - by, x]
                                e1 += 2 * abs(kb1)
                                v = cur[z - bz - az, y - by - ay, x - ax]
                                d[4] = v - plain
                                texture += abs(v - n0)
                                if more:
                                    v = cur[z - bz + az, y - by + ay, x + ax]
                                    texture += abs(v - n1)
                                d[5] = v - plain
                                if pb >= 2 * sb:
                                    d[6] = cur[z - 2 * bz, y - 2 * by, x] - plain
                                    e1 += abs(err[z - 2 * bz, y - 2 * by, x])
                            if pb + sb < nb:
                                v = cur[z + bz - az, y + by - ay, x - ax]
                                d[7] = v - plain
                                texture += abs(v - n0)
                                if more:
                                    v = cur[z + bz + az, y + by + ay, x + ax]
                                    texture += abs(v - n1)
                                d[8] = v - plain
                            if pc >= sc:
                                v = cur[z, y - cy, x - cx]
                                d[9] = v - plain
                                kc1 = err[z, y - cy, x - cx]
                                e1 += 2 * abs(kc1)
                                v = cur[z - az, y - cy - ay, x - cx - ax]
                                d[10] = v - plain
                                texture += abs(v - n0)
                                if more:
                                    v = cur[z + az, y - cy + ay, x - cx + ax]
                                    texture += abs(v - n1)
                                d[11] = v - plain
                                if pc >= 2 * sc:
                                    d[12] = cur[z, y - 2 * cy, x - 2 * cx] - plain
                                    e1 += abs(err[z, y - 2 * cy, x - 2 * cx])
                                if pb >= sb:
                                    d[15] = cur[z - bz, y - by - cy, x - cx] - plain
                                    kd1 = err[z - bz, y - by - cy, x - cx]
                                    e1 += abs(kd1)
                            if pc + sc < nc:
                                v = cur[z - az, y + cy - ay, x + cx - ax]
                                d[13] = v - plain
                                texture += abs(v - n0)
                                if more:
                                    v = cur[z + az, y + cy + ay, x + cx + ax]
                                    texture += abs(v - n1)
                                d[14] = v - plain
                                if pb >= sb:
                                    d[16] = cur[z - bz, y - by + cy, x + cx] - plain
                                    e1 += abs(err[z - bz, y - by + cy, x + cx])
                            e3 = np.int64(0)
                            kt = np.int64(0)
                            if ta >= 0:
                                there, spread = put_frame(
                                    d, SPACE, va, ka, z, y, x, az, ay, ax, bz, by, cy, cx,
                                    more, n1, plain, pb >= sb, pb + sb < nb, pc >= sc, pc + sc < nc,
                                )  # fmt: skip
                                kt += there
                                e3 += spread
                            if tb >= 0:
                                there, spread = put_frame(
                                    d, SPACE + EACH, vb, kb, z, y, x, az, ay, ax, bz, by, cy, cx,
                                    more, n1, plain, pb >= sb, pb + sb < nb, pc >= sc, pc + sc < nc,
                                )  # fmt: skip
                                kt += there
                                e3 += spread
                            put_far(
                                d, near, voxels, (z * ny + y) * nx + x, deltas, plain,
                                pa, pb, pc, s, sb, sc, na,
                            )  # fmt: skip
                            k0 = abs(err[z - az, y - ay, x - ax])
                            k1 = abs(err[z + az, y + ay, x + ax]) if more else k0
                            e2 = k0 + k1
                            # all alike so far: one counter says whether that goes on
                            quiet = e1 + e2 + e3 + texture == 0 and is_flat(d, 0, near)
                            differs = np.int64(0)
                            if quiet:
                                if encoding is not None:
                                    differs = np.int64((cur[z, y, x] - n0 + half) // step != 0)
                                single = 2 * min(scale, 1) + (0 if is_flat(d, near, active) else 1)
                                differs = code_single(
                                    encoding, coder, data, singles, single, differs
                                )
                                if not differs:
                                    cur[z, y, x] = n0
                                    continue
                            fit = kind
                            if scale == 0 and pa < 3:
                                fit += CLASSES
                            elif scale == 0 and not more:
                                fit += 2 * CLASSES
                            wide, narrow, predicted = plain, plain, plain
                            if not quiet:
                                wide = predict(wide_taps[fit], d, active, plain)
                                narrow = predict(near_taps[fit], d, near, plain)
                                # whichever missed less of late counts more
                                a = squares[fit, 0] * squares[fit, 0]
                                b = squares[fit, 1] * squares[fit, 1]
                                predicted = narrow + b / (a + b) * (wide - narrow)
                            guess = np.int64(math.floor(predicted + 0.5))
                            part = math.floor((predicted + 0.5 - guess) * 8.0)  # 0..7

                            apart = np.int64(min(abs(predicted - plain) * inverse * 4.0, 1e9))
                            gap = np.int64(min(abs(n0 - n1) * inverse * 2.0, 1e9))
                            rough = np.int64(min(texture * inverse, 1e9))
                            total = binned((2 * e1 + 2 * e2 + e3 + (rough >> 2)) >> 1)
                            be1 = binned(e1)
                            base[0] = be1 * BINS + binned(e2)
                            base[1] = binned(rough) * BINS + binned(e1 + e2)
                            base[2] = binned(apart) * BINS + binned(gap)
                            base[3] = guess & 255
                            base[4] = between(finely(e1 + e2) * 3 >> 2, 0, 31) * 8 + part
                            r2 = np.int64(between((narrow - predicted) * inverse * 8.0, -7.0, 7.0))
                            base[5] = total * BINS + r2 + 7
                            base[6] = (
                                between(abs(kb1), 0, 3) * 64 + between(abs(kc1), 0, 3) * 16
                                + between(k0, 0, 3) * 4 + between(k1, 0, 3)
                            )  # fmt: skip
                            base[7] = finely(2 * e1 + 2 * e2 + e3) * 5 + min(scale, 4)
                            base[10] = finely(abs(guess) >> 1) * 5 + min(be1 >> 1, 4)
                            base[8] = (
                                (between(kb1, -1, 1) + 1) * 81 + (between(kc1, -1, 1) + 1) * 27
                                + (between(kt, -1, 1) + 1) * 9 + (between(kd1, -1, 1) + 1) * 3
                                + part // 3
                            )  # fmt: skip
                            r0 = np.int64(between((n0 - predicted) * inverse * 2.0, -7.0, 7.0))
                            r1 = np.int64(between((n1 - predicted) * inverse * 2.0, -7.0, 7.0))
                            base[9] = (r0 + 7) * 15 + r1 + 7

                            if encoding is not None:
                                q = (cur[z, y, x] - guess + half) // step
                            if abs(q) >> MAX_BITS:
                                return False
                            q = code_error(
                                encoding, coder, data, counters, base, slots, weights,
                                total, kind, logits, q, differs,
                            )  # fmt: skip
                            value = guess + q * step
                            if abs(value) >= MAX_VALUE:
                                return False
                            cur[z, y, x] = value
                            err[z, y, x] = q
                            if quiet:
                                continue
                            # voxels where little is missed count more
                            level = 0.5 + 0.125 * (e1 + e2)
                            trust = 1.0 / (level * level)
                            a, b = (value - wide) * inverse, (value - narrow) * inverse
                            squares[fit, 0] = squares[fit, 0] * KEPT_SQUARES + (
                                a * a * trust + 5e-5
                            )
                            squares[fit, 1] = squares[fit, 1] * KEPT_SQUARES + (
                                b * b * trust + 5e-5
                            )
                            missed = (value - plain) * inverse * trust
                            for i in range(active):
                                d[i] *= inverse
                            learn(near_matrix[fit], near_right[fit], d, near, trust, missed)
                            learn(wide_matrix[fit], wide_right[fit], d, active, trust, missed)
                            seen[fit] += 1
                            begins = seen[fit] < BEGINNING
                            if seen[fit] % (OFTEN if begins else SELDOM) == 0:
                                solve(
                                    wide_matrix[fit], wide_right[fit],
                                    near if begins else active, work, wide_taps[fit],
                                )  # fmt: skip
                                solve(near_matrix[fit], near_right[fit], near, work, near_taps[fit])
                                forget(
                                    wide_matrix[fit], wide_right[fit], active,
                                    KEPT_WIDE_OFTEN if begins else KEPT_WIDE,
                                )  # fmt: skip
                                forget(
                                    near_matrix[fit], near_right[fit], near,
                                    KEPT_NEAR_OFTEN if begins else KEPT_NEAR,
                                )  # fmt: skip
                        if encoding is not None and coder[POSITION] + ROOM * nx > data.size:
                            return False
                        if encoding is None and coder[POSITION] > data.size + ROOM:
                            return False
    return True
