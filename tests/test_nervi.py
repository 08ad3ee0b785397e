"""Networks for image collections: architectures, engines, losses, coding, fits, hostile files."""

import math
import struct
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_images import WHITE, ball, only
from test_collections_broken import rewritten

import vcore
from vcore.collections import paths
from vcore.collections.images import Channel, Images
from vcore.collections.methods.base import ImageSource
from vcore.collections.methods.nervi import coding
from vcore.collections.methods.nervi.decoder import NerviDecoder
from vcore.collections.methods.nervi.engine import NumpyEngine, scales_of
from vcore.collections.methods.nervi.network import (
    encoded,
    first_weights,
    images_of,
    pixel_places,
    pixels_of,
)
from vcore.collections.methods.nervi.settings import PRESETS, NerviSettings
from vcore.collections.methods.nervi.shapes import Shape
from vcore.collections.methods.nervi.subject import Subject
from vcore.collections.parameters import Parameter
from vcore.container.layout import pack_header
from vcore.errors import BudgetError, Cancelled, FormatError, InputError

torch = pytest.importorskip("torch")
U1 = np.dtype(np.uint8)
MEANS = np.array([0.2, 0.5, 0.8, 0.5])
LEARNED = 9000
"""Bytes of the images learned by heart."""
SMALL: dict[str, Any] = {"method": "nervi", "bytes": 8000}


def shape_of(preset: str, size: tuple[int, int] = (33, 20), width: int = 12) -> Shape:
    return Shape(NerviSettings(preset=preset), 2, 4, size, width)


def values(count: int) -> list[list[float]]:
    return [[float(k), 30.0 * k] for k in range(count)]


PARAMETERS = (
    Parameter("time", tuple(range(4))),
    Parameter("phi", tuple(range(0, 360, 30)), "", 360),
)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("size", [(33, 20), (1, 9), (64, 64), (1, 1)])
def test_both_engines_agree(preset: str, size: tuple[int, int]) -> None:
    from vcore.collections.methods.nervi.engine_torch import TorchEngine

    shape = shape_of(preset, size)
    weights = first_weights(shape, MEANS, np.random.default_rng(1))
    x = encoded(shape, PARAMETERS, values(3))
    ours = NumpyEngine(weights, scales_of(shape))
    theirs = TorchEngine({n: torch.from_numpy(w) for n, w in weights.items()})
    with torch.no_grad():
        if shape.settings.by_pixel:
            places = pixel_places(shape, 0, math.prod(size))
            rows = np.concatenate([places, np.repeat(x[:1], len(places), 0)], 1)
            found = pixels_of(ours, shape, rows)
            wanted = pixels_of(theirs, shape, torch.from_numpy(rows)).numpy()
        else:
            found = np.stack([images_of(ours, shape, x[k : k + 1]) for k in range(3)])
            wanted = images_of(theirs, shape, torch.from_numpy(x)).permute(0, 2, 3, 1).numpy()
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert found.std() > 0.01


