"""Grid, Variable, Volume, regions, the pyramid's means, and the infill of missing values."""

import inspect
import json
from collections import Counter
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from volumes import blobs, holes, ramp

from vcore.errors import BudgetError, InputError
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.grid import IDENTITY, Grid
from vcore.model.pyramid import COARSEST, box_mean, chunk_shape, finer, level_grids
from vcore.model.regions import blocks, normalise, shape_of, shifted, tiles_of, whole
from vcore.model.volume import DTYPES, Variable, Volume

quick = settings(max_examples=100, deadline=None, derandomize=True)
TURN = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0))


# grid


def test_grid_affine_places_voxels() -> None:
    grid = Grid((4, 5, 6), (2.0, 3.0, 5.0), (10.0, 20.0, 30.0), TURN)
    world = grid.affine @ [1, 1, 2, 1]
    assert world.tolist() == [12.0, 20.0 - 10.0, 30.0 + 3.0, 1.0]


@pytest.mark.parametrize("direction", [Grid((1, 1, 1)).direction, TURN])
def test_coarsened_grid_centres_its_boxes(direction: Any) -> None:
    grid = Grid((9, 6, 5), (2.0, 3.0, 5.0), (10.0, 20.0, 30.0), direction)
    coarse = grid.coarsened((2, 2, 4))
    assert coarse.shape == (5, 3, 2)
    assert coarse.spacing == (4.0, 6.0, 20.0)
    box = [grid.affine @ [z, y, x, 1] for z in (2, 3) for y in (0, 1) for x in range(4)]
    assert coarse.affine @ [1, 0, 0, 1] == pytest.approx(np.mean(box, axis=0))


def test_coarsening_twice_is_coarsening_once() -> None:
    grid = Grid((33, 18, 5), (1.5, 0.5, 0.1), (3.0, -1.0, 7.0), TURN)
    once, twice = grid.coarsened((4, 4, 4)), grid.coarsened((2, 2, 2)).coarsened((2, 2, 2))
    assert once.shape == twice.shape
    assert once.origin == pytest.approx(twice.origin)
    assert once.spacing == pytest.approx(twice.spacing)


def test_rectilinear_coordinates() -> None:
    axes = ((0.0, 1.0, 2.0), (5.0, 6.0), (0.0, 1.0, 4.0, 9.0))
    grid = Grid.from_coordinates(axes, unit="metre")
    assert grid.coordinates == axes
    assert grid.spacing == (1.0, 1.0, 3.0)
    assert grid.origin == (0.0, 5.0, 0.0)
    coarse = grid.coarsened((2, 2, 2))
    assert coarse.coordinates == ((0.5, 2.0), (5.5,), (0.5, 6.5))
    even = Grid.from_coordinates(((0.0,), (1.0, 1.5, 2.0), (0.0, 0.1, 0.2)))
    assert even.coordinates is None
    assert even.spacing == pytest.approx((1.0, 0.5, 0.1))


def test_coordinates_that_fall_or_wrap_keep_their_order() -> None:
    falling = Grid.from_coordinates(((0.0,), (40.0, 30.0, 20.0), (0.0, 1.0)))
    assert falling.coordinates is None
    assert (falling.spacing, falling.origin) == ((1, 10, 1), (0, 40, 0))
    assert (falling.affine @ [0, 2, 0, 1])[1] == 20
    assert falling.coarsened((1, 2, 1)).origin == (0, 35, 0)
    axes = ((1000.0, 500.0, 850.0), (5.0, 5.0), (350.0, 358.0, 0.0, 12.0))
    grid = Grid.from_coordinates(axes)
    assert grid.coordinates == axes
    assert grid.direction == IDENTITY
    assert grid.spacing == (425, 1, pytest.approx(126))
    # the mean of 358 and 0 degrees is not 179
    assert grid.coarsened((1, 1, 2)).coordinates == (*axes[:2], (354.0, 6.0))
    assert grid.cropped((slice(1, 3), slice(0, 2), slice(2, 4))).origin == (500, 5, 0)


def test_even_steps_at_any_scale_and_in_single_precision() -> None:
    longitude = np.arange(0, 360, 0.01, dtype="f4").tolist()
    tiny = [1e-9, 2e-9, 4e-9]
    offset = [1e6, 1e6 + 0.25, 1e6 + 0.5, 1e6 + 1]
    for axis, even in ((longitude, True), (tiny, False), (offset, False)):
        assert (Grid.from_coordinates((axis, (0.0,), (0.0,))).coordinates is None) == even


