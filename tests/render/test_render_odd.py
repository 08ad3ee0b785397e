"""Renderings of volumes with odd values and names."""

import numpy as np
import pytest
from scenes import GRID, ball, database
from test_render_database import Flat

from vcore.collections.images import Channel
from vcore.errors import InputError
from vcore.io.image_reading import read_images
from vcore.model.volume import Variable, Volume
from vcore.render import run
from vcore.render.database import Database
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
