"""Fit of splats to posed images: Adam on all parameters, and splats that split where the images
change most (Kerbl et al. 2023, section 5, with a growth to a given number)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.model.context import Context
from vcore.scenes.cameras import Camera
from vcore.scenes.methods.splats.harmonics import C0, MAX_DEGREE, coefficients
from vcore.scenes.methods.splats.model import Splats

if TYPE_CHECKING:
    import torch

Images = NDArray[np.uint8]

RATES = {"scales": 0.01, "rotations": 0.004, "opacities": 0.04, "sh": 0.005, "rest": 0.0005}
"""Steps of Adam; `rest` is that of the harmonics of degree 1 and up."""
POSITION_RATE, LAST_POSITION_RATE = 1e-3, 2e-5
"""Steps of Adam for positions at the start and at the end, relative to the scene's radius."""
GROW_EVERY, GROW_FROM, GROW_UNTIL = 100, 0.05, 0.7
"""Steps between two times that splats split, and the share of the fit between which they do."""
COARSE_UNTIL = 0.3
"""Share of the fit with images of half the size."""
HIGHER_FROM = 0.3
"""Share of the fit from which on harmonics beyond the colour change."""
FIRST_SHARE = 0.3
"""Share of the splats that the fit starts with."""
SPLIT = 1.6
"""Factor by which the scales of a splat shrink when it splits."""
FAINT = 0.01
"""Opacity below which a splat is replaced."""
HULL_TRIES = 40
MAX_OUTSIDE = 0.05
"""Share of the images in which a first position may fall onto the background."""


@dataclass(frozen=True)
class FitSettings:
    """Settings of a fit.

    Parameters
    ----------
    splats
        Number of splats at the end, at most.
    degree
        Degree of the spherical harmonics, 0 to 3.
    steps
        Steps of the optimiser, one image each.
    """

    splats: int = 5000
    degree: int = 2
    steps: int = 3000

    def __post_init__(self) -> None:
        good = 1 <= self.splats <= 1 << 20 and 0 <= self.degree <= MAX_DEGREE
        if not good or not 1 <= self.steps <= 1 << 24:
            raise InputError(
                f"Expected 1 to {1 << 20} splats of degree 0 to 3, and 1 step or more. Got "
                f"{self.splats} of degree {self.degree}, and {self.steps} steps."
            )


def fit(
    cameras: Sequence[Camera],
    images: Images,
    bounds: tuple[Sequence[float], Sequence[float]],
    *,
    background: tuple[float, float, float] = (1.0, 1.0, 1.0),
    settings: FitSettings | None = None,
    start: Splats | None = None,
    context: Context | None = None,
) -> Splats:
    """Return splats whose views are like ``images``.

    Parameters
    ----------
    cameras
        Camera of each image, all of the same size.
    images
        uint8 of (n, height, width, 3), in front of ``background``, or of (n, height, width, 4) with
        opacity, not premultiplied.
    bounds
        Lowest and highest corner of the box in which splats start.
    start
        Splats to begin with, of the degree of ``settings``; by default some at random places.
    context
        Its time limit ends the fit early; the seed determines it where there is none.

    Raises
    ------
    InputError
        The images and cameras do not match, or ``start`` has another degree.
    MissingExtraError
        torch is not installed.
    Cancelled
        The context was cancelled.
    """
    from vcore.io.request import need

    need("torch", "train")
    sizes = {c.size for c in cameras}
    if not len(cameras) or sizes != {images.shape[1:3]} or len(images) != len(cameras):
        raise InputError(
            f"Expected images of the sizes of their cameras. Got {len(images)} images of "
            f"{images.shape[1:3]} and {len(cameras)} cameras of {sorted(sizes)}."
        )
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (3, 4):
        raise InputError(
            f"Expected images of uint8, with 3 or 4 channels. Got {images.dtype} of shape "
            f"{images.shape}."
        )
    chosen = settings or FitSettings()
    if start is not None and start.degree != chosen.degree:
        raise InputError(
            f"Expected splats of degree {chosen.degree} to start with, as the fit has. Got "
            f"{start.degree} instead."
        )
    return _Fit(cameras, images, bounds, background, chosen, context or Context()).run(start)


