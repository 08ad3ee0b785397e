"""The coordinate network: size, inputs, decoding, size search, refusals."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from volumes import blobs, frames, in_dtype

import vcore
from vcore import methods
from vcore.container import Writer
from vcore.container.header import VariableHeader
from vcore.engine.encoder import HEADER_ROOM
from vcore.engine.estimate import estimate
from vcore.errors import BudgetError, FormatError, InputError
from vcore.methods._networks.fitting.device import import_torch
from vcore.methods._networks.fitting.loop import optimise
from vcore.methods._networks.layers import sine_weights
from vcore.methods._networks.shrinking import share
from vcore.methods.base import Sink
from vcore.methods.siren import decoder as decoding
from vcore.methods.siren import search, training
from vcore.methods.siren.decoder import SECTION, SirenDecoder
from vcore.methods.siren.layout import Layout, inputs
from vcore.methods.siren.network import Shape, forward
from vcore.methods.siren.stored import pack, unpack
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.regions import whole
from vcore.model.volume import Volume

GOLDEN = Path(__file__).parents[1] / "golden" / "siren_series.vcore"
SHAPE = (13, 17, 9)
QUICK = {"layers": 2, "steps": 60, "batch": 512, "learning_rate": 0.005}


def first_weights(shape: Shape, seed: int = 0) -> dict[str, np.ndarray]:
    return sine_weights(shape.arrays, 30.0, np.random.default_rng(seed))


def compress(source: Any, budget: Budget, **settings: Any) -> vcore.Report:
    return vcore.compress(
        source, None, method="siren", budget=budget, settings={**QUICK, **settings}
    )


def decoder_of(axes: str, shape: tuple[int, ...], network: Shape) -> tuple[SirenDecoder, dict]:
    """Return a decoder of untrained weights, and the weights."""
    weights = unpack(pack(first_weights(network, 2), {}, network), network)
    layout = Layout(tuple(axes), shape)
    grid = Grid(shape[-3:])
    return SirenDecoder(layout, network, 30.0, (-2.0, 5.0), grid, lambda: weights), weights


def open_bytes(weights: bytes, settings: dict, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    """Decode a section of ``weights`` under a header with ``settings``."""
    header = VariableHeader("v", "f4", tuple("zyx"), shape, (0.0, 1.0), "siren", settings)
    with Writer(None) as writer:
        Sink(writer, 0).add(0, SECTION, [weights])
        opened = methods.get("siren").open(header, Grid(SHAPE), writer.reader(0))
        return opened.decode(whole(SHAPE))


# at points


@pytest.mark.parametrize("axes", ["zyx", "tczyx"])
def test_points_are_evaluated_by_the_network_itself(axes: str) -> None:
    shape = (3, 2, *SHAPE) if axes == "tczyx" else SHAPE
    network = Shape(len(axes.replace("c", "")), 2 if "c" in axes else 1, 2, 8)
    decoder, _ = decoder_of(axes, shape, network)
    index = np.argwhere(np.ones(SHAPE)).astype(float)
    frame = 2 if "t" in axes else 0
    decoded = decoder.decode(whole(shape))
    wanted = decoded[frame].reshape(2, -1).T if "t" in axes else decoded.reshape(-1, 1)
    found, _ = decoder.at(frame, index, gradient=False)
    np.testing.assert_allclose(found, wanted, atol=2e-5 * 7)
    between = 1 + np.random.default_rng(0).random((50, 3)) * 6
    _, slopes = decoder.at(frame, between, gradient=True)
    assert slopes is not None
    assert slopes.shape == (50, wanted.shape[1], 3)
    step = 1e-2
    for axis in range(3):
        ahead, behind = (
            decoder.at(frame, between + sign * step * np.eye(3)[axis], gradient=False)[0]
            for sign in (1, -1)
        )
        along = (ahead - behind) / (2 * step)
        np.testing.assert_allclose(slopes[..., axis], along, atol=1e-3 * np.abs(slopes).max())


# sizes


@pytest.mark.parametrize(
    ("layers", "width", "weights"),
    [(5, 20, 1803), (5, 30, 3903), (10, 28, 7479), (10, 40, 15_003), (13, 49, 29_697)],
)
def test_networks_are_coins(layers: int, width: int, weights: int) -> None:
    """Appendix A: 0.07 to 1.2 bits per pixel of a Kodak image."""
    shape = Shape(2, 3, layers, width)
    assert shape.weights == weights
    assert 0.07 <= round(16 * weights / (768 * 512), 2) <= 1.21
    assert len(pack(first_weights(shape), {}, shape)) == 2 * weights


@pytest.mark.parametrize("layers", [1, 5, 20])
@pytest.mark.parametrize("limit", [700, 4000, 9999, 20_000, 40_001])
def test_the_width_is_the_largest_that_fits(limit: int, layers: int) -> None:
    shape = Shape.widest(3, 1, layers, limit)
    assert shape.bytes <= limit or shape.width == 4
    assert Shape(3, 1, layers, shape.width + 1).bytes > limit


@pytest.mark.parametrize("limit", [1500, 4000, 15_000])
def test_the_file_is_header_and_weights(limit: int) -> None:
    report = compress(blobs(SHAPE), Budget(bytes=limit), steps=2)
    dataset = vcore.open(report.data)
    settings = dataset.decoder().header.settings
    shape = Shape(3, 1, 2, settings["width"])
    assert dataset.decoder().reader.section_bytes() == {SECTION: shape.bytes}
    assert report.bytes <= limit
    wider = Shape(3, 1, 2, shape.width + 1)
    assert report.bytes + wider.bytes - shape.bytes > limit - HEADER_ROOM


def test_too_few_bytes_are_refused_with_what_would_do() -> None:
    with pytest.raises(BudgetError, match="would do") as refused:
        compress(blobs(SHAPE), Budget(bytes=900), layers=20)
    needed = refused.value.needed
    assert needed is not None
    report = compress(blobs(SHAPE), Budget(bytes=needed), layers=20, steps=2)
    assert 900 < report.bytes <= needed


def test_a_width_that_does_not_fit_is_refused() -> None:
    with pytest.raises(BudgetError, match="about 3"):
        compress(blobs(SHAPE), Budget(bytes=2000), width=34)
    with pytest.raises(InputError, match=r"width in 1\.\.4096"):
        compress(blobs(SHAPE), Budget(bytes=2000), width=0)


def test_components_are_outputs_and_time_is_an_input() -> None:
    values = np.stack([frames((3, *SHAPE)), frames((3, *SHAPE)) + 4], axis=1)
    dataset = vcore.open(compress(Volume.from_array(values), Budget(bytes=3000), width=12).data)
    assert dataset.decoder().reader.section_bytes() == {SECTION: Shape(4, 2, 2, 12).bytes}


# coordinates


def test_coordinates_run_from_minus_one_to_one_with_x_first() -> None:
    layout = Layout(tuple("tczyx"), (3, 2, 1, 5, 9))
    assert (layout.lengths, layout.outputs, layout.count) == ((3, 1, 5, 9), 2, 135)
    axes = layout.coordinates(whole(layout.shape))
    rows = inputs(axes, np.arange(layout.count))
    assert rows.dtype == np.float32
    assert rows.shape == (135, 4)
    np.testing.assert_array_equal(rows[0], [-1, -1, 0, -1])
    np.testing.assert_array_equal(rows[1], [-0.75, -1, 0, -1])
    np.testing.assert_array_equal(rows[9], [-1, -0.5, 0, -1])
    np.testing.assert_array_equal(rows[45], [-1, -1, 0, 0])
    np.testing.assert_array_equal(rows[-1], [1, 1, 0, 1])
    region = (slice(1, 3), slice(1, 2), slice(0, 1), slice(2, 5), slice(4, 6))
    part = inputs(layout.coordinates(region), np.arange(12))
    kept = rows.reshape(3, 1, 5, 9, 4)[1:3, :, 2:5, 4:6].reshape(-1, 4)
    np.testing.assert_array_equal(part, kept)


def test_rows_and_arrays_are_each_others_inverse() -> None:
    for axes in ("zyx", "tzyx", "czyx", "tczyx"):
        layout = Layout(tuple(axes), (2, 3, 4, 5, 6)[-len(axes) :])
        values = np.arange(np.prod(layout.shape)).reshape(layout.shape)
        rows = layout.rows(values)
        assert rows.shape == (layout.count, layout.outputs)
        np.testing.assert_array_equal(layout.array(rows, whole(layout.shape)), values)


# decoding


@pytest.mark.parametrize("axes", ["zyx", "tzyx", "czyx", "tczyx"])
def test_numpy_decodes_what_torch_fitted(axes: str) -> None:
    shape = (3, 2, *SHAPE)[-len(axes) :]
    layout = Layout(tuple(axes), shape)
    torch = import_torch()
    decoder, weights = decoder_of(axes, shape, Shape(len(layout.lengths), layout.outputs, 10, 40))
    tensors = {n: torch.from_numpy(v) for n, v in weights.items()}
    where = torch.arange(layout.count)
    coordinates = [torch.from_numpy(a) for a in layout.coordinates(whole(shape))]
    fitted = forward(tensors, inputs(coordinates, where), 30.0).numpy()
    expected = layout.array(fitted, whole(shape)).astype("f8") * 7 - 2
    decoded = decoder.decode(whole(shape))
    assert np.ptp(expected) > 0.5
    assert np.abs(decoded - expected).max() <= 1e-5 * 7


def test_a_region_costs_its_voxels(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder, _ = decoder_of("czyx", (2, 70, 80, 90), Shape(3, 2, 3, 64))
    seen = []

    def counted(parameters: Any, x: Any, omega: float, **options: Any) -> Any:
        seen.append((len(x), parameters["b3"].size))
        return forward(parameters, x, omega, **options)

    monkeypatch.setattr(decoding, "forward", counted)
    region = (slice(1, 2), slice(60, 70), slice(3, 23), slice(40, 90))
    assert decoder.decode(region).shape == (1, 10, 20, 50)
    assert sum(n for n, _ in seen) == 10 * 20 * 50
    assert max(n for n, _ in seen) == 2048
    assert {outputs for _, outputs in seen} == {1}


def test_decoding_needs_no_torch() -> None:
    script = (
        "import sys, vcore\n"
        f"assert vcore.open({str(GOLDEN)!r}).decode().shape == (2, 2, 1, 6, 9)\n"
        "assert not {'torch', 'scipy', 'numba'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# fitting


def test_a_longer_fit_is_better() -> None:
    volume = in_dtype(blobs((16, 20, 18)), "u1", 0, 255)
    short, longer = (compress(volume, Budget(bytes=1500), steps=n) for n in (20, 400))
    assert longer.psnr > short.psnr + 5


def test_it_stops_where_the_loss_stands_still() -> None:
    steps = []
    context = Context(progress=lambda stage, share: steps.append(stage))
    vcore.compress(
        blobs((6, 6, 6)),
        None,
        method="siren",
        budget=Budget(bytes=900),
        settings={"layers": 1, "width": 2, "learning_rate": 0.02, "steps": 8000},
        context=context,
    )
    assert 3000 <= steps.count("fitting") < 7000


def test_what_was_learned_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a high rate all sines may collapse at once: the best previous weights are stored."""
    volume = in_dtype(blobs(SHAPE), "u1", 0, 255)
    whole_fit = compress(volume, Budget(bytes=1500), steps=300)

    def collapsing(weights: list, *arguments: Any, **options: Any) -> None:
        optimise(weights, *arguments, **options)
        for each in weights:
            each.detach().zero_()

    monkeypatch.setattr(training, "optimise", collapsing)
    assert abs(compress(volume, Budget(bytes=1500), steps=300).psnr - whole_fit.psnr) < 0.5


