"""Unusable grid metadata: a warning and a fallback."""

import math
from typing import Any

import numpy as np
import pytest

from vcore.io.assemble import split_affine
from vcore.io.tidy import affine_grid, number, numbers, tidy_grid
from vcore.model.grid import IDENTITY, Grid


@pytest.mark.parametrize("bad", [0, -1.0, math.nan, math.inf, None, "x", "", [1]])
def test_one_bad_spacing_is_one_and_said(bad: Any, caplog: pytest.LogCaptureFixture) -> None:
    found = tidy_grid("a.tif", {"spacing": (bad, 0.1, 0.2), "unit": "micrometer"})
    assert found["spacing"] == (1.0, 0.1, 0.2)
    assert found["unit"] == "micrometer"
    assert "a.tif: the voxel size along z" in caplog.text


def test_sizes_that_are_not_told_have_no_unit(caplog: pytest.LogCaptureFixture) -> None:
    assert tidy_grid("a", {"spacing": (None, None, None)})["spacing"] == (1.0, 1.0, 1.0)
    assert not caplog.text
    found = tidy_grid("a", {"spacing": (None, None, None), "unit": "meter"})
    assert (found["spacing"], found["unit"]) == ((1.0, 1.0, 1.0), "")
    assert "used 1 without unit" in caplog.text


@pytest.mark.parametrize(
    ("fields", "expected", "words"),
    [
        ({"origin": (1, None, math.nan)}, {"origin": (1.0, 0.0, 0.0)}, "origin"),
        ({"direction": np.full((3, 3), np.nan)}, {"direction": IDENTITY}, "directions"),
        ({"direction": [[1, 0], [0, 1]]}, {"direction": IDENTITY}, "directions"),
        ({"direction": np.diag([2.0, 1, 1])}, {"direction": IDENTITY}, "nearest rotation"),
        ({"times": (0, "x"), "time_unit": "s"}, {"times": None, "time_unit": ""}, "times"),
    ],
)
def test_other_fields(
    fields: dict[str, Any],
    expected: dict[str, Any],
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    found = tidy_grid("a.nii", fields)
    assert found == expected
    Grid(shape=(1, 1, 1), **found)
    assert "a.nii: " in caplog.text
    assert words in caplog.text


def test_what_is_usable_stays(caplog: pytest.LogCaptureFixture) -> None:
    turned = ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, -1.0))
    fields = {"spacing": (1.0, 2.0, 3.0), "origin": (0.0, -1.0, 5.0), "direction": turned}
    assert tidy_grid("a", fields) == fields
    assert not caplog.text


@pytest.mark.parametrize(
    ("columns", "spacing", "direction"),
    [
        (np.diag([0.5, 0.5, 0.0]), (0.5, 0.5, 1.0), np.eye(3)),
        (np.diag([0.5, 0.0, 0.0]), (0.5, 1.0, 1.0), np.eye(3)),
        (np.zeros((3, 3)), (1.0, 1.0, 1.0), np.eye(3)),
        (np.full((3, 3), np.nan), (1.0, 1.0, 1.0), np.eye(3)),
        ([[0, 2, 0], [3, 0, 0], [0, 0, 0]], (3.0, 2.0, 1.0), [[0, 1, 0], [1, 0, 0], [0, 0, 1]]),
        (np.ones((3, 3)), (3**0.5,) * 3, np.eye(3)),
    ],
)
def test_singular_affines_keep_what_they_tell(
    columns: Any, spacing: tuple[float, ...], direction: Any
) -> None:
    affine = np.eye(4)
    affine[:3, :3] = columns
    affine[:3, 3] = 1, 2, 3
    found = split_affine(affine)
    np.testing.assert_allclose(found[0], spacing)
    assert found[1] == (1.0, 2.0, 3.0)
    np.testing.assert_allclose(found[2], direction, atol=1e-12)
    assert not found[3]


def test_a_sheared_affine_is_said_and_kept(caplog: pytest.LogCaptureFixture) -> None:
    affine = np.diag([1.0, 2.0, 3.0, 1.0])
    affine[0, 1] = 1.0
    grid, attributes = affine_grid("a.nii", affine)
    assert grid["spacing"] == (3.0, 5**0.5, 1.0)
    assert attributes["registration"] == affine[:3].tolist()
    assert "a.nii: its affine is sheared" in caplog.text


def test_numbers() -> None:
    assert math.isnan(number(None))
    assert numbers("1 2 x", 4, 7.0)[:2] == [1.0, 2.0]
    assert math.isnan(numbers("1 2 x", 4, 7.0)[2])
    assert numbers("1 2 x", 4, 7.0)[3] == 7.0
    assert numbers(None, 2, 0.0) == [0.0, 0.0]
