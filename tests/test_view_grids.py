"""Grids of latents: shapes, coder, network against torch, fits, budgets, hostile files."""

from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from made_images import ball, only
from test_nervi import Stopped

import vcore
from vcore.collections.collection import Collection
from vcore.collections.images import Channel, Images
from vcore.collections.methods.base import CodedImages
from vcore.collections.methods.view_grids.latents import (
    decode_latents,
    encode_latents,
    first_state,
    latents_of,
    next_state,
)
from vcore.collections.methods.view_grids.network import Network
from vcore.collections.methods.view_grids.shapes import Axis, Shapes, levels_of
from vcore.collections.methods.view_grids.stored import pack_network, steps_of, unpack_network
from vcore.collections.methods.view_grids.units import Units
from vcore.collections.parameters import Parameter
from vcore.errors import BudgetError, Cancelled, FormatError, InputError

torch = pytest.importorskip("torch")

SMALL: dict[str, Any] = {"method": "view-grids", "settings": {"epochs": 2, "group": 4}}
TIME, PHI, KIND = Axis(5, False, False), Axis(8, False, True), Axis(3, True, False)
AXES = (TIME, PHI, KIND)


def compressed(images: Images, size: int = 6000, **options: Any) -> Collection:
    found = vcore.open(vcore.compress(images, None, **{**SMALL, "bytes": size, **options}).data)
    assert isinstance(found, Collection)
    return found


def shapes_of(size: tuple[int, int], widths: tuple[int, ...] = (6, 5)) -> Shapes:
    channels = [[3] * len(widths) for _ in levels_of(AXES)]
    channels[0] = [3] + [0] * (len(widths) - 1)
    return Shapes(AXES, size, 4, tuple(map(tuple, channels)), widths)


def test_levels_have_fewer_and_fewer_nodes() -> None:
    levels = levels_of(AXES)
    assert levels[0] == (5, 8, 3)
    assert levels[-1] == (1, 1, 1)
    assert {(3, 4, 3), (2, 2, 3), (5, 1, 1), (1, 8, 3), (1, 8, 1), (1, 1, 3)} <= set(levels)
    counts = [int(np.prod(level)) for level in levels]
    assert counts == sorted(counts, reverse=True)
    assert levels_of(()) == ((),)
    assert levels_of((Axis(1, False, False),)) == ((1,),)


@pytest.mark.parametrize(("axis", "nodes"), [(TIME, 3), (TIME, 5), (PHI, 4), (PHI, 8), (KIND, 3)])
def test_nodes_around_a_place_weigh_1_together(axis: Axis, nodes: int) -> None:
    for place in np.linspace(0, axis.count - 1, 4 * axis.count - 3):
        found = axis.around(float(place), nodes)
        assert sum(weight for _, weight in found) == pytest.approx(1)
        assert all(0 <= node < nodes for node, _ in found)
        if not axis.periodic:
            middle = sum(node * weight for node, weight in found)
            assert middle == pytest.approx(place * (nodes - 1) / (axis.count - 1))


def test_a_period_wraps() -> None:
    assert dict(PHI.around(7.0, 4)) == {3: 0.5, 0: 0.5}
    assert dict(PHI.around(7.5, 8)) == {7: 0.5, 0: 0.5}
    assert dict(TIME.around(4.0, 3)) == {2: 1.0}


def some_latents(count: int, size: int) -> np.ndarray:
    rng = np.random.default_rng(count + size)
    values = np.rint(rng.laplace(size=(count, size)) ** 3).astype(np.int32)
    values[:, ::7] *= 1000
    return values


@pytest.mark.parametrize(
    "scales", [((3, 5, 7), (1, 10, 14)), ((17, 1, 1),), ((1, 1, 9), (2, 2, 18))]
)
def test_latents_are_coded_without_loss(scales: tuple[tuple[int, int, int], ...]) -> None:
    nodes = some_latents(4, latents_of(scales))
    nodes[1, 0] = 2_000_000
    one, after = encode_latents(nodes, scales, first_state())
    two, _ = encode_latents(nodes, scales, next_state(after))
    assert len(two) < len(one) < nodes.nbytes
    found, state = decode_latents(one, 4, scales, first_state())
    np.testing.assert_array_equal(found, nodes)
    for a, b in zip(state, after, strict=True):
        np.testing.assert_array_equal(a, b)
    again, _ = decode_latents(two, 4, scales, next_state(state))
    np.testing.assert_array_equal(again, nodes)


def test_latents_that_are_0_take_next_to_no_bytes() -> None:
    data, _ = encode_latents(np.zeros((16, 8 * 64), np.int32), ((8, 8, 8),), first_state())
    assert len(data) < 40