def test_a_large_volume_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "MAX_SAMPLES", 4000)
    report = compress(blobs((20, 40, 30)), Budget(bytes=1500), steps=300)
    assert report.psnr > 22


def test_the_psnr_decides_the_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "WIDTHS", (2, 4, 16))
    volume = in_dtype(blobs(SHAPE), "u1", 0, 255)
    report = compress(volume, Budget(psnr=25), steps=300)
    settings = vcore.open(report.data).decoder().header.settings
    assert report.psnr >= 25
    assert settings["width"] in (4, 16)
    with pytest.raises(BudgetError, match=r"70 dB is more than the \d+\.\d+ dB .* width of 16"):
        compress(volume, Budget(psnr=70), steps=100)


def test_an_estimate_fits_the_network_of_the_whole() -> None:
    volume = Volume.from_array(blobs((110, 100, 100)))
    for budget, size in ((Budget(bytes=3000), 3000), (Budget(range_error=0.05), None)):
        found = estimate(volume, method="siren", budget=budget, settings={**QUICK, "width": 8})
        assert found.seconds > 0
        assert found.memory > 1 << 28
        assert found.bytes == size or size is None


# damaged files

SETTINGS = {"layers": 2, "width": 8}
SMALL = Shape(3, 1, 2, 8)


def test_good_weights_decode() -> None:
    weights = pack(first_weights(SMALL), {}, SMALL)
    assert np.isfinite(open_bytes(weights, SETTINGS)).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused(value: float) -> None:
    weights = np.zeros(SMALL.weights, "<f2")
    weights[17] = value
    with pytest.raises(FormatError, match="finite"):
        open_bytes(weights.tobytes(), SETTINGS)


