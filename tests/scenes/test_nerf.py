"""``nerf``: weights in two layouts, rendering against the exact shape, coding."""

import numpy as np
import pytest
from made_scenes import BOUNDS, OCTAVES, RADIUS, STEEP, cameras, field, octahedron

from vcore.errors import FormatError, InputError
from vcore.metrics.errors import psnr
from vcore.model.context import Context
from vcore.scenes.methods.nerf import coding, quantising
from vcore.scenes.methods.nerf.calibrating import samples_of
from vcore.scenes.methods.nerf.field import NerfField
from vcore.scenes.methods.nerf.layouts import arrays_of, layout_of, network_of
from vcore.scenes.methods.nerf.network import Architecture, Network, encode, sigmoid
from vcore.scenes.methods.nerf.occupancy import Occupancy, found_bounds, occupancy_of

STEP = 2 / 160


def relu(values: np.ndarray) -> np.ndarray:
    return np.maximum(values, 0)


def reference(arrays: dict, points: np.ndarray, directions: np.ndarray) -> tuple:
    """Return density and colour as the model of the layout ``flexible`` is written."""

    def layer(name: str, inputs: np.ndarray) -> np.ndarray:
        return inputs @ arrays[f"{name}.weight"].T + arrays[f"{name}.bias"]

    hidden = layer("layer1", encode(points, OCTAVES, True))
    for k in range(2):
        hidden = relu(layer(f"layers_xyz.{k}", hidden))
    seen = np.concatenate([relu(layer("fc_feat", hidden)), encode(directions, 1, True)], -1)
    rgb = sigmoid(layer("fc_rgb", relu(layer("layers_dir.0", seen))))
    return relu(layer("fc_alpha", hidden))[:, 0], rgb


def noisy(layout: str) -> dict:
    rng = np.random.default_rng(5)
    found = octahedron(layout)
    return {k: (v + rng.normal(size=v.shape) / 4).astype(np.float32) for k, v in found.items()}


def some_points() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    points = rng.uniform(-1, 1, (50, 3)).astype(np.float32)
    directions = rng.normal(size=(50, 3)).astype(np.float32)
    return points, directions / np.linalg.norm(directions, axis=-1, keepdims=True)


def evaluated(network: Network, points: np.ndarray, directions: np.ndarray) -> tuple:
    density, hidden = network.trunk(points)
    return density, network.colour(hidden, np.arange(len(points)), network.directed(directions))


def test_the_network_computes_what_its_model_does() -> None:
    arrays = noisy("flexible")
    points, directions = some_points()

    found = evaluated(network_of(arrays), points, directions)
    for a, b in zip(found, reference(arrays, points, directions), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("layout", ["flexible", "paper"])
def test_layouts_are_written_back(layout: str) -> None:
    network = network_of(noisy(layout))

    written = arrays_of(network, layout)
    assert layout_of(written) == layout
    assert {k: v.shape for k, v in written.items()} == {
        k: v.shape for k, v in octahedron(layout).items()
    }
    points, directions = some_points()
    for a, b in zip(
        evaluated(network, points, directions),
        evaluated(network_of(written), points, directions),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)


def test_the_layout_of_the_paper_is_the_same_shape() -> None:
    points, _ = some_points()

    one, other = (network_of(octahedron(n)).density(points) for n in ("flexible", "paper"))
    np.testing.assert_allclose(one, other, rtol=1e-5)
    exact = STEEP * relu(RADIUS - np.abs(points).sum(-1))
    np.testing.assert_allclose(one, exact, rtol=1e-4, atol=1e-4)


def test_a_network_without_directions() -> None:
    arrays = octahedron("flexible")
    for name in ("fc_feat", "layers_dir.0", "fc_alpha", "fc_rgb"):
        del arrays[f"{name}.weight"], arrays[f"{name}.bias"]
    arrays["fc_out.weight"] = np.ones((4, 8), np.float32)
    arrays["fc_out.bias"] = np.zeros(4, np.float32)

    network = network_of(arrays)
    assert not network.architecture.colour
    assert arrays_of(network, "flexible").keys() == arrays.keys()
    rgb = NerfField(network, None, BOUNDS, (0, 0, 0), ()).sample(np.zeros((2, 3)))[1]
    assert rgb.shape == (2, 3)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("layers_xyz.1.weight", np.zeros((8, 9), np.float32), "8 inputs"),
        ("layers_xyz.1.bias", np.zeros(7, np.float32), "7 biases"),
        ("layer1.weight", np.zeros((8, 14), np.float32), "position"),
        ("fc_rgb.weight", np.zeros((2, 4), np.float32), "fc_rgb"),
        ("layers_dir.0.weight", np.zeros((4, 10), np.float32), "direction"),
        ("fc_alpha.weight", np.full((1, 8), np.nan, np.float32), "finite"),
        ("fc_alpha.weight", np.full((1, 8), 1e300), "finite"),
        ("fc_alpha.weight", np.zeros((1, 8), np.int64), "floats"),
        ("fc_feat.weight", None, "fc_feat"),
        ("other", np.zeros(3, np.float32), "no others"),
    ],
)
def test_other_weights_are_refused(name: str, value: object, told: str) -> None:
    arrays = {**octahedron(), name: value}

    with pytest.raises(InputError, match=told):
        network_of({k: v for k, v in arrays.items() if v is not None})