class _Fit:
    def __init__(
        self,
        cameras: Sequence[Camera],
        images: Images,
        bounds: tuple[Sequence[float], Sequence[float]],
        background: tuple[float, float, float],
        settings: FitSettings,
        context: Context,
    ) -> None:
        import torch

        self.settings, self.context = settings, context
        self.background = torch.tensor(background)
        self.low, self.high = (np.asarray(b, np.float64) for b in bounds)
        self.radius = float(np.linalg.norm(self.high - self.low)) / 2
        self.rng = np.random.default_rng(context.seed)
        self.generator = torch.Generator().manual_seed(context.seed)
        self.has_alpha = images.shape[3] == 4
        self.levels = [(list(cameras), images)]
        if min(images.shape[1:3]) >= 64:
            small = [c.resized((c.size[0] // 2, c.size[1] // 2)) for c in cameras]
            self.levels.append((small, _halved(images)))

    def run(self, start: Splats | None = None) -> Splats:
        import torch

        self.parameters = self._first() if start is None else _parameters(start)
        self.adam = _Adam(self.parameters)
        self._forget()
        order: list[int] = []
        step = 0
        while (share := self._share(step)) < 1:
            self.context.report("fitting", share)
            if not order:
                order = self.rng.permutation(len(self.levels[0][0])).tolist()
            self._step(order.pop(), share)
            step += 1
            if step % GROW_EVERY == 0 and GROW_FROM < share < GROW_UNTIL:
                self._grow(share)
        self.context.notice("splats", len(self.parameters["positions"]))
        with torch.no_grad():
            found = {k: v.detach().numpy() for k, v in self.parameters.items()}
        sh = np.concatenate([found.pop("sh"), found.pop("rest")], axis=1)
        return Splats(**found, sh=sh)

    def _share(self, step: int) -> float:
        limit = self.context.time_limit
        spent = 0.0 if limit is None else (time.monotonic() - self.context.started) / limit
        return max(step / self.settings.steps, spent)

    def _first(self) -> "dict[str, torch.Tensor]":
        """Return splats at random positions that no image shows as background."""
        import torch

        count = max(1, round(self.settings.splats * FIRST_SHARE))
        positions, colours = self._hull(count)
        size = np.log(self.radius * 1.2 / max(count, 1) ** (1 / 2.5))
        found = {
            "positions": positions,
            "scales": np.full((count, 3), size),
            "rotations": np.tile([1.0, 0, 0, 0], (count, 1)),
            "opacities": np.full(count, -1.0),
            "sh": ((colours - 0.5) / C0)[:, None],
            "rest": np.zeros((count, coefficients(self.settings.degree) - 1, 3)),
        }
        return {k: torch.tensor(v, dtype=torch.float32) for k, v in found.items()}

    def _hull(self, count: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return positions within the box, in the foreground of nearly all images, and their mean
        colours there."""
        cameras, images = self.levels[-1]
        chosen = np.unique(np.linspace(0, len(cameras) - 1, 32).astype(int))
        kept: list[NDArray[Any]] = []
        colours: list[NDArray[Any]] = []
        left = count
        for _ in range(HULL_TRIES):
            points = self.rng.uniform(self.low, self.high, (max(4 * count, 1024), 3))
            outside, total = np.zeros(len(points)), np.zeros((len(points), 4))
            for i in chosen:
                pixels, inside = _looked_up(cameras[i], images[i], points)
                total[inside] += np.c_[pixels[:, :3], np.ones(len(pixels))]
                if self.has_alpha:
                    outside[inside] += pixels[:, 3] < 0.5
                else:
                    ground = np.abs(pixels[:, :3] - self.background.numpy()).max(1) < 4 / 255
                    outside[inside] += ground
            good = outside <= MAX_OUTSIDE * len(chosen)
            kept.append(points[good][:left])
            colours.append((total[:, :3] / np.maximum(total[:, 3:], 1))[good][:left])
            left -= len(kept[-1])
            if left <= 0:
                break
        if left > 0:  # nothing is the foreground everywhere: anywhere in the box
            kept.append(self.rng.uniform(self.low, self.high, (left, 3)))
            colours.append(np.full((left, 3), 0.5))
        return np.concatenate(kept), np.concatenate(colours)

    def _step(self, number: int, share: float) -> None:
        import torch

        from vcore.scenes.methods.splats import fit_torch

        cameras, images = self.levels[-1 if share < COARSE_UNTIL else 0]
        wanted = torch.from_numpy(images[number].astype(np.float32)) / 255
        ground = self.background
        if self.has_alpha:
            ground = torch.rand(3, generator=self.generator)
            wanted = wanted[..., :3] * wanted[..., 3:] + ground * (1 - wanted[..., 3:])
        tensors = {k: v.requires_grad_() for k, v in self.parameters.items()}
        shifts = torch.zeros(len(tensors["positions"]), 2, requires_grad=True)
        sh = torch.cat([tensors["sh"], tensors["rest"]], 1)
        shapes = {k: tensors[k] for k in ("positions", "scales", "rotations", "opacities")}
        image, light = fit_torch.render(**shapes, sh=sh, camera=cameras[number], shifts=shifts)
        error = image + light[..., None] * ground - wanted
        loss = 0.5 * error.abs().mean() + 4 * error.square().mean()
        loss.backward()  # type: ignore[no-untyped-call]
        rate = POSITION_RATE * (LAST_POSITION_RATE / POSITION_RATE) ** share * self.radius
        fade = 1.0 if share < 0.7 else 0.1 ** ((share - 0.7) / 0.3)
        rates = {k: v * fade for k, v in RATES.items()} | {"positions": rate}
        if share < HIGHER_FROM:
            rates["rest"] = 0.0
        with torch.no_grad():
            assert shifts.grad is not None
            size = cameras[number].size
            change = shifts.grad.norm(dim=1) * max(size)
            self.change += change
            self.seen += change > 0
            self.adam.step(self.parameters, rates)

    def _forget(self) -> None:
        import torch

        count = len(self.parameters["positions"])
        self.change, self.seen = torch.zeros(count), torch.zeros(count)

    def _grow(self, share: float) -> None:
        """Replace faint splats, and split those by whose centres the images change most, until
        there are as many as the share of the fit asks for."""
        import torch

        with torch.no_grad():
            scales = self.parameters["scales"]
            alive = torch.sigmoid(self.parameters["opacities"]) >= FAINT
            alive &= scales.max(1).values < np.log(self.radius)
            if not alive.any():
                return
            grown = (share - GROW_FROM) / (GROW_UNTIL - GROW_FROM - 0.1)
            target = self.settings.splats * min(1.0, FIRST_SHARE + (1 - FIRST_SHARE) * grown)
            more = min(max(0, round(target) - int(alive.sum())), int(alive.sum()))
            score = torch.where(alive, self.change / self.seen.clamp(min=1), -1)
            split = torch.topk(score, more).indices
            whole = torch.nonzero(alive)[:, 0]
            index = torch.cat([whole, split])
            fresh = torch.zeros(len(index), dtype=torch.bool)
            fresh[len(whole) :] = True
            fresh[: len(whole)] = torch.isin(whole, split)
            self.parameters = {k: v.detach()[index] for k, v in self.parameters.items()}
            self.adam.select(index, fresh)
            self._scatter(fresh)
        self._forget()

    def _scatter(self, fresh: "torch.Tensor") -> None:
        """Move splats that have split within their former extent, and shrink them."""
        import torch

        from vcore.scenes.methods.splats.fit_torch import matrices

        p = self.parameters
        noise = torch.randn(int(fresh.sum()), 3, generator=self.generator)
        offset = noise * p["scales"][fresh].exp()
        turned = matrices(p["rotations"][fresh]) @ offset[..., None]
        p["positions"][fresh] += turned[..., 0]
        p["scales"][fresh] -= float(np.log(SPLIT))


class _Adam:
    """Adam whose rows come and go (Kingma and Ba, 2015)."""

    BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-15

    def __init__(self, parameters: "dict[str, torch.Tensor]") -> None:
        import torch

        self.mean = {k: torch.zeros_like(v) for k, v in parameters.items()}
        self.square = {k: torch.zeros_like(v) for k, v in parameters.items()}
        self.steps = torch.zeros(len(parameters["positions"]))

    def select(self, index: "torch.Tensor", fresh: "torch.Tensor") -> None:
        """Keep the rows of ``index``, without moments where they are ``fresh``."""
        for moments in (self.mean, self.square):
            for name, values in moments.items():
                moments[name] = values[index]
                moments[name][fresh] = 0
        self.steps = self.steps[index]
        self.steps[fresh] = 0

    def step(self, parameters: "dict[str, torch.Tensor]", rates: dict[str, float]) -> None:
        """Move every parameter by its rate, and clear its derivatives."""
        self.steps += 1
        for name, values in parameters.items():
            if values.grad is None:
                continue
            mean, square = self.mean[name], self.square[name]
            mean.mul_(self.BETA1).add_(values.grad, alpha=1 - self.BETA1)
            square.mul_(self.BETA2).addcmul_(values.grad, values.grad, value=1 - self.BETA2)
            steps = self.steps.view(-1, *[1] * (values.ndim - 1))
            root = (square / (1 - self.BETA2**steps)).sqrt() + self.EPSILON
            values -= rates[name] * mean / (1 - self.BETA1**steps) / root
            values.grad = None


def _parameters(splats: Splats) -> "dict[str, torch.Tensor]":
    """Return splats as a fit holds them."""
    import torch

    found = {
        "positions": splats.positions,
        "scales": splats.scales,
        "rotations": splats.rotations,
        "opacities": splats.opacities,
        "sh": splats.sh[:, :1],
        "rest": splats.sh[:, 1:],
    }
    return {k: torch.tensor(np.array(v), dtype=torch.float32) for k, v in found.items()}


def _halved(images: Images) -> Images:
    """Return images of half the size, the mean of 2 x 2 pixels each, weighted by opacity."""
    n, height, width, channels = images.shape
    even = images[:, : height // 2 * 2, : width // 2 * 2].astype(np.float32)
    if channels == 4:
        even[..., :3] *= even[..., 3:] / 255
    small = even.reshape(n, height // 2, 2, width // 2, 2, channels).mean((2, 4))
    if channels == 4:
        small[..., :3] /= np.maximum(small[..., 3:] / 255, 1e-6)
    halved: Images = np.rint(np.clip(small, 0, 255)).astype(np.uint8)
    return halved


def _looked_up(
    camera: Camera, image: Images, points: NDArray[Any]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Return the pixels, 0 to 1, that points fall onto, and the numbers of these points."""
    inside = (points - camera.eye) @ (camera.pose[:3, :3] * [1.0, -1.0, -1.0])
    ahead = np.flatnonzero(inside[:, 2] > camera.near)
    x, y, z = inside[ahead].T
    column = np.floor(x / z * camera.focal + camera.pixel_centre[0]).astype(np.int64)
    row = np.floor(y / z * camera.focal + camera.pixel_centre[1]).astype(np.int64)
    height, width = camera.size
    seen = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    pixels = image[row[seen], column[seen]].astype(np.float32) / np.float32(255)
    return pixels, ahead[seen]