def test_normalisations_are_folded_into_the_weights() -> None:
    from vcore.collections.methods.nervi.training import folded

    rng = np.random.default_rng(3)
    weights = {"up0.first.w": rng.normal(size=(5, 4, 3, 3)), "up0.first.b": rng.normal(size=5)}
    weights["up0.first.g"] = rng.normal(size=5)
    weights = {n: w.astype(np.float32) for n, w in weights.items()}
    mean = torch.from_numpy(rng.normal(size=5).astype(np.float32))
    variance = torch.from_numpy(rng.uniform(0.5, 2, 5).astype(np.float32))
    maps = torch.from_numpy(rng.normal(size=(2, 4, 6, 7)).astype(np.float32))
    tensors = {n[-1]: torch.from_numpy(w) for n, w in weights.items()}
    convolved = torch.nn.functional.conv2d(maps, tensors["w"], padding=1)
    wanted = torch.nn.functional.batch_norm(convolved, mean, variance, tensors["g"], tensors["b"])
    done = folded(weights, {"up0.first": (mean, variance)})
    assert set(done) == {"up0.first.w", "up0.first.b"}
    w, b = (torch.from_numpy(done[f"up0.first.{n}"]) for n in "wb")
    found = torch.nn.functional.conv2d(maps, w, b, padding=1)
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("channels", "millions"), [(256, 6), (512, 25), (1024, 101)])
def test_sizes_are_those_of_table_5(channels: int, millions: int) -> None:
    shape = Shape(NerviSettings(stem=channels // 8), 3, 4, (1024, 1024), channels)
    assert round(shape.weights / 1e6) == millions
    assert shape.scales == (4, 4, 2, 2, 2, 2, 2)
    assert shape.sizes == tuple((n, n) for n in (2, 8, 32, 64, 128, 256, 512, 1024))
    assert shape.channels[-1] == channels // 64 or channels < 512  # FEWEST


@pytest.mark.parametrize("preset", PRESETS)
def test_all_presets_have_as_many_weights(preset: str) -> None:
    shape = Shape.widest(NerviSettings(preset=preset), 3, 4, (256, 256), 200_000)
    assert 0.85 * 200_000 < shape.weights <= 200_000
    assert replace(shape, width=shape.width + 1).weights > 200_000


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (257, 100), (2, 3), (640, 480), (5, 1000)])
def test_any_size_is_reached(size: tuple[int, int]) -> None:
    shape = shape_of("nervi", size)
    assert shape.sizes[-1] == size
    for (a, b), scale, (c, d) in zip(shape.sizes, shape.scales, shape.sizes[1:], strict=False):
        assert a * scale >= c
        assert b * scale >= d
    assert max(shape.sizes[0]) <= 4


def test_the_encoding_tells_all_values_apart_and_repeats_with_the_period() -> None:
    shape = shape_of("nervi")
    x = encoded(shape, PARAMETERS, [[t, p] for t in range(4) for p in range(0, 360, 30)])
    apart = np.abs(x[:, None] - x[None]).max(-1) + np.eye(len(x))
    assert apart.min() > 0.3
    again = encoded(shape, PARAMETERS, [[0, 360], [0, 390]])
    np.testing.assert_allclose(again, x[:2], atol=1e-6)
    assert x.shape == (48, 16)
    labels = (Parameter("map", ("hot", "cool", "bone")),)
    np.testing.assert_allclose(
        encoded(shape, labels, [["hot"], ["bone"]]),
        encoded(shape, (Parameter("n", (0, 1, 2)),), [[0], [2]]),
    )


def test_equation_3() -> None:
    weights = np.random.default_rng(2).normal(size=(40, 30)).astype(np.float32)
    for bits in (3, 9):
        found = coding.in_range(weights, bits)
        assert found.step == np.float32((float(weights.max()) - float(weights.min())) / 2**bits)
        error = np.abs(found.values - weights)
        assert 0.4 * found.step < error.max() <= 0.5001 * found.step
        assert found.kinds == 2**bits + 1
    flat = coding.in_range(np.full((2, 3), 0.25, np.float32), 9)
    np.testing.assert_array_equal(flat.values, 0.25)


def packed(shape: Shape) -> tuple[bytes, dict[str, Any]]:
    weights = first_weights(shape, MEANS, np.random.default_rng(4))
    arrays = {name: coding.in_range(w, 7) for name, w in weights.items()}
    return coding.pack(arrays), {name: a.values for name, a in arrays.items()}


@pytest.mark.parametrize("preset", PRESETS)
def test_weights_survive_their_bytes(preset: str) -> None:
    data, wanted = packed(shape_of(preset))
    found = coding.unpack(data, shape_of(preset))
    assert list(found) == list(wanted)
    for name, w in wanted.items():
        np.testing.assert_array_equal(found[name], w)


def test_damaged_weights_are_refused() -> None:
    shape = shape_of("nervi")
    data, _ = packed(shape)
    for end in (0, 5, 8, 60):
        with pytest.raises(FormatError):
            coding.unpack(data[:end], shape)
    for limits in ((math.nan, 1.0), (0.0, math.inf), (0.0, -1.0), (0.0, 1e30)):
        with pytest.raises(FormatError):
            coding.unpack(struct.pack("<ff", *limits) + data[8:], shape)


