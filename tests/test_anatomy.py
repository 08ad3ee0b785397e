"""Sides of a body: where axes run to, and what is drawn at the top."""

import base64
import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import matplotlib.image
import numpy as np
import pytest

import vcore
from vcore.assess import pictures
from vcore.assess.assessment import assess
from vcore.evaluate.picture import draw_comparison
from vcore.model.anatomy import ends
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

RAS, LPS = "right-anterior-superior", "left-posterior-superior"
VALUES = np.random.default_rng(1).integers(0, 256, (5, 7, 9)).astype("u1")
TURNED = ((0.0, 0.0, 1.0), (-1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
"""First axis backwards along y, second along x, third along z."""


def volume(space: str, **grid: Any) -> Volume:
    attributes = {"space": space} if space else {}
    return Volume(Grid(VALUES.shape, **grid), (Variable("T1", VALUES),), attributes=attributes)


def compressed(original: Volume) -> Any:
    return vcore.open(vcore.compress(original, None, max_error=0).data)


def drawn(panel: Any) -> tuple[str, bool]:
    """Return the letters at the left, right, bottom and top, and whether rows run upward."""
    low, high = panel.get_ylim()
    return "".join(text.get_text() for text in panel.texts), low < high


def test_axes_run_to_the_sides_of_the_space() -> None:
    grid = Grid((2, 2, 2))
    assert ends(grid, RAS) == ("IS", "PA", "LR")
    assert ends(grid, LPS) == ("IS", "AP", "RL")
    assert ends(Grid((2, 2, 2), direction=np.diag([1, -1, -1]).tolist()), LPS) == ends(grid, RAS)
    assert ends(Grid((2, 2, 2), direction=TURNED), RAS) == ("AP", "LR", "IS")
    falling = Grid.from_coordinates([[0.0, 1.0, 3.0], [5.0, 4.0, 0.0], [0.0, 1.0]])
    assert ends(falling, RAS) == ("IS", "AP", "LR")


@pytest.mark.parametrize("degrees", [-44, -20, 20, 44])
def test_oblique_axes_run_to_the_nearest_side(degrees: float) -> None:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    grid = Grid((2, 2, 2), direction=((c, -s, 0.0), (s, c, 0.0), (0.0, 0.0, 1.0)))
    assert ends(grid, RAS) == ("IS", "PA", "LR")


@pytest.mark.parametrize(
    "space", [None, "", 7, "scanner-xyz", "3D-right-handed", "right-left-superior", "right"]
)
def test_other_spaces_have_no_sides(space: object) -> None:
    assert ends(Grid((2, 2, 2)), space) == ("", "", "")


@pytest.mark.parametrize(
    ("space", "direction", "axial", "coronal"),
    [
        (RAS, np.eye(3), ("LRPA", True), ("LRIS", True)),
        (LPS, np.eye(3), ("RLPA", False), ("RLIS", True)),
        # by coordinates, whichever way the voxels lie
        (RAS, np.diag([1, -1, -1]), ("LRPA", True), ("LRIS", True)),
        # voxels front to back, left to right, feet to head
        (RAS, TURNED, ("ISRL", False), ("ISPA", False)),
        ("", np.eye(3), ("", False), ("", True)),
    ],
)
def test_front_and_head_are_at_the_top(
    space: str, direction: Any, axial: tuple[str, bool], coronal: tuple[str, bool]
) -> None:
    original = volume(space, direction=np.asarray(direction, float).tolist())
    dataset = compressed(original)
    first, second = dataset.plot().axes[:2]
    assert (drawn(first), drawn(second)) == (axial, coronal)
    compared = draw_comparison(original, dataset, axis=0).axes
    assert drawn(compared[0]) == drawn(compared[2]) == axial


def test_the_picture_of_a_notebook_is_upright() -> None:
    values = VALUES // 4
    values[:, 5:] += 128
    for space, bright in ((RAS, 0), (LPS, -1), ("", -1)):
        original = Volume(Grid(VALUES.shape), (Variable("T1", values),))
        dataset = compressed(replace(original, attributes={"space": space}))
        address = re.search('data:image/png;base64,([^"]+)', dataset._repr_html_())
        assert address is not None
        picture = matplotlib.image.imread(BytesIO(base64.b64decode(address[1])))
        assert picture[bright, 0, 0] > picture[-1 - bright, 0, 0] + 0.3


def test_the_picture_of_a_report_is_upright(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []
    draw = pictures.draw_plane

    def kept(panel: Any, *arguments: Any) -> Any:
        mesh = draw(panel, *arguments)
        shown.append(drawn(panel))
        return mesh

    monkeypatch.setattr(pictures, "draw_plane", kept)
    original = volume(RAS)
    _, (assessed,) = assess(original, compressed(original))
    pictures.worst_plane(assessed)
    assert shown == [("LRPA", True)] * 3
