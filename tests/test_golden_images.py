"""Collections of images of every version of the format decode permanently."""

import numpy as np
import pytest
from golden.make_images import FILES, FOLDER, expected

import vcore
from vcore.collections.collection import Collection

OFF_BY_ONE = 0.005
"""Fraction of the values of a network that may round the other way, as matrix products differ
between machines."""
NAMES = sorted(path.stem for path in FOLDER.glob("*.vcore"))


def test_every_file_is_there() -> None:
    assert {make.__name__ for make in FILES} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_golden_collections_decode(name: str) -> None:
    found = vcore.open(FOLDER / f"{name}.vcore")
    assert isinstance(found, Collection)
    found.check()
    with np.load(FOLDER / f"{name}.npz") as file:
        wanted = dict(file)
    decoded = expected(found)
    assert decoded.keys() == wanted.keys()
    for channel, images in wanted.items():
        assert images.dtype == decoded[channel].dtype
        difference = np.abs(decoded[channel].astype(float) - images)
        alpha = channel == "rgba" and set(np.unique(images[..., 3])) <= {0, 255}
        colours = difference[..., :3] if alpha else difference
        assert colours.max() <= 1
        assert (difference > 0).mean() <= OFF_BY_ONE
