"""Gaussian splats as arrays, in the units of 3DGS files (Kerbl et al., 3D Gaussian Splatting for
Real-Time Radiance Field Rendering, 2023)."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.scenes.methods.splats.harmonics import degree_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float32]

MIN_ALPHA = 1 / 255
"""Smallest opacity that renderers of splats blend; they skip anything fainter."""
MAX_SPLATS = 1 << 27
"""Most splats of a scene."""
MAX_VALUE = 1e30
"""Largest magnitude of a value."""
MAX_LOG_SCALE = 80.0
"""Largest magnitude of the logarithm of a scale."""
SHAPES = {"positions": (3,), "scales": (3,), "rotations": (4,), "opacities": ()}


@dataclass(frozen=True)
class Splats:
    """Gaussian splats.

    Parameters
    ----------
    positions
        Centres x y z in world units, float32 of (n, 3).
    scales
        Natural logarithms of the standard deviations along the splat's own axes, (n, 3).
    rotations
        Quaternions w x y z from the splat's own axes to the world's, of any length but 0, (n, 4).
    opacities
        Logits of the opacities, (n,).
    sh
        Spherical harmonics of red, green, blue, (n, coefficients, 3): 1, 4, 9 or 16 coefficients
        for a degree of 0 to 3.

    Raises
    ------
    InputError
        Shapes that do not match, values that are not finite or beyond MAX_VALUE, or a rotation of
        length 0.
    """

    positions: Floats
    scales: Floats
    rotations: Floats
    opacities: Floats
    sh: Floats

    def __post_init__(self) -> None:
        for f in fields(self):
            object.__setattr__(self, f.name, np.ascontiguousarray(getattr(self, f.name), "f4"))
        count = len(self.positions)
        shapes = {name: (count, *shape) for name, shape in SHAPES.items()}
        got = {name: getattr(self, name).shape for name in SHAPES}
        try:
            degree_of(self.sh.shape[1] if self.sh.ndim == 3 else 0)
            whole = self.sh.shape == (count, self.sh.shape[1], 3) and got == shapes
        except ValueError:
            whole = False
        if not whole:
            raise InputError(
                f"Expected splats with arrays of {count} rows each and 1, 4, 9 or 16 harmonics per "
                f"colour. Got {got | {'sh': self.sh.shape}} instead."
            )
        for f in fields(self):
            values = getattr(self, f.name)
            limit = MAX_LOG_SCALE if f.name == "scales" else MAX_VALUE
            bad = ~(np.abs(values) <= limit)
            if bad.any():
                first = int(np.argmax(bad.reshape(count, -1).any(1)))
                raise InputError(
                    f"Expected finite {f.name} of splats, of magnitudes up to {limit:g}. Got "
                    f"{values[first].ravel()[:4].tolist()} at splat {first}, and {int(bad.sum())} "
                    f"such values in all: remove these splats, or export the scene again."
                )
        empty = np.square(self.rotations.astype(np.float64)).sum(1) < 1e-30
        if empty.any():
            raise InputError(
                f"Expected rotations as quaternions. Got one of length 0 at splat "
                f"{int(np.argmax(empty))} instead: export the scene again."
            )

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, which: Any) -> Self:
        return type(self)(*(getattr(self, f.name)[which] for f in fields(self)))

    @classmethod
    def empty(cls, degree: int = 0) -> Self:
        """Return no splats."""
        shapes = [(0, *shape) for shape in SHAPES.values()]
        return cls(*(np.zeros(s, "f4") for s in [*shapes, (0, (degree + 1) ** 2, 3)]))

    @classmethod
    def joined(cls, parts: "Sequence[Splats]") -> Self:
        """Concatenate splats of the same degree."""
        return cls(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)))

    @property
    def degree(self) -> int:
        """Degree of the spherical harmonics, 0 to 3."""
        return degree_of(self.sh.shape[1])

    @property
    def nbytes(self) -> int:
        """Bytes of all values as float32."""
        return sum(getattr(self, f.name).nbytes for f in fields(self))

    @cached_property
    def alphas(self) -> Floats:
        """Opacities in 0..1, (n,)."""
        return sigmoid(self.opacities)

    @property
    def sigmas(self) -> Floats:
        """Standard deviations along the own axes in world units, (n, 3)."""
        return np.exp(self.scales)

    @cached_property
    def spread(self) -> Floats:
        """Own axes, as columns, each one standard deviation long, (n, 3, 3)."""
        found: Floats = self.matrices() * self.sigmas[:, None, :]
        return found

    def matrices(self) -> Floats:
        """Return the rotations as matrices, (n, 3, 3); columns are the splats' own axes."""
        return rotation_matrices(self.rotations)

    def covariances(self) -> Floats:
        """Return the covariances in squared world units, (n, 3, 3)."""
        found: Floats = np.einsum("nij,nkj->nik", self.spread, self.spread)
        return found

    def reaches(self, sigmas: float = 3.0) -> Floats:
        """Return the half extents of the splats along x y z, at ``sigmas`` standard deviations."""
        found: Floats = np.float32(sigmas) * np.sqrt(np.square(self.spread).sum(2))
        return found


def sigmoid(logits: NDArray[Any]) -> Floats:
    """Return 1 / (1 + exp(-logits)) as float32, without overflow."""
    with np.errstate(over="ignore"):
        found: Floats = (1 / (1 + np.exp(-logits.astype(np.float64)))).astype(np.float32)
    return found


def logit(values: NDArray[Any], edge: float = 1e-6) -> Floats:
    """Return the logits of values in 0..1, kept ``edge`` away from 0 and 1."""
    inside = np.clip(values.astype(np.float64), edge, 1 - edge)
    found: Floats = np.log(inside / (1 - inside)).astype(np.float32)
    return found


def rotation_matrices(quaternions: NDArray[Any]) -> Floats:
    """Return the rotation matrices of quaternions w x y z of any length, float32 of (n, 3, 3)."""
    q = quaternions.astype(np.float64)
    w, x, y, z = (q / np.linalg.norm(q, axis=1, keepdims=True)).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    stacked = np.stack([np.stack(row, -1) for row in rows], 1)
    found: Floats = stacked.astype(np.float32)
    return found


def quaternions_of(matrices: NDArray[Any]) -> Floats:
    """Return unit quaternions w x y z of rotation matrices (n, 3, 3), with w not negative."""
    m = matrices.astype(np.float64)
    diagonal = np.einsum("nii->ni", m)
    trace = diagonal.sum(1)
    # 4 q q^T is known but for rounding; its row of the largest diagonal entry is well conditioned
    product = np.empty((len(m), 4, 4))
    product[:, 0, 0] = 1 + trace
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        product[:, k + 1, k + 1] = 1 + 2 * diagonal[:, k] - trace
        product[:, 0, k + 1] = product[:, k + 1, 0] = m[:, j, i] - m[:, i, j]
        product[:, i + 1, j + 1] = product[:, j + 1, i + 1] = m[:, i, j] + m[:, j, i]
    best = np.argmax(np.einsum("nii->ni", product), axis=1)
    rows = product[np.arange(len(m)), best]
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-30)
    found: Floats = (rows * np.where(rows[:, :1] < 0, -1, 1)).astype(np.float32)
    return found
