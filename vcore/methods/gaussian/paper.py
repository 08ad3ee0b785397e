"""VolMicro's storage of a Gaussian in 22 bytes of float16 (Table 3)."""

import numpy as np
from numpy.typing import NDArray

from vcore.errors import FormatError
from vcore.methods.gaussian.mixture import MIN_SCALE, Array, Mixture, factors_of

POSITION, SCALE, ROTATION = 3, 3, 4
MAX_VALUE = 60000.0


def numbers(channels: int) -> int:
    """Return the number of float16 values per Gaussian: 11 for one channel."""
    return POSITION + SCALE + ROTATION + channels


def pack(mixture: Mixture, shape: tuple[int, ...]) -> bytes:
    """Return the bytes of ``mixture`` in a volume of ``shape`` (z, y, x).

    Positions run from -1 to 1 over the volume, so float16 has the highest resolution at its centre.
    """
    squares, axes = np.linalg.eigh(mixture.covariances())
    axes[:, :, 0] *= np.sign(np.linalg.det(axes))[:, None]
    half = np.maximum(np.array(shape) - 1, 1) / 2
    columns = [mixture.centres / half - 1, np.sqrt(squares), _quaternions(axes), mixture.weights]
    table = np.clip(np.concatenate(columns, axis=1), -MAX_VALUE, MAX_VALUE)
    data: bytes = table.astype("<f2").tobytes()
    return data


def unpack(data: bytes, channels: int, shape: tuple[int, ...]) -> Mixture:
    """Decode the output of ``pack``.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    columns = numbers(channels)
    if len(data) % (2 * columns):
        raise FormatError(f"Expected {2 * columns} bytes per Gaussian. Got {len(data)} in total.")
    table = np.frombuffer(data, "<f2").reshape(-1, columns).astype(np.float64)
    if not np.isfinite(table).all():
        raise FormatError("The Gaussians are damaged: a number is not finite.")
    half = np.maximum(np.array(shape) - 1, 1) / 2
    positions, scales, rotations, weights = np.split(table, (3, 6, 10), axis=1)
    scales = np.maximum(scales, MIN_SCALE / 4)
    axes = matrices(rotations) * scales[:, None, :]
    covariances = (
        axes[:, :, 0, None] * axes[:, None, :, 0]
        + axes[:, :, 1, None] * axes[:, None, :, 1]
        + axes[:, :, 2, None] * axes[:, None, :, 2]
    )
    return Mixture((positions + 1) * half, factors_of(covariances), weights)


def _quaternions(rotations: Array) -> Array:
    """Return unit quaternions (w, then the imaginary parts of axes z y x) of rotation matrices."""
    trace = np.trace(rotations, axis1=1, axis2=2)
    diagonal = rotations[:, [0, 1, 2], [0, 1, 2]]
    squares = np.stack([1 + trace, *(1 + 2 * diagonal - trace[:, None]).T], axis=1) / 4
    size = np.sqrt(np.maximum(squares, 0))
    signs = np.ones_like(size)
    # choose the largest part positive; the signs of the others follow from products with it
    largest = np.argmax(size, axis=1)
    r = rotations
    with_w = np.stack(
        [r[:, 2, 1] - r[:, 1, 2], r[:, 0, 2] - r[:, 2, 0], r[:, 1, 0] - r[:, 0, 1]], 1
    )
    for n, part in enumerate(largest):
        if part == 0:
            signs[n, 1:] = np.where(with_w[n] < 0, -1, 1)
            continue
        a = part - 1
        signs[n, 0] = -1 if with_w[n, a] < 0 else 1
        for b in range(3):
            if b != a:
                signs[n, b + 1] = -1 if r[n, a, b] + r[n, b, a] < 0 else 1
    return size * signs


def matrices(quaternions: NDArray[np.float64]) -> Array:
    """Return rotation matrices, by products only for bitwise reproducibility."""
    w, a, b, c = quaternions.T
    norm = w * w + a * a + b * b + c * c
    norm = np.where(norm > 0, norm, 1.0)
    out = np.empty((len(quaternions), 3, 3))
    out[:, 0, 0] = 1 - 2 * (b * b + c * c) / norm
    out[:, 1, 1] = 1 - 2 * (a * a + c * c) / norm
    out[:, 2, 2] = 1 - 2 * (a * a + b * b) / norm
    out[:, 0, 1], out[:, 1, 0] = 2 * (a * b - w * c) / norm, 2 * (a * b + w * c) / norm
    out[:, 0, 2], out[:, 2, 0] = 2 * (a * c + w * b) / norm, 2 * (a * c - w * b) / norm
    out[:, 1, 2], out[:, 2, 1] = 2 * (b * c - w * a) / norm, 2 * (b * c + w * a) / norm
    return out