def test_fewer_bits_where_bytes_are_short() -> None:
    weights = first_weights(shape_of("nervi"), MEANS, np.random.default_rng(5))
    most = coding.packed_in_range(weights, 9, 1 << 20)
    less = coding.packed_in_range(weights, 9, len(most) // 2)
    assert 0.3 * len(most) < len(less) <= len(most) // 2
    with pytest.raises(BudgetError, match="at least"):
        coding.packed_in_range(weights, 9, len(most) // 20)


def test_the_foreground_is_what_counts() -> None:
    from vcore.collections.methods.nervi.losses import Windows, loss_of

    subject = Subject((0, 0, 24, 20), (255, 255, 255), "opaque", True)
    settings = NerviSettings(alpha=1)
    rng = np.random.default_rng(6)
    pixels = rng.integers(0, 256, (2, 24, 20, 4)).astype(np.uint8)
    pixels[..., 3] = 0
    pixels[:, 5:9, 4:12, 3] = 255
    outputs = rng.uniform(size=(2, 4, 24, 20)).astype(np.float32)
    windows = Windows((24, 20), np.random.default_rng(0), torch.device("cpu"))

    def loss(values: Any, how: NerviSettings = settings) -> float:
        given = torch.from_numpy(values), torch.from_numpy(pixels)
        return float(loss_of(*given, subject, how, windows))

    mask = pixels[..., 3] > 0
    wanted = np.abs(outputs[:, :3].transpose(0, 2, 3, 1) - pixels[..., :3] / 255)[mask].mean()
    wanted += np.abs(outputs[:, 3] - mask).mean()
    assert loss(outputs) == pytest.approx(wanted, rel=1e-5)
    other = outputs.copy()
    other[:, :3, 12:] = 0.123
    assert loss(other) == pytest.approx(wanted, rel=1e-5)
    assert loss(other, NerviSettings()) != pytest.approx(loss(outputs, NerviSettings()), rel=1e-3)


def test_the_windows_together_are_ssim() -> None:
    from skimage.metrics import structural_similarity

    from vcore.collections.methods.nervi.losses import STRIDE, Windows

    rng = np.random.default_rng(7)
    one = rng.uniform(size=(3, 41, 33)).astype(np.float32)
    two = np.clip(one + rng.normal(size=one.shape) * 0.1, 0, 1).astype(np.float32)
    wanted = structural_similarity(
        *(one, two), data_range=1, channel_axis=0, gaussian_weights=True, full=True,
        use_sample_covariance=False, sigma=1.5,
    )[1][:, 5:-5, 5:-5].mean()  # fmt: skip
    windows = Windows((41, 33), rng, torch.device("cpu"))
    sums = count = 0.0
    for rows in windows._rows:
        for columns in windows._columns:
            windows._rows, kept = [rows], windows._rows
            windows._columns, beside = [columns], windows._columns
            each = float(windows.ssim(torch.from_numpy(one)[None], torch.from_numpy(two)[None]))
            windows._rows, windows._columns = kept, beside
            sums += each * len(rows) * len(columns)
            count += len(rows) * len(columns)
    assert len(windows._rows) == STRIDE
    assert sums / count == pytest.approx(wanted, abs=1e-4)


@pytest.fixture(scope="module")
def learned() -> tuple[Images, vcore.Report]:
    """Eight images, learned by heart."""
    images = only(ball(size=(26, 32), times=2, holes=False), "rgb")
    settings = {"epochs": 150, "batch": 1}
    return images, vcore.compress(images, None, settings=settings, method="nervi", bytes=LEARNED)


def test_images_are_learned(learned: tuple[Images, vcore.Report]) -> None:
    images, report = learned
    assert report.bytes <= LEARNED
    assert report.psnr > 24
    found = vcore.open(report.data)
    mean = np.mean([images.read(i, "rgb") for i in images.indices()], axis=0)
    for index in images.indices():
        original = images.read(index, "rgb").astype(float)
        own = np.abs(found.read(index) - original).mean()
        assert own < 0.3 * np.abs(mean - original).mean()


def test_what_is_empty_in_all_images_is_the_background(
    learned: tuple[Images, vcore.Report],
) -> None:
    found = vcore.open(learned[1].data)
    y, x, height, width = found.header["channels"][0]["state"]["box"]
    assert height * width < 26 * 32
    image = found.read((0, 1))
    outside = np.ones(image.shape[:2], bool)
    outside[y : y + height, x : x + width] = False
    assert (image[outside] == 255).all()


def test_any_values_are_answered_by_the_network(learned: tuple[Images, vcore.Report]) -> None:
    found = vcore.open(learned[1].data)
    decoder = found._decoders["rgb"]
    assert isinstance(decoder, NerviDecoder)
    np.testing.assert_array_equal(decoder.at({"time": 0.5, "phi": 90}), found.read((1, 1)))
    np.testing.assert_array_equal(decoder.at({"time": 0, "phi": 360}), found.read((0, 0)))
    between = decoder.at({"time": 0.1, "phi": 33})
    assert not np.array_equal(between, found.read((0, 0)))
    np.testing.assert_array_equal(found.image(time=0.1, phi=33, blend="method"), between)
    assert not np.array_equal(found.image(time=0.1, phi=33, blend="linear"), between)
    with pytest.warns(UserWarning, match="outside of 0 to"):
        beyond = found.image(time=99, phi=0, blend="method")
    np.testing.assert_array_equal(beyond, found.read((1, 0)))
    with pytest.raises(vcore.InputError, match="nearest, linear"):
        found.image(time=0, phi=0, blend="mean")
    shown = paths.shown(found.images(), {"time": 0.1, "phi": 33.0}, blend="method")
    np.testing.assert_array_equal(shown, between)


def test_decoding_needs_no_torch(
    learned: tuple[Images, vcore.Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = vcore.open(learned[1].data).read((1, 3))
    monkeypatch.setitem(sys.modules, "torch", None)
    np.testing.assert_array_equal(vcore.open(learned[1].data).read((1, 3)), wanted)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "alpha"),
    [(p, "opaque") for p in PRESETS]
    + [(p, a) for p in ("nervi", "nerf") for a in ("binary", "soft")],
)
def test_alpha_is_reproduced(preset: str, alpha: str) -> None:
    images = only(ball(size=(24, 30), times=1, colour="rgba"), "rgba")

    def read(index: tuple[int, ...], channel: str) -> np.ndarray:
        image = images.read(index, channel)
        there = image[..., 3] > 0
        if alpha == "soft":
            image[..., 3] = np.where(there, 128, 0)
        elif alpha == "opaque":
            image[..., 3] = 255
        return image

    given = replace(images, read=read)
    options = {
        "preset": preset,
        "epochs": {"opaque": 1, "soft": 50}.get(alpha, 20 if preset == "nerf" else 300),
        "batch": 2 if preset not in ("siren", "nerf") else 99,
    }
    report = vcore.compress(given, None, method="nervi", bytes=4000, settings=options)
    found = vcore.open(report.data).read((0, 1))[..., 3]
    wanted = read((0, 1), "rgba")[..., 3]
    if alpha == "opaque":
        assert (found == 255).all()
        return
    assert set(np.unique(found)) <= {0, 255} or alpha == "soft"
    assert np.abs(found.astype(float) - wanted).mean() < 60


@pytest.mark.parametrize("limit", [1500, 4000, 9000])
def test_steps_are_as_fine_as_the_bytes_allow(limit: int) -> None:
    from vcore.collections.methods.nervi import tuning

    weights = first_weights(shape_of("compact"), MEANS, np.random.default_rng(8))
    factors = dict.fromkeys(weights, 1.0)
    data, scale = tuning.fitting(weights, factors, limit)
    assert 0.9 * limit < len(data) <= limit
    found = coding.unpack(data, shape_of("compact"))
    for name, w in weights.items():
        assert np.abs(found[name] - w).max() <= 0.5001 * scale
    same, kept = tuning.fitting(weights, factors, limit, scale)
    assert (same, kept) == (data, scale)
    with pytest.raises(BudgetError, match="at least"):
        tuning.fitting(weights, factors, 100)


def test_sensitive_arrays_get_finer_steps() -> None:
    from vcore.collections.methods.nervi import training, tuning
    from vcore.collections.methods.nervi.subject import read_pictures

    images = only(ball(size=(24, 30), times=1), "rgb")

    def read(flat: int) -> np.ndarray:
        return images.read((0, flat), "rgb")

    source = ImageSource(
        images.parameters, images.size, images.channels[0], (0, 255), None, WHITE, read=read
    )
    pictures = read_pictures(source, True, vcore.Context())
    shape = Shape(
        NerviSettings(preset="compact"), 2, pictures.subject.outputs, pictures.subject.size, 12
    )
    problem = training.Problem.of(shape, source, pictures, vcore.Context())
    weights = first_weights(shape, pictures.means(), np.random.default_rng(1))
    batches = training.Batches(problem)
    factors = tuning.steps_of(batches, weights)
    assert factors == tuning.steps_of(batches, weights)
    assert all(0 < f < math.inf for f in factors.values())
    # an error of one bias of the header is one of every pixel
    assert factors["head.b"] < 0.5 * factors["up2.w"]


@pytest.mark.slow
def test_rounding_during_the_fit_gains(learned: tuple[Images, vcore.Report]) -> None:
    images, _ = learned
    options = {"epochs": 100, "batch": 1, "preset": "compact"}
    report = vcore.compress(images, None, method="nervi", bytes=4000, settings=options)
    assert report.bytes <= 4000
    assert report.psnr > 24


def test_pruned_weights_take_fewer_bytes() -> None:
    weights = first_weights(shape_of("nervi"), MEANS, np.random.default_rng(5))
    done = coding.pruned(weights, 0.6)
    total = sum(w.size for w in weights.values())
    assert sum(int((w == 0).sum()) for w in done.values()) == pytest.approx(0.6 * total, abs=1)
    sizes = [len(coding.packed_in_range(w, 8, 1 << 20)) for w in (weights, done)]
    assert sizes[1] < 0.75 * sizes[0]
    with pytest.raises(InputError, match="prune"):
        NerviSettings(preset="compact", prune=0.5).check()


def test_images_beyond_the_memory_are_read_when_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    images = only(ball(size=(16, 16), times=1), "rgb")
    kept = vcore.compress(images, None, **SMALL, settings={"epochs": 4}).data
    monkeypatch.setattr("vcore.collections.methods.nervi.subject.available_bytes", lambda: 0)
    assert vcore.compress(images, None, **SMALL, settings={"epochs": 4}).data == kept
    by_pixel = {"epochs": 2, "preset": "nerf", "batch": 200}
    assert vcore.compress(images, None, **SMALL, settings=by_pixel).psnr > 5


def test_labels_and_one_image() -> None:
    images = ball(size=(16, 16), times=3, holes=False)
    named = (Parameter("map", ("viridis", "hot", "bone")), images.parameters[1])
    found = vcore.open(
        vcore.compress(
            only(replace(images, parameters=named), "rgb"), None, **SMALL, settings={"epochs": 2}
        ).data
    )
    assert found.image(map="bone", phi=90).shape == (16, 16, 3)
    single = Images((), (16, 16), images.channels[:1], lambda _, c: images.read((0, 0), c))
    found = vcore.open(vcore.compress(single, None, **SMALL, settings={"epochs": 2}).data)
    assert found.image().shape == (16, 16, 3)


def test_channels_beside_the_colour_are_kept() -> None:
    found = vcore.open(
        vcore.compress(
            ball(times=2), None, bytes=20_000, method="nervi", settings={"epochs": 2}
        ).data
    )
    assert found.info["channels"][1]["method"] == "stacked"


@pytest.mark.parametrize("setting", [{"width": 0}, {"alpha": 2}, {"minutes": 0}, {"bits": 1}])
def test_settings_out_of_range_are_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(setting))):
        vcore.compress(ball(), None, **SMALL, settings=setting)


