"""Scenes of splats of every version decode permanently, as specified in docs/format.md."""

import numpy as np
import pytest
from golden.make_splats import ARRAYS, FILES, FOLDER
from reference_splats import Block

from vcore.scenes.methods.splats.model import Splats, rotation_matrices, sigmoid
from vcore.scenes.scene import Scene


@pytest.fixture(params=FILES)
def golden(request: pytest.FixtureRequest) -> tuple[Scene, Splats]:
    with np.load(FOLDER / f"{request.param}.npz") as values:
        return Scene(FOLDER / f"{request.param}.vcore"), Splats(*(values[n] for n in ARRAYS))


def test_files_decode_to_what_they_held(golden: tuple[Scene, Splats]) -> None:
    scene, want = golden
    got = scene.field.splats
    for name in ARRAYS:
        np.testing.assert_allclose(getattr(got, name), getattr(want, name), rtol=0, atol=2e-6)
    assert np.array_equal(got.positions, want.positions)


def test_files_are_as_the_format_says(golden: tuple[Scene, Splats]) -> None:
    scene, want = golden
    state, size = scene.header["state"], scene.header["settings"]["block"]
    assert len(want) == state["splats"]
    start = 0
    for unit in range(-(-len(want) // size)):
        count = min(size, len(want) - start)
        (data,) = scene._readers[0].read_units(0, "splats", [unit])
        block, part = Block(data, count, state), want[start : start + count]
        assert np.array_equal(np.float32(block.positions), part.positions)
        sigmas = [block.sigmas(i) for i in range(count)]
        np.testing.assert_allclose(np.log(sigmas), part.scales, atol=1e-5)
        axes = np.array(block.axes).transpose(0, 2, 1)
        np.testing.assert_allclose(rotation_matrices(part.rotations), axes, atol=2e-6)
        np.testing.assert_allclose(block.alphas, sigmoid(part.opacities), atol=2e-6)
        np.testing.assert_allclose(block.harmonics, part.sh, atol=1e-6)
        start += count