@pytest.mark.parametrize(
    "grid",
    [
        Grid((1, 2, 3)),
        Grid((4, 5, 6), (2.0, 0.5, 0.1), (1.0, -2.0, 3.0), TURN, "micrometer", ("a", "b", "c")),
        Grid((2, 1, 1), times=(0.0, 0.5), time_unit="second"),
        Grid.from_coordinates(((0.0, 1.0, 3.0), (0.0,), (0.0,))),
    ],
)
def test_grid_survives_json(grid: Grid) -> None:
    assert Grid.from_json(json.loads(json.dumps(grid.to_json()))) == grid


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"shape": (0, 1, 1)}, "at least one voxel"),
        ({"shape": (1, 1)}, "three axes"),
        ({"spacing": (1.0, 0.0, 1.0)}, "positive"),
        ({"spacing": (1.0, float("inf"), 1.0)}, "finite"),
        ({"origin": (1.0, float("nan"), 1.0)}, "finite origin"),
        ({"direction": ((1.0, 0.0), (0.0, 1.0))}, "3x3"),
        ({"times": (0.0, float("nan"))}, "finite time"),
        ({"coordinates": ((0.0, 1.0), (0.0,), (0.0,))}, "lengths"),
    ],
)
def test_senseless_grids_are_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Grid(**{"shape": (2, 2, 2), **fields})


# variable and volume


@pytest.mark.parametrize("dtype", DTYPES)
def test_variable_reads_native_c_order(dtype: str) -> None:
    values = np.arange(24).reshape(2, 3, 4).astype(">" + dtype)
    variable = Variable("v", np.asfortranarray(values))
    found = variable.read((slice(0, 2), slice(1, 3), slice(0, 4)))
    assert found.dtype == np.dtype(dtype)
    assert found.flags.c_contiguous
    assert np.array_equal(found, values[:, 1:3])
    assert variable.nbytes == values.nbytes
    assert variable.size == 24


