"""Grids of features: interpolation, coding of tiles, key frames, networks, damaged headers."""

from dataclasses import replace

import numpy as np
import pytest
from golden.make import waves
from headers import edited

import vcore
from vcore.container import SectionReader
from vcore.engine.sample import Sampling, inside
from vcore.errors import FormatError
from vcore.methods.grids import at_points
from vcore.methods.grids import pyramid as parts
from vcore.methods.grids.lattice import decode_tile, encode_tile, first_state
from vcore.methods.grids.network_decoder import Evaluator
from vcore.methods.grids.pyramid import EMPTY, Pyramid
from vcore.methods.grids.settings import GridsSettings
from vcore.methods.grids.shapes import shape_for
from vcore.methods.grids.spacing import spacing_for, spacing_within
from vcore.methods.grids.whole import narrow, widen
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.regions import whole
from vcore.model.volume import Variable, Volume

SMALLEST = GridsSettings.smallest().to_json()


def series(*frames: np.ndarray) -> Volume:
    values = np.stack(frames).astype("f4")
    grid = Grid(values.shape[1:], times=tuple(range(len(frames))))
    return Volume(grid, (Variable("v", values, tuple("tzyx")),))


@pytest.mark.parametrize("shape", [(9, 14, 7), (1, 5, 2)])
def test_narrowing_is_the_adjoint_of_widening(shape: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(1)
    size = tuple((n + 1) // 2 for n in shape)
    coarse, fine = (rng.normal(size=s).astype("f4") for s in (size, shape))
    one = float((widen(coarse, shape) * fine).sum())
    assert one == pytest.approx(float((coarse * narrow(fine, size)).sum()), rel=1e-4)


def test_interpolation_keeps_constants_and_ramps_inside() -> None:
    ramp = np.broadcast_to(np.arange(8, dtype="f4") * 2 + 0.5, (4, 6, 8)).copy()
    found = widen(ramp, (8, 12, 16))
    np.testing.assert_allclose(found[..., 2:-2], np.broadcast_to(np.arange(2, 14), (8, 12, 12)))


def test_a_window_is_a_crop_of_the_whole() -> None:
    coarse = np.random.default_rng(2).normal(size=(5, 7, 6)).astype("f4")
    fine = widen(coarse, (10, 13, 11))
    window = (slice(3, 8), slice(12, 13), slice(0, 11))
    given = parts.coarser(window, coarse.shape)
    found = parts.widened(np.ascontiguousarray(coarse[given]), given, coarse.shape, window)
    np.testing.assert_array_equal(found, fine[window])


def test_tiles_return_with_large_integers_and_cost_little_where_empty() -> None:
    rng = np.random.default_rng(3)
    values = np.zeros((9, 30, 17), np.int32)
    values[2:4, 5:9, 3:] = rng.integers(-40, 40, (2, 4, 14))
    values[0, 0, 0], values[-1, -1, -1] = 1 << 20, -(1 << 20)
    data, after = encode_tile(values, EMPTY, EMPTY, 3, first_state())
    found, state = decode_tile(data, values.shape, EMPTY, EMPTY, 3, first_state())
    np.testing.assert_array_equal(found, values)
    assert all(np.array_equal(a, b) for a, b in zip(after, state, strict=True))
    assert len(data) < 180


def test_key_frames_surround_every_frame() -> None:
    pyramid = Pyramid((4, 4, 4), 6, 1, 2, 1)
    assert pyramid.keys == [0, 2, 4, 5]
    assert pyramid.pair(3) == [(1, 0.5), (2, 0.5)]
    assert pyramid.pair(5) == [(3, 1.0)]
    assert Pyramid((4, 4, 4), 1, 1, 7, 1).nodes == 1


def test_spacing_follows_the_motion() -> None:
    first, last = waves(6, 7, 8), waves(6, 7, 8, seed=9)
    slow = np.stack([first + k / 8 * (last - first) for k in range(9)])[:, None].astype("f4")
    assert spacing_for(slow, 1e-4) == 8
    fast = np.random.default_rng(1).random(slow.shape).astype("f4")
    assert spacing_for(fast, 1e-4) == 1
    assert [spacing_within(21, limit) for limit in (100, 21_000, 10**6)] == [20, 5, 1]


def test_a_frame_decodes_from_the_shared_grids_and_a_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [waves(6, 7, 8, seed=k) for k in (1, 40, 80, 120, 160)]
    settings = {**SMALLEST, "spacing": 2}
    data = vcore.compress(series(*frames), None, method="grids", settings=settings).data
    read, every = set(), SectionReader.read_units

    def recorded(self: SectionReader, level: int, name: str, wanted: list[int]) -> list[bytes]:
        read.update(wanted := list(wanted))
        return every(self, level, name, wanted)

    monkeypatch.setattr(SectionReader, "read_units", recorded)
    vcore.open(data).decode((slice(3, 4), slice(None), slice(None), slice(None)))
    units, grids = SectionReader.units, 2  # 6 x 7 x 8 and 3 x 4 x 4 nodes; four nodes in time
    assert units(vcore.open(data).decoder().reader, 0, "grids") == 4 * grids
    assert {unit % 4 for unit in read} == {0, 2, 3}


def test_refinement_lowers_the_error() -> None:
    values = np.rint(waves(20, 24, 22) ** 4 * 255).astype("u1")
    psnr = [
        vcore.compress(
            values,
            None,
            method="grids",
            settings={"rounds": rounds},
            budget=vcore.Budget(bytes=1500),
        ).psnr
        for rounds in (0, 12)
    ]
    assert psnr[1] > psnr[0] + 0.2


@pytest.mark.parametrize("preset", ["mht", "fvsrn", "apmgsrn"])
def test_decoder_and_fit_agree(preset: str) -> None:
    training = pytest.importorskip("vcore.methods.grids.training")
    torch = pytest.importorskip("torch")
    size, settings = (6, 9, 21), replace(GridsSettings.smallest(), preset=preset, width=7)
    pyramid = Pyramid(size, 3, 2, 2, 1)
    shape = shape_for(preset, size, 2, 2, 1500, settings)
    values = np.random.default_rng(4).random((3, 2, *size)).astype("f4")
    fit = training.Fit(values, shape, pyramid, settings, Context(), 1000)
    rows = torch.arange(values[:, 0].size)
    features = fit._latents.detach() * 40
    inputs = fit._inputs(features, fit._voxels(rows))
    found = training.forward(fit._weights, inputs, periodic=shape.periodic).detach().numpy()
    weights = {name: w.detach().numpy() for name, w in fit._weights.items()}
    evaluate = Evaluator(shape, weights, fit._boxes_now().detach().numpy())
    keys = fit._planes_of(features.numpy())
    for frame in range(3):
        tables = [
            sum(keys[k][n] * weight for k, weight in pyramid.pair(frame))
            for n in range(len(shape.tables))
        ]
        decoded = evaluate(evaluate.values(tables), whole(size))
        wanted = found.reshape(3, *size, 2)[frame]
        np.testing.assert_allclose(decoded, wanted, atol=2e-4 * np.abs(found).max())


def test_nodes_give_what_interpolated_voxels_give_with_gradients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(at_points, "TILE", 8)
    values = np.stack([waves(5, 1, 9, 21, seed=k) for k in (1, 90)], axis=1).astype("f4")
    grid = Grid(values.shape[2:], times=tuple(range(5)))
    volume = Volume(grid, (Variable("v", values, tuple("tczyx")),))
    settings = {**SMALLEST, "spacing": 2}
    data = vcore.compress(volume, None, method="grids", settings=settings, ratio=8).data
    decoder = vcore.open(data).decoder().pointwise
    points = np.random.default_rng(5).random((200, 3)) * (np.array(grid.shape) - 1)
    points[0], points[1] = 0, np.array(grid.shape) - 1
    found, slopes = decoder.at(3, points, gradient=True)
    assert decoder.at(3, points, gradient=False)[1] is None
    box = decoder.decode((slice(3, 4), *whole(values.shape[1:])))[0]
    wanted = inside(box, whole(grid.shape), grid, points, Sampling(gradient=True))
    np.testing.assert_allclose(found, wanted.values, atol=1e-6 * np.ptp(values))
    np.testing.assert_allclose(slopes, wanted.slopes, atol=2e-6 * np.ptp(values))
    assert np.abs(slopes).max() > 0.05


@pytest.mark.parametrize("preset", ["mht", "fvsrn", "apmgsrn"])
def test_networks_are_evaluated_at_points(preset: str) -> None:
    values = np.stack([waves(7, 6, 20, seed=k) for k in (1, 70, 140)]).astype("f4")
    settings = {**SMALLEST, "preset": preset, "spacing": 2}
    data = vcore.compress(series(*values), None, method="grids", settings=settings).data
    decoder = vcore.open(data).decoder().pointwise
    centres = np.stack(np.indices((7, 6, 20)), -1).reshape(-1, 3).astype(float)
    found, slopes = decoder.at(1, centres, gradient=False)
    assert slopes is None
    decoded = decoder.decode((slice(1, 2), *whole((7, 6, 20))))
    np.testing.assert_allclose(found[:, 0], decoded.ravel(), atol=2e-5 * np.ptp(values))
    line = np.linspace([0.2, 4.7, 3.1], [5.9, 0.4, 17.3], 4000)
    along, slopes = decoder.at(1, line, gradient=True)
    steps = (slopes[:-1, 0] + slopes[1:, 0]) / 2 @ (line[1] - line[0])
    np.testing.assert_allclose(
        np.cumsum(steps), (along[1:] - along[0])[:, 0], atol=2e-3 * np.ptp(values)
    )
    assert np.ptp(along) > 0.05


@pytest.mark.parametrize(
    ("preset", "state"),
    [
        ("adaptive", {"step": 1e-9}),
        ("adaptive", {"step": "1"}),
        ("adaptive", {}),
        ("mht", {"step": 0.1, "size": 1 << 30}),
        ("mht", {"step": 0.1, "size": 1.5}),
        ("fvsrn", {"step": 0.1}),
    ],
)
def test_damaged_headers_are_refused(preset: str, state: dict) -> None:
    settings = {**SMALLEST, "preset": preset, "steps": 2}
    data = vcore.compress(waves(4, 5, 6), None, method="grids", settings=settings).data

    def damage(header: dict) -> None:
        header["variables"][0]["state"] = state

    with pytest.raises(FormatError, match="damaged"):
        vcore.open(edited(data, damage)).decode()


def test_a_dim_channel_is_as_good_as_a_bright_one() -> None:
    bright = waves(1, 24, 24, 24)[0]
    volume = Volume(
        Grid(bright.shape), (Variable("v", np.stack([bright, bright / 1000]), tuple("czyx")),)
    )
    report = vcore.compress(volume, None, method="grids", bytes=12_000, settings={"rounds": 2})
    found = vcore.open(report.data).decode()
    one, other = (
        np.sqrt(np.mean((values - decoded) ** 2)) / np.ptp(values)
        for values, decoded in zip(volume.variables[0].read(), found, strict=True)
    )
    assert one < 0.05
    assert other < 1.5 * one