@pytest.mark.parametrize("extra", [-1, 1, 2])
def test_weights_of_another_length_are_refused(extra: int) -> None:
    with pytest.raises(FormatError, match="damaged"):
        open_bytes(bytes(SMALL.bytes + extra), SETTINGS)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"layers": 2},
        {**SETTINGS, "layers": 0},
        {**SETTINGS, "layers": 10**9},
        {**SETTINGS, "width": 10**9},
        {**SETTINGS, "width": -8},
        {**SETTINGS, "omega": 1e30},
        {**SETTINGS, "omega": -1.0},
        {**SETTINGS, "preset": "other"},
        {**SETTINGS, "k": 4},
    ],
    ids=str,
)
def test_headers_that_make_no_network_are_refused(settings: dict) -> None:
    with pytest.raises(FormatError, match="damaged"):
        open_bytes(bytes(SMALL.bytes), settings)


def test_large_weights_overflow_nothing() -> None:
    weights = np.full(SMALL.weights, np.finfo("f2").max, "<f2")
    decoded = open_bytes(weights.tobytes(), {**SETTINGS, "omega": 1e4})
    assert np.isfinite(decoded).all()


# residual blocks: neurcomp


def test_residual_blocks_are_neurcomps() -> None:
    """x + sin(w2 sin(w1 x)); all blocks but the first halve their input, the last its output."""
    shape = Shape(3, 1, 3, 9, residual=True)
    p = first_weights(shape, 5)
    assert list(shape.arrays) == [f"{k}{i}" for i in range(8) for k in "wb"]
    assert shape.shared == ("w1", "w2", "w3", "w4", "w5", "w6")
    x = np.random.default_rng(1).uniform(-1, 1, (50, 3)).astype("f4")

    def sine(i: int, v: np.ndarray) -> np.ndarray:
        return np.sin(30 * (v @ p[f"w{i}"] + p[f"b{i}"]))

    h = sine(0, x)
    for block, half in ((1, 1.0), (3, 0.5), (5, 0.5)):
        h = h + sine(block + 1, sine(block, half * h))
    expected = (h / 2) @ p["w7"] + p["b7"]
    np.testing.assert_allclose(forward(p, x, 30.0, residual=True), expected, atol=1e-4)


