"""Planning in ecnr: bytes for scales, blocks and networks; values of its settings."""

import math
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

import vcore
from vcore.container import Container
from vcore.errors import InputError
from vcore.methods.ecnr import planning
from vcore.methods.ecnr.decoder import scales_of
from vcore.methods.ecnr.geometry import Scale, halvings
from vcore.methods.ecnr.network import Shape, position_inputs
from vcore.methods.ecnr.selection import Residuals
from vcore.methods.ecnr.settings import WIDTH, EcnrSettings
from vcore.methods.ecnr.training import Data, Trainer
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.pyramid import box_mean


def test_more_bytes_are_more_networks() -> None:
    scales = scales_of((16, 64, 64, 64), tuple("tzyx"), halvings(16, (64,) * 3, None, None))
    settings = EcnrSettings().resolved(16)
    assert sum(planning.shares(scales, [0.0] * 3, 300)) == pytest.approx(1)
    counts = []
    for limit in (300, 3000, 30_000):
        plan = planning.plan(settings, scales[0], 2, 50, limit, 6)
        counts.append(plan.shape.networks * plan.shape.weights)
        assert planning.network_bytes(plan.shape, 0, 0.3, 7) * plan.shape.networks <= limit
    assert counts[0] < counts[1] < counts[2]
    assert planning.plan(settings, scales[0], 2, 5, 20, 6).shape.networks == 0
    cuts = planning.cuts(scales[0], settings, 50_000)
    assert [c.voxels for c in cuts] == sorted((c.voxels for c in cuts), reverse=True)
    assert all(c.block[0] == 16 for c in cuts)
    (fixed,) = planning.cuts(scales[0], replace(settings, block=16, block_t=5), 50_000)
    assert fixed.block == (5, 16, 16, 16)


def test_a_network_gets_the_blocks_that_its_bytes_allow() -> None:
    settings = EcnrSettings().resolved(16)
    scale = Scale(0, 0, 0, (16, 1, 64, 64, 64), (16, 16, 16, 16))
    for limit in (5_000, 50_000, 500_000):
        most = planning.block_capacity(settings, scale, 2, limit)
        shape = planning.plan(settings, scale, 2, most, limit, 6).shape
        assert 1 <= most / shape.networks < 2
        assert shape.width == WIDTH
    few = planning.plan(settings, scale, 2, 2, 50_000, 6).shape
    assert (few.networks, few.width) == (2, planning.MAX_FINEST_WIDTH)
    coarse = Scale(1, 1, 0, (16, 1, 32, 32, 32), (16, 16, 16, 16))
    assert planning.plan(settings, coarse, 2, 8, 30_000, 6).shape.width >= 2 * WIDTH


def test_a_network_of_one_block_has_no_code() -> None:
    settings = EcnrSettings().resolved(16)
    scale = Scale(0, 0, 0, (16, 1, 64, 64, 64), (16, 16, 16, 16))
    enough = 12 * planning.network_bytes(Shape(1, WIDTH, 3, 0, 4), 1, 0.3, planning.BITS)
    assert planning.plan(settings, scale, 2, 10, enough, 6).shape.codes == 0
    assert planning.plan(settings, scale, 2, 20, enough, 6).shape.codes == 6
    assert planning.plan(replace(settings, codes=5), scale, 2, 10, enough, 5).shape.codes == 5
    static = replace(scale, block=(1, 16, 16, 16))
    assert planning.plan(settings, static, 2, 10, enough, 6).shape.codes == 6
    # a component still needs its own
    assert planning.plan(settings, scale, 2, 10, enough, 8, 2).shape.codes == 2


def test_networks_of_given_sharing_get_the_blocks_with_the_most_energy() -> None:
    settings = EcnrSettings(sharing=2).resolved(1)
    scale = Scale(0, 0, 0, (1, 1, 32, 32, 32), (1, 8, 8, 8))
    most = planning.block_capacity(settings, scale, 1, 3000)
    shape = planning.plan(settings, scale, 1, most, 3000, 6).shape
    assert most == 4 * shape.networks  # twice as many as at the coarsest
    assert 1500 < shape.networks * planning.network_bytes(shape, 4, 0.3, planning.BITS) < 3000
    energies = np.random.default_rng(0).permutation(np.arange(1.0, 65.0)).reshape(scale.counts)
    residuals = Residuals(cast("VariableSource", None), scale, None, False)
    assert residuals.effective(energies, None, 0.0, None).sum() > most
    chosen = residuals.effective(energies, None, 0.0, most)
    assert sorted(energies[chosen]) == list(range(65 - most, 65))
    flat = residuals.effective(np.ones(scale.counts), None, 0.0, most)
    assert flat.sum() == most


