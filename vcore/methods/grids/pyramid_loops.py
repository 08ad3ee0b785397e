"""Compiled interpolation between the grids of a pyramid, and its adjoint.

A node of a grid lies in the middle of two nodes of the next finer grid along each axis. A fine node
is NEAR of the coarse node on its side, MIDDLE of the one above it and FAR of the one behind: half
the step of the quadratic B-spline, half that of the interpolation of means. Products and sums
are in float32 in a fixed order, so values do not depend on the machine or on the region.

Imports numba at module level: import it only inside the functions that evaluate grids.
"""

import numpy as np

from vcore.runtime.jit import jit

NEAR, MIDDLE, FAR = np.float32(0.1875), np.float32(0.875), np.float32(-0.0625)
LARGEST = np.float32(1 << 20)
"""Largest magnitude of an integer."""


@jit
def widen_rows(values, start, total, first, out):
    """Interpolate along the middle axis.

    Parameters
    ----------
    values
        (outer, m, inner) float32, nodes ``start`` to ``start + m`` of ``total`` coarse ones.
    first, out
        (outer, n, inner) float32, filled with the fine nodes from ``first`` on.
    """
    for o in range(out.shape[0]):
        for i in range(out.shape[1]):
            p = (first + i) >> 1
            side = 2 * ((first + i) & 1) - 1
            near = min(max(p + side, 0), total - 1) - start
            far = min(max(p - side, 0), total - 1) - start
            a, b, c, row = values[o, near], values[o, p - start], values[o, far], out[o, i]
            for k in range(out.shape[2]):
                row[k] = (NEAR * a[k] + MIDDLE * b[k]) + FAR * c[k]


@jit
def widen_columns(values, start, total, first, out):
    """Interpolate along the last axis: as ``widen_rows`` for values (outer, m)."""
    for o in range(out.shape[0]):
        row, given = out[o], values[o]
        for i in range(out.shape[1]):
            p = (first + i) >> 1
            side = 2 * ((first + i) & 1) - 1
            near = min(max(p + side, 0), total - 1) - start
            far = min(max(p - side, 0), total - 1) - start
            row[i] = (NEAR * given[near] + MIDDLE * given[p - start]) + FAR * given[far]


@jit
def narrow_rows(values, out):
    """Apply the adjoint of ``widen_rows`` for whole axes: (outer, n, inner) to (.., m, inner)."""
    out[:] = 0
    last = out.shape[1] - 1
    for o in range(values.shape[0]):
        for i in range(values.shape[1]):
            p, side = i >> 1, 2 * (i & 1) - 1
            near, far = min(max(p + side, 0), last), min(max(p - side, 0), last)
            a, b, c, row = out[o, near], out[o, p], out[o, far], values[o, i]
            for k in range(values.shape[2]):
                b[k] += MIDDLE * row[k]
            for k in range(values.shape[2]):
                a[k] += NEAR * row[k]
            for k in range(values.shape[2]):
                c[k] += FAR * row[k]


@jit
def narrow_columns(values, out):
    """Apply the adjoint of ``widen_columns`` for whole axes: (outer, n) to (outer, m)."""
    out[:] = 0
    last = out.shape[1] - 1
    for o in range(values.shape[0]):
        row, found = values[o], out[o]
        for i in range(values.shape[1]):
            p, side = i >> 1, 2 * (i & 1) - 1
            found[p] += MIDDLE * row[i]
            found[min(max(p + side, 0), last)] += NEAR * row[i]
            found[min(max(p - side, 0), last)] += FAR * row[i]


@jit
def shrink(values, moved, step, threshold, momentum, ahead):
    """Take one proximal gradient step of a grid, all arrays (n,) float32.

    ``ahead`` minus ``step`` times the gradient ``moved``, shrunk towards 0 by ``threshold``,
    becomes the new ``values``; ``ahead`` is then that plus ``momentum`` times its change.
    """
    for i in range(values.size):
        v = ahead[i] - step * moved[i]
        size = max(abs(v) - threshold, np.float32(0))
        v = size if v > 0 else -size
        ahead[i] = v + momentum * (v - values[i])
        values[i] = v


@jit
def rounded(values, step, least, out):
    """Fill ``out`` (n,) int32 with ``values`` in steps, those below ``least`` steps as 0."""
    for i in range(values.size):
        size = abs(values[i]) / step
        n = np.int32(0)
        if size >= least:
            n = np.int32(min(size + np.float32(0.5), LARGEST))
        out[i] = n if values[i] > 0 else -n


@jit
def carry_weights(bases, weights, total):
    """Replace weights of fine nodes by those of the coarse nodes that these are interpolated from.

    Parameters
    ----------
    bases
        (n, 3) int64: first node along z, y, x.
    weights
        (n, 3, kinds, 5) float64: weights of that node and those after it; 0 beyond the grid.
    total
        (3,) int64: coarse nodes along z, y, x.
    """
    sums = np.zeros(5)
    for i in range(bases.shape[0]):
        for axis in range(3):
            base, last = bases[i, axis], total[axis] - 1
            first = (base >> 1) - 1
            for kind in range(weights.shape[2]):
                own, sums[:] = weights[i, axis, kind], 0
                for k in range(5):
                    if own[k] != 0:
                        p, side = (base + k) >> 1, 2 * ((base + k) & 1) - 1
                        sums[min(max(p + side, 0), last) - first] += NEAR * own[k]
                        sums[p - first] += MIDDLE * own[k]
                        sums[min(max(p - side, 0), last) - first] += FAR * own[k]
                own[:] = sums
            bases[i, axis] = first


@jit
def add_at(nodes, starts, scale, bases, weights, out):
    """Add weighted sums of nodes to ``out`` (n, 4): the value, and derivatives along z, y, x.

    Parameters
    ----------
    nodes, starts
        (z, y, x) int32, a window of a grid that begins at ``starts``, times ``scale``.
    bases, weights
        As for ``carry_weights``, with the kinds value and derivative.
    """
    for i in range(bases.shape[0]):
        w = weights[i]
        for a in range(5):
            if w[0, 0, a] == 0 and w[0, 1, a] == 0:
                continue
            z = bases[i, 0] + a - starts[0]
            for b in range(5):
                if w[1, 0, b] == 0 and w[1, 1, b] == 0:
                    continue
                y, value, slope = bases[i, 1] + b - starts[1], 0.0, 0.0
                for c in range(5):
                    if w[2, 0, c] != 0 or w[2, 1, c] != 0:
                        node = scale * nodes[z, y, bases[i, 2] + c - starts[2]]
                        value += w[2, 0, c] * node
                        slope += w[2, 1, c] * node
                out[i, 0] += w[0, 0, a] * w[1, 0, b] * value
                out[i, 1] += w[0, 1, a] * w[1, 0, b] * value
                out[i, 2] += w[0, 0, a] * w[1, 1, b] * value
                out[i, 3] += w[0, 0, a] * w[1, 0, b] * slope
