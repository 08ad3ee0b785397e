"""Values and gradients of datasets at points in space and time."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from volumes import blobs

import vcore
from vcore.errors import InputError, MemoryLimitError
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

EXACT = vcore.Budget(max_error=0)
SHAPE = (20, 70, 66)
TURNED = Grid(
    SHAPE,
    (2.0, 0.5, 0.25),
    (10.0, -5.0, 3.0),
    ((0.6, -0.8, 0.0), (0.8, 0.6, 0.0), (0.0, 0.0, 1.0)),
    unit="micrometer",
)
SLOPE = np.array([1.5, -1.0, 2.0])


def opened(values: np.ndarray, grid: Grid | None = None, axes: str = "zyx", **options: Any) -> Any:
    volume = Volume(
        grid or Grid(values.shape[-3:]), (Variable("v", values, tuple(axes), **options),)
    )
    return vcore.open(vcore.compress(volume, None, budget=EXACT).data)


def places(grid: Grid, index: np.ndarray) -> np.ndarray:
    """Return the world coordinates of fractional indices, (..., 3)."""
    return index @ grid.affine[:3, :3].T + grid.affine[:3, 3]


def every_voxel(shape: tuple[int, ...]) -> np.ndarray:
    return np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).astype(float)


def somewhere(shape: tuple[int, ...], count: int = 400) -> np.ndarray:
    return np.random.default_rng(0).random((count, 3)) * (np.array(shape) - 1)


def test_voxel_centres_have_the_voxels_values() -> None:
    values = blobs(SHAPE)
    found = opened(values, TURNED).sample(places(TURNED, every_voxel(SHAPE)))
    np.testing.assert_array_equal(found, values)


def test_linear_functions_and_their_gradients_are_exact_on_a_turned_grid() -> None:
    values = (places(TURNED, every_voxel(SHAPE)) @ SLOPE).astype("f4")
    points = places(TURNED, somewhere(SHAPE)).reshape(20, 20, 3)
    found, gradient = opened(values, TURNED).sample(points, gradient=True)
    assert found.shape == (20, 20)
    assert gradient.shape == (20, 20, 3)
    np.testing.assert_allclose(found, points @ SLOPE, atol=1e-4)
    np.testing.assert_allclose(gradient, np.broadcast_to(SLOPE, gradient.shape), atol=1e-4)


def test_gradients_are_central_differences_of_the_interpolation() -> None:
    values = blobs(SHAPE)
    ds = opened(values, TURNED)
    points = places(TURNED, 1 + somewhere(np.array(SHAPE) - 2))
    _, gradient = ds.sample(points, gradient=True)
    steps = TURNED.affine[:3, :3]
    for axis in range(3):  # along the axes of the grid
        ahead, behind = ds.sample(points + steps[:, axis]), ds.sample(points - steps[:, axis])
        length = TURNED.spacing[axis]
        along = gradient @ (steps[:, axis] / length)
        np.testing.assert_allclose(along, (ahead - behind) / (2 * length), atol=1e-6)


def test_uneven_and_falling_coordinates() -> None:
    axes = [np.cumsum(np.arange(1.0, 10)), 50 - np.arange(9.0) ** 1.5, np.array([3.0])]
    grid = Grid.from_coordinates(axes)
    assert grid.coordinates is not None
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    ds = opened((points @ SLOPE).astype("f4"), grid)
    inside = np.array([[7.7, 40.1, 3.0], [1.0, 50.0, 3.4], [45.0, 27.5, 2.6]])
    found, gradient = ds.sample(inside, gradient=True)
    np.testing.assert_allclose(found, [*(inside[:2] * [1, 1, 0] + [0, 0, 3]) @ SLOPE, found[2]])
    # beyond the last centre, 27.37, lies nothing; across the only voxel of an axis, no gradient
    assert found[2] == pytest.approx([45.0, 27.5, 3.0] @ SLOPE)
    np.testing.assert_allclose(gradient, [[1.5, -1.0, 0.0]] * 3, atol=1e-4)
    assert np.isnan(ds.sample([7.7, 40.1, 3.6]))


def test_longitudes_are_found_at_any_turn() -> None:
    east = np.array([340.0, 350.0, 355.0, 0.0, 5.0, 20.0])
    values = np.broadcast_to(np.arange(6.0, dtype="f4"), (2, 3, 6)).copy()
    ds = opened(values, Grid.from_coordinates([[0, 1], [0, 1, 2], east]))
    asked = np.array([0.0, 2.5, -2.5, 357.5, 362.5, 345.0, 100.0])
    found = ds.sample(np.stack([0 * asked, 0 * asked, asked], axis=-1))
    np.testing.assert_allclose(found, [3, 3.5, 2.5, 2.5, 3.5, 0.5, np.nan])


def test_nothing_lies_outside() -> None:
    ds = opened(blobs(SHAPE), TURNED)
    index = np.array([[-0.5, 0, 0], [-0.51, 0, 0], [19.49, 69.4, 65.4], [0, 0, 65.6], [1e9, 0, 0]])
    found, gradient = ds.sample(places(TURNED, index), gradient=True)
    values = ds.decode()
    np.testing.assert_array_equal(
        found, [values[0, 0, 0], np.nan, values[19, 69, 65], np.nan, np.nan]
    )
    assert np.array_equal(np.isnan(gradient).all(1), np.isnan(found))


@pytest.mark.parametrize("fill", [None, 7])
def test_missing_neighbours_leave_nothing(fill: int | None) -> None:
    values = np.arange(5.0 * 6 * 7, dtype="f4").reshape(5, 6, 7) + 100
    values[2, 3, 4] = np.nan if fill is None else fill
    ds = opened(values if fill is None else values.astype("i2"), fill_value=fill)
    points = [[2, 3, 3], [2, 3, 3.5], [2, 3, 4], [1.9, 2.9, 3.9], [2, 3, 5], [4, 5, 6]]
    found, gradient = ds.sample(points, gradient=True)
    wanted = [values[2, 3, 3], np.nan, np.nan, np.nan, values[2, 3, 5], values[4, 5, 6]]
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(np.isnan(gradient[:, 2]), [True] * 5 + [False])
    np.testing.assert_allclose(gradient[5], [42, 7, 1])


def test_times_are_mixed_and_components_kept() -> None:
    grid = Grid((5, 6, 7), times=(1.0, 3.0, 4.0), time_unit="second")
    values = np.stack(
        [[blobs(grid.shape, seed=k), blobs(grid.shape, seed=9 - k)] for k in range(3)]
    )
    ds = opened(values, grid, "tczyx")
    points = np.array([[1, 2, 3, 4], [2.5, 2, 3, 4], [4, 0, 0, 0], [0.9, 0, 0, 0], [4.1, 0, 0, 0]])
    found, gradient = ds.sample(points, gradient=True)
    assert found.shape == (5, 2)
    assert gradient.shape == (5, 2, 3)
    np.testing.assert_array_equal(found[0], values[0, :, 2, 3, 4])
    mixed = values[0, :, 2, 3, 4] / 4 + values[1, :, 2, 3, 4] * 3 / 4
    np.testing.assert_allclose(found[1], mixed, rtol=1e-6)
    np.testing.assert_array_equal(found[2], values[2, :, 0, 0, 0])
    assert np.isnan(found[3:]).all()
    alone, its = ds.sample(points[:, 1:], frame=0, gradient=True)
    np.testing.assert_array_equal(alone[:, 0], values[0, 0][tuple(points[:, 1:].astype(int).T)])
    np.testing.assert_array_equal(its[0], gradient[0])


def test_movies_are_sampled_between_frames() -> None:
    grid = Grid((1, 24, 20), times=tuple(map(float, range(12))), time_unit="second")
    values = np.stack([blobs(grid.shape, seed=4) * (1 + k / 12) for k in range(12)])
    ds = opened(values, grid, "tzyx")
    found = ds.sample([[3.5, 0, 10, 10.5]])
    wanted = values[3:5, 0, 10, 10:12].mean()
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_coarse_levels_are_sampled_where_they_lie() -> None:
    ds = opened(blobs((20, 140, 130)))
    grid = ds.grid_levels[1]
    index = somewhere(grid.shape).astype(int)
    found = ds.sample(places(grid, index), level=1)
    np.testing.assert_array_equal(found, ds.decode(level=1)[tuple(index.T)])


@pytest.mark.slow
def test_only_chunks_around_the_points_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    ds = opened(blobs((20, 140, 260)))
    decoder = ds.decoder()
    decoded = []
    decode = type(decoder).decode_chunk

    def counted(self: Any, region: Any, level: int) -> Any:
        decoded.append(region)
        return decode(self, region, level)

    monkeypatch.setattr(type(decoder), "decode_chunk", counted)
    ds.sample([[3.5, 30.5, 30.5], [4.5, 31.5, 200.5]])
    assert len(decoded) == 2
    ds.sample([[5.5, 33.5, 38.5]])
    assert len(decoded) == 2  # from the cache
    ds.sample([[5.5, 33.5, 63.5]])
    assert len(decoded) == 3


def test_labels_have_a_nearest_voxel_only() -> None:
    values = (np.arange(5 * 6 * 7).reshape(5, 6, 7) // 20).astype("u4")
    ds = opened(values, attributes={"image-label": {}})
    with pytest.raises(InputError, match="nearest=True for the labels 'v'"):
        ds.sample([1, 2, 3])
    points = np.array([[1.4, 2.2, 3.4], [3.6, 4.9, 0.1], [9, 9, 9]])
    wanted = [values[1, 2, 3], values[4, 5, 0], np.nan]
    np.testing.assert_array_equal(ds.sample(points, nearest=True), wanted)
    with pytest.raises(InputError, match="no gradient"):
        ds.sample(points, nearest=True, gradient=True)
    fine = ds.resample(0.5).variables[0].read()
    assert fine.dtype == values.dtype
    np.testing.assert_array_equal(fine, values.repeat(2, 0).repeat(2, 1).repeat(2, 2))


def test_labels_beyond_double_precision_are_refused() -> None:
    values = np.full((4, 4, 4), 2**60 + 1, "u8")
    values[0, 0, 0] = 3
    ds = opened(values, attributes={"image-label": {}})
    with pytest.raises(InputError, match="index the voxels"):
        ds.sample([1, 1, 1], nearest=True)


@pytest.mark.parametrize(
    ("points", "options", "match"),
    [
        ([1, 2], {}, r"shape \(2,\)"),
        (3.0, {}, r"shape \(\)"),
        ([[1, 2, 3, 4]], {}, "no times"),
        ([[1, 2, np.nan]], {}, "finite"),
        ("abc", {}, "array of numbers"),
        ([[1, 2], [3]], {}, "array of numbers"),
        ([1, 2, 3], {"frame": 1}, r"frame in 0\.\.0"),
        ([1, 2, 3], {"level": 9}, "level"),
        ([1, 2, 3], {"variable": "w"}, "variables v"),
    ],
)
def test_bad_points_are_refused(points: Any, options: dict[str, Any], match: str) -> None:
    with pytest.raises(InputError, match=match):
        opened(blobs((5, 6, 7))).sample(points, **options)


def test_frames_without_times_are_chosen_by_number() -> None:
    values = np.stack([blobs((5, 6, 7), seed=k) for k in range(2)])
    ds = opened(values, axes="tzyx")
    with pytest.raises(InputError, match="a frame, as 'v' has 2 frames"):
        ds.sample([1, 2, 3])
    with pytest.raises(InputError, match="give a frame"):
        ds.sample([0, 1, 2, 3])
    assert ds.sample([1, 2, 3], frame=1) == values[1, 1, 2, 3]


def test_no_points_have_no_values() -> None:
    found, gradient = opened(blobs((5, 6, 7))).sample(np.zeros((0, 3)), gradient=True)
    assert (found.shape, gradient.shape) == ((0,), (0, 3))


def test_more_points_than_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    ds = opened(blobs((5, 6, 7)))
    monkeypatch.setenv("VCORE_MEMORY_LIMIT", "100000")
    with pytest.raises(MemoryLimitError, match="fewer at a time"):
        ds.sample(np.zeros((5000, 3)))


# voxels of any size


def test_methods_of_voxels_are_interpolated_at_other_spacings() -> None:
    values = (places(TURNED, every_voxel(SHAPE)) @ SLOPE).astype("f4")
    ds = opened(values, TURNED)
    np.testing.assert_array_equal(ds.resample(TURNED.spacing).variables[0].read(), values)
    volume = ds.resample((1.0, 0.5, 0.4))
    assert volume.grid.shape == (40, 70, 41)
    inside = (slice(1, -1), slice(1, -1), slice(1, -1))
    wanted = places(volume.grid, every_voxel(volume.grid.shape)) @ SLOPE
    np.testing.assert_allclose(volume.variables[0].read()[inside], wanted[inside], atol=1e-4)


def test_coarse_spacings_are_taken_from_coarse_levels() -> None:
    ds = opened(blobs((20, 140, 130)))
    level = ds.decode(level=1)
    assert np.abs(level - ds.decode()[::2, ::2, ::2]).max() > 0.01  # means, not every other voxel
    np.testing.assert_array_equal(ds.resample(2.0).variables[0].read(), level)


@pytest.mark.parametrize("dtype", ["f4", "i2"])
def test_missing_values_stay_missing_at_other_spacings(dtype: str) -> None:
    values = np.arange(5.0 * 6 * 7).reshape(5, 6, 7).astype(dtype)
    values[2, 3, 4] = 50  # also the value of a voxel between others
    ds = opened(values, fill_value=50)
    fine = ds.resample((1.0, 1.0, 0.5)).variables[0]
    found = fine.read()
    assert found.dtype == values.dtype
    missing = found == 50
    assert missing[2, 3].tolist() == [False] * 7 + [True] * 4 + [False] * 3
    assert missing.sum() == 4 + 2 * np.count_nonzero(np.delete(values.ravel(), 95) == 50)


def test_streamlines_of_the_documentation() -> None:
    """Around the axis of a solid rotation, lines are circles, and end at the edge of the volume."""
    text = (Path(__file__).parents[1] / "docs" / "sampling.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(import numpy.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    grid = Grid((8, 40, 40), (1.0, 0.1, 0.1), (0.0, -1.95, -1.95))
    _, y, x = np.moveaxis(places(grid, every_voxel(grid.shape)), -1, 0)
    flow = np.stack([-y, x, np.full_like(x, 0.2)]).astype("f4")  # u v w
    ds = opened(flow, grid, "czyx", components=("u", "v", "w"))
    seeds = [[1.0, 0.0, 1.5], [1.0, 0.5, 0.0], [6.9, 0.0, 1.0]]
    lines = names["streamlines"](ds, seeds, 0.1, 63)
    assert lines.shape == (64, 3, 3)
    radii = np.hypot(lines[..., 1], lines[..., 2])
    np.testing.assert_allclose(radii[:, :2], np.broadcast_to([1.5, 0.5], (64, 2)), atol=1e-4)
    angle = np.arctan2(lines[-1, 0, 1], lines[-1, 0, 2])
    assert angle == pytest.approx(6.3 - 2 * np.pi, abs=1e-4)
    np.testing.assert_allclose(lines[:, 0, 0], 1 + 0.02 * np.arange(64), atol=1e-5)
    assert 25 < np.isfinite(lines[:, 2, 0]).sum() < 35  # up to the height of 7.5
