"""ECNR as a method: file contents, cost of regions, settings, bad input."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from volumes import blobs, frames, holes, in_dtype

import vcore
from vcore.container import Container
from vcore.engine.estimate import estimate
from vcore.errors import BudgetError, FormatError, InputError
from vcore.methods.ecnr import cnn_training, decoder
from vcore.methods.ecnr.settings import EcnrSettings
from vcore.methods.ecnr.stored import unpack_group, unpack_head
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.pyramid import box_mean
from vcore.model.regions import whole
from vcore.model.volume import Volume

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parents[1] / "golden"
QUICK = {"steps": 80, "batch": 64, "learning_rate": 0.005}
Array = np.ndarray[Any, Any]


def waves(*shape: int) -> Array:
    """Return a wave that moves from frame to frame, float32, 0 to 1."""
    t, z, y, x = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    return (0.5 + 0.5 * np.sin(0.3 * t + 0.25 * z + 0.2 * y) * np.cos(0.22 * x)).astype("f4")


def compress(source: Any, budget: Budget | None = None, **settings: Any) -> vcore.Report:
    budget = budget or Budget(bytes=12_000)
    return vcore.compress(
        source, None, method="ecnr", budget=budget, settings={**QUICK, **settings}
    )


def heads(data: bytes) -> list[Any]:
    """Return the headers of the scales, the finest first."""
    pyramid = vcore.open(data).decoder()._inner._pyramid  # type: ignore[attr-defined]
    return [b.head for b in pyramid.blocks]


def error(original: Array, decoded: Array) -> float:
    return float(np.sqrt(np.mean((original.astype("f8") - decoded) ** 2)))


# files and scales


def test_the_coarsest_scale_comes_first_and_opens_alone() -> None:
    data = compress(waves(8, 20, 18, 24), steps=20).data
    sections = Container(data).sections
    assert [(s.level, s.name) for s in sections] == [(2, "blocks"), (1, "blocks"), (0, "blocks")]
    whole = vcore.open(data)
    coarse = vcore.open(data[: sections[0].end])
    assert coarse.decoder().available_levels == (2,)
    np.testing.assert_allclose(coarse.decode(level=2), whole.decode(level=2), atol=1e-6)
    assert coarse.decode(level=2).shape == (8, 5, 5, 6)


def test_levels_keep_the_full_time_axis() -> None:
    values = waves(9, 16, 12, 16)
    grid = {"times": tuple(0.5 * np.arange(9)), "time_unit": "second"}
    volume = Volume.from_array(values, **grid)
    dataset = vcore.open(compress(volume, Budget(bytes=20_000), steps=400, scales=2).data)
    assert dataset.grid.times == grid["times"]
    assert [a.shape for a in dataset.levels] == [(9, 16, 12, 16), (9, 8, 6, 8)]
    coarse = box_mean(values, (2, 2, 2))
    found = dataset.decode(level=1)
    own = error(coarse, found)
    assert own < 0.25 * coarse.std()
    for t in range(9):  # each frame is closer to itself than to one three frames away
        other = coarse[(t + 3) % 9]
        assert error(coarse[t], found[t]) < error(other, found[t])


def test_scales_in_time_alone_share_a_level() -> None:
    data = compress(waves(16, 16, 12, 16), scales=2, scales_time=3, block_t=2).data
    names = [(s.level, s.name) for s in Container(data).sections]
    assert names == [(1, "blocks1"), (1, "blocks"), (0, "blocks")]
    lattices = [head.blocks.shape[0] for head in heads(data)]
    assert lattices == [8, 4, 2]
    first = Container(data).sections[0].end
    assert vcore.open(data[:first]).decoder().available_levels == ()


def test_a_region_touches_just_its_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    data = compress(waves(8, 32, 32, 32), block=8, block_t=5).data
    dataset = vcore.open(data)
    whole, seen = dataset.decode(), []

    def counted(layers: Any, where: Any, codes: Any, work: Any) -> Any:
        seen.append(len(codes) * where.shape[1])
        return evaluate(layers, where, codes, work)

    evaluate = decoder.evaluate
    monkeypatch.setattr(decoder, "evaluate", counted)
    region = (slice(3, 4), slice(8, 16), slice(20, 25), slice(0, 8))
    np.testing.assert_allclose(vcore.open(data).decode(region), whole[region], atol=1e-5)
    # scale 0, 6 x 5 x 6 voxels, 5 x 5 x 5, within one frame; a few blocks are not coded
    assert 0 < sum(seen) <= 8 * 5 * 8 + 6 * 5 * 6 + 5 * 5 * 5
    seen.clear()
    vcore.open(data).decode((slice(3, 4), *(slice(None),) * 3), level=2)
    assert 0 < sum(seen) <= 8 * 8 * 8


def test_blocks_without_residual_are_left_out() -> None:
    values = np.zeros((32, 32, 32), "f4")
    values[:8, :8, :8] = blobs((8, 8, 8))
    report = compress(values, Budget(bytes=4000), steps=300, block=8, sharing=1)
    finest = heads(report.data)[0]
    assert 0 < np.count_nonzero(finest.blocks) < 0.3 * finest.blocks.size
    assert vcore.open(report.data).decode()[20:, 20:, 20:].max() < 0.05
    every = compress(values, None, steps=10, block=8, threshold=0.0, sharing=8)
    assert np.count_nonzero(heads(every.data)[0].blocks) > np.count_nonzero(finest.blocks)


def test_networks_share_blocks_evenly() -> None:
    report = compress(waves(8, 16, 16, 16), Budget(), steps=5, block=4, sharing=4, threshold=0.0)
    for number, head in enumerate(heads(report.data)):
        blocks = head.blocks[head.blocks > 0]
        counts = np.bincount(blocks - 1)
        wanted = 4 << (len(heads(report.data)) - 1 - number)
        assert len(counts) == max(len(blocks) // wanted, 1)
        assert counts.max() - counts.min() <= 1


def test_miner_is_one_block_a_network() -> None:
    report = compress(waves(2, 16, 16, 16), Budget(), steps=5, block=8, sharing=0, threshold=0.0)
    for head in heads(report.data):
        counts = np.bincount(head.blocks[head.blocks > 0] - 1)
        assert set(counts) == {1}


def test_decoding_needs_no_torch() -> None:
    script = (
        "import sys, vcore\n"
        f"assert vcore.open({str(GOLDEN / 'ecnr_series.vcore')!r}).decode().ndim == 5\n"
        "assert not {'torch', 'dask', 'skimage'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr


# fitting


def test_a_longer_fit_and_more_bytes_are_better() -> None:
    values = waves(8, 16, 16, 16)
    short = compress(values, Budget(bytes=4000), steps=40)
    longer = compress(values, Budget(bytes=4000), steps=500)
    larger = compress(values, Budget(bytes=12_000), steps=500)
    assert longer.psnr > short.psnr + 4
    assert larger.psnr > longer.psnr + 2


def test_the_bytes_are_used() -> None:
    values = waves(8, 24, 24, 24)
    for limit in (3000, 8000, 16_000, 20_000):
        report = compress(values, Budget(bytes=limit), steps=30)
        assert 0.8 * limit < report.bytes <= limit


def test_a_psnr_is_reached_by_few_bytes() -> None:
    values = waves(8, 16, 16, 16)
    values = values + 0.2 * frames((8, 16, 16, 16))
    low, high = (compress(values, Budget(psnr=p), steps=200) for p in (22, 36))
    assert low.psnr >= 22
    assert high.psnr >= 36
    assert low.bytes < high.bytes
    with pytest.raises(BudgetError, match=r"90 dB is more than the \d+\.\d+ dB"):
        compress(values, Budget(psnr=90), steps=8)


def test_a_time_limit_is_kept() -> None:
    """Measured by a clock that advances 10 ms per call, independent of machine load."""
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 0.01
        return now

    report = vcore.compress(
        waves(8, 24, 24, 24), None, method="ecnr", settings={"steps": 10**6},
        budget=Budget(bytes=9000), context=Context(time_limit=6.0, started=0.0, clock=clock),
    )  # fmt: skip
    assert 5.0 < now < 6.3
    assert report.psnr > 20


def test_pruned_parameters_are_gone_from_the_file() -> None:
    values = waves(4, 16, 16, 16)
    settings = {"bits": 0, "block": 8, "sharing": 4, "steps": 60, "width": 16}
    dense, sparse = (compress(values, Budget(), sparsity=s, **settings) for s in (0.0, 0.5))
    assert sparse.bytes < 0.75 * dense.bytes
    inner = vcore.open(sparse.data).decoder()._inner._pyramid.blocks[0]  # type: ignore[attr-defined]
    head, rest = inner._opened()[:2]
    parameters, shape = unpack_group(head, 0, rest).parameters, head.shape
    zero = sum(int((parameters[n] == 0).sum()) for n in shape.prunable)
    total = sum(parameters[n].size for n in shape.prunable)
    assert zero / total == pytest.approx(0.5, abs=0.01)
    assert (parameters["b0"] != 0).all()


@pytest.mark.parametrize(
    "settings",
    [
        {"preset": "paper", "block": 8, "epochs": 4},
        {"quantisation": "local", "bits": 4},
        {"bits": 0},
        {"bits": 5, "pruning": "plain"},
        {"latents": "float"},
        {"similarity": "shape"},
        {"similarity": "distribution"},
        {"warm_start": True, "width": 12},
        {"scales": 1},
        {"layers": 1, "codes": 1},
        {"epochs": 2},
    ],
    ids=str,
)
def test_every_setting_makes_a_file(settings: dict[str, Any]) -> None:
    values = waves(6, 14, 12, 10)
    report = compress(values, Budget(bytes=60_000), **{"sharing": 4, "block": 6, **settings})
    decoded = vcore.open(report.data).decode()
    assert error(values, decoded) < values.std()
    assert vcore.open(report.data).check() > 0


def test_a_warm_start_begins_with_the_scale_before() -> None:
    values = waves(8, 32, 32, 32)
    settings = {"width": 12, "steps": 150}
    cold, warm = (
        compress(values, Budget(bytes=9000), warm_start=w, **settings) for w in (False, True)
    )
    assert warm.data != cold.data
    assert warm.psnr > cold.psnr - 3


# components


def test_components_share_networks_and_codes() -> None:
    values = np.stack([waves(4, 12, 12, 12), 1 - 0.5 * waves(4, 12, 12, 12)], axis=1)
    apart, shared = (
        compress(values, Budget(bytes=8000), steps=400, block=8, components=c)
        for c in ("apart", "shared")
    )
    finest = [heads(r.data)[-1] for r in (apart, shared)]
    assert finest[0].blocks.shape[1] == 2
    assert finest[1].blocks.shape[1] == 1
    assert finest[1].variables.shape == (2, 2)
    decoded = vcore.open(shared.data).decode()
    for c in range(2):
        own, other = (error(values[:, k], decoded[:, c]) for k in (c, 1 - c))
        assert own < 0.3 * other


def test_components_share_networks_of_one_block_each() -> None:
    values = np.stack([waves(4, 8, 8, 16), 1 - 0.5 * waves(4, 8, 8, 16)], axis=1)
    report = compress(values, Budget(bytes=9000), steps=60, block=8, scales=1, components="shared")
    (head,) = heads(report.data)
    assert (head.shape.networks, head.own_codes, head.variables.shape) == (2, 0, (2, 2))
    assert report.psnr > 15


# deblocking network


def test_the_network_against_boundaries_is_kept_where_it_pays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = waves(2, 20, 18, 16)
    settings = {"cnn": 2, "cnn_epochs": 2, "steps": 30}
    monkeypatch.setattr(cnn_training, "pays", lambda *a: True)
    data = compress(values, Budget(bytes=9000), **settings).data
    assert (0, "cnn") in [(s.level, s.name) for s in Container(data).sections]
    dataset = vcore.open(data)
    whole = dataset.decode()
    region = (slice(1, 2), slice(3, 15), slice(0, 18), slice(7, 9))
    np.testing.assert_allclose(dataset.decode(region), whole[region], atol=1e-5)
    monkeypatch.setattr(cnn_training, "pays", lambda *a: False)
    without = compress(values, Budget(bytes=9000), **settings)
    assert [s.name for s in Container(without.data).sections] == ["blocks"] * 3


def test_it_learns() -> None:
    """Checkerboard noise is what a network of 3 x 3 x 3 can detect and remove."""
    values = waves(1, 24, 20, 22)
    source = vcore.methods.source.VariableSource(
        Volume.from_array(values).variables[0], Volume.from_array(values).grid, (0.0, 1.0)
    )
    scale = decoder.scales_of(values.shape, tuple("tzyx"), [(0, 0)])[0]
    sign = np.indices(values.shape).sum(0) % 2 - 0.5
    noisy = (values + 0.1 * sign)[:, None].astype("f4")
    settings = EcnrSettings(cnn=4, cnn_epochs=200, cnn_rate=0.005)
    context = Context(device="cpu")
    layers = cnn_training.fit(source, scale, lambda r: noisy[r], settings, context, 1.0)
    assert cnn_training.pays(source, scale, lambda r: noisy[r], layers, 0)
    from vcore.methods.ecnr.cnn import refined

    found = refined(lambda r: noisy[r], whole(noisy.shape), noisy.shape, layers)
    assert error(values, found[:, 0]) < 0.5 * error(values, noisy[:, 0])


# all kinds of input


@pytest.mark.parametrize(
    "values",
    [
        waves(1, 12, 10, 9),
        waves(2, 12, 10, 9),
        waves(40, 5, 4, 6),
        waves(3, 1, 1, 20),
        np.stack([np.full((6, 7, 8), v, "f4") for v in (0, 3, 3, 1)]),
        in_dtype(frames((5, 9, 8, 7)), "u2", 100, 60_000),
    ],
    ids=["one frame", "two frames", "longer in time", "a line", "constant frames", "u2"],
)
def test_series_of_all_shapes(values: Array) -> None:
    report = compress(values, Budget(bytes=9000), steps=200)
    decoded = vcore.open(report.data).decode()
    assert decoded.shape == values.shape
    assert decoded.dtype == values.dtype
    assert error(values, decoded) < 0.6 * values.std()


def test_missing_values_in_a_series_are_kept() -> None:
    values = holes(waves(3, 9, 11, 10))
    decoded = vcore.open(compress(values).data).decode()
    np.testing.assert_array_equal(np.isnan(decoded), np.isnan(values))


def test_too_few_bytes_are_refused() -> None:
    with pytest.raises(BudgetError):
        compress(waves(4, 8, 8, 8), Budget(bytes=260))
    with pytest.raises(InputError, match="width in 2"):
        compress(waves(4, 8, 8, 8), width=1)


def test_the_estimate_follows_the_volume() -> None:
    volume = Volume.from_array(waves(4, 24, 24, 24))
    found = estimate(volume, method="ecnr", budget=Budget(ratio=40), settings=QUICK)
    assert found.bytes == volume.nbytes // 40
    assert found.seconds > 0
    assert found.memory > volume.nbytes


# damaged files


def test_damaged_state_is_refused() -> None:
    from vcore import methods
    from vcore.container import Writer
    from vcore.container.header import VariableHeader
    from vcore.model.grid import Grid

    for state in ({}, {"space": 0, "time": 1}, {"space": 99, "time": 1}, {"space": "2", "time": 1}):
        header = VariableHeader("v", "f4", tuple("zyx"), (4, 4, 4), (0.0, 1.0), "ecnr", {}, state)
        with Writer(None) as writer, pytest.raises(FormatError, match="state"):
            methods.get("ecnr").open(header, Grid((4, 4, 4)), writer.reader(0))


def test_damaged_heads_are_refused() -> None:
    dataset = vcore.open((GOLDEN / "ecnr_series.vcore").read_bytes())
    good = dataset.decoder().reader.read(0, "blocks")
    scale = dataset.decoder()._inner._pyramid.scales[0]  # type: ignore[attr-defined]
    head, rest = unpack_head(good, scale.with_block)
    unpack_group(head, 0, rest)
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        data = bytearray(good)
        for _ in range(int(rng.integers(1, 4))):
            data[int(rng.integers(len(data)))] = int(rng.integers(256))
        try:
            head, rest = unpack_head(bytes(data), scale.with_block)
            found = unpack_group(head, 0, rest)
            assert all(np.isfinite(v).all() for v in found.parameters.values())
        except FormatError:
            refused += 1
    assert refused > 30
    for cut in (0, 1, 5, 20, 40, 60):
        with pytest.raises(FormatError):
            unpack_head(good[:cut], scale.with_block)
