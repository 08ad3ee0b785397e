"""Compiled loops over rays: samples in occupied cells only, and their composition."""

import numpy as np

from vcore.runtime.jit import jit


@jit
def spans(origins, directions, low, high, near, far, first, last):
    """Set the depths at which rays enter and leave a box; ``first >= last`` where they miss it.

    Parameters
    ----------
    origins, directions
        (n, 3), x y z.
    low, high
        Corners of the box.
    near, far
        Range of depths, in lengths of ``directions``.
    first, last
        (n,) float64, set.
    """
    for i in range(len(directions)):
        begin, end = near, far
        for k in range(3):
            o, d = np.float64(origins[i, k]), np.float64(directions[i, k])
            if abs(d) < 1e-12:
                if o < low[k] or o > high[k]:
                    end = begin
                continue
            a, b = (low[k] - o) / d, (high[k] - o) / d
            begin, end = max(begin, min(a, b)), min(end, max(a, b))
        first[i], last[i] = begin, end


@jit
def march(origins, directions, rays, near, steps, next_, last, low, cell, occupied, places, counts):
    """Find the next samples of rays in occupied cells.

    Samples lie at ``near + (k + 0.5) * step`` with the ray's step; empty cells are left in one
    move.

    Parameters
    ----------
    rays
        (m,) rays to go on with.
    steps
        (n,) step of each ray in depth.
    next_
        (n,) next k of each ray; changed.
    last
        (n,) depth at which each ray ends.
    low, cell
        Lowest corner x, y, z and side of the grid's cells.
    occupied
        (z, y, x) uint8.
    places
        (m, samples) float32: depths, set.
    counts
        (m,): number of samples found, set; fewer than fit if the ray has ended.
    """
    depth, height, width = occupied.shape
    room = places.shape[1]
    for r in range(len(rays)):
        i = rays[r]
        ox, oy, oz = np.float64(origins[i, 0]), np.float64(origins[i, 1]), np.float64(origins[i, 2])
        dx, dy, dz = (
            np.float64(directions[i, 0]),
            np.float64(directions[i, 1]),
            np.float64(directions[i, 2]),
        )
        step, end, k, found = steps[i], last[i], next_[i], 0
        while found < room:
            t = near + (k + 0.5) * step
            if t >= end:
                break
            x = int((ox + t * dx - low[0]) / cell)
            y = int((oy + t * dy - low[1]) / cell)
            z = int((oz + t * dz - low[2]) / cell)
            x, y = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
            z = min(max(z, 0), depth - 1)
            if occupied[z, y, x]:
                places[r, found] = t
                found += 1
                k += 1
                continue
            leave = end
            for o, d, n, at in ((ox, dx, x, low[0]), (oy, dy, y, low[1]), (oz, dz, z, low[2])):
                if d > 1e-12:
                    leave = min(leave, (at + (n + 1) * cell - o) / d)
                elif d < -1e-12:
                    leave = min(leave, (at + n * cell - o) / d)
            k = max(k + 1, np.int64(np.ceil((leave - near) / step - 0.5)))
        next_[i] = k
        counts[r] = found


@jit
def compose(rays, counts, places, density, units, passed, depths, opacity, stop, weights, going):
    """Weigh samples by what is seen of them, and add them to their rays.

    Parameters
    ----------
    rays, counts, places
        (m,) rays, and their samples.
    density
        Densities of all samples, ray by ray.
    units
        (n,) length of each ray's step in world units.
    passed, depths, opacity
        (n,) float32: light that comes through so far, sums of depths by weight and of weights;
        changed.
    stop
        Light below which a ray ends.
    weights
        Weight of each sample, set.
    going
        (m,) set: whether the ray goes on.
    """
    at = 0
    for r in range(len(rays)):
        i = rays[r]
        light = passed[i]
        for s in range(counts[r]):
            weight = np.float32(0)
            if light >= stop:
                through = np.exp(-density[at] * units[i])
                weight = light * (1 - through)
                light *= through
                depths[i] += weight * places[r, s]
                opacity[i] += weight
            weights[at] = weight
            at += 1
        passed[i] = light
        going[r] = light >= stop and counts[r] == places.shape[1]


@jit
def add_colours(samples, rays, weights, colours, rgb):
    """Add the colours of some samples to their rays, (n, 3), by weight."""
    for j in range(len(samples)):
        w, i = weights[samples[j]], rays[j]
        for c in range(3):
            rgb[i, c] += w * colours[j, c]