def test_bytes_go_where_the_error_would_stay() -> None:
    shape = (8, 1, 64, 64, 64)
    scales = [Scale(i, i, 0, (8, 1, *(64 >> i,) * 3), shape[:1] + (4,) * 3) for i in range(3)]
    voxels, limit = [math.prod(s.shape) for s in scales], 20_000
    energies = [1e-4, 1e-3, 1e-2]
    even = planning.shares(scales, energies, limit)
    rough = planning.shares(scales, [1e-3, 1e-3, 1e-2], limit)
    assert sum(even) == pytest.approx(1)
    assert rough[0] > even[0]
    # few bytes are allocated to coarse scales at first
    assert planning.shares(scales, energies, limit / 10)[2] > 2 * even[2]

    def left(parts: list[float]) -> float:
        error = 0.0
        for e, n, p in zip(energies[::-1], voxels[::-1], parts[::-1], strict=True):
            bits = 8 * limit * p / n
            error = (e + error) / (1 + (bits / planning.HALVING) ** planning.SLOPE)
        return error

    first = planning.shares(scales, energies, limit, 500)
    assert [b - a * (1 - 3 * 0.025) for a, b in zip(even, first, strict=True)] == pytest.approx(
        [0.025] * 3
    )
    assert min(planning.shares(scales, energies, limit, limit)) == pytest.approx(
        1 / 6 + min(even) / 2
    )
    # the modelled error of the finest scale is minimal there
    for a, b in ((0, 1), (1, 2), (2, 0), (1, 0), (2, 1), (0, 2)):
        moved = list(even)
        moved[a], moved[b] = moved[a] * 1.02, moved[b] - 0.02 * moved[a]
        assert left(moved) > left(even)


def test_a_coarse_scale_is_left_out_where_the_next_would_get_too_few_bytes() -> None:
    energies = [1e-3, 3e-3, 2e-2]
    settings = EcnrSettings().resolved(1)
    static = scales_of((128,) * 3, tuple("zyx"), halvings(1, (128,) * 3, None, 1))
    first = [planning.first_scale(settings, static, energies, n) for n in (100, 1000, 20_000)]
    assert first == [2, 1, 2]  # 100 bytes would not be better spent at a finer scale
    # in a series a network fits the voxels of all frames of its blocks
    series = scales_of((16, *(128,) * 3), tuple("tzyx"), halvings(16, (128,) * 3, None, 1))
    assert planning.first_scale(settings.resolved(16), series, energies, 16_000) == 2
    smooth = [1e-9, 1e-9, 2e-2]
    assert planning.first_scale(settings, static, smooth, 1000) == 2
    assert planning.first_scale(settings, static[:1], energies[:1], 1000) == 0
    assert planning.first_scale(settings, static, [0.0] * 3, 1000) == 2


def test_networks_are_wider_rather_than_uneven() -> None:
    settings = EcnrSettings().resolved(1)
    scale = Scale(1, 1, 0, (1, 1, 64, 64, 64), (1, 32, 32, 32))
    five = 5.5 * planning.network_bytes(Shape(1, 2 * WIDTH, 3, 6, 3), 2, 0.3, planning.BITS)
    shape = planning.plan(settings, scale, 2, 8, five, 6).shape
    assert shape.networks == 4
    assert 2 * WIDTH < shape.width < 2.5 * WIDTH


def test_a_middle_scale_gets_bytes_for_half_of_its_energy() -> None:
    frames = Scale(1, 1, 0, (16, 1, 32, 32, 32), (16, 16, 16, 16))
    one = Scale(1, 1, 0, (1, 1, 128, 128, 128), (1, 32, 32, 32))
    assert planning.pays(frames, 5_000)  # at the same bits per voxel a single frame could not
    assert not planning.pays(one, 20_000)
    assert planning.pays(one, 100_000)


