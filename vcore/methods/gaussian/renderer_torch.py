"""TorchRenderer: the sums and gradients of ``Renderer`` on a torch device, for CUDA.

Volumes stay on the device; only mixtures and their gradients, which are small, are transferred. A
renderer takes 30 bytes of device memory per voxel and channel, plus up to a gigabyte.

Imports torch at module level.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.methods._networks.fitting.device import import_torch
from vcore.methods.gaussian import splat, splat_torch
from vcore.methods.gaussian.image_ops import TAPS
from vcore.methods.gaussian.mixture import Gradient, Mixture, Sampled, gradient
from vcore.methods.gaussian.renderer import Renderer, inner, padded
from vcore.model.regions import Region, shape_of

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = import_torch()


class TorchRenderer:
    """Renderer of mixtures on one volume on a torch device; see ``Renderer``.

    Parameters
    ----------
    target
        Volume to approximate, float32 of shape (channels, z, y, x).
    device
        torch device.
    exact
        Whether to sum all Gaussians on the finest grid, like the decoder.
    """

    def __init__(
        self, target: NDArray[np.float32], device: "str | torch.device", *, exact: bool = False
    ) -> None:
        self.device = torch.device(device)
        levels = Renderer(target[:0], exact=exact)  # without channels it holds no voxels
        self.classes = levels.classes
        spaces = [inner(v).shape[1:] for v in (levels.residual, *levels.coarse)]
        self._shapes = [(len(target), *space) for space in spaces]
        self.target = target
        self._residual = torch.zeros_like(self._target)

    @property
    def target(self) -> NDArray[np.float32]:
        """Volume to approximate; may be replaced by another of the same shape."""
        return self._host

    @target.setter
    def target(self, target: NDArray[np.float32]) -> None:
        self._host = target
        self._target = torch.tensor(target, dtype=torch.float32, device=self.device)

    @property
    def residual(self) -> NDArray[np.float32]:
        """Mixture minus target, after ``render``: a copy, padded like that of ``Renderer``."""
        host = padded(self._host.shape)
        inner(host)[:] = self._residual.cpu().numpy()
        return host

    def render(self, mixture: Mixture, classes: NDArray[np.intp]) -> list[tuple[Any, Sampled]]:
        """Set ``residual``; return the Gaussians of each level and their sampling."""
        done: list[tuple[Any, Sampled]] = []
        coarse: Tensor | None = None
        for level, shape in reversed(list(enumerate(self._shapes))):
            which = np.nonzero(classes == level)[0]
            sampled = mixture[which].sampled(2.0**level)
            done.append((which, sampled))
            volume = splat_torch.summed(sampled, (0, 0, 0), shape[1:], self.device)
            if coarse is not None:
                volume += doubled(coarse, shape)
            coarse = volume
        self._residual = volume.sub_(self._target)
        return done[::-1]

    def backward(
        self, mixture: Mixture, done: list[tuple[Any, Sampled]], *, full: bool = False
    ) -> Gradient:
        """Return the derivatives of the sum of the squared ``residual``."""
        parts, volume = [], self._residual
        channels = len(volume)
        for level, (which, sampled) in enumerate(done):
            if level:
                volume = halved(volume)
            found = splat_torch.moments(volume, sampled, full=full)
            columns = np.split(found, [splat.MOMENTS, splat.MOMENTS + channels], axis=1)
            parts.append(gradient(mixture[which], sampled, *columns))
        order = np.argsort(np.concatenate([which for which, _ in done]))
        return Gradient.joined(parts)[order]

    def error(self) -> float:
        """Return the sum of the squared ``residual``."""
        return float(torch.linalg.vector_norm(self._residual, dtype=torch.float64)) ** 2


def sums(
    sampled: Sampled, columns: Sequence[int], region: Region, device: "str | torch.device"
) -> NDArray[np.float32]:
    """Return the sums of Gaussians over a region, as in the decoder.

    Parameters
    ----------
    columns
        Weight columns, one per volume of the result.
    region
        z y x region, in the voxels of ``sampled``.

    Returns
    -------
    ndarray
        Float32 of shape (columns, z, y, x).

    Raises
    ------
    InputError
        CUDA was requested and torch finds none.
    """
    where = torch.device(device)
    if where.type == "cuda" and not torch.cuda.is_available():
        raise InputError(
            "Expected a CUDA device to decode on. torch finds none: decode on the CPU."
        )
    with np.errstate(over="ignore"):  # huge weights in a damaged file
        valid = np.isfinite(sampled.weights.astype(np.float32)).all(1, keepdims=True)
    weights = np.where(valid, sampled.weights, 0)[:, list(columns)]
    chosen = Sampled(sampled.centres, sampled.shapes, weights, sampled.spacing)
    found = splat_torch.summed(chosen, tuple(s.start for s in region), shape_of(region), where)
    values: NDArray[np.float32] = found.cpu().numpy()
    return values


def doubled(coarse: "Tensor", shape: Sequence[int]) -> "Tensor":
    """Return (channels, z, y, x) interpolated to ``shape``, like ``resample.add_doubled``."""
    for axis in range(1, 4):
        n = coarse.shape[axis]
        near = torch.arange(-2, n + 2, device=coarse.device).clamp(0, n - 1)
        ends = coarse.index_select(axis, near)
        # not a torch convolution, which CUDA may compute in TF32
        even = sum(t * ends.narrow(axis, k, n) for k, t in enumerate(TAPS.tolist()))
        odd = sum(t * ends.narrow(axis, 4 - k, n) for k, t in enumerate(TAPS.tolist()))
        both = torch.stack((even, odd), axis + 1).flatten(axis, axis + 1)
        coarse = both.narrow(axis, 0, shape[axis])
    return coarse


def halved(fine: "Tensor") -> "Tensor":
    """Return the transpose of ``doubled``, like ``resample.halved`` for each channel."""
    for axis in range(1, 4):
        n = -(-fine.shape[axis] // 2)
        shape = [n + 4 if a == axis else m for a, m in enumerate(fine.shape)]
        ends = torch.zeros(shape, device=fine.device)
        for half in range(2):
            samples = fine[(slice(None),) * axis + (slice(half, None, 2),)]
            for k, tap in enumerate(TAPS.tolist()):
                at = 4 - k if half else k
                ends.narrow(axis, at, samples.shape[axis]).add_(tap * samples)
        ends.narrow(axis, 2, 1).add_(ends.narrow(axis, 0, 2).sum(axis, keepdim=True))
        ends.narrow(axis, n + 1, 1).add_(ends.narrow(axis, n + 2, 2).sum(axis, keepdim=True))
        fine = ends.narrow(axis, 2, n)
    return fine
