"""Decoding: coarse levels, voxels of any size, and their positions."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from gaussians import QUICK, assert_near, beads, compress, spots, table_sum

import vcore
from vcore.errors import InputError, MemoryLimitError
from vcore.model.grid import Grid
from vcore.model.pyramid import box_mean
from vcore.model.regions import whole
from vcore.model.volume import Variable, Volume

SHAPE = (34, 70, 47)
TURNED = Grid(
    SHAPE,
    (2.0, 0.5, 0.25),
    (10.0, -5.0, 3.0),
    ((0.6, -0.8, 0.0), (0.8, 0.6, 0.0), (0.0, 0.0, 1.0)),
    unit="micrometer",
)


@lru_cache
def dataset(axes: str = "zyx") -> vcore.Dataset:
    """Return soft blobs with scales from 2.5 voxels, on a rotated grid; two levels."""
    places = [(10, 12, 10), (20, 50, 30), (25, 20, 38), (8, 60, 12), (17, 35, 20)]
    values = spots(SHAPE, places, [2.5, 4, 3, 3.5, 6], [0.9, 1.0, 0.6, 0.8, 0.4])
    if axes == "tczyx":
        values = np.stack([np.stack([values, -values]), np.stack([values * 0.5, values])])
    volume = Volume(TURNED, (Variable("v", values, tuple(axes), "kelvin"),))
    return vcore.open(compress(volume, vcore.Budget(bytes=3000), background=0).data)


def raw(data: vcore.Dataset, level: int = 0) -> np.ndarray:
    decoder = data.decoder()
    return decoder.raw(whole(decoder.shape(level)), level)


def places_of(grid: Grid) -> np.ndarray:
    """Return the physical position of every voxel, (z, y, x, 3)."""
    index = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), axis=-1)
    return index @ grid.affine[:3, :3].T + grid.affine[:3, 3]


def first_corner(grid: Grid) -> np.ndarray:
    return grid.affine @ [-0.5, -0.5, -0.5, 1]


def test_level_0_is_the_sum_of_the_table() -> None:
    data = dataset()
    ground = data.decoder()._inner.grounds()
    assert ground.shape == (1, 1, 1)
    low, high = data.decoder().header.range
    part = (slice(5, 25), slice(10, 50, 2), slice(2, 40, 2))
    expected = table_sum(data.primitives, places_of(data.grid)[part])[0]
    expected += low + ground.item() * (high - low)
    assert len(data.primitives) > 5
    assert_near(raw(data)[part], expected, 1e-5)


def test_coarse_levels_are_means_of_boxes() -> None:
    data = dataset()
    assert len(data.grid_levels) == 2
    fine, coarse = raw(data), raw(data, 1)
    inside = tuple(slice(0, n // 2) for n in SHAPE)
    error = (coarse - box_mean(fine, (2, 2, 2)))[inside]
    assert np.abs(error).max() < 0.01
    assert np.sqrt(np.mean(error**2)) < 0.001


def test_beads_keep_their_mass_at_coarse_levels() -> None:
    """At levels where a voxel is as wide as a bead."""
    values = beads((40, 48, 140), 30)
    data = vcore.open(compress(values, vcore.Budget(bytes=1500), steps=20).data)
    assert len(data.grid_levels) == 3
    fine = raw(data)
    for level in (1, 2):
        coarse = raw(data, level)
        assert coarse.sum() * 8**level == pytest.approx(fine.sum(), rel=0.01)
        error = coarse - box_mean(fine, (2**level,) * 3)
        assert error.std() < 0.06 * box_mean(fine, (2**level,) * 3).std()


# voxels of any size


@pytest.mark.parametrize("axes", ["zyx", "tczyx"])
def test_the_original_spacing_is_the_decoded_volume(axes: str) -> None:
    data = dataset(axes)
    volume = data.resample(data.grid.spacing)
    assert volume.grid == data.grid
    variable = volume.variables[0]
    assert (variable.name, variable.axes, variable.unit) == ("v", tuple(axes), "kelvin")
    assert variable.dtype == np.float32
    np.testing.assert_array_equal(variable.read(), data.decode())


@pytest.mark.parametrize("axes", ["zyx", "tczyx"])
def test_twice_the_spacing_is_level_1(axes: str) -> None:
    data = dataset(axes)
    volume = data.resample([4.0, 1.0, 0.5])
    assert volume.grid.shape == (17, 35, 23)  # the last half of a voxel of 47 is dropped
    assert volume.grid.spacing == data.grid_levels[1].spacing
    np.testing.assert_allclose(volume.grid.origin, data.grid_levels[1].origin)
    np.testing.assert_array_equal(
        volume.variables[0].read(), data.decode(level=1)[..., :17, :35, :23]
    )


def test_half_the_spacing_agrees_with_interpolation() -> None:
    from scipy.ndimage import map_coordinates

    data = dataset()
    volume = data.resample([1.0, 0.25, 0.125])
    assert volume.grid.shape == tuple(2 * n for n in SHAPE)
    fine = volume.variables[0].read()
    at = np.stack(np.meshgrid(*((np.arange(2 * n) - 0.5) / 2 for n in SHAPE), indexing="ij"))
    expected = map_coordinates(data.decode().astype("f8"), at, order=3, mode="nearest")
    inner = (slice(8, -8),) * 3
    # the cut-off at three scales is discontinuous: a step of 1/90 of a peak
    assert np.abs(fine - expected)[inner].max() < 0.012
    assert np.sqrt(np.mean((fine - expected)[inner] ** 2)) < 0.001


@pytest.mark.parametrize("spacing", [0.5, (1.0, 0.25, 0.125), (0.9, 0.31, 0.2), (2.0, 0.5, 0.1)])
def test_fine_voxels_lie_where_the_table_says(spacing: float | tuple[float, ...]) -> None:
    data = dataset()
    volume = data.resample(spacing)
    grid = volume.grid
    np.testing.assert_allclose(grid.spacing, np.broadcast_to(spacing, 3))
    np.testing.assert_allclose(first_corner(grid), first_corner(data.grid), atol=1e-12)
    assert (grid.direction, grid.unit) == (data.grid.direction, "micrometer")
    extent = np.array(grid.shape) * grid.spacing / (np.array(SHAPE) * data.grid.spacing)
    assert (np.abs(extent - 1) < 0.5 * np.array(grid.spacing) / data.grid.spacing).all()
    if (np.array(grid.spacing) > data.grid.spacing).any():
        return  # voxels are then means, not points
    part = tuple(slice(n // 3, n // 3 + 15) for n in grid.shape)
    low, high = data.decoder().header.range
    ground = low + data.decoder()._inner.grounds().item() * (high - low)
    expected = table_sum(data.primitives, places_of(grid)[part])[0] + ground
    found = volume.variables[0].read()[part]
    assert np.ptp(expected) > 0.2
    assert_near(found, np.clip(expected, low, high), 1e-5)


def test_anisotropic_volumes_become_isotropic() -> None:
    volume = dataset().resample(0.5)
    assert volume.grid.shape == (136, 70, 23)
    assert volume.grid.spacing == (0.5, 0.5, 0.5)


def test_one_huge_voxel() -> None:
    volume = dataset().resample(1000)
    assert volume.grid.shape == (1, 1, 1)
    assert np.isfinite(volume.variables[0].read()).all()


@pytest.mark.parametrize("spacing", [0, -1, np.nan, np.inf, (1, 1, 0)])
def test_impossible_spacings_are_refused(spacing: float) -> None:
    with pytest.raises(InputError, match="positive, finite spacing"):
        dataset().resample(spacing)


def test_more_voxels_than_memory_are_refused() -> None:
    with pytest.raises(MemoryLimitError, match="choose larger"):
        dataset().resample(1e-4)


def test_other_methods_have_no_primitives() -> None:
    data = vcore.open(Path(__file__).parents[1] / "golden" / "linear1.vcore")
    with pytest.raises(InputError, match="method gaussian"):
        _ = data.primitives


def test_rectilinear_grids_are_refused() -> None:
    coordinates = [np.cumsum(np.arange(1, n + 1)) for n in (8, 9, 10)]
    volume = Volume(Grid.from_coordinates(coordinates), (Variable("v", beads((8, 9, 10), 2)),))
    data = vcore.open(compress(volume, vcore.Budget(bytes=2000), **QUICK).data)
    with pytest.raises(InputError, match="rectilinear"):
        data.resample(1.0)


def test_integers_stay_integers() -> None:
    values = (beads((16, 20, 18), 8) * 200).astype("u1")
    data = vcore.open(compress(values, vcore.Budget(bytes=2000)).data)
    fine = data.resample(0.5).variables[0].read()
    assert fine.dtype == np.uint8
    assert fine.shape == (32, 40, 36)
    assert 0.5 * values.max() < fine.max() <= values.max()


# at points


@pytest.mark.parametrize("axes", ["zyx", "tczyx"])
def test_points_are_those_of_the_table(axes: str) -> None:
    data = dataset(axes)
    rng = np.random.default_rng(0)
    index = rng.random((300, 3)) * (np.array(SHAPE) - 1)
    points = index @ data.grid.affine[:3, :3].T + data.grid.affine[:3, 3]
    found = data.sample(points, frame=0)
    low, high = data.decoder().header.range
    ground = low + data.decoder()._inner.grounds()[0, :, 0] * (high - low)
    table = table_sum(data.primitives, points)[0]
    expected = np.clip(table + ground[0], low, high)
    assert_near(found if axes == "zyx" else found[:, 0], expected, 1e-5)
    corner = data.sample(data.grid.affine[:3, 3] + 1e-9, frame=0)
    np.testing.assert_allclose(
        corner, data.decode()[..., 0, 0, 0].reshape(-1)[: corner.size], atol=1e-5
    )


@pytest.mark.parametrize("background", [0, 2])
def test_gradients_are_those_of_the_function(background: int) -> None:
    values = spots(SHAPE, [(10, 12, 10), (25, 40, 30)], [4, 6], [0.9, -0.7])
    values += np.linspace(0, 1, SHAPE[1], dtype="f4")[:, None] ** 2
    volume = Volume(TURNED, (Variable("v", values),))
    data = vcore.open(compress(volume, vcore.Budget(bytes=3000), background=background).data)
    index = 1 + np.random.default_rng(0).random((500, 3)) * (np.array(SHAPE) - 3)
    points = index @ data.grid.affine[:3, :3].T + data.grid.affine[:3, 3]
    _, gradient = data.sample(points, gradient=True)
    step = 1e-5
    ahead, behind = (
        np.stack([data.sample(points + sign * step * axis) for axis in np.eye(3)], axis=-1)
        for sign in (1, -1)
    )
    off = np.abs(gradient - (ahead - behind) / (2 * step)).max(1)
    assert np.abs(gradient).max() > 0.1
    assert np.mean(off < 1e-6) > 0.99  # the others cross the end of a Gaussian


def test_bounded_values_are_kept_at_the_voxels() -> None:
    values = beads((16, 20, 18), 8)
    data = vcore.open(compress(values, vcore.Budget(max_error=0.01), steps=5).data)
    points = np.argwhere(np.ones(values.shape))
    np.testing.assert_array_equal(data.sample(points), data.decode().ravel())
