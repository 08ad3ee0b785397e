"""The wavelet method: transform, tiles, levels, budgets, damage."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from volumes import blobs, in_dtype

import vcore
from vcore.container import Container
from vcore.errors import BudgetError, FormatError, InputError
from vcore.methods.wavelet import quantiser
from vcore.methods.wavelet.components import Components
from vcore.methods.wavelet.stream import NO_PARENT, TILE, CoderState, StreamHead, decoded, encoded
from vcore.methods.wavelet.transform import (
    analyse,
    gain,
    join,
    lift_axes,
    needed,
    pyramid_shapes,
    reconstruction,
)
from vcore.model.budget import Budget
from vcore.model.pyramid import box_mean


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape)


@pytest.mark.parametrize("n", range(1, 9))
def test_lifting_is_undone_at_any_length(n: int) -> None:
    values = noise(n, 3, 8 - n + 1)
    lifted = values.copy()
    lift_axes(lifted, inverse=False)
    back = lifted.copy()
    lift_axes(back, inverse=True)
    assert np.abs(back - values).max() < 1e-12


def test_every_band_has_the_same_step() -> None:
    """The transform is near orthonormal: a coefficient's error has a similar effect in any band."""
    rms = []
    for corner in [(0, 0, 1), (0, 1, 1), (1, 1, 1)]:
        one = np.zeros((32, 32, 32))
        one[tuple(16 + c for c in corner)] = 1
        lift_axes(one, inverse=True)
        rms.append(np.sqrt(np.square(one).sum()))
    assert max(rms) < 1.1
    assert min(rms) > 0.9


@pytest.mark.parametrize("psnr", [32, 42])
def test_tiles_leave_no_seams(psnr: float) -> None:
    """The transform crosses tiles: the error jumps no more at tile faces than elsewhere."""
    values = blobs((100, 100, 100), count=60) + 0.02 * noise(100, 100, 100).astype("f4")
    data = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(psnr=psnr)).data
    error = vcore.open(data).decode().astype("f8") - values
    across, elsewhere = [], []
    for axis in range(3):
        squares = np.square(np.diff(np.moveaxis(error, axis, 0), axis=0)).mean(axis=(1, 2))
        faces = np.arange(1, len(squares) + 1) % TILE == 0
        across += list(squares[faces])
        elsewhere += list(squares[~faces])
    assert len(across) == 6
    assert np.mean(across) <= 1.05**2 * np.mean(elsewhere)


def test_low_bands_in_data_units() -> None:
    shape = (40, 33, 1)
    shapes = pyramid_shapes(shape)
    levels, low = analyse(np.full(shape, 3.0))
    assert low / gain(shapes, len(levels)) == pytest.approx(3, abs=1e-6)
    assert max(np.abs(level).max() for level in levels) < 1e-5


