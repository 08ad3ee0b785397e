"""Renderings of volumes with odd values and names."""

from dataclasses import replace

import numpy as np
import pytest
from scenes import GRID, ball, database, renderer_of
from test_render_database import Flat

from vcore.collections.images import Channel
from vcore.errors import InputError
from vcore.io.image_reading import read_images
from vcore.model.volume import Variable, Volume
from vcore.render import run
from vcore.render.database import Database
from vcore.render.looks import Cloud
from vcore.render.transfer import TransferFunction
from vcore.render.views import fitted

pytest.importorskip("imagecodecs")


@pytest.mark.parametrize("name", ["depth", "rgba", "x", "component"])
def test_values_cannot_take_the_name_of_something_else(tmp_path, name):
    other = Variable(name, np.ones(GRID.shape, "f4"))
    with pytest.raises(InputError, match="rename the variable"):
        database(ball(GRID, other), tmp_path, isosurface="0", values=name)


class Named(Flat):
    """A subject whose channel beside the colour is called like an argument of NumPy."""

    @property
    def channels(self):
        return (Channel("rgba", np.dtype("u1")), Channel("file", np.dtype("f4")))

    def renderer(self, view):
        flat = super().renderer(view)
        render = flat.render

        def renamed(index, pose):
            found = render(index, pose)
            return {"rgba": found["rgba"], "file": found["depth"]}

        flat.render = renamed
        return flat


def test_a_channel_of_any_name_is_written(tmp_path):
    view = fitted(np.array([[0.0, 0, 0], [1, 1, 1]]), [90], [0, 40, 80], (4, 6))
    run.render(Database(tmp_path / "x.cdb", Named(), view))
    images = read_images(tmp_path / "x.cdb")
    assert [c.name for c in images.channels] == ["rgba", "file"]
    assert np.isfinite(images.read((0, 0, 0), "file")[1:]).all()


@pytest.mark.parametrize("missing", [False, True])
def test_values_beyond_float32_are_no_holes(tmp_path, missing):
    data = np.full(GRID.shape, 1.0)
    data[:4] = 1e300
    if missing:
        data[8:] = np.nan
    with pytest.raises(InputError, match="scale them"):
        database(Volume(GRID, (Variable("wide", data),)), tmp_path, isosurface="2")


FAR, SMALL = 1e9, 0.01
"""Offset and scale of values that float32 cannot tell apart."""


def pixels(volume, folder, function=None, **choices):
    """Return scene and channels of one view; ``function`` replaces the look."""
    made = database(volume, folder, depth=True, **choices)
    scene = made.subject if function is None else replace(made.subject, look=Cloud((function,)))
    pose = made.view.camera.pose({"theta": 90.0, "phi": 0.0})
    return scene, renderer_of(scene, made.view).render((), pose)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("look", ["isosurface", "cloud", "slice", "default"])
def test_values_far_from_0_look_like_those_near_it(tmp_path, look, log):
    near = ball(GRID)["ball"].read().astype(np.float64)
    near[:2] = np.nan

    def seen(values, at, scale):
        volume = Volume(GRID, (Variable("ball", values),))
        places = [(at + scale * v, c, 0.2, 1 - c) for v, c in ((-30, 0), (-2, 0.3), (8, 1))]
        ramp = [(at + scale * v, o, 0.5, 0.0) for v, o in ((-30, 0), (-1, 0), (8, 0.4))]
        function = TransferFunction("f", tuple(places), tuple(ramp), "RGB", log=log and at > 0)
        if look == "isosurface":
            return pixels(volume, tmp_path / "a", isosurface=f"{at + 2.5 * scale!r}")
        if look == "slice":
            return pixels(volume, tmp_path / "a", slices=("x=40",))
        return pixels(volume, tmp_path / "a", function if look == "cloud" else None)

    _, expected = seen(near, 0.0, 1.0)
    scene, found = seen(FAR + SMALL * near, FAR, SMALL)
    assert scene.frames.offset == pytest.approx(FAR, abs=1)
    assert (expected["rgba"][..., 3] > 0).any()
    assert np.ptp(expected["rgba"][..., :3].astype(int), axis=(0, 1)).max() > 30
    for name in ("rgba", "depth"):
        before, after = expected[name].astype(float), found[name].astype(float)
        np.testing.assert_array_equal(np.isnan(before), np.isnan(after))
        assert np.nanmax(np.abs(before - after)) <= (2 if name == "rgba" else 1e-3)


def test_a_channel_of_values_far_from_0_is_float64(tmp_path):
    near = ball(GRID)["ball"].read().astype(np.float64)
    volume = Volume(GRID, (Variable("ball", FAR + SMALL * near),))
    scene, found = pixels(volume, tmp_path, isosurface=repr(FAR + 3 * SMALL), values="ball")
    assert scene.channels[2].dtype == np.float64
    values = found["ball"]
    assert values.dtype == np.float64
    assert np.abs(values[np.isfinite(values)] - FAR - 3 * SMALL).max() < SMALL / 10


def test_counts_beyond_24_bits_are_told_apart(tmp_path):
    near = np.rint(10 * ball(GRID)["ball"].read()).astype(np.int32)
    _, expected = pixels(Volume(GRID, (Variable("n", near),)), tmp_path / "a", isosurface="5")
    volume = Volume(GRID, (Variable("n", near + 2_000_000_000),))
    _, found = pixels(volume, tmp_path / "b", isosurface="2000000005")
    np.testing.assert_array_equal(found["rgba"], expected["rgba"])


def test_the_norm_of_large_vectors(tmp_path):
    data = np.stack([ball(GRID)["ball"].read().astype(np.float64) * 1e200] * 2)
    volume = Volume(GRID, (Variable("v", data, ("c", "z", "y", "x")),))
    with pytest.raises(InputError, match="scale them"):
        database(volume, tmp_path, channel="magnitude", isosurface="2")