def test_damaged_latents_are_refused_or_decode_to_something() -> None:
    rng, scales = np.random.default_rng(4), ((2, 6, 6),)
    refused = 0
    for length in rng.integers(0, 300, 60):
        try:
            found, _ = decode_latents(rng.bytes(int(length)), 3, scales, first_state())
            assert found.shape == (3, 72)
        except FormatError:
            refused += 1
    assert refused < 60
    with pytest.raises(FormatError):
        decode_latents(b"\xff" * 40, 3, scales, first_state())


@pytest.mark.parametrize("scale", [0.15, 0.5, 3.0])
def test_estimated_bits_are_those_of_the_coder(scale: float) -> None:
    from vcore.collections.methods.view_grids.network_torch import bits_of

    rng = np.random.default_rng(6)
    latents = rng.laplace(scale=scale, size=(8, 3, 32, 32)).astype(np.float32)
    whole = np.rint(latents).astype(np.int32).reshape(8, -1)
    coded = 8 * len(encode_latents(whole, ((3, 32, 32),), first_state())[0])
    spread = torch.full((8, 3), float(np.log(scale)), requires_grad=True)
    values = torch.from_numpy(latents).requires_grad_()
    exact, pulled = (b.sum() for b in bits_of(values, spread, torch.full((8, 3), -30.0)))
    assert float(exact.detach()) == pytest.approx(coded, rel=0.08)
    pulled.backward()
    assert spread.grad is None  # the scales are fitted to integers
    assert values.grad is not None
    signs = np.sign(values.grad.numpy())
    np.testing.assert_array_equal(signs, np.sign(latents))  # towards 0


@pytest.mark.parametrize("size", [(33, 20), (1, 9), (17, 1), (1, 1), (24, 24)])
@pytest.mark.parametrize("widths", [(6,), (6, 5), (6, 5, 4)])
def test_decoded_outputs_are_those_of_torch(size: tuple[int, int], widths: tuple[int, ...]) -> None:
    from vcore.collections.methods.view_grids.network_torch import outputs_of
    from vcore.collections.methods.view_grids.training import first_weights

    shapes = shapes_of(size, widths)
    weights = first_weights(shapes, np.array([0.2, 0.5, 0.7, 0.4]), 1)
    data, decoded = pack_network(weights, steps_of(weights))
    stored = unpack_network(data, shapes)
    for name, values in decoded.items():
        np.testing.assert_array_equal(stored[name], values)
    rng = np.random.default_rng(2)
    pairs = zip(shapes.inputs, shapes.sizes, strict=True)
    latents = [rng.normal(size=(c, *plane)).astype(np.float32) for c, plane in pairs]
    ours = Network(shapes, stored).outputs(
        [np.ascontiguousarray(z.transpose(1, 2, 0)) for z in latents]
    )
    with torch.no_grad():
        tensors = {name: torch.from_numpy(values) for name, values in stored.items()}
        colours, logits = outputs_of(shapes, tensors, [torch.from_numpy(z)[None] for z in latents])
    wanted = torch.cat([colours, torch.sigmoid(logits)], 1)[0].numpy().transpose(1, 2, 0)
    assert ours.shape == (*size, 4)
    np.testing.assert_allclose(ours, wanted, atol=1e-5)
    assert ours.size < 9 or ours.std() > 0.01


def test_the_fit_and_the_decoder_make_the_same_image(monkeypatch: pytest.MonkeyPatch) -> None:
    from vcore.collections.methods.view_grids import training

    images, last = only(ball(), "rgb"), {}

    class Kept(training.Fit):
        def run(self) -> training.Fitted:
            found = super().run()
            with torch.no_grad():
                latents, _ = self._mixed([0, 5])
                weights = {name: self._rounded(name) for name in self._weights}
                colours, logits = training.outputs_of(self._shapes, weights, latents)
                last["images"] = self._fill + torch.sigmoid(logits) * (colours - self._fill)
            return found

    monkeypatch.setattr(training, "Fit", Kept)
    found = compressed(images, 60_000, settings={"epochs": 40, "group": 4})
    y, x, height, width = found.info["channels"][0]["state"]["box"]
    for number, index in enumerate([list(images.indices())[k] for k in (0, 5)]):
        inside = found.read(index)[y : y + height, x : x + width]
        wanted = last["images"][number].permute(1, 2, 0).numpy()
        assert np.abs(inside / 255 - np.clip(wanted, 0, 1)).max() < 0.5 / 255 + 1e-4