@pytest.mark.parametrize("limit", [1500, 6000, 30_000])
def test_residual_networks_fill_the_bytes(limit: int) -> None:
    report = compress(blobs(SHAPE), Budget(bytes=limit), preset="neurcomp", steps=8)
    assert 0.75 * limit < report.bytes <= limit
    header = vcore.open(report.data).decoder().header
    assert header.settings["preset"] == "neurcomp"


def test_residual_networks_are_seven_blocks_deep_unless_asked() -> None:
    report = compress(blobs(SHAPE), Budget(bytes=6000), preset="neurcomp", layers=None, steps=3)
    settings = methods.get("siren").settings_of(vcore.open(report.data).decoder().header)
    assert (settings.depth, settings.layers) == (7, None)
    deeper = Shape.widest(3, 1, 7, 6000, residual=True)
    assert abs(settings.width - deeper.width) <= 3


def test_shared_weights_are_fitted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    volume = in_dtype(blobs((16, 20, 18)), "u1", 0, 255)
    settings = {"preset": "neurcomp", "steps": 300, "width": 20}
    monkeypatch.setattr("vcore.methods.siren.training.shared_count", lambda width: 16)
    tuned = compress(volume, Budget(bytes=6000), **settings)
    monkeypatch.setattr("vcore.methods.siren.training.TUNING_RATE", 1e-9)
    left = compress(volume, Budget(bytes=6000), **settings)
    assert tuned.psnr > left.psnr + 1


def test_damaged_shared_weights_are_refused() -> None:
    shape = Shape(3, 1, 2, 8, residual=True)
    settings = {"preset": "neurcomp", "layers": 2, "width": 8}
    weights = first_weights(shape)
    shared = {n: share(weights[n], 8) for n in shape.shared}
    data = pack(weights, shared, shape)
    assert np.isfinite(open_bytes(data, settings)).all()
    for broken in (data[:40], data[:200], b"\xff\x7f" * 8 + data[16:], b""):
        with pytest.raises(FormatError):
            open_bytes(broken, settings)
