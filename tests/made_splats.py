"""Made scenes of splats, and a renderer of them that is as plain as it can be."""

import numpy as np
from numpy.typing import NDArray

from vcore.scenes.cameras import Camera
from vcore.scenes.methods.splats.harmonics import colours
from vcore.scenes.methods.splats.model import Splats, logit


def shell(count: int = 300, degree: int = 1, seed: int = 0, size: float = 0.12) -> Splats:
    """Return flat, coloured splats on a bumpy sphere of radius 1 about (0.2, -0.1, 0.3)."""
    rng = np.random.default_rng(seed)
    normals = rng.normal(size=(count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    radius = 1 + 0.1 * np.sin(5 * normals[:, :1])
    scales = np.log(size) + rng.normal(0, 0.3, (count, 3))
    scales[:, 2] -= 1.5
    # the shortest arc from the splat's own third axis to the normal
    rotations = np.stack(
        [1 + normals[:, 2], -normals[:, 1], normals[:, 0], np.zeros(count)], axis=1
    ) + rng.normal(0, 0.05, (count, 4))
    sh = rng.normal(0, 0.08, (count, (degree + 1) ** 2, 3))
    sh[:, 0] = normals + rng.normal(0, 0.2, (count, 3))
    alphas = np.clip(rng.beta(2, 1, count), 0.002, 0.999)
    return Splats(
        normals * radius + [0.2, -0.1, 0.3], scales, rotations, logit(alphas), sh.astype("f4")
    )


def camera(
    theta: float = 60, phi: float = 30, size: tuple[int, int] = (50, 66), distance: float = 4.5
) -> Camera:
    """Return a camera that sees all of ``shell``."""
    return Camera.turntable(
        (0.2, -0.1, 0.3), distance, theta=theta, phi=phi, size=size, view_angle=40, near=0.1, far=9
    )


def plain(splats: Splats, camera: Camera, background=(0.0, 0.0, 0.0)) -> NDArray[np.float64]:
    """Return red, green, blue, depth and alpha, (height, width, 5), without tiles, in float64."""
    height, width = camera.size
    world_to_eye = np.linalg.inv(camera.pose)
    eye = (np.c_[splats.positions, np.ones(len(splats))] @ world_to_eye.T)[:, :3]
    depths = -eye[:, 2]
    covariances = splats.covariances().astype(np.float64)
    rgb = colours(splats.sh, splats.positions, camera.eye)
    y, x = np.mgrid[:height, :width] + 0.5
    out, light = np.zeros((height, width, 4)), np.ones((height, width))
    for i in np.argsort(depths, kind="stable"):
        z = depths[i]
        if not camera.near < z < camera.far:
            continue
        tx, ty = eye[i, 0] / z, -eye[i, 1] / z
        limits = [1.3 * n / 2 / camera.focal for n in camera.size]
        jx, jy = np.clip(tx, -limits[1], limits[1]), np.clip(ty, -limits[0], limits[0])
        # rows: derivatives of the pixel's x and y by the eye's coordinates
        jacobian = camera.focal / z * np.array([[1, 0, jx], [0, -1, jy]])
        turned = world_to_eye[:3, :3] @ covariances[i] @ world_to_eye[:3, :3].T
        flat = jacobian @ turned @ jacobian.T + 0.3 * np.eye(2)
        middle = np.array([tx, ty]) * camera.focal + [width / 2, height / 2]
        d = np.stack([x - middle[0], y - middle[1]], -1)
        power = -0.5 * np.einsum("yxi,ij,yxj->yx", d, np.linalg.inv(flat), d)
        alpha = np.minimum(0.99, splats.alphas[i] * np.exp(power))
        alpha[(alpha < 1 / 255) | (light < 1e-4)] = 0
        weight = alpha * light
        out += weight[..., None] * [*rgb[i], z]
        light *= 1 - alpha
    covered = 1 - light
    with np.errstate(invalid="ignore"):
        depth = np.where(covered > 0, out[..., 3] / covered, np.nan)
    rgb = np.clip(out[..., :3] + light[..., None] * np.asarray(background), 0, 1)
    return np.concatenate([rgb, depth[..., None], covered[..., None]], -1)
