"""Parts of ecnr: scales, assignment, networks, the map, stored data."""

import math
from itertools import pairwise

import numpy as np
import pytest
from volumes import blobs, frames

from vcore.errors import FormatError
from vcore.methods._networks.fitting.device import import_torch
from vcore.methods.ecnr import blockmap
from vcore.methods.ecnr.assignment import assign, features, kmeans, uniform
from vcore.methods.ecnr.cnn import HALO, convolved, refined
from vcore.methods.ecnr.cnn import pack as pack_cnn
from vcore.methods.ecnr.cnn import unpack as unpack_cnn
from vcore.methods.ecnr.cnn_training import first_layers
from vcore.methods.ecnr.decoder import evaluate, layers_of, scales_of, workspace
from vcore.methods.ecnr.geometry import (
    block_of,
    canonical,
    downsampled,
    halvings,
)
from vcore.methods.ecnr.interpolation import details, frames_of, upsampled
from vcore.methods.ecnr.network import Shape, first_weights, forward, positions
from vcore.methods.ecnr.sines import sine
from vcore.methods.ecnr.stored import differences
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.pyramid import box_mean
from vcore.model.regions import whole
from vcore.model.volume import Variable

RNG = np.random.default_rng(7)


def source_of(values: np.ndarray, axes: str) -> VariableSource:
    variable = Variable("v", values, tuple(axes))
    limits = float(values.min()), float(values.max())
    return VariableSource(variable, Grid(values.shape[-3:]), limits)


# scales


@pytest.mark.parametrize(
    ("frames_", "space", "scales", "scales_time", "expected"),
    [
        (24, (64, 64, 64), None, None, [(0, 0), (1, 1), (2, 2)]),
        (1, (64, 64, 64), None, None, [(0, 0), (1, 0), (2, 0)]),
        (2, (64, 64, 64), None, None, [(0, 0), (1, 0), (2, 0)]),
        (100, (8, 8, 8), None, None, [(0, 0), (1, 1)]),
        (24, (64, 64, 64), 3, 1, [(0, 0), (1, 0), (2, 0)]),
        (24, (64, 64, 64), 2, 4, [(0, 0), (1, 1), (1, 2), (1, 3)]),
        (5, (3, 3, 3), None, None, [(0, 0)]),
    ],
)
def test_scales_halve_time_and_space(
    frames_: int, space: tuple, scales: int | None, scales_time: int | None, expected: list
) -> None:
    assert halvings(frames_, space, scales, scales_time) == expected