def test_a_part_joins_as_the_whole() -> None:
    rng = np.random.default_rng(0)
    q = rng.integers(-3, 4, (31, 22, 27)).astype(np.int32)
    low = noise(16, 11, 14)
    (row,) = reconstruction([[3, 1, 0, *rng.integers(-9, 9, 28)]])
    whole = join([(1.0, q)], low, q.shape, 0.1, row)
    for lo, hi in (((0, 0, 0), (9, 5, 4)), ((7, 9, 11), (8, 21, 20)), ((25, 3, 0), (31, 22, 27))):
        spans = [needed(a, b, n) for a, b, n in zip(lo, hi, q.shape, strict=True)]
        inside = q[tuple(slice(a, b) for a, b in spans)].copy()
        part = join(
            [(1.0, inside)],
            low[tuple(slice(a // 2, (b + 1) // 2) for a, b in spans)],
            inside.shape,
            0.1,
            row,
        )
        inner = tuple(slice(a - s, b - s) for a, b, (s, _) in zip(lo, hi, spans, strict=True))
        assert np.array_equal(part[inner], whole[tuple(map(slice, lo, hi))])


@pytest.mark.parametrize("scale", [0.3, 4, 1000, 2**24])
def test_integers_come_back(scale: float) -> None:
    rng = np.random.default_rng(1)
    shapes = [(3, 1, 5), (6, 2, 9)]
    levels = [np.rint(rng.laplace(size=s) * scale).astype(np.int32) for s in shapes]
    for level in levels:
        level[::2, ::2, ::2] = 0
    data = encoded(levels, NO_PARENT, CoderState.initial())
    for found, level in zip(
        decoded(data, shapes, NO_PARENT, CoderState.initial()), levels, strict=True
    ):
        assert np.array_equal(found, level)


def test_signs_that_follow_from_each_other_cost_little() -> None:
    """Alternating signs along x against random signs, of the same magnitudes."""
    alternating = np.zeros((16, 16, 64), np.int32)
    alternating[:, :, 1::4], alternating[:, :, 3::4] = 2, -2
    chance = alternating * np.random.default_rng(2).choice([-1, 1], alternating.shape)
    sizes = [len(encoded([v], NO_PARENT, CoderState.initial())) for v in (alternating, chance)]
    assert sizes[1] - sizes[0] > 0.9 * np.count_nonzero(chance) / 8


def test_max_takes_fewer_bytes_for_a_quality() -> None:
    values = in_dtype(blobs((30, 41, 60)), "u1", 0, 255) + np.rint(3 * noise(30, 41, 60))
    values = values.clip(0, 255).astype("u1")
    for budget in (vcore.Budget(psnr=42), vcore.Budget(bytes=9000)):
        usual, best = (
            vcore.compress(values, None, method="wavelet", settings={"effort": e}, budget=budget)
            for e in ("default", "max")
        )
        if budget.psnr is not None:
            assert best.psnr >= 42
            assert best.bytes < 0.998 * usual.bytes
        else:
            assert best.bytes <= 9000
            assert best.psnr > usual.psnr - 0.02


@pytest.mark.parametrize("limit", [2500, 5000])
def test_small_budgets_are_used(limit: int) -> None:
    values = in_dtype(blobs((30, 41, 60)), "u1", 0, 255) + np.rint(3 * noise(30, 41, 60))
    values = values.clip(0, 255).astype("u1")
    found = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(bytes=limit))
    assert 0.99 * limit <= found.bytes <= limit


def test_quantising_weighs_bits() -> None:
    """Of two equal magnitudes the one among zeros is dropped first, as it costs more bits."""
    values = np.zeros((1, 1, 512), np.float32)
    values[..., 1::2] = np.where(np.arange(256) < 128, 1.9, 0)
    values[..., 401], values[..., 101] = 0.8, 0.8
    step = np.float32(1.0)
    q, best = np.empty(values.shape, np.uint8), np.empty(values.shape, np.int32)
    parent = np.zeros((1, 1, 1), np.uint8)
    quantiser.quantise_dead_zone(values, step, q, 0, 1)
    counts = quantiser.count_magnitudes(q, parent, 0, 1)
    quantiser.choose_integers(values, step, q, parent, quantiser.costs_of(counts), best, 0, 1)
    assert q[0, 0, 101] == q[0, 0, 401] == 1
    assert best[0, 0, 101] == 1
    assert best[0, 0, 401] == 0
    assert (best[..., 1:255:2][best[..., 1:255:2] != 1] == 2).all()


def test_taps_give_back_what_neighbours_tell() -> None:
    """Coefficients correlated with their neighbours on both sides."""
    rng = np.random.default_rng(6)
    q = np.zeros((12, 12, 40), np.int32)
    q[..., 1::2] = rng.integers(-2, 3, (12, 12, 20))
    padded = np.pad(q, ((0, 0), (0, 0), (2, 2)))
    values = (q + 0.25 * (padded[..., :-4] + padded[..., 4:])).astype(np.float32)
    (row,) = reconstruction([[0, 0, 0]])
    found = quantiser.taps_of(quantiser.moments(values, np.float32(1), q, row, 0, 12), 32, 8)
    assert found[:4] == [0, 0, 0, 8]
    nothing = quantiser.moments(q.astype(np.float32), np.float32(1), q, row, 0, 12)
    assert quantiser.taps_of(nothing, 32, 8) == []


def test_what_is_empty_costs_nothing() -> None:
    values = np.zeros((160, 160, 160), "u1")
    values[20:30, 20:30, 20:30] = in_dtype(blobs((10, 10, 10)), "u1", 0, 255)
    report = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(psnr=60))
    reader = vcore.open(report.data).decoder().reader
    lengths = [len(u) for u in reader.read_units(0, "details", range(27))]
    assert lengths[0] > 0
    assert not any(lengths[1:])


@pytest.mark.parametrize("budget", [{"bytes": 9000}, {"bpv": 1.0}])
def test_sizes_are_used(budget: dict) -> None:
    values = in_dtype(blobs((60, 70, 50)) + 0.03 * noise(60, 70, 50), "u1", 0, 255)
    asked = vcore.Budget(**budget)
    report = vcore.compress(values, None, method="wavelet", budget=asked)
    limit = asked.limit_bytes(values.nbytes, values.size)
    assert limit - 250 - 0.01 * limit < report.bytes <= limit


@pytest.mark.parametrize("psnr", [33.0, 40.0, 55.0])
def test_psnr_is_hit(psnr: float) -> None:
    values = (blobs((60, 70, 50)) + 0.03 * noise(60, 70, 50)).astype("f4")
    report = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(psnr=psnr))
    assert psnr <= report.psnr <= psnr + 0.05