def test_no_weights_are_refused() -> None:
    with pytest.raises(InputError, match="weights of a NeRF"):
        network_of({"a": np.zeros(3)})
    with pytest.raises(InputError, match="up to 64 layers"):
        Architecture((5000,))


# rendering


def test_dense_rendering_sees_the_shape() -> None:
    source, camera = field(), cameras()[0]

    view = source.render(camera)
    origins, directions = camera.rays()
    points = origins + directions * view.depth[..., None]
    seen = np.isfinite(view.depth)
    assert 0.1 < seen.mean() < 0.6
    assert ((view.alpha > 0.5) <= seen).all()
    inside = RADIUS - np.abs(points[view.alpha > 0.95]).sum(-1)
    assert 0.0 < np.median(inside) < 0.25  # a little below the surface
    np.testing.assert_allclose(view.rgb[~seen & (view.alpha == 0)], 1)
    assert view.rgb.dtype == view.depth.dtype == view.alpha.dtype == np.float32


def skipping() -> NerfField:
    source = field()
    occupancy = occupancy_of(source.network, BOUNDS, 24, STEP, Context())
    return NerfField(
        source.network,
        None,
        BOUNDS,
        source.background,
        source.cameras,
        occupancy=occupancy,
        step=STEP,
    )


def test_skipping_empty_space_changes_little() -> None:
    camera, other = cameras()[1], skipping()

    dense, quick = field().render(camera), other.render(camera)
    assert psnr(1.0, float(np.mean((dense.rgb - quick.rgb) ** 2))) > 36
    both = np.isfinite(dense.depth) & np.isfinite(quick.depth)
    assert both.mean() > 0.1
    assert np.median(np.abs(dense.depth - quick.depth)[both]) < 2 * STEP


def test_occupied_cells_hold_the_shape() -> None:
    other = skipping()
    points = np.random.default_rng(2).uniform(-1, 1, (4000, 3))

    inside = np.abs(points).sum(-1) < RADIUS - 0.01
    there = other.occupancy.at(points)
    assert there[inside].all()
    assert there.mean() < 2.5 * inside.mean()
    assert not other.occupancy.at(np.array([[1.5, 0, 0], [0, -3, 0]])).any()


def test_samples_are_those_of_the_network() -> None:
    points = np.array([[0, 0, 0], [0.2, 0.1, 0.1], [0.9, 0.9, 0.9], [5, 0, 0]])

    for source in (field(), skipping()):
        density, rgb = source.sample(points)
        np.testing.assert_allclose(density, [STEEP * 0.8, STEEP * 0.4, 0, 0], rtol=1e-4)
        assert rgb[1, 0] > rgb[1, 2]
        assert (rgb[2:] == 0).all()


