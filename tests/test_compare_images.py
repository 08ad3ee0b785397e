"""Collections against originals whose grid is another, or only in parts the same."""

from dataclasses import replace

import numpy as np
import pytest
from made_images import ball, only

import vcore
from vcore.collections.collection import Collection
from vcore.collections.images import Images
from vcore.collections.parameters import Parameter
from vcore.errors import BoundError, InputError
from vcore.evaluate.compare_images import aligned, compare_collection, verify_collection


@pytest.fixture(scope="module")
def packed() -> Collection:
    found = vcore.open(vcore.compress(only(ball(), "depth"), None, max_error=0.25).data)
    assert isinstance(found, Collection)
    return found


def turned(images: Images) -> Images:
    """Return the images with their parameters in the other order."""
    time, phi = images.parameters
    present = None if images.present is None else images.present.T
    return replace(
        images,
        parameters=(phi, time),
        present=present,
        read=lambda index, name: images.read(index[::-1], name),
    )


def later(images: Images) -> Images:
    """Return the images of all times but the first, and of a time that is in no other."""
    time, phi = images.parameters
    values = (*time.values[1:], 99.0)
    return replace(
        images,
        parameters=(Parameter("time", values, "s"), phi),
        present=None,
        read=lambda index, name: images.read((index[0] + 1, index[1]), name),
    )


def test_parameters_in_another_order(packed: Collection) -> None:
    images = only(ball(), "depth")
    expected = compare_collection(images, packed)["channels"]["depth"]
    found = compare_collection(turned(images), packed)
    assert found["channels"]["depth"] == expected
    assert found["images"] == len(packed) == 11
    assert 0 < expected["max_error"] <= 0.25


def test_only_images_that_both_have_are_compared(packed: Collection) -> None:
    images = only(ball(), "depth")
    both = aligned(later(images), packed)
    assert [i[0] for i in both.indices()] == [1, 1, 1, 2, 2, 2, 2]
    np.testing.assert_array_equal(both.read((2, 3), "depth"), images.read((2, 3), "depth"))
    assert compare_collection(later(images), packed)["images"] == 7


def test_broken_bounds(packed: Collection) -> None:
    images = only(ball(), "depth")
    assert verify_collection(packed, images)["channels"]["depth"]["max_error"] <= 0.25
    wrong = replace(images, read=lambda index, name: images.read(index, name) + np.float32(1))
    with pytest.raises(BoundError, match=r"'depth' within 0\.25"):
        verify_collection(packed, wrong)
    absent = replace(
        images, read=lambda index, name: np.nan_to_num(images.read(index, name), nan=1.0)
    )
    with pytest.raises(BoundError, match="inf"):
        verify_collection(packed, absent)


def test_another_collection(packed: Collection) -> None:
    images = only(ball(), "depth")
    time, phi = images.parameters
    others = [
        replace(images, parameters=(replace(time, name="t"), phi)),
        replace(images, size=(40, 51)),
        only(ball(), "rgb"),
    ]
    for other in others:
        with pytest.raises(InputError, match="another collection"):
            compare_collection(other, packed)
    far = replace(time, values=tuple(v + 1000 for v in time.values))
    with pytest.raises(InputError, match="same parameters in both"):
        compare_collection(replace(images, parameters=(far, phi)), packed)


def test_compare_and_verify_take_collections(packed: Collection) -> None:
    images = only(ball(), "depth")
    found = vcore.compare(images, packed)
    assert found["channels"]["depth"]["max_error"] <= 0.25
    assert vcore.verify(packed, images)["images"] == 11
    assert vcore.verify(packed)["channels"] == {"depth": {"bound": 0.25}}
    with pytest.raises(InputError, match="no isovalue for images"):
        vcore.compare(images, packed, isovalue=3)
    with pytest.raises(InputError, match="no frame for images"):
        vcore.verify(packed, images, frame=3)