def test_coarse_levels_lie_over_the_fine_one() -> None:
    z, y, x = np.meshgrid(*(np.arange(n) for n in (90, 75, 130)), indexing="ij", sparse=True)
    values = (np.sin(z / 15) + np.cos(y / 12) * np.sin(x / 18)).astype("f4")
    data = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(psnr=70)).data
    coarse = vcore.open(data).decode(level=1)
    mean = box_mean(values.astype("f8"), (2, 2, 2))
    assert np.abs(coarse - mean)[2:-2, 2:-2, 2:-2].max() < 0.01


def test_a_given_step_is_used() -> None:
    values = blobs((20, 20, 20))
    data = vcore.compress(values, None, method="wavelet", settings={"step": 0.02},
                          budget=vcore.Budget(max_error=0.5)).data  # fmt: skip
    assert vcore.open(data).decoder().header.settings["step"] == 0.02
    with pytest.raises(InputError, match="Expected a step"):
        vcore.compress(values, None, method="wavelet", settings={"step": 0.0})


def test_too_few_bytes_are_refused_with_what_would_do() -> None:
    values = np.stack([blobs((9, 9, 9))] * 40)
    with pytest.raises(BudgetError, match="bytes are too few") as error:
        vcore.compress(values, None, method="wavelet", budget=vcore.Budget(bytes=700))
    assert error.value.needed > 700
    enough = vcore.Budget(bytes=error.value.needed)
    assert vcore.compress(values, None, method="wavelet", budget=enough).bytes <= enough.bytes


def test_an_impossible_stream_is_refused() -> None:
    with pytest.raises(FormatError, match="stream of wavelet coefficients"):
        decoded(b"\xff" * 40, [(4, 4, 4)], NO_PARENT, CoderState.initial())


def test_any_stream_ends() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        data = rng.integers(0, 255, 50).astype("u1").tobytes()
        try:
            (found,) = decoded(data, [(20, 20, 20)], NO_PARENT, CoderState.initial())
        except FormatError:
            continue
        assert found.shape == (20, 20, 20)


def test_sections_lie_coarse_to_fine() -> None:
    values = blobs((70, 130, 20)).astype("f4")
    data = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(bpv=1)).data
    names = [(s.level, s.name) for s in Container(data).sections]
    assert names == [(3, "coarse"), (2, "details"), (1, "details"), (0, "details")]


@pytest.mark.parametrize("primers", [(), (0, 5, 300)])
def test_a_head_keeps_the_primers(primers: tuple[int, ...]) -> None:
    head = StreamHead(0.25, np.array([0.5, 0, -1]), None, primers)
    found, stream = StreamHead.unpack(head.pack() + b"stream", 1, [1, 6, 301])
    assert (found.low, tuple(found.slopes), found.primers) == (0.25, (0.5, 0, -1), primers)
    assert stream == b"stream"