@pytest.mark.parametrize("shape", [(5, 2, 13, 17, 9), (1, 1, 64, 3, 1), (8, 1, 4, 4, 4)])
def test_a_coarse_scale_is_the_mean_of_boxes(shape: tuple) -> None:
    values = RNG.random(shape).astype("f4")
    found = scales_of(shape, tuple("tczyx"), [(0, 0), (1, 1), (2, 2)])
    source = source_of(values, "tczyx")
    normal = (values - values.min()) / np.ptp(values)
    for scale in found:
        step = 1 << scale.time
        pairs = [normal[i : i + step].mean(0) for i in range(0, shape[0], step)]
        expected = box_mean(np.stack(pairs), (1 << scale.space,) * 3)
        region = tuple(slice(n // 3, n) for n in scale.shape)
        assert scale.shape == expected.shape
        np.testing.assert_allclose(downsampled(source, scale, region), expected[region], atol=1e-6)


def interpolated(values: np.ndarray, axis: int, length: int) -> np.ndarray:
    at = np.clip((np.arange(length) - 0.5) / 2, 0, values.shape[axis] - 1)
    rows = np.moveaxis(values, axis, -1)
    flat = [np.interp(at, np.arange(values.shape[axis]), row) for row in
            rows.reshape(-1, values.shape[axis])]  # fmt: skip
    return np.moveaxis(np.array(flat).reshape(*rows.shape[:-1], length), -1, axis)


@pytest.mark.parametrize("shape", [(7, 1, 13, 18, 9), (4, 2, 1, 2, 3)])
def test_upsampling_is_linear_between_centres(shape: tuple) -> None:
    fine, coarse = scales_of(shape, tuple("tczyx"), [(0, 0), (1, 1)])
    values = RNG.random(coarse.shape).astype("f4")
    expected = values
    for axis in (4, 3, 2, 0):
        expected = interpolated(expected, axis, shape[axis])
    for _ in range(12):
        ends = [np.sort(RNG.choice(n + 1, 2, replace=False)) for n in shape]
        region = tuple(slice(int(a), int(b)) for a, b in ends)
        asked = []

        def read(part: tuple, asked: list = asked) -> np.ndarray:
            asked.append(part)
            return values[part]

        found = upsampled(read, coarse, fine, region)
        np.testing.assert_allclose(found, expected[region], atol=1e-6)
        (part,) = asked
        for p, s in zip(part[2:], region[2:], strict=True):
            assert p.stop - p.start <= (s.stop - s.start) // 2 + 3


def test_all_frames_come_from_a_scale_that_has_fewer() -> None:
    shape = (9, 1, 4, 4, 4)
    scale = scales_of(shape, tuple("tczyx"), [(0, 0), (1, 1), (1, 2)])[2]
    values = np.broadcast_to(np.arange(3.0).reshape(3, 1, 1, 1, 1), scale.shape).astype("f4")
    found = frames_of(lambda part: values[part], scale, (slice(0, 9), *whole(scale.shape)[1:]), 9)
    once = interpolated(np.arange(3.0), 0, 5)
    np.testing.assert_allclose(found[:, 0, 0, 0, 0], interpolated(once, 0, 9), atol=1e-6)


@pytest.mark.parametrize("n", [1, 5, 63, 64, 65, 411])
def test_axes_are_cut_evenly(n: int) -> None:
    for side in (4, 16, 23, 500):
        (block, *_) = block_of((n,) * 4, (side,) * 4)
        count = -(-n // block)
        assert count * block - n < count
        assert block <= max(1.5 * side, 1) or count == 1


def test_absent_axes_have_one_index() -> None:
    region = (slice(2, 3), slice(0, 4), slice(1, 5), slice(0, 2))
    assert canonical(region, tuple("tzyx"))[1] == slice(0, 1)
    assert canonical(region, tuple("czyx"))[:2] == (slice(0, 1), slice(2, 3))


# assignment


@pytest.mark.parametrize(("n", "k"), [(100, 7), (64, 8), (33, 32), (5, 5), (200, 1)])
def test_clusters_have_nearly_one_size(n: int, k: int) -> None:
    sizes = np.bincount(assign(RNG.random((n, 5)).astype("f4"), k, "euclidean", 0), minlength=k)
    assert sizes.min() >= n // k
    assert sizes.max() <= -(-n // k)


def plain_uniform(points: np.ndarray, centres: np.ndarray) -> list[int]:
    """Algorithm 1, as in the paper."""
    distances = ((points[:, None].astype("f8") - centres) ** 2).sum(2)
    gain = distances.max(1) - distances.min(1)
    n, k = distances.shape
    sizes, labels = [0] * k, [-1] * n
    for i in sorted(range(n), key=lambda i: -gain[i]):
        free = [j for j in range(k) if sizes[j] < n // k]
        free = free or [j for j in range(k) if sizes[j] < math.ceil(n / k)]
        labels[i] = min(free, key=lambda j: distances[i, j])
        sizes[labels[i]] += 1
    return labels


@pytest.mark.parametrize("seed", range(4))
def test_uniformisation_is_algorithm_1(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((59, 3)).astype("f4") ** 3
    centres = kmeans(points, 8, seed)
    np.testing.assert_array_equal(uniform(points, centres), plain_uniform(points, centres))


def test_k_means_finds_what_is_apart() -> None:
    middles = np.array([[0, 0], [9, 0], [0, 9], [9, 9]], "f4")
    points = np.repeat(middles, 25, axis=0) + RNG.standard_normal((100, 2)).astype("f4") / 3
    labels = assign(points, 4, "euclidean", 1)
    for group in labels.reshape(4, 25):
        assert len(set(group)) == 1
    assert len(set(labels)) == 4


def test_what_blocks_are_compared_by() -> None:
    blocks = RNG.standard_normal((40, 500)).astype("f4")
    found = features(blocks, "euclidean", 0)
    assert found.shape == (40, 64)
    true, kept = (((a[:, None] - a) ** 2).sum(2)[np.triu_indices(40, 1)] for a in (blocks, found))
    assert np.abs(kept / true - 1).mean() < 0.2
    scaled = blocks * RNG.uniform(1, 9, (40, 1)).astype("f4")
    np.testing.assert_allclose(
        features(scaled, "shape", 0), features(blocks, "shape", 0), atol=1e-5
    )
    mixed = RNG.permuted(blocks, axis=1)
    np.testing.assert_array_equal(
        features(mixed, "distribution", 0), features(blocks, "distribution", 0)
    )


# networks


def test_a_network_of_the_paper() -> None:
    """Section 4.1: three sine layers of 24 and a linear one; section 3.5 lists unpruned arrays."""
    shape = Shape(5, 24, 3, 8)
    assert shape.arrays["w0"] == (5, 11, 24)
    assert shape.weights == 11 * 24 + 24 + 2 * (24 * 24 + 24) + 24 + 1
    assert shape.prunable == ("w0", "w1", "b1", "w2", "b2")


def test_every_voxel_is_that_of_a_plain_network() -> None:
    shape = Shape(3, 10, 2, 2)
    stack = first_weights(shape, 30.0, RNG)
    where, codes = positions((1, 2, 3, 4)), RNG.standard_normal((3, 5, 2)).astype("f4")
    found = forward(stack, where, codes, 30.0)
    assert found.shape == (3, 5, 24)
    for m in range(3):
        for k in range(5):
            x = np.concatenate([where, np.broadcast_to(codes[m, k], (24, 2))], 1)
            for i in range(2):
                x = np.sin(30 * (x @ stack[f"w{i}"][m] + stack[f"b{i}"][m]))
            x = x @ stack["w2"][m] + stack["b2"][m]
            np.testing.assert_allclose(found[m, k], x[:, 0], atol=2e-4)


def test_numpy_and_torch_agree() -> None:
    torch = import_torch()
    shape = Shape(6, 24, 3, 6)
    stack = first_weights(shape, 30.0, RNG)
    where, codes = positions((1, 7, 6, 5)), RNG.standard_normal((6, 4, 6)).astype("f4")
    tensors = {n: torch.from_numpy(v) for n, v in stack.items()}
    a = forward(stack, where, codes, 30.0)
    b = forward(tensors, torch.from_numpy(where), torch.from_numpy(codes), 30.0).numpy()
    assert np.ptp(a) > 0.1
    assert np.abs(a - b).max() <= 1e-5 * np.ptp(a)


def test_the_decoder_evaluates_the_same_networks() -> None:
    shape = Shape(2, 24, 3, 6, 4)
    stack = first_weights(shape, 15.0, RNG)
    codes = RNG.standard_normal((2, 40, 6)).astype("f4")
    for block in ((2, 3, 4, 5), (3, 10, 11, 12)):  # many blocks at once, and partial blocks
        where = positions(block)
        wanted = forward(stack, where, codes, 15.0)
        for m in range(2):
            layers = [(w[m], b[m]) for w, b in layers_of(stack, 15.0)]
            found = evaluate(layers, where.T, codes[m], workspace(shape.width))
            assert np.abs(found - wanted[m]).max() <= 1e-5 * np.ptp(wanted)


def test_the_compiled_sine() -> None:
    values = (
        RNG.uniform(-1, 1, (6, 300)).astype("f4") * (10.0 ** np.arange(-4, 2)).astype("f4")[:, None]
    )
    shifts, out = np.linspace(-1, 1, 18).reshape(3, 6).astype("f4"), np.empty((6, 900), "f4")
    sine(values, shifts, out)
    angles = values[:, None] + shifts.T[:, :, None].astype("f8")
    np.testing.assert_allclose(out.reshape(6, 3, 300), np.sin(2 * np.pi * angles), atol=1e-5)


def test_places_run_from_minus_one_to_one_with_x_first() -> None:
    found = positions((1, 1, 3, 5)).reshape(1, 3, 5, 3)
    np.testing.assert_array_equal(found[0, 0, :, 0], [-1, -0.5, 0, 0.5, 1])
    np.testing.assert_array_equal(found[0, :, 0, 1], [-1, 0, 1])
    assert (found[..., 2] == 0).all()
    series = positions((3, 1, 3, 5)).reshape(3, 1, 3, 5, 4)
    for frame, t in zip(series, (-1, 0, 1), strict=True):
        np.testing.assert_array_equal(frame[..., :3], found)
        assert (frame[..., 3] == t).all()


# deblocking network


def test_convolutions_are_torchs() -> None:
    torch = import_torch()
    layers = [(w + 0.05 * RNG.standard_normal(w.shape).astype("f4"), b + 0.01)
              for w, b in first_layers(6, RNG)]  # fmt: skip
    values = RNG.random((14, 13, 17)).astype("f4")
    x = torch.from_numpy(values)[None, None]
    for i, (w, b) in enumerate(layers):
        kernel = torch.from_numpy(w.transpose(2, 1, 0).reshape(w.shape[2], w.shape[1], 3, 3, 3))
        x = torch.nn.functional.conv3d(x, kernel.float(), torch.from_numpy(b).float())
        x = torch.relu(x) if i < 4 else x
    found = convolved(values, [(w, b.astype("f4")) for w, b in layers])
    assert found.shape == (4, 3, 7)
    np.testing.assert_allclose(found, x[0, 0].numpy(), atol=1e-5)


def test_it_begins_as_nothing_and_comes_back_from_bytes() -> None:
    layers = first_layers(32, np.random.default_rng(0))
    values = RNG.random((2, 1, 20, 9, 40)).astype("f4")
    found = refined(lambda part: values[part], whole(values.shape), values.shape, layers)
    assert np.abs(found - values).max() < 0.1
    layers = [(w + RNG.normal(0, 0.05, w.shape).astype("f4"), b) for w, b in layers]
    data, decoded = pack_cnn(layers)
    assert 80_000 < len(data) < 105_000  # the paper: 95 kB
    for (w, b), (w2, b2) in zip(layers, decoded, strict=True):
        assert w.shape == w2.shape
        assert np.abs(w - w2).max() < 0.02 * np.abs(w).max()
        np.testing.assert_allclose(b, b2, atol=1e-3)
    for broken in (b"", b"\x00", b"\x20", data[:100], b"\xff\xff\x7f" + data):
        with pytest.raises(FormatError):
            unpack_cnn(broken)


def test_refined_regions_are_crops() -> None:
    layers = first_layers(4, np.random.default_rng(1))
    values = RNG.random((1, 1, 50, 40, 9)).astype("f4")
    full = refined(lambda part: values[part], whole(values.shape), values.shape, layers)
    region = (slice(0, 1), slice(0, 1), slice(30, 44), slice(3, 38), slice(2, 9))
    seen = []

    def read(part: tuple) -> np.ndarray:
        seen.append(part)
        return values[part]

    found = refined(read, region, values.shape, layers)
    np.testing.assert_allclose(found, full[region], atol=1e-6)
    for part in seen:
        for p, s in zip(part[2:], region[2:], strict=True):
            assert s.start - HALO <= p.start <= p.stop <= s.stop + HALO


# the map and the codes


@pytest.mark.parametrize("shape", [(6, 1, 4, 5, 3), (1, 3, 2, 2, 2), (20, 1, 1, 1, 1)])
@pytest.mark.parametrize("empty", [0.0, 0.6])
def test_the_map_comes_back(shape: tuple, empty: float) -> None:
    labels = RNG.integers(1, 9, shape) * (RNG.random(shape) >= empty)
    labels.flat[0] = 4
    blocks, old = blockmap.renumbered(labels.astype("i4"))
    used = blocks[blocks > 0]
    assert used[0] == 1
    first = [int(np.argmax(used == k)) for k in range(1, used.max() + 1)]
    assert all(a < b for a, b in pairwise(first))
    np.testing.assert_array_equal(old[used - 1] + 1, labels[labels > 0])
    data = blockmap.pack(blocks)
    np.testing.assert_array_equal(blockmap.unpack(data, shape, int(used.max())), blocks)
    with pytest.raises(FormatError, match="map"):
        blockmap.unpack(data, shape, int(used.max()) + 1)


def test_a_map_that_stays_costs_little() -> None:
    frame = RNG.integers(1, 60, (1, 1, 8, 8, 8)).astype("i4")
    blocks, _ = blockmap.renumbered(np.repeat(frame, 50, axis=0))
    once = len(blockmap.pack(blocks[:1]))
    assert len(blockmap.pack(blocks)) < once + 50 * 512 * 0.2 / 8


def test_random_bytes_are_no_map() -> None:
    for seed in range(40):
        data = np.random.default_rng(seed).bytes(60)
        try:
            found = blockmap.unpack(data, (3, 1, 4, 4, 4), 12)
        except FormatError:
            continue
        assert found.max() == 12


def test_codes_are_coded_as_differences_within_a_network() -> None:
    codes = np.array([[1, 2], [3, 5], [4, 4], [7, 7]], "i4")
    found = differences(codes, np.array([2, 0, 2]))
    np.testing.assert_array_equal(found, [[1, 2], [2, 3], [4, 4], [3, 3]])


# sources


def test_sources_are_read_as_tczyx() -> None:
    for axes in ("zyx", "tzyx", "czyx"):
        values = frames((3, 5, 6, 7)) if len(axes) == 4 else blobs((5, 6, 7))
        source = source_of(values, axes)
        scale = scales_of(values.shape, tuple(axes), [(0, 0)])[0]
        found = downsampled(source, scale, whole(scale.shape))
        assert found.shape == scale.shape
        np.testing.assert_allclose(
            found.reshape(values.shape), (values - values.min()) / np.ptp(values), atol=1e-6
        )


def test_the_details_of_a_volume_are_those_of_its_scales() -> None:
    values = frames((4, 20, 18, 24))
    source = source_of(values, "tzyx")
    scales = scales_of(values.shape, tuple("tzyx"), [(0, 0), (1, 0)])
    fine, coarse = details(source, scales, Context())
    normalised = (values - values.min()) / np.ptp(values)
    small = np.stack([box_mean(v, (2,) * 3) for v in normalised])
    assert coarse == pytest.approx(small.var(), rel=1e-4)

    def read(region: tuple[slice, ...]) -> np.ndarray:
        return small[:, None].astype("f4")[region]

    doubled = upsampled(read, scales[1], scales[0], whole(scales[0].shape))
    assert fine == pytest.approx(((normalised - doubled[:, 0]) ** 2).mean(), rel=1e-4)