def test_an_image_between_two_is_like_both() -> None:
    from vcore.collections.methods.view_grids.decoder import ViewGridsDecoder

    images = only(ball(holes=False), "rgb")
    found = compressed(images, 20_000, settings={"epochs": 40, "group": 4})
    (decoder,) = found._decoders.values()
    assert isinstance(decoder, ViewGridsDecoder)
    np.testing.assert_array_equal(decoder.at({"time": 0.5, "phi": 90 + 360}), found.read((1, 1)))
    one, two = (found.read((1, k)).astype(float) for k in (3, 0))
    between = decoder.at({"time": 0.5, "phi": 315.0})
    off = [np.abs(between - image).mean() for image in (one, two)]
    assert max(off) < np.abs(one - two).mean()


@pytest.mark.slow
def test_more_bytes_and_epochs_are_better() -> None:
    images = only(ball(times=4), "rgb")
    found = [
        vcore.compress(
            images, None, method="view-grids", bytes=size, settings={"epochs": epochs, "group": 8}
        ).psnr
        for size, epochs in ((3000, 30), (8000, 30), (8000, 120))
    ]
    assert found[0] + 0.5 < found[1] < found[2] - 0.5


@pytest.mark.parametrize("size", [2500, 4000, 20_000])
def test_bytes_are_kept(size: int) -> None:
    report = vcore.compress(only(ball(), "rgb"), None, bytes=size, **SMALL)
    assert len(report.data) == report.bytes <= size


def test_too_few_bytes_are_refused_with_how_many_would_do() -> None:
    images = only(ball(), "rgb")
    with pytest.raises(BudgetError, match="would do") as caught:
        vcore.compress(images, None, bytes=700, **SMALL)
    assert caught.value.needed is not None
    vcore.compress(images, None, bytes=caught.value.needed, **SMALL)


@pytest.mark.parametrize("colour", ["rgb", "rgba"])
def test_holes_and_alpha(colour: str) -> None:
    images = only(ball(colour=colour), colour)
    found = compressed(images, 12_000, settings={"epochs": 60, "group": 4})
    assert len(found) == 11
    for index in images.indices():
        original, image = images.read(index, colour), found.read(index)
        assert image.shape == original.shape
        assert np.abs(image.astype(float) - original).mean() < 25
        if colour == "rgba":
            assert ((image[..., 3] > 0) == (original[..., 3] > 0)).mean() > 0.95


@pytest.mark.parametrize("size", [(1, 9), (17, 1), (33, 20), (1, 1)])
def test_any_size(size: tuple[int, int]) -> None:
    images = only(ball(size=size, times=2), "rgb")
    found = compressed(images)
    assert all(found.read(i).shape == (*size, 3) for i in images.indices())


def test_one_image_constant_parameters_and_labels() -> None:
    images = only(ball(), "rgb")
    single = Images((), images.size, images.channels, lambda _, c: images.read((0, 1), c))
    assert compressed(single).image().shape == (40, 52, 3)
    axes = (Parameter("time", (3.0,)), Parameter("kind", ("a", "b", "c", "d")))
    labelled = replace(ball(times=1), parameters=axes, channels=images.channels, camera=None)
    found = compressed(labelled)
    assert found.image(kind="c").shape == (40, 52, 3)


@pytest.mark.slow
def test_one_image_reads_few_bytes_and_decodes_alone() -> None:
    images = only(ball(times=9, holes=False), "rgb")
    settings = {"epochs": 30, "group": 2}
    data = vcore.compress(images, None, bytes=12_000, method="view-grids", settings=settings).data
    found = vcore.open(data)
    for index in ((0, 0), (8, 3), (4, 1)):
        images_read, size = found.touched(index)
        assert images_read == 1
        assert size < 0.9 * found.stored_bytes
        np.testing.assert_array_equal(vcore.open(data).read(index), found.read(index))


def test_same_seed_same_bytes() -> None:
    images = only(ball(), "rgb")

    def data(seed: int) -> bytes:
        context = vcore.Context(seed=seed)
        return vcore.compress(images, None, bytes=5000, context=context, **SMALL).data

    assert data(1) == data(1) != data(2)


def test_a_time_limit_ends_the_fit() -> None:
    images = only(ball(), "rgb")
    settings = {"epochs": 1_000_000, "minutes": 0.02}
    report = vcore.compress(images, None, method="view-grids", bytes=6000, settings=settings)
    assert report.bytes <= 6000