def test_the_clock_ends_a_fit() -> None:
    images = only(ball(size=(16, 16), times=1), "rgb")
    options = {"epochs": 10**7, "minutes": 0.02}
    report = vcore.compress(images, None, **SMALL, settings=options)
    assert report.seconds < 30


class Stopped:
    """Progress that cancels the fit at a share of it."""

    def __init__(self, at: float) -> None:
        self.context = vcore.Context(progress=self)
        self.at, self.first = at, math.inf

    def __call__(self, stage: str, share: float) -> None:
        if stage == "fitting":
            self.first = min(self.first, share)
            if share >= self.at:
                self.context.cancelled.set()


def test_an_interrupted_fit_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vcore.methods._networks.fitting import checkpoint

    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    images = only(ball(size=(16, 16), times=2), "rgb")
    kept = tmp_path / "fit.npz"
    options: dict[str, Any] = {"epochs": 40, "checkpoint": str(kept)}
    stopped = Stopped(0.5)
    with pytest.raises(Cancelled):
        vcore.compress(images, None, **SMALL, settings=options, context=stopped.context)
    assert kept.exists()
    for other in ({"epochs": 41}, {"preset": "nerv"}):
        with pytest.raises(InputError, match="checkpoint of this fit"):
            vcore.compress(images, None, **SMALL, settings={**options, **other})
    resumed = Stopped(2)
    found = vcore.compress(images, None, **SMALL, settings=options, context=resumed.context)
    assert resumed.first > 0.45
    assert not kept.exists()
    straight = vcore.compress(images, None, **SMALL, settings={"epochs": 40})
    assert found.psnr == pytest.approx(straight.psnr, abs=1.5)
    assert b"fit.npz" not in found.data
    assert list(tmp_path.iterdir()) == []
    kept.write_bytes(b"not a checkpoint")
    with pytest.raises(InputError, match=r"fit\.npz"):
        vcore.compress(images, None, **SMALL, settings=options)


