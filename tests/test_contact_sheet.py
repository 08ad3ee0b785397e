"""Contact sheets of collections, and `vcore view` of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_images import ball
from matplotlib.image import imread

import vcore
from vcore.cli import view_collection
from vcore.collections.collection import Collection
from vcore.collections.images import Channel, Images
from vcore.collections.parameters import Parameter
from vcore.errors import InputError, OutputExistsError
from vcore.evaluate import contact_sheet
from vcore.evaluate.contact_sheet import draw_sheet

BALL = ball(size=(30, 40), times=5, colour="rgba")


def opened(images: Images) -> Collection:
    found = vcore.open(vcore.compress(images, None, max_error=0).data)
    assert isinstance(found, Collection)
    return found


@pytest.fixture(scope="module")
def collection() -> Collection:
    return opened(BALL)


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the list of the figures that are written from now on."""
    found: list[Any] = []
    save = contact_sheet.save
    monkeypatch.setattr(contact_sheet, "save", lambda f, path: (found.append(f), save(f, path)))
    return found


def drawn(figure: Any) -> list[np.ndarray]:
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes if axes.images]


def test_rows_and_columns(collection: Collection, tmp_path: Path, figures: list[Any]) -> None:
    assert draw_sheet(collection, tmp_path / "a.png") == (4, 5)
    panels = figures[0].axes
    assert [p.get_title() for p in panels[:5]] == ["0", "0.5", "2", "4.5", "8"]
    assert [p.get_ylabel() for p in panels[::5]] == ["0", "90", "180", "270"]
    assert [p.texts[0].get_text() for p in panels if p.texts] == ["no image"]  # the hole
    images = drawn(figures[0])
    assert len(images) == 19
    pixels = BALL.read((3, 1), "rgba")
    expected = np.where(pixels[..., 3:] > 0, pixels[..., :3], 255)  # the background
    assert any(np.array_equal(image, expected) for image in images)
    assert "across: time [s] · down: phi [degree]" in figures[0].get_suptitle()
    assert imread(tmp_path / "a.png").shape[0] > 300


def test_values_share_a_scale(collection: Collection, tmp_path: Path, figures: list[Any]) -> None:
    draw_sheet(collection, tmp_path / "a.png", channel="depth", values={"time": 8})
    images = drawn(figures[0])[:4]
    depths = [BALL.read((4, k), "depth") for k in range(4)]
    np.testing.assert_array_equal(np.ma.filled(images, np.nan), depths)
    limits = {axes.images[0].get_clim() for axes in figures[0].axes[:4]}
    assert limits == {(np.nanmin(depths), np.nanmax(depths))}
    assert figures[0].axes[-1].get_ylabel() == "depth [mm]"
    assert "time [s] = 8" in figures[0].get_suptitle()


def test_one_parameter_fills_rows_and_many_values_are_sampled(
    tmp_path: Path, figures: list[Any]
) -> None:
    def read(index: tuple[int, ...], channel: str) -> np.ndarray:
        return np.full((4, 4), index[0], np.uint16)

    def steps(count: int) -> Collection:
        time = Parameter("time", tuple(map(float, range(count))))
        return opened(Images((time,), (4, 4), (Channel("level", np.dtype("u2")),), read))

    assert draw_sheet(steps(11), tmp_path / "a.png") == (2, 8)
    titles = [axes.get_title() for axes in figures[0].axes if axes.images]
    assert titles[:11] == list(map(str, range(11)))
    assert draw_sheet(steps(200), tmp_path / "b.png") == (8, 8)
    found = [image[0, 0] for image in drawn(figures[1])[:64]]
    assert found[0] == 0
    assert found[-1] == 199
    assert np.diff(found).min() >= 3


def test_one_image(tmp_path: Path) -> None:
    single = Images((), (30, 40), (BALL.channels[0],), lambda _, c: BALL.read((0, 1), c))
    assert draw_sheet(opened(single), tmp_path / "a.png") == (1, 1)


def test_refusals(collection: Collection, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends with \.png"):
        draw_sheet(collection, tmp_path / "a.gif")
    with pytest.raises(InputError, match="time, phi"):
        draw_sheet(collection, tmp_path / "a.png", values={"theta": 1})
    with pytest.raises(InputError, match="channels rgba, depth"):
        draw_sheet(collection, tmp_path / "a.png", channel="none")
    assert not (tmp_path / "a.png").exists()
    (tmp_path / "a.png").write_bytes(b"kept")
    with pytest.raises(OutputExistsError):
        draw_sheet(collection, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == b"kept"


def test_the_state_of_the_page(collection: Collection) -> None:
    values = view_collection.values_of(["time=4", "phi=350"], collection)
    state = view_collection.state_of(collection, "depth", values)
    assert state == "#at.time=4.5&at.phi=0.0&channel=depth"  # the nearest ones, around
    assert view_collection.state_of(collection, None, {}) == ""