def test_an_interrupted_fit_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vcore.methods._networks.fitting import checkpoint

    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    images = only(ball(size=(16, 16), times=2), "rgb")
    kept = tmp_path / "fit.npz"
    small: dict[str, Any] = {"method": "view-grids", "bytes": 6000}
    options: dict[str, Any] = {"epochs": 40, "group": 4, "checkpoint": str(kept)}
    stopped = Stopped(0.7)  # after the weights are rounded
    with pytest.raises(Cancelled):
        vcore.compress(images, None, **small, settings=options, context=stopped.context)
    assert kept.exists()
    with pytest.raises(InputError, match="checkpoint of this fit"):
        vcore.compress(images, None, **small, settings={**options, "batch": 3})
    resumed = Stopped(2)
    found = vcore.compress(images, None, **small, settings=options, context=resumed.context)
    assert resumed.first > 0.65
    assert not kept.exists()
    straight = vcore.compress(images, None, **small, settings={**options, "checkpoint": None})
    assert found.psnr == pytest.approx(straight.psnr, abs=1.5)
    assert b"fit.npz" not in found.data
    assert "checkpoint" not in vcore.open(found.data).info["channels"][0]["settings"]
    assert list(tmp_path.iterdir()) == []


def test_cancelled_within_the_fit() -> None:
    event = Event()
    context = vcore.Context(cancelled=event, progress=lambda stage, _: event.set())
    with pytest.raises(Cancelled):
        vcore.compress(only(ball(), "rgb"), None, bytes=6000, context=context, **SMALL)


@pytest.mark.parametrize(
    "settings",
    [{"epochs": 0}, {"group": 0}, {"group": 10**6}, {"width": 0}, {"batch": 0}, {"minutes": -1}],
)
def test_impossible_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        compressed(only(ball(), "rgb"), settings=settings)


def test_latents_of_any_size_are_stored() -> None:
    from vcore.collections.methods.view_grids.encoder import LARGEST, rounded

    scales = ((1, 1, 4),)
    values = np.array([[1e30, -1e9, 0.4, -0.6]], np.float32)
    (whole,) = rounded([values], 0.0)
    np.testing.assert_array_equal(whole, [[LARGEST, -LARGEST, 0, -1]])
    data, _ = encode_latents(whole, scales, first_state())
    np.testing.assert_array_equal(decode_latents(data, 1, scales, first_state())[0], whole)
    assert not rounded([values], np.inf)[0].any()


@pytest.mark.slow
def test_a_fit_that_diverges_is_told() -> None:
    settings = {"epochs": 30, "learning_rate": 1.0, "latent_rate": 10.0, "width": 8}
    images = only(ball(), "rgb")
    try:
        report = vcore.compress(images, None, method="view-grids", bytes=9000, settings=settings)
    except InputError as error:
        assert "learning_rate" in str(error)  # noqa: PT017 - or it ends somewhere
    else:
        assert report.bytes <= 9000


def test_other_channels_are_refused() -> None:
    from vcore.collections.methods.view_grids.method import ViewGrids

    coded = CodedImages((), (4, 4), Channel("depth", np.dtype("f4")), (0, 1))
    with pytest.raises(FormatError, match="colour"):
        ViewGrids().open(coded, ViewGrids.Settings(), {}, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"channels": [[8]]},
        {"channels": "none"},
        {"channels": None},
        {"widths": []},
        {"widths": [0]},
        {"widths": [10**9]},
        {"widths": [8.5]},
        {"widths": [4] * 30},
        {"box": [0, 0, 41, 52]},
        {"fill": [0, 0]},
    ],
)
def test_damaged_headers_are_refused(change: dict[str, Any]) -> None:
    from test_collections_broken import rewritten

    found = compressed(only(ball(), "rgb"))
    (channel,) = found.header["channels"]
    header = {**found.header, "channels": [{**channel, "state": {**channel["state"], **change}}]}
    with pytest.raises(FormatError):
        vcore.open(rewritten(found, header)).read((0, 0))


def test_huge_grids_are_refused_before_they_are_allocated() -> None:
    from test_collections_broken import rewritten

    found = compressed(only(ball(), "rgb"))
    (channel,) = found.header["channels"]
    channels = [[64] * len(channel["state"]["widths"])] * len(channel["state"]["channels"])
    state = {**channel["state"], "channels": channels, "box": [0, 0, 60_000, 60_000]}
    header = {**found.header, "channels": [{**channel, "state": state}], "size": [60_000, 60_000]}
    with pytest.raises(FormatError):
        vcore.open(rewritten(found, header)).read((0, 0))


def test_units_hold_every_node_once() -> None:
    shapes = shapes_of((24, 24))
    units = Units(shapes, 7, 100)
    for level in units.levels:
        sizes = [units.size(level, unit) for unit in range(units.units(level))]
        assert sum(sizes) == units.nodes(level)
        assert min(sizes) > 0
    assert units.nodes(0) == 100
    assert units.first_unit(units.levels[0]) == 0
    streams = list(
        units.encoded(
            [
                np.zeros((units.nodes(k), latents_of(shapes.scales(k))), np.int32)
                for k in range(len(shapes.levels))
            ]
        )
    )
    assert len(streams) == units.count