@pytest.mark.slow
def test_an_interrupted_fit_keeps_its_normalisations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vcore.methods._networks.fitting import checkpoint

    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    images = only(ball(size=(16, 16), times=2), "rgb")
    options: dict[str, Any] = {"preset": "insitunet", "epochs": 40}
    kept = {**options, "checkpoint": str(tmp_path / "fit.npz")}
    with pytest.raises(Cancelled):  # too late for the running means to come back
        vcore.compress(images, None, **SMALL, settings=kept, context=Stopped(0.98).context)
    found = vcore.compress(images, None, **SMALL, settings=kept)
    straight = vcore.compress(images, None, **SMALL, settings=options)
    assert found.psnr == pytest.approx(straight.psnr, abs=0.1)


HOSTILE: list[dict[str, Any]] = [
    {"settings": {}},
    {"settings": {"width": 4096, "stem": 4096}},
    {"settings": {"width": 0}},
    {"settings": {"width": 4, "preset": "later"}},
    {"state": {}},
    {"state": {"box": [0, 0, 99, 99], "fill": [1, 2, 3], "alpha": "opaque", "masked": True}},
    {"state": {"box": [-1, 0, 9, 9], "fill": [1, 2, 3], "alpha": "opaque", "masked": True}},
    {"state": {"box": [0, 0, 9, 9], "fill": [1, 2, 300], "alpha": "opaque", "masked": True}},
    {"state": {"box": [0, 0, 9, 9], "fill": [1, 2, 3], "alpha": "half", "masked": True}},
    {"state": {"box": [0, 0, 9, 9], "fill": [1, 2, 3], "alpha": "opaque", "masked": 1}},
    {"state": {"box": [0, 0, 9, 9], "fill": [1, 2, 3], "alpha": "soft", "masked": True}},
]


