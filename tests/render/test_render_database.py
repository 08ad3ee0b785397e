"""The database of renderings: written, resumed, refused; and what is planned for a volume."""

import csv
import json
import logging
import os
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scenes import GRID, ball, database

import vcore
from vcore.collections.images import Channel
from vcore.collections.parameters import Parameter
from vcore.errors import InputError, OutputError, OutputExistsError
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume
from vcore.render import run
from vcore.render.database import Database
from vcore.render.frames import Source
from vcore.render.looks import Cloud, Surfaces
from vcore.render.subject import Renderer, Subject
from vcore.render.views import View, fitted

pytest.importorskip("imagecodecs")
RENDERED: list[tuple[int, ...]] = []


@dataclass(frozen=True)
class Flat(Subject):
    """A subject without any graphics library: colours by index and angle."""

    name: str = "flat"
    strength: int = 200
    stop_at: int = -1

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter("time", (0.5, 1.5), "s"), Parameter("look", ("a", "b,c")))

    @property
    def channels(self) -> tuple[Channel, ...]:
        return (Channel("rgba", np.dtype("u1")), Channel("depth", np.dtype("f4"), "mm"))

    @property
    def identity(self) -> dict[str, Any]:
        return {"strength": self.strength}

    @property
    def attributes(self) -> dict[str, Any]:
        return {"made": "here"}

    def renderer(self, view: View) -> Renderer:
        return FlatRenderer(self, view)


class FlatRenderer(Renderer):
    def __init__(self, subject: Flat, view: View) -> None:
        self.subject, self.view = subject, view

    def render(self, index, pose):
        if len(RENDERED) == self.subject.stop_at:
            raise KeyboardInterrupt
        RENDERED.append(tuple(index))
        colour = np.zeros((*self.view.size, 4), np.uint8)
        colour[1:, :, :] = (10 * index[0], 10 * index[1], 99, self.subject.strength)
        depth = np.full(self.view.size, np.nan, "f4")
        depth[1:] = np.float32(np.pi) * pose[2, 0]
        return {"rgba": colour, "depth": depth}


@pytest.fixture
def made(tmp_path: Path) -> Database:
    RENDERED.clear()
    view = fitted(np.array([[0.0, 0, 0], [1, 1, 1]]), [90], [0, 40, 80], (4, 6))
    return Database(tmp_path / "a.cdb", Flat(), view, (1, 2, 3))


def test_a_cinema_database_with_exact_channels(made):
    images = run.render(made)
    with (made.folder / "data.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["time", "look", "phi", "FILE", "FILE_depth"]
    assert len(rows) == len(images) == 12
    assert [rows[4][c] for c in ("time", "look", "phi")] == ["0.5", "b,c", "40"]
    assert {Path(r["FILE"]).suffix for r in rows} == {".png"}
    depth = np.load(made.folder / rows[4]["FILE_depth"])
    assert depth["depth"].dtype == np.float32
    beside = json.loads((made.folder / "vcore.json").read_text())
    assert beside["channels"]["depth"] == {"unit": "mm"}
    assert beside["parameters"]["time"] == {"unit": "s"}
    assert beside["background"] == [1, 2, 3]
    assert beside["attributes"] == {"made": "here"}
    assert type(images.camera).from_json(beside["camera"]) == images.camera
    pose = images.camera.pose({"phi": 40})
    expected = FlatRenderer(made.subject, made.view).render((0, 1), pose)
    for name in ("rgba", "depth"):
        assert np.array_equal(images.read((0, 1, 1), name), expected[name], equal_nan=True)
    assert images.mask((0, 1, 1)).sum() == 18


def test_resumed_images_are_not_rendered_again(made):
    interrupted = replace(made, subject=Flat(stop_at=5))
    with pytest.raises(KeyboardInterrupt):
        run.render(interrupted)
    assert not (made.folder / "data.csv").exists()
    assert len(RENDERED) == 5
    (made.folder / "images" / "000001.png").write_bytes(b"half")
    (made.folder / "images" / "000002_depth.npz").unlink()
    shares = []
    run.render(made, context=Context(progress=lambda stage, share: shares.append(share)))
    assert len(RENDERED) == 5 + 2 + 7
    assert shares[0] == pytest.approx(4 / 12)
    assert shares[-1] == 1
    run.render(made)
    assert len(RENDERED) == 14


def test_a_database_of_something_else_is_kept_unless_forced(made):
    run.render(made)
    other = replace(made, subject=Flat(strength=7))
    with pytest.raises(OutputExistsError, match="force"):
        run.render(other)
    assert run.render(made).read((0, 0, 0), "rgba")[2, 2, 3] == 200
    assert run.render(other, force=True).read((0, 0, 0), "rgba")[2, 2, 3] == 7


def test_what_is_no_database_is_never_replaced(made):
    made.folder.mkdir()
    (made.folder / "thesis.txt").write_text("years of work")
    for force in (False, True):
        with pytest.raises(OutputExistsError):
            run.render(made, force=force)
    assert (made.folder / "thesis.txt").read_text() == "years of work"
    with pytest.raises(OutputError, match="existing folder"):
        run.render(replace(made, folder=made.folder.parent / "none" / "a.cdb"))


def test_only_empty_images_are_an_error(made):
    with pytest.raises(InputError, match="empty"):
        run.render(replace(made, subject=Flat(strength=0)))
    assert not made.folder.exists()


def test_a_single_image_has_an_angle(tmp_path):
    pytest.importorskip("vtkmodules")
    made = database(ball(GRID), tmp_path, isosurface="0", phi="30")
    assert [(p.name, p.values) for p in made.parameters] == [("phi", (30,))]
    several = database(ball(GRID), tmp_path, isosurface="0,1", phi="30")
    assert [p.name for p in several.parameters] == ["isovalue"]


def test_a_changed_source_is_not_gone_on_with(tmp_path):
    (tmp_path / "run").mkdir()
    for name in ("f0.npy", "f1.npy"):
        np.save(tmp_path / "run" / name, SERIES.variables[0].data[0])
    paths = (tmp_path / "run", tmp_path / "run" / "f*.npy", tmp_path / "run" / "f1.npy")
    before = [Source(str(path)).identity for path in paths]
    assert [Source(str(path)).identity for path in paths] == before
    os.utime(tmp_path / "run" / "f1.npy", ns=(1, 1))
    assert all(Source(str(p)).identity != b for p, b in zip(paths, before, strict=True))


def test_workers_write_the_same(made, tmp_path):
    expected = run.render(made)
    handler = signal.getsignal(signal.SIGINT)
    found = run.render(replace(made, folder=tmp_path / "b.cdb"), workers=2)
    assert signal.getsignal(signal.SIGINT) is handler
    for index in expected.indices():
        assert np.array_equal(found.read(index, "rgba"), expected.read(index, "rgba"))


def test_compressed_collections(made, tmp_path):
    path = tmp_path / "a.vcore"
    report = run.render_compressed(made, path, budget=vcore.Budget(max_error=0))
    assert report.bytes == path.stat().st_size
    assert not made.folder.exists()
    with vcore.open(path) as collection:
        assert collection.shape[:3] == (2, 2, 3)
        assert collection.camera == made.view.camera
        pixels = collection.read((1, 1, 2), "rgba")
    assert (pixels[1:] == (10, 10, 99, 200)).all()
    with pytest.raises(OutputExistsError):
        run.render_compressed(made, path)
    assert not made.folder.exists()


SERIES = Volume(
    Grid((8, 8, 8), times=(0.0, 2.0, 5.0), time_unit="second"),
    (Variable("v", np.random.default_rng(1).random((3, 8, 8, 8)).astype("f4"), tuple("tzyx")),),
)


@pytest.mark.parametrize(
    ("text", "indices", "values"),
    [
        ("all", (0, 1, 2), (0.0, 2.0, 5.0)),
        ("0:5:5", (0, 2), (0.0, 5.0)),
        ("2.2", (1,), None),
        (None, (0,), None),
    ],
)
def test_times(tmp_path, text, indices, values, caplog):
    with caplog.at_level(logging.WARNING):
        scene = database(SERIES, tmp_path, isosurface="0.5", time=text).subject
    assert scene.indices == indices
    assert scene.times == (None if values is None else Parameter("time", values, "second"))
    assert ("frame 0 of 3" in caplog.text) == (text is None)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"time": "9"}, "time"),
        ({"variable": "w"}, "variables"),
        ({"channel": "2"}, "channel"),
        ({"values": "w"}, "values"),
        ({"isosurface": "1", "slices": ("z=1",)}, "Got both"),
        ({"level": 4}, "level"),
        ({"theta": "200"}, "theta"),
        ({"transfer_functions": ("absent.json",)}, "absent.json"),
    ],
)
def test_choices_that_do_not_fit_are_refused(tmp_path, choices, words):
    with pytest.raises(InputError, match=words):
        database(SERIES, tmp_path, **choices)


