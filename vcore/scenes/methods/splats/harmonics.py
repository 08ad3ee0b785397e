"""Real spherical harmonics up to degree 3, in the order and signs of 3D Gaussian splats (Kerbl et
al. 2023, computeColorFromSH)."""

import numpy as np
from numpy.typing import NDArray

MAX_DEGREE = 3
C0 = 0.28209479177387814
C1 = 0.4886025119029199
C2 = (1.0925484305920792, 0.31539156525252005, 0.5462742152960396)
C3 = (
    0.5900435899266435,
    2.890611442640554,
    0.4570457994644658,
    0.3731763325901154,
    1.445305721320277,
)
"""Constants of the basis functions, without signs; orthonormal over the sphere."""


def coefficients(degree: int) -> int:
    """Return the number of coefficients per colour of a degree."""
    return (degree + 1) ** 2


def degree_of(count: int) -> int:
    """Return the degree with ``count`` coefficients per colour; ValueError if there is none."""
    for degree in range(MAX_DEGREE + 1):
        if coefficients(degree) == count:
            return degree
    raise ValueError(f"{count} coefficients are no degree of 0 to {MAX_DEGREE}")


def basis(directions: NDArray[np.floating], degree: int) -> NDArray[np.float32]:
    """Return the basis functions at unit vectors (n, 3), float32 of (n, coefficients)."""
    x, y, z = directions.astype(np.float32).T
    parts = [np.full_like(x, C0)]
    if degree > 0:
        parts += [-C1 * y, C1 * z, -C1 * x]
    if degree > 1:
        xx, yy, zz = x * x, y * y, z * z
        parts += [
            C2[0] * x * y,
            -C2[0] * y * z,
            C2[1] * (2 * zz - xx - yy),
            -C2[0] * x * z,
            C2[2] * (xx - yy),
        ]
    if degree > 2:
        parts += [
            -C3[0] * y * (3 * xx - yy),
            C3[1] * x * y * z,
            -C3[2] * y * (4 * zz - xx - yy),
            C3[3] * z * (2 * zz - 3 * xx - 3 * yy),
            -C3[2] * x * (4 * zz - xx - yy),
            C3[4] * z * (xx - yy),
            -C3[0] * x * (xx - 3 * yy),
        ]
    return np.stack(parts, axis=1).astype(np.float32)


def colours(
    sh: NDArray[np.float32], positions: NDArray[np.floating], eye: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Return the colours of splats as seen from ``eye``, not negative, float32 of (n, 3).

    Parameters
    ----------
    sh
        Coefficients, (n, coefficients, 3).
    positions
        Centres of the splats, (n, 3).
    """
    degree = degree_of(sh.shape[1])
    if degree == 0:
        found = sh[:, 0] * np.float32(C0)
    else:
        away = positions.astype(np.float32) - np.asarray(eye, np.float32)
        away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), np.float32(1e-20))
        found = np.einsum("nk,nkc->nc", basis(away, degree), sh)
    shown: NDArray[np.float32] = np.maximum(found + np.float32(0.5), 0).astype(np.float32)
    return shown
