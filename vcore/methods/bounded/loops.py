"""Coding loop of method bounded: predict a voxel, code the error, update the models
(docs/format.md, section 19).

One compiled function encodes and decodes, so that both do the same arithmetic: integers, and
float64 additions, multiplications, divisions and square roots in a fixed order.

Imports numba at module level: import it only inside the functions that code a stream.
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
    coarse_bin,
    code_error,
    fine_bin,
)
from vcore.methods.bounded.mixture import INPUTS, clamp
from vcore.methods.bounded.prediction import (
    EARLY_INTERVAL,
    EARLY_NEAR_DECAY,
    EARLY_VOXELS,
    EARLY_WIDE_DECAY,
    FAR_FEATURES,
    FAR_OFFSETS,
    FEATURES,
    FRAME_FEATURES,
    NEAR_DECAY,
    NEAR_FEATURES,
    SOLVE_INTERVAL,
    SQUARES_DECAY,
    WIDE_DECAY,
    decay,
    far_features,
    frame_features,
    is_flat,
    learn,
    predict,
    solve,
)
from vcore.runtime.jit import jit

MAX_VALUE = 1 << 50
ROOM = 64
"""Upper bound on the coded bytes of a voxel."""


@jit
def code(
    encoding, coder, data, values, errors, order, step, level, whole, counters, weights, singles,
    wide_matrix, wide_right, wide_taps, near_matrix, near_right, near_taps, squares, seen,
):  # fmt: skip
    """Encode ``values`` into ``data``, or decode them from it; see ``rangecoder.stream``.

    Parameters
    ----------
    values
        Integers of shape (frames, z, y, x), int64; overwritten by the decoded values.
    errors
        Coded errors of the same shape; 0, but for voxels of the next coarser level.
    order
        One row per frame: its index and those of up to two coded frames, or -1; int64.
    step
        Quantiser step, odd.
    level
        Level of detail of ``values``.
    whole
        Whether to code all voxels; else every second one along z, y, x is known.
    counters, ..., seen
        Models, from ``models.new_models``; updated.

    Returns
    -------
    False if ``data`` is too short (encoding) or damaged (decoding).
    """
    frames, nz, ny, nx = values.shape
    shape = (nz, ny, nx)
    logits = np.zeros(INPUTS, np.int64)
    base = np.zeros(INPUTS, np.int64)
    slots = np.zeros(INPUTS, np.int64)
    d = np.zeros(FEATURES)
    deltas = np.zeros(FAR_FEATURES, np.int64)
    work = np.zeros((FEATURES, FEATURES + 1))
    half = step >> 1
    inverse = 1.0 / step
    top = 0
    while 1 << top < max(nz, ny, nx):
        top += 1

    for turn in range(frames):
        t, ta, tb = order[turn, 0], order[turn, 1], order[turn, 2]
        coded = (ta >= 0) + (tb >= 0)
        near = NEAR_FEATURES + FRAME_FEATURES * coded
        active = near + FAR_FEATURES
        cur = values[t]
        voxels = cur.ravel()
        err = errors[t]
        va = values[max(ta, 0)]
        vb = values[max(tb, 0)]
        ka = errors[max(ta, 0)]
        kb = errors[max(tb, 0)]
        q = np.int64(0)
        if whole:  # the first voxel
            guess = va[0, 0, 0] if ta >= 0 else np.int64(0)
            for i in range(INPUTS):
                base[i] = CONTEXTS - 1
            if encoding is not None:
                q = (cur[0, 0, 0] - guess + half) // step
            total, kind = np.int64(0), np.int64(0)
            q = code_error(
                encoding, coder, data, counters, base, slots, weights, total, kind, logits, q, kind
            )
            cur[0, 0, 0] = guess + q * step
            if abs(q) >> MAX_BITS or abs(cur[0, 0, 0]) >= MAX_VALUE:
                return False

        for octave in range(top - 1 if whole else np.int64(0), -1, -1):
            s, scale = 1 << octave, octave + level
            for axis in range(3):
                if s >= shape[axis]:
                    continue
                b_axis, c_axis = (1 if axis == 0 else 0), (1 if axis == 2 else 2)
                sb = s if b_axis < axis else 2 * s
                sc = s if c_axis < axis else 2 * s
                nb, nc, na = shape[b_axis], shape[c_axis], shape[axis]
                kind = (axis * 3 + min(scale, 2)) * 3 + coded
                strides = (ny * nx, nx, 1)
                for i in range(FAR_FEATURES):
                    deltas[i] = (
                        FAR_OFFSETS[i, 0] * s * strides[axis]
                        + FAR_OFFSETS[i, 1] * sb * strides[b_axis]
                        + FAR_OFFSETS[i, 2] * sc * strides[c_axis]
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
                                own_error, spread = frame_features(
                                    d, NEAR_FEATURES, va, ka, z, y, x, az, ay, ax, bz, by, cy, cx,
                                    more, n1, plain, pb >= sb, pb + sb < nb, pc >= sc, pc + sc < nc,
                                )  # fmt: skip
                                kt += own_error
                                e3 += spread
                            if tb >= 0:
                                own_error, spread = frame_features(
                                    d, NEAR_FEATURES + FRAME_FEATURES, vb, kb, z, y, x,
                                    az, ay, ax, bz, by, cy, cx,
                                    more, n1, plain, pb >= sb, pb + sb < nb, pc >= sc, pc + sc < nc,
                                )  # fmt: skip
                                kt += own_error
                                e3 += spread
                            far_features(
                                d, near, voxels, (z * ny + y) * nx + x, deltas, plain,
                                pa, pb, pc, s, sb, sc, na,
                            )  # fmt: skip
                            k0 = abs(err[z - az, y - ay, x - ax])
                            k1 = abs(err[z + az, y + ay, x + ax]) if more else k0
                            e2 = k0 + k1
                            # flat so far: a single counter predicts whether it continues
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
                                # weight the two predictions by their recent squared errors
                                a = squares[fit, 0] * squares[fit, 0]
                                b = squares[fit, 1] * squares[fit, 1]
                                predicted = narrow + b / (a + b) * (wide - narrow)
                            guess = np.int64(math.floor(predicted + 0.5))
                            part = math.floor((predicted + 0.5 - guess) * 8.0)  # 0..7

                            distance = np.int64(min(abs(predicted - plain) * inverse * 4.0, 1e9))
                            gap = np.int64(min(abs(n0 - n1) * inverse * 2.0, 1e9))
                            rough = np.int64(min(texture * inverse, 1e9))
                            total = coarse_bin((2 * e1 + 2 * e2 + e3 + (rough >> 2)) >> 1)
                            be1 = coarse_bin(e1)
                            base[0] = be1 * BINS + coarse_bin(e2)
                            base[1] = coarse_bin(rough) * BINS + coarse_bin(e1 + e2)
                            base[2] = coarse_bin(distance) * BINS + coarse_bin(gap)
                            base[3] = guess & 255
                            base[4] = clamp(fine_bin(e1 + e2) * 3 >> 2, 0, 31) * 8 + part
                            r2 = np.int64(clamp((narrow - predicted) * inverse * 8.0, -7.0, 7.0))
                            base[5] = total * BINS + r2 + 7
                            base[6] = (
                                clamp(abs(kb1), 0, 3) * 64 + clamp(abs(kc1), 0, 3) * 16
                                + clamp(k0, 0, 3) * 4 + clamp(k1, 0, 3)
                            )  # fmt: skip
                            base[7] = fine_bin(2 * e1 + 2 * e2 + e3) * 5 + min(scale, 4)
                            base[10] = fine_bin(abs(guess) >> 1) * 5 + min(be1 >> 1, 4)
                            base[8] = (
                                (clamp(kb1, -1, 1) + 1) * 81 + (clamp(kc1, -1, 1) + 1) * 27
                                + (clamp(kt, -1, 1) + 1) * 9 + (clamp(kd1, -1, 1) + 1) * 3
                                + part // 3
                            )  # fmt: skip
                            r0 = np.int64(clamp((n0 - predicted) * inverse * 2.0, -7.0, 7.0))
                            r1 = np.int64(clamp((n1 - predicted) * inverse * 2.0, -7.0, 7.0))
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
                            # voxels in accurately predicted neighbourhoods have more weight
                            busy = 0.5 + 0.125 * (e1 + e2)
                            weight = 1.0 / (busy * busy)
                            a, b = (value - wide) * inverse, (value - narrow) * inverse
                            squares[fit, 0] = squares[fit, 0] * SQUARES_DECAY + (
                                a * a * weight + 5e-5
                            )
                            squares[fit, 1] = squares[fit, 1] * SQUARES_DECAY + (
                                b * b * weight + 5e-5
                            )
                            error = (value - plain) * inverse * weight
                            for i in range(active):
                                d[i] *= inverse
                            learn(near_matrix[fit], near_right[fit], d, near, weight, error)
                            learn(wide_matrix[fit], wide_right[fit], d, active, weight, error)
                            seen[fit] += 1
                            early = seen[fit] < EARLY_VOXELS
                            if seen[fit] % (EARLY_INTERVAL if early else SOLVE_INTERVAL) == 0:
                                solve(
                                    wide_matrix[fit], wide_right[fit],
                                    near if early else active, work, wide_taps[fit],
                                )  # fmt: skip
                                solve(near_matrix[fit], near_right[fit], near, work, near_taps[fit])
                                decay(
                                    wide_matrix[fit], wide_right[fit], active,
                                    EARLY_WIDE_DECAY if early else WIDE_DECAY,
                                )  # fmt: skip
                                decay(
                                    near_matrix[fit], near_right[fit], near,
                                    EARLY_NEAR_DECAY if early else NEAR_DECAY,
                                )  # fmt: skip
                        if encoding is not None and coder[POSITION] + ROOM * nx > data.size:
                            return False
                        if encoding is None and coder[POSITION] > data.size + ROOM:
                            return False
    return True
