"""Fitting splats to images."""

import numpy as np
import pytest
from made_splats import camera, shell

from vcore.scenes.methods.splats import rendering

torch = pytest.importorskip("torch")

from vcore.scenes.methods.splats import fit_torch  # noqa: E402

NAMES = ("positions", "scales", "rotations", "opacities", "sh")


def dense(positions, scales, rotations, opacities, sh, seen):
    """Blend every splat into every pixel, all of it by torch in float64."""
    height, width = seen.size
    world = torch.tensor(np.linalg.inv(seen.pose))
    turn = torch.tensor(np.diag([1.0, -1, -1])) @ world[:3, :3]
    inside = positions @ turn.T + torch.tensor([1.0, -1, -1], dtype=torch.float64) * world[:3, 3]
    axes = fit_torch.matrices(rotations) * scales.exp()[:, None]
    covariances = turn @ axes @ axes.transpose(1, 2) @ turn.T
    z = inside[:, 2]
    rgb = fit_torch.colours(sh, positions.detach() - torch.tensor(seen.eye))
    zero = torch.zeros_like(z)
    focal = seen.focal
    first = torch.stack([focal / z, zero, -focal * inside[:, 0] / z**2], -1)
    second = torch.stack([zero, focal / z, -focal * inside[:, 1] / z**2], -1)
    jacobian = torch.stack([first, second], 1)
    flat = jacobian @ covariances @ jacobian.transpose(1, 2) + 0.3 * torch.eye(2)
    inverse = torch.linalg.inv(flat)
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    out, light = torch.zeros(height, width, 3, dtype=torch.float64), torch.ones(height, width)
    for i in torch.argsort(z):
        middle = inside[i, :2] / z[i] * focal + torch.tensor([width / 2, height / 2])
        d = torch.stack([x, y], -1) - middle
        power = -0.5 * torch.einsum("yxi,ij,yxj->yx", d, inverse[i], d)
        alpha = (torch.sigmoid(opacities[i]) * power.exp()).clamp(max=0.99)
        alpha = torch.where((alpha < 1 / 255) | (light < 1e-4), 0, alpha)
        out = out + (alpha * light)[..., None] * rgb[i]
        light = light * (1 - alpha)
    return out, light


@pytest.mark.parametrize("degree", [0, 3])
def test_derivatives_are_those_of_a_plain_renderer(degree: int) -> None:
    splats, seen = shell(80, degree, size=0.2), camera(size=(30, 37))
    rng = np.random.default_rng(1)
    weights = torch.tensor(rng.normal(size=(30, 37, 4)))
    results = []
    for draw, dtype in ((fit_torch.render, torch.float32), (dense, torch.float64)):
        tensors = [torch.tensor(getattr(splats, n), dtype=dtype).requires_grad_() for n in NAMES]
        image, light = draw(*tensors, seen)
        loss = (image.double() * weights[..., :3]).sum() + (light.double() * weights[..., 3]).sum()
        loss.backward()
        results.append([image.detach(), light.detach(), *(t.grad for t in tensors)])
    for name, got, want in zip(("image", "light", *NAMES), *results, strict=True):
        off = (got.double() - want).norm() / want.norm()
        assert off < 2e-3, (name, float(off))


def test_views_are_those_that_are_rendered() -> None:
    splats, seen = shell(200, 2), camera()
    tensors = [torch.tensor(getattr(splats, n)) for n in NAMES]
    image, light = fit_torch.render(*tensors, seen)
    view = rendering.render(splats, seen)
    assert np.abs(np.minimum(image.numpy(), 1) - view.rgb).max() < 1e-5
    assert np.abs(1 - light.numpy() - view.alpha).max() < 1e-5