@pytest.mark.parametrize("members", HOSTILE, ids=str)
def test_hostile_headers_are_refused(
    members: dict[str, Any], learned: tuple[Images, vcore.Report]
) -> None:
    found = vcore.open(learned[1].data)
    channel = {**found.header["channels"][0], **members}
    with pytest.raises(FormatError):
        vcore.open(rewritten(found, {**found.header, "channels": [channel]})).read((0, 0))


def test_maps_beyond_all_memory_are_refused(learned: tuple[Images, vcore.Report]) -> None:
    found = vcore.open(learned[1].data)
    state = {**found.header["channels"][0]["state"], "box": [0, 0, 60_000, 60_000]}
    channel = {**found.header["channels"][0], "state": state}
    header = {**found.header, "size": [60_000, 60_000], "channels": [channel]}
    with pytest.raises(FormatError, match="maps of"):
        vcore.open(rewritten(found, header)).read((0, 0))


def test_the_network_of_a_channel_that_is_no_colour_is_refused(
    learned: tuple[Images, vcore.Report],
) -> None:
    found = vcore.open(learned[1].data)
    channel = {**found.header["channels"][0], "name": "depth", "dtype": "f4"}
    with pytest.raises(FormatError):
        vcore.open(pack_header({**found.header, "channels": [channel]})).read((0, 0))
    assert Channel("depth", U1).components == 1