def test_channels(tmp_path):
    data = np.stack([np.full((6, 6, 6), v, "u1") for v in (30, 40)])
    data[:, :3] = 0
    volume = Volume(
        Grid((6, 6, 6)), (Variable("v", data, tuple("czyx"), components=("red", "green")),)
    )
    with pytest.raises(InputError, match="red, green, 0, 1, magnitude"):
        database(volume, tmp_path)
    for channel, value in (("green", 40), ("0", 30), ("magnitude", 50)):
        frames = database(volume, tmp_path, channel=channel).subject.frames
        assert frames.read(0).max() == value


def test_images_are_shown_as_slices(tmp_path):
    with pytest.raises(InputError, match="slice"):
        database(vcore.read(np.random.default_rng(0).random((5, 6)).astype("f4")), tmp_path)


def test_isovalues_and_functions_out_of_range(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        scene = database(ball(GRID), tmp_path, isosurface="0,70").subject
    assert "isovalue 70 lies outside" in caplog.text
    assert isinstance(scene.look, Surfaces)
    path = tmp_path / "tf.json"
    path.write_text(json.dumps([{"RGBPoints": [200, 0, 0, 0, 300, 1, 1, 1]}]))
    with pytest.raises(InputError, match="rescale"):
        database(ball(GRID), tmp_path, transfer_functions=(str(path),))
    scene = database(ball(GRID), tmp_path, transfer_functions=(str(path),), rescale=True).subject
    assert isinstance(scene.look, Cloud)
    values = ball(GRID).variables[0].data
    assert scene.look.functions[0].range == pytest.approx((values.min(), values.max()))


def test_the_level_fits_the_pixels(tmp_path, many_chunks):
    fine = database(str(many_chunks), tmp_path, size=(600, 600)).subject.frames
    coarse = database(str(many_chunks), tmp_path, size=(40, 40)).subject
    assert (fine.level, fine.factor) == (0, 1)
    assert coarse.frames.level > 0
    assert f"level {coarse.frames.level}" in coarse.attributes["rendered from"]
    whole = vcore.open(many_chunks).volume()
    averaged = database(whole, tmp_path, size=(40, 40)).subject.frames
    assert (averaged.level, averaged.factor) == (0, 2**coarse.frames.level)
    assert averaged.read(0).shape == coarse.frames.read(0).shape
    assert np.allclose(averaged.placement.corners, coarse.frames.placement.corners)
    forced = database(str(many_chunks), tmp_path, size=(40, 40), level=0).subject.frames
    assert (forced.level, forced.factor) == (0, 1)