def test_bounds_are_those_of_what_is_seen() -> None:
    source = field(12)

    found = found_bounds(source.network, source.network, source.cameras, Context())
    low, high = np.asarray(found.low), np.asarray(found.high)
    assert (low < -RADIUS + 0.1).all()
    assert (low > -RADIUS - 0.5).all()
    assert (high > RADIUS - 0.1).all()
    assert (high < RADIUS + 0.5).all()


def test_nothing_to_see_is_refused() -> None:
    arrays = octahedron()
    arrays["fc_alpha.bias"][:] = -1
    network = network_of(arrays)

    with pytest.raises(InputError, match="see nothing"):
        found_bounds(network, network, cameras(), Context())
    with pytest.raises(InputError, match="density"):
        occupancy_of(network, BOUNDS, 8, STEP, Context())


# coding


def integers_of(network: Network, step: float) -> tuple[dict, dict]:
    steps = dict.fromkeys(network.architecture.shapes, step)
    return {k: np.rint(quantising.joined(network, k) / step).astype(np.int64) for k in steps}, steps


def test_integers_are_decoded_exactly() -> None:
    network = network_of(noisy("paper"))
    integers, steps = integers_of(network, 0.0625)

    found = coding.unpack(coding.pack(integers, steps), network.architecture)
    for name, value in quantising.restored(network, integers, steps).weights.items():
        np.testing.assert_array_equal(found.weights[name], value)


def test_damaged_networks_are_refused_or_finite() -> None:
    network = network_of(noisy("flexible"))
    data = coding.pack(*integers_of(network, 0.0625))
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(60):
        broken = bytearray(data[: rng.integers(0, len(data))] if rng.random() < 0.3 else data)
        if broken:
            broken[rng.integers(0, min(len(broken), 60))] ^= 1 << rng.integers(0, 8)
        try:
            found = coding.unpack(bytes(broken), network.architecture)
        except FormatError:
            refused += 1
        else:
            assert all(np.isfinite(v).all() for v in found.weights.values())
    assert refused > 5


def test_a_damaged_occupancy_is_refused() -> None:
    occupancy = skipping().occupancy
    data = occupancy.pack()

    same = Occupancy.unpack(data, BOUNDS, 24)
    np.testing.assert_array_equal(same.occupied, occupancy.occupied)
    assert same.cell == occupancy.cell
    with pytest.raises(FormatError):
        Occupancy.unpack(b"\xff" * 40, BOUNDS, 24)


def test_compensation_lowers_the_error_of_outputs() -> None:
    rng = np.random.default_rng(3)
    mixed = rng.normal(size=(16, 16))
    inputs = rng.normal(size=(500, 16)) @ mixed
    values, product = rng.normal(size=(8, 16)), inputs.T @ inputs / 500

    plain = np.rint(values / 0.25)
    found = quantising.compensated(values, product, 0.25)
    errors = [float(np.mean((inputs @ (values - q * 0.25).T) ** 2)) for q in (plain, found)]
    assert errors[1] < 0.6 * errors[0]


def test_compensation_keeps_pruned_weights_at_zero() -> None:
    rng = np.random.default_rng(3)
    alive = rng.random((8, 16)) < 0.5

    found = quantising.compensated(rng.normal(size=(8, 16)), np.eye(16), 0.1, alive)
    assert (found[~alive] == 0).all()
    assert (found[alive] != 0).mean() > 0.8


def test_calibration_takes_samples_that_light_comes_through() -> None:
    other = skipping()

    samples = samples_of(other.network, other.occupancy, cameras(), STEP, 0, 300)
    assert len(samples.points) > 300
    assert (samples.light > 0).all()
    assert (samples.light <= 1).all()
    assert other.occupancy.at(samples.points).mean() > 0.99