def test_a_file_may_begin_with_a_finer_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "first_scale", lambda *_: 1)
    z, y, x = np.meshgrid(*(np.arange(n) for n in (40, 36, 44)), indexing="ij")
    values = (np.sin(0.25 * z + 0.2 * y) * np.cos(0.22 * x)).astype("f4")

    def compressed(**settings: Any) -> vcore.Report:
        budget, chosen = vcore.Budget(bytes=6000), {"steps": 400, "batch": 64, **settings}
        return vcore.compress(values, None, method="ecnr", budget=budget, settings=chosen)

    report = compressed()
    assert 5000 < report.bytes <= 6000
    dataset = vcore.open(report.data)
    assert dataset.decoder().available_levels == (0, 1)
    for level, wanted in enumerate((values, box_mean(values, (2, 2, 2)))):
        error = dataset.decode(level=level) - wanted
        assert np.sqrt(np.mean(error**2)) < 0.1 * wanted.std()
    # the next one is empty
    first, second = Container(report.data).sections
    assert (first.level, second.level) == (1, 0)
    assert second.end - first.end < 0.02 * report.bytes
    # the number of scales requested by the user is kept
    assert len(Container(compressed(steps=5, scales=3).data).sections) == 3


def trainer_of(
    block: tuple[int, int, int, int],
    *,
    begins: bool,
    values: np.ndarray | None = None,
    **settings: Any,
) -> Trainer:
    """Return a trainer for one block of values, random ones by default."""
    none = np.zeros(1, np.int64)
    if values is None:
        values = np.random.default_rng(3).random((1, math.prod(block))).astype("f4")
    data = Data(
        values,
        none[None],
        none,
        none,
        block,
    )
    chosen = EcnrSettings(**settings).resolved(1)
    return Trainer(
        data,
        Shape(1, 24, 3, 6, position_inputs(block)),
        chosen,
        Context(device="cpu"),
        0,
        begins=begins,
    )


def test_large_blocks_begin_with_higher_frequencies() -> None:
    def first(block: tuple[int, int, int, int], begins: bool, **settings: Any) -> Any:
        return trainer_of(block, begins=begins, **settings).start(1, 0, None).parameters["w0"]

    plain, begun = (first((2, 8, 32, 64), begins) for begins in (False, True))
    for position, times in enumerate((4, 2, 1, 1)):  # x y z t
        np.testing.assert_allclose(begun[:, position], times * plain[:, position], rtol=1e-6)
    np.testing.assert_array_equal(begun[:, 4:], plain[:, 4:])
    static, paper = (first((1, 8, 32, 64), False, preset=p) for p in ("compact", "paper"))
    np.testing.assert_allclose(static[:, 0], 4 * paper[:, 0], rtol=1e-6)


def test_few_networks_of_large_blocks_take_more_steps() -> None:
    block = (1, 8, 32, 64)
    steps = [trainer_of(block, begins=True, steps=100, batch=n).steps for n in (100, 41, 4)]
    assert steps == [100, 200, 300]  # a pass takes 164, 400, 4096
    assert trainer_of(block, begins=False, steps=100, batch=4).steps == 100


def test_the_paper_preset_is_section_4_1() -> None:
    series, static = (EcnrSettings(preset="paper").resolved(n) for n in (100, 1))
    assert (series.sharing, series.epochs, series.sparsity, series.bits) == (8, 500, 0.5, 8)
    assert (static.sharing, static.epochs, static.sparsity) == (1, 200, 0.3)
    assert (series.width, series.layers, series.omega, series.guidance) == (24, 3, 30, 0.1)
    assert (series.learning_rate, series.weight_decay, series.threshold) == (1e-3, 2e-5, 1e-4)
    assert series.latents == "float"
    assert (series.block_t, series.scales_time) == (1, None)
    assert EcnrSettings(preset="paper", width=16).resolved(2).width == 16
    shape = (4, 1, 480, 720, 120)
    scales = [Scale(i, i, i, shape, (1, 1, 1, 1)) for i in range(3)]
    counts = [planning.plan(series, s, 2, 640, None, 8).shape.networks for s in scales]
    assert counts == [640 // 32, 640 // 16, 640 // 8]
    sides = EcnrSettings(preset="paper", block_z=15, block_y=45, block_x=40).resolved(4)
    assert planning.cuts(scales[0], sides, None)[0].block == (1, 15, 45, 40)


@pytest.mark.parametrize(
    ("name", "value"),
    [("width", 1), ("layers", 0), ("sharing", -1), ("bits", 17), ("sparsity", 1.0), ("cnn", 999),
     ("learning_rate", 0.0), ("omega", 1e9), ("block_z", 0), ("cnn_rate", -1.0)],
)  # fmt: skip
def test_settings_of_no_network_are_refused(name: str, value: float) -> None:
    with pytest.raises(InputError, match=name):
        replace(EcnrSettings(), **{name: value}).check()