@pytest.mark.parametrize(
    ("data", "fields", "words"),
    [
        (np.zeros((2, 2, 2), "c8"), {}, "dtypes"),
        (np.zeros((2, 2, 2), "M8[s]"), {}, "convert it first"),
        (np.zeros((2, 2)), {}, "3 axes"),
        (np.zeros((2, 0, 2)), {}, "at least one voxel"),
        (np.zeros((2, 2, 2)), {"axes": ("x", "y", "z")}, "in this order"),
        (np.zeros((2, 2, 2, 2)), {"axes": tuple("tzyx"), "components": ("u", "v")}, "1 component"),
        (np.zeros((2, 2, 2, 2)), {"axes": tuple("czyx"), "components": ("u",)}, "2 component"),
    ],
)
def test_senseless_variables_are_refused(data: Any, fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Variable("v", data, **fields)


def test_empty_names_are_refused() -> None:
    with pytest.raises(InputError, match="name"):
        Variable("", np.zeros((2, 2, 2)))


def test_missing_values() -> None:
    values = np.array([0, 1, np.nan, np.inf, -np.inf, -9], "f4").reshape(1, 1, 6)
    variable = Variable("v", values, fill_value=-9)
    assert variable.missing(values).ravel().tolist() == [False, False, True, True, True, True]
    assert variable.missing(values[..., :2]) is None
    integers = Variable("v", np.arange(6, dtype="u1").reshape(1, 1, 6), fill_value=4)
    assert integers.missing(integers.read()).ravel().tolist() == [False] * 4 + [True, False]
    assert Variable("v", integers.data, fill_value=float("nan")).missing(integers.read()) is None


@given(
    st.lists(st.integers(1, 5), min_size=0, max_size=2),
    st.tuples(*(st.integers(1, 40),) * 3),
    st.sampled_from([1, 4, 16]),
    st.sampled_from([10, 500, 10_000]),
)
@quick
def test_slabs_cover_once(
    lead: list[int], shape: tuple[int, int, int], multiple: int, voxels: int
) -> None:
    data = np.broadcast_to(np.uint8(0), (*lead, *shape))
    axes = ("zyx", "tzyx", "tczyx")[len(lead)]
    seen = np.zeros(data.shape, int)
    for region in Variable("v", data, tuple(axes)).slabs(multiple, voxels):
        seen[region] += 1
        assert all(s.start % multiple == 0 for s in region[-3:])
        assert np.prod(shape_of(region)) <= max(voxels, multiple**3)
    assert (seen == 1).all()


def test_volumes() -> None:
    grid = Grid((2, 3, 4), times=(0.0, 1.0))
    still, moving = np.zeros((2, 3, 4), "u1"), np.zeros((2, 2, 3, 4), "f4")
    volume = Volume(grid, (Variable("a", still), Variable("b", moving, tuple("tzyx"))))
    assert volume["b"].shape == (2, 2, 3, 4)
    assert [v.name for v in volume.select(["b"]).variables] == ["b"]
    assert volume.nbytes == 24 + 4 * 48
    with pytest.raises(InputError, match="a, b"):
        volume["c"]
    with pytest.raises(InputError, match="distinct names"):
        Volume(grid, (Variable("a", still), Variable("a", still)))
    with pytest.raises(InputError, match="at least one variable"):
        Volume(grid, ())
    with pytest.raises(InputError, match="grid's shape"):
        Volume(Grid((2, 3, 5)), (Variable("a", still),))
    with pytest.raises(InputError, match="2 frames"):
        Volume(grid, (Variable("b", np.zeros((3, 2, 3, 4)), tuple("tzyx")),))


def test_variables_of_different_numbers_of_frames_are_refused() -> None:
    a = Variable("a", np.zeros((2, 2, 3, 4)), tuple("tzyx"))
    b = Variable("b", np.zeros((3, 2, 3, 4)), tuple("tzyx"))
    with pytest.raises(InputError, match="frames"):
        Volume(Grid((2, 3, 4)), (a, b))


def test_volume_of_an_array() -> None:
    assert Volume.from_array(np.zeros((2, 3, 4))).variables[0].axes == tuple("zyx")
    assert Volume.from_array(np.zeros((5, 2, 3, 4))).variables[0].axes == tuple("tzyx")
    assert Volume.from_array(np.zeros((1, 5, 2, 3, 4))).variables[0].axes == tuple("tczyx")
    assert Volume.from_array(np.zeros((5, 2, 3, 4)), "czyx").variables[0].axes == tuple("czyx")
    for shape in ((3, 4), (1, 1, 5, 2, 3, 4)):
        with pytest.raises(InputError):
            Volume.from_array(np.zeros(shape))


# budgets


def test_budgets() -> None:
    assert Budget(bytes=100).limit_bytes(4000, 1000) == 100
    assert Budget(ratio=20).limit_bytes(4000, 1000) == 200
    assert Budget(bpv=0.5).limit_bytes(4000, 1000) == 62
    assert Budget(psnr=40).limit_bytes(4000, 1000) is None
    assert Budget(range_error=0.01).bound(50.0) == 0.5
    assert Budget(max_error=3).bound(50.0) == 3.0
    assert Budget().is_empty
    assert not Budget(max_error=0).is_empty
    for budget in (Budget(), Budget(psnr=30.5, range_error=0.1), Budget(bytes=5)):
        assert Budget.from_json(json.loads(json.dumps(budget.to_json()))) == budget
    wrong: list[dict[str, Any]] = [
        {"bytes": 0},
        {"ratio": -1},
        {"psnr": float("nan")},
        {"bpv": float("inf")},
        {"max_error": -0.1},
        {"bytes": 5, "ratio": 2},
        {"max_error": 1, "range_error": 0.1},
        {"bytes": 5, "max_error": 1},
    ]
    for values in wrong:
        with pytest.raises(BudgetError, match="Expected"):
            Budget(**values)


@pytest.mark.parametrize("make", [lambda v: Budget(**v), Budget.from_json])
def test_old_name_of_a_budget_is_told(make: Callable[[dict[str, Any]], Budget]) -> None:
    with pytest.raises(BudgetError, match=r"range_error.*share of the data range.*pointwise_error"):
        make({"rel_error": 0.1})
    with pytest.raises(BudgetError, match="noise_sigma"):
        make({"noise": 1})
    assert "range_error" in inspect.signature(Budget).parameters


# regions


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ((), (slice(0, 5), slice(0, 6), slice(0, 7))),
        ((slice(1, 3),), (slice(0, 5), slice(0, 6), slice(1, 3))),
        ((2, -1, None), (slice(2, 3), slice(5, 6), slice(0, 7))),
        ((slice(-2, None), slice(None, -1), slice(3, 3)), (slice(3, 5), slice(0, 5), slice(3, 3))),
        ((np.int64(2), slice(np.int32(1), 4), 0), (slice(2, 3), slice(1, 4), slice(0, 1))),
    ],
)
def test_normalise(region: Any, expected: Any) -> None:
    found = normalise(region, (5, 6, 7))
    assert found == expected
    assert all(type(n) is int for s in found for n in (s.start, s.stop))


@pytest.mark.parametrize(
    "region", [(5,) * 3, (-8,), (slice(0, 8),), (slice(4, 2),), (slice(0, 4, 2),), (0,) * 4]
)
def test_regions_outside_are_refused(region: Any) -> None:
    with pytest.raises(InputError, match="Expected"):
        normalise(region, (5, 6, 7))


