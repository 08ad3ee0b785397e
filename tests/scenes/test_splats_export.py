"""Volumes of Gaussians as splats."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

import vcore
from vcore.errors import InputError
from vcore.model.volume import Volume
from vcore.render.placement import placement
from vcore.render.props import unit_distance
from vcore.render.transfer import TransferFunction, default_function
from vcore.scenes.cameras import turntable
from vcore.scenes.field import Bounds
from vcore.scenes.from_volume import _blocked, splats_of
from vcore.scenes.methods.splats.field import SplatField

SPACING = (1.5, 1.0, 0.8)


def made() -> Volume:
    """Return a volume of a few soft blobs of 0 to about 100."""
    rng = np.random.default_rng(4)
    places = np.stack(np.meshgrid(*map(np.arange, (24, 36, 44)), indexing="ij"), -1)
    values = np.zeros(places.shape[:3])
    for _ in range(12):
        centre = rng.uniform((6, 8, 8), (18, 28, 36))
        width = rng.uniform(1.5, 4, 3)
        values += rng.uniform(40, 100) * np.exp(-0.5 * (((places - centre) / width) ** 2).sum(-1))
    return Volume.from_array(values.astype("f4"), spacing=SPACING, origin=(3.0, -2.0, 10.0))


@pytest.fixture(scope="module")
def data() -> bytes:
    return vcore.compress(made(), None, method="gaussian", ratio=25, settings={"steps": 60}).data


def marched(values, grid, function, camera) -> np.ndarray:
    """Return the emission and absorption along rays, by small steps, in front of black."""
    origins, directions = camera.rays()
    table = np.linspace(*function.range, 1024)
    opacity = np.minimum(function.opacity_table(1024), 0.999)
    rgb = function.colours_of(table)
    lengths = np.linalg.norm(directions, axis=-1)
    out, light = np.zeros((*camera.size, 3)), np.ones(camera.size)
    step = 0.25
    for depth in np.arange(camera.near, camera.far, step):
        points = (origins + depth * directions)[..., ::-1]
        index = (points - grid.origin) / grid.spacing
        seen = map_coordinates(values, np.moveaxis(index, -1, 0), order=1, cval=0)
        extinction = -np.log1p(-np.interp(seen, table, opacity)) / unit_distance(placement(grid))
        alpha = 1 - np.exp(-extinction * step * lengths)
        colour = np.stack([np.interp(seen, table, rgb[:, k]) for k in range(3)], -1)
        out += (light * alpha)[..., None] * colour
        light *= 1 - alpha
    return out


@pytest.mark.slow
@pytest.mark.parametrize(("densest", "least"), [(0.05, 25), (0.5, 22)])
def test_splats_look_like_the_volume(data: bytes, densest: float, least: float) -> None:
    dataset = vcore.open(data)
    values, grid = np.asarray(dataset[...]), dataset.grid
    function = default_function(5.0, 110.0)
    opacities = tuple((v, o * densest / 0.3, m, s) for v, o, m, s in function.opacities)
    function = TransferFunction("some", function.colours, opacities)
    splats = splats_of(dataset.primitives, values, grid, function)
    bounds = Bounds((10.0, -2.0, 3.0), (10 + 35.2, 34.0, 39.0))
    field = SplatField(splats, bounds=bounds)
    for camera in turntable(bounds, [(70, 20), (40, 200)], size=(48, 48)):
        want, got = marched(values, grid, function, camera), field.render(camera).rgb
        assert want.max() > 0.15
        error = np.square(got - want).mean()
        assert -10 * np.log10(error / want.max() ** 2) > least


@pytest.mark.slow
def test_colours_are_those_of_the_transfer_function(data: bytes) -> None:
    dataset = vcore.open(data)
    green = TransferFunction(
        "green",
        ((0.0, 0.0, 1.0, 0.0), (110.0, 0.0, 1.0, 0.0)),
        ((0.0, 0.0, 0.5, 0.0), (110.0, 0.3, 0.5, 0.0)),
        "RGB",
    )
    splats = splats_of(dataset.primitives, np.asarray(dataset[...]), dataset.grid, green)
    assert np.allclose(splats.sh[:, 0] * 0.28209479 + 0.5, [0, 1, 0], atol=1e-4)
    assert len(splats) <= len(dataset.primitives)


def test_nothing_visible_is_refused(data: bytes) -> None:
    dataset = vcore.open(data)
    none = default_function(1e6, 2e6)
    with pytest.raises(InputError, match="something is seen"):
        splats_of(dataset.primitives, np.asarray(dataset[...]), dataset.grid, none)


def test_light_that_thick_splats_hide() -> None:
    depths = np.array([1e-6, 0.5, 8.0])
    r = np.linspace(0, 12, 200_001)
    for depth, got in zip(depths, _blocked(depths), strict=True):
        want = np.trapezoid((1 - np.exp(-depth * np.exp(-(r**2) / 2))) * r, r)
        assert got == pytest.approx(want, rel=1e-3)