@pytest.mark.parametrize("tiles", [[], [5, 301], [6, 300], [6, 301, 1]])
def test_primers_that_are_no_tiles_are_refused(tiles: list[int]) -> None:
    data = StreamHead(0.25, np.zeros(3), None, (5, 300)).pack()
    with pytest.raises(FormatError, match="damaged"):
        StreamHead.unpack(data, 1, tiles)


def test_the_fullest_tile_is_the_primer_and_those_over_it() -> None:
    values = np.zeros((90, 20, 220), "u1")
    values[50:80, 4:16, 140:185] = in_dtype(blobs((30, 12, 45)), "u1", 0, 255)
    data = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(psnr=50)).data
    reader = vcore.open(data).decoder().reader
    lengths = [len(u) for u in reader.read_units(0, "details", range(15))]
    head, _ = StreamHead.unpack(reader.read_units(3, "coarse", [0])[0], 1, [1, 6, 15])
    assert head.primers == (0, 1, np.argmax(lengths)) == (0, 1, 8)


@pytest.mark.parametrize("parts", [1, 8])
def test_each_tile_is_decoded_once(monkeypatch: pytest.MonkeyPatch, parts: int) -> None:
    """By one call, or by many that need the same tiles at the same time."""
    values = in_dtype(blobs((70, 60, 100)) + 0.1 * noise(70, 60, 100), "u1", 0, 255)
    data = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(bpv=1)).data
    seen: list[tuple[int, Any]] = []
    streams = Components._streams

    def counted(self: Components, units: Any, start: int, level: int, where: Any, states: Any):
        seen.append((level, where))
        return streams(self, units, start, level, where, states)

    monkeypatch.setattr(Components, "_streams", counted)
    dataset = vcore.open(data)
    with ThreadPoolExecutor(parts) as pool:
        found = list(pool.map(lambda _: dataset.decode(), range(parts)))
    assert sorted(seen) == [(0, w) for w in np.ndindex(2, 2, 3)] + [(1, (0, 0, 0))]
    assert all(np.array_equal(values, found[0]) for values in found)


def test_regions_are_the_same_in_any_order() -> None:
    """The coder state at the start of a tile does not depend on what was decoded before it."""
    values = in_dtype(blobs((70, 60, 100)) + 0.1 * noise(70, 60, 100), "u1", 0, 255)
    data = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(bpv=1)).data
    whole = vcore.open(data).decode()
    for corner in ((60, 50, 90), (0, 0, 0), (40, 40, 40)):
        region = tuple(slice(a, a + 10) for a in corner)
        assert np.array_equal(vcore.open(data).decode(region), whole[region])


@pytest.mark.parametrize("shape", [(66, 20, 20), (130, 12, 12)])
def test_sizes_hold_with_masks_of_every_level(shape):
    rng = np.random.default_rng(0)
    values = rng.normal(size=shape).astype("f4")
    values[rng.random(shape) < 0.95] = np.nan
    report = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(bpv=1))
    assert report.bytes <= values.size / 8


def test_bytes_are_used_where_the_model_of_their_cost_is_far_off() -> None:
    values = np.random.default_rng(0).random((2, 60, 60)).astype("f4")  # two planes of noise
    limit = values.nbytes // 10
    report = vcore.compress(values, None, budget=Budget(bytes=limit), settings={"effort": "fast"})
    assert 0.97 * limit <= report.bytes <= limit


@pytest.mark.parametrize("psnr", [70, 80])
def test_rounding_to_half_precision_counts_in_the_search_for_a_psnr(psnr: float) -> None:
    values = (blobs((8, 28, 36)) * 30).astype("f2")
    report = vcore.compress(
        values, None, method="wavelet", budget=Budget(psnr=psnr), settings={"effort": "fast"}
    )
    assert psnr <= report.psnr < psnr + 0.1
