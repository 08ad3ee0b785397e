"""Differentiable rendering of splats: projection by torch, blending by compiled loops."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vcore.runtime.executor import run_all
from vcore.scenes.cameras import Camera
from vcore.scenes.methods.splats.fit_loops import GRADIENTS, derive
from vcore.scenes.methods.splats.harmonics import C0, C1, C2, C3, degree_of
from vcore.scenes.methods.splats.model import MIN_ALPHA
from vcore.scenes.methods.splats.projection import EDGE, LOW_PASS, MIN_NEAR, to_camera
from vcore.scenes.methods.splats.raster import TILE, blend

Tensor = torch.Tensor


def render(
    positions: Tensor,
    scales: Tensor,
    rotations: Tensor,
    opacities: Tensor,
    sh: Tensor,
    camera: Camera,
    shifts: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Return red, green, blue (height, width, 3) and the light that passes (height, width).

    The same image as ``rendering.render`` in front of black, with derivatives by every tensor.

    Parameters
    ----------
    positions, scales, rotations, opacities, sh
        As in ``Splats``.
    shifts
        Zeros (n, 2), whose derivatives are those by the centres on the image, in pixels.
    """
    turn = torch.tensor(to_camera(camera), dtype=torch.float32)
    eye = torch.tensor(camera.eye, dtype=torch.float32)
    inside = (positions - eye) @ turn.T
    alphas = torch.sigmoid(opacities)
    near = max(camera.near, MIN_NEAR)
    ahead = (inside[:, 2] > near) & (inside[:, 2] < camera.far) & (alphas >= MIN_ALPHA)
    which = torch.nonzero(ahead)[:, 0]
    inside, alphas = inside[which], alphas[which]
    x, y, z = inside.unbind(1)
    focal = camera.focal
    middle = torch.tensor(camera.pixel_centre, dtype=torch.float32)
    centres = torch.stack([x / z, y / z], 1) * focal + middle
    if shifts is not None:
        centres = centres + shifts[which]
    spread = turn @ (matrices(rotations[which]) * scales[which].exp()[:, None, :])
    limit_x, limit_y = (EDGE * n / 2 / focal for n in reversed(camera.size))
    tx, ty = (x / z).clamp(-limit_x, limit_x), (y / z).clamp(-limit_y, limit_y)
    across = (spread[:, 0] - tx[:, None] * spread[:, 2]) * (focal / z)[:, None]
    down = (spread[:, 1] - ty[:, None] * spread[:, 2]) * (focal / z)[:, None]
    a = across.square().sum(1) + LOW_PASS
    b = (across * down).sum(1)
    c = down.square().sum(1) + LOW_PASS
    determinant = a * c - b * b
    conics = torch.stack([c, -b, a], 1) / determinant[:, None]
    rgb = colours(sh[which], positions[which].detach() - eye)
    reach = torch.sqrt(2 * torch.log((alphas / MIN_ALPHA).clamp(min=1)))
    half = torch.stack([reach * a.sqrt(), reach * c.sqrt()], 1).detach()
    arguments = centres, conics, alphas, rgb, half, z.detach(), camera.size
    image: Tensor = Blend.apply(*arguments)  # type: ignore[no-untyped-call]
    return image[..., :3], image[..., 3]


class Blend(torch.autograd.Function):
    """Blending of projected splats into (height, width, 4): colours, and the light that passes."""

    @staticmethod
    def forward(
        ctx: Any,
        centres: Tensor,
        conics: Tensor,
        alphas: Tensor,
        rgb: Tensor,
        half: Tensor,
        depths: Tensor,
        size: tuple[int, int],
    ) -> Tensor:
        limits = torch.tensor([size[1], size[0]], dtype=torch.float32)
        low = torch.minimum((centres - half).floor().clamp(min=0), limits)
        high = torch.minimum((centres + half).ceil().clamp(min=0), limits)
        seen = torch.nonzero((low < high).all(1) & torch.isfinite(conics).all(1))[:, 0]
        order = seen[torch.argsort(depths[seen], stable=True)]
        boxes = torch.stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]], 1)[order]
        parts = [t.detach()[order].contiguous().numpy() for t in (centres, conics, alphas, rgb)]
        arrays = parts[0], parts[1], boxes.to(torch.int32).numpy(), *parts[2:]
        image = np.zeros((*size, 5), np.float32)
        depth, none = np.zeros(len(order), np.float32), np.zeros((2, 0))
        rows = [_row(arrays[2], top) for top in range(0, size[0], TILE)]

        def draw(number: int) -> None:
            blend(number * TILE, rows[number], *arrays[:3], depth, *arrays[3:], image, none)

        run_all(draw, range(len(rows)))
        ctx.kept = arrays, image, rows, order, len(centres)
        return torch.from_numpy(image[..., [0, 1, 2, 4]])

    @staticmethod
    def backward(ctx: Any, wanted: Tensor) -> tuple[Tensor | None, ...]:
        arrays, image, rows, order, count = ctx.kept
        derivatives = wanted.contiguous().numpy()

        def part(number: int) -> NDArray[np.float64]:
            found = np.zeros((len(rows[number]), GRADIENTS))
            derive(number * TILE, rows[number], *arrays, image, derivatives, found)
            return found

        total = np.zeros((len(order), GRADIENTS))
        for row, found in zip(rows, run_all(part, range(len(rows))), strict=True):
            total[row] += found
        spread = torch.zeros(count, GRADIENTS)
        spread[order] = torch.from_numpy(total.astype(np.float32))
        return spread[:, :2], spread[:, 2:5], spread[:, 5], spread[:, 6:], None, None, None


def _row(boxes: NDArray[np.int32], top: int) -> NDArray[np.int64]:
    return np.flatnonzero((boxes[:, 2] < top + TILE) & (boxes[:, 3] > top))


def matrices(quaternions: Tensor) -> Tensor:
    """Return the rotation matrices of quaternions w x y z, (n, 3, 3)."""
    w, x, y, z = torch.nn.functional.normalize(quaternions, dim=1).unbind(1)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return torch.stack([torch.stack(row, -1) for row in rows], 1)


def colours(sh: Tensor, away: Tensor) -> Tensor:
    """Return the colours of splats seen along ``away``, (n, 3); see ``harmonics.colours``."""
    x, y, z = torch.nn.functional.normalize(away, dim=1).unbind(1)
    parts = [torch.full_like(x, C0)]
    degree = degree_of(sh.shape[1])
    if degree > 0:
        parts += [-C1 * y, C1 * z, -C1 * x]
    if degree > 1:
        xx, yy, zz = x * x, y * y, z * z
        parts += [C2[0] * x * y, -C2[0] * y * z, C2[1] * (2 * zz - xx - yy)]
        parts += [-C2[0] * x * z, C2[2] * (xx - yy)]
    if degree > 2:
        parts += [-C3[0] * y * (3 * xx - yy), C3[1] * x * y * z, -C3[2] * y * (4 * zz - xx - yy)]
        parts += [C3[3] * z * (2 * zz - 3 * xx - 3 * yy), -C3[2] * x * (4 * zz - xx - yy)]
        parts += [C3[4] * z * (xx - yy), -C3[0] * x * (xx - 3 * yy)]
    return ((torch.stack(parts, 1)[..., None] * sh).sum(1) + 0.5).clamp(min=0)