@given(st.data())
@quick
def test_region_arithmetic(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(*(st.integers(1, 12),) * 3))
    tile = data.draw(st.tuples(*(st.integers(1, 5),) * 3))
    ends = [sorted(data.draw(st.tuples(*(st.integers(0, n),) * 2))) for n in shape]
    region = tuple(slice(a, b) for a, b in ends)
    corners = Counter(tuple(s.start for s in part) for part in blocks(shape, tile))
    assert set(corners.values()) == {1}
    listed = {
        tuple(i * t for i, t in zip(index, tile, strict=True))
        for index in product(*tiles_of(region, tile))
    }
    inside = np.zeros(shape, bool)
    inside[region] = True
    touched = {tuple(s.start for s in part) for part in blocks(shape, tile) if inside[part].any()}
    if inside.any():
        assert listed == touched
    else:
        assert not touched
    array = np.arange(np.prod(shape)).reshape(shape)
    corner = [s.start for s in region]
    own = array[region]
    assert np.array_equal(own[shifted(region, corner)], own)


# pyramid


@given(
    st.tuples(st.integers(1, 2), *(st.integers(1, 9),) * 3), st.tuples(*(st.integers(1, 4),) * 3)
)
@quick
def test_box_mean(shape: tuple[int, ...], factor: tuple[int, int, int]) -> None:
    values = np.random.default_rng(0).random(shape)
    means = box_mean(values, factor)
    assert means.shape == (shape[0], *(-(-n // f) for n, f in zip(shape[1:], factor, strict=True)))
    for index in np.ndindex(*means.shape[1:]):
        box = tuple(slice(i * f, (i + 1) * f) for i, f in zip(index, factor, strict=True))
        expected = values[(slice(None), *box)].mean(axis=(1, 2, 3))
        assert means[(slice(None), *index)] == pytest.approx(expected)


def test_levels_halve_until_small() -> None:
    grids = level_grids(Grid((300, 65, 2)))
    assert [g.shape for g in grids] == [(300, 65, 2), (150, 33, 1), (75, 17, 1), (38, 9, 1)]
    assert max(grids[-1].shape) <= COARSEST
    assert len(level_grids(Grid((5, 5, 5)))) == 1
    assert [g.shape for g in level_grids(Grid((5, 5, 5)), 3)] == [(5, 5, 5), (3, 3, 3), (2, 2, 2)]


def test_finer_regions_cover_their_boxes() -> None:
    region = (slice(1, 2), slice(0, 2), slice(1, 3), slice(4, 5))
    assert finer(region, 4, (8, 11, 17)) == (
        slice(1, 2),
        slice(0, 8),
        slice(4, 11),
        slice(16, 17),
    )


def test_chunks_cost_alike() -> None:
    grid = Grid((1000, 1000, 10))
    assert chunk_shape(grid, 0, 0) == (64, 64, 10)
    assert chunk_shape(grid, 2, 0) == (16, 16, 10)
    assert chunk_shape(grid, 5, 0) == (8, 8, 8)
    assert chunk_shape(grid, 3, 3) == (64, 64, 10)


# source


def _source(values: np.ndarray, **fields: Any) -> VariableSource:
    variable = Variable("v", values, **fields)
    present = values[~variable.missing(values)]
    limits = (present.min().item(), present.max().item())
    return VariableSource(variable, Grid(values.shape[-3:]), limits, has_missing=True)


def test_infill_keeps_present_values_and_stays_within_them() -> None:
    values = holes(blobs((9, 11, 10)))
    source = _source(values)
    filled = source.read(whole(values.shape))
    here = np.isfinite(values)
    assert filled.dtype == np.float64
    assert np.array_equal(filled[here], values[here].astype("f8"))
    assert filled.min() >= source.range[0]
    assert filled.max() <= source.range[1]


def test_infill_is_smooth() -> None:
    values = ramp((16, 16, 16), (1.0, 0.0, 0.0))
    values[5:11, 5:11, 5:11] = np.nan
    filled = _source(values).read(whole(values.shape))
    expected = ramp((16, 16, 16), (1.0, 0.0, 0.0))
    assert np.abs(filled - expected).max() <= 4
    assert np.abs(np.diff(filled, axis=0)).max() <= 6


def test_infill_of_an_empty_frame_is_the_middle() -> None:
    values = np.stack([blobs((4, 5, 6)) * 10, np.full((4, 5, 6), np.nan, "f4")])
    source = _source(values, axes=tuple("tzyx"))
    filled = source.read(whole(values.shape))
    assert (filled[1] == sum(source.range) / 2).all()
    assert np.array_equal(filled[0], values[0].astype("f8"))


def test_normalised_values() -> None:
    values = (blobs((5, 6, 7)) * 100 - 30).astype("f4")
    source = VariableSource(Variable("v", values), Grid((5, 6, 7)), (float(values.min()), 70.0))
    found = source.read_normalised(whole(values.shape))
    assert found.dtype == np.float32
    assert found.min() == 0
    assert found.max() == 1
    assert found * source.span + source.range[0] == pytest.approx(values, abs=1e-4)
