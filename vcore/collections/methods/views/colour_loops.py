"""Compiled rotations between the colours of images and planes."""

import numpy as np

from vcore.runtime.jit import jit

COLOURS = 3


@jit
def rotate(image, matrix, half, out):
    """Put the rotated colours of ``image`` (y, x, component) uint8 into ``out`` (component, y, x).

    Parameters
    ----------
    matrix
        (3, 3) int32, in 1/4096.
    half
        What rounds a product, of which the lowest 8 bits are left out.
    """
    height, width = image.shape[:2]
    for y in range(height):
        for k in range(COLOURS):
            a, b, c = np.int32(matrix[k, 0]), np.int32(matrix[k, 1]), np.int32(matrix[k, 2])
            for x in range(width):
                total = a * np.int32(image[y, x, 0]) + b * np.int32(image[y, x, 1])
                out[k, y, x] = (total + c * np.int32(image[y, x, 2]) + half) >> 8


@jit
def rotate_back(planes, matrix, shift, out):
    """Put the colours of ``planes`` (component, y, x) int32 into ``out`` (y, x, component) uint8,
    rotated back and clipped; sums wrap at 32 bits.

    Parameters
    ----------
    matrix
        (3, 3) int32, as in ``rotate``.
    shift
        Bits of the fraction of the products.
    """
    height, width = planes.shape[1:]
    half = np.int32(1 << (shift - 1))
    for y in range(height):
        for c in range(COLOURS):
            r, s, t = matrix[0, c], matrix[1, c], matrix[2, c]
            for x in range(width):
                total = r * planes[0, y, x] + s * planes[1, y, x] + t * planes[2, y, x]
                value = np.int32(total + half) >> shift  # int32 sums wrap
                out[y, x, c] = min(max(value, 0), 255)
