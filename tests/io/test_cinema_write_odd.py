"""Cinema databases of collections with odd names, and of files whose attributes are hostile."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_images import ball

import vcore
from vcore.collections.images import Channel, Images
from vcore.collections.parameters import Parameter
from vcore.errors import InputError
from vcore.io.csv_tables import FILE_COLUMN

pytest.importorskip("imagecodecs")
F4 = np.dtype(np.float32)


def numbered(*names: str) -> Images:
    """Return two images with channels of these names; each value tells its channel and image."""

    def read(index: tuple[int, ...], channel: str) -> np.ndarray:
        return np.full((3, 4), 10 * names.index(channel) + index[0], np.float32)

    channels = tuple(Channel(name, F4) for name in names)
    return Images((Parameter("time", (0.0, 1.0)),), (3, 4), channels, read)


@pytest.mark.parametrize(
    "names",
    [
        *[("a/b", "a_b", "a b"), ("file", "args"), ("allow_pickle", "kwds"), ("..", "/")],
        *[("A", "a"), ("image", "value", "a_", "-a")],
    ],
)
def test_channels_with_names_alike_have_files_of_their_own(
    names: tuple[str, ...], tmp_path: Path
) -> None:
    images = numbered(*names)
    vcore.write_images(images, tmp_path / "x.cdb")
    again = vcore.read_images(tmp_path / "x.cdb")
    assert {c.name for c in again.channels} == set(names)
    for name in names:
        for index in ((0,), (1,)):
            np.testing.assert_array_equal(again.read(index, name), images.read(index, name))
    files = [path.name.casefold() for path in (tmp_path / "x.cdb" / "images").iterdir()]
    assert len(set(files)) == 2 * len(names)


@pytest.mark.parametrize("labels", [("1", "2"), ("007", "7"), ("1e3", "-.5"), ("nan", "1")])
def test_labels_that_look_like_numbers_stay_labels(labels: tuple[str, ...], tmp_path: Path) -> None:
    images = replace(
        numbered("depth"), parameters=(Parameter("run", labels), Parameter("time", (3.0,)))
    )
    vcore.write_images(images, tmp_path / "x.cdb")
    again = vcore.read_images(tmp_path / "x.cdb", parameters=["run", "time"])
    assert again.parameters == images.parameters
    compressed = vcore.open(vcore.compress(again, None, max_error=0).data)
    vcore.write_images(compressed, tmp_path / "y.cdb")
    assert vcore.read_images(tmp_path / "y.cdb").parameters[0].values == labels
    assert vcore.compare(images, compressed)["images"] == 2


def test_one_image_without_parameters(tmp_path: Path) -> None:
    only = replace(ball(), parameters=(), present=None, read=lambda _, c: ball().read((0, 0), c))
    vcore.write_images(only, tmp_path / "x.cdb")
    again = vcore.read_images(tmp_path / "x.cdb")
    assert len(again) == 1
    np.testing.assert_array_equal(again.read((0,), "rgb"), ball().read((0, 0), "rgb"))


def test_parameters_called_like_files_are_refused(tmp_path: Path) -> None:
    images = numbered("depth")
    odd = replace(images, parameters=(Parameter(f"{FILE_COLUMN}_depth", (0.0, 1.0)),))
    with pytest.raises(InputError, match="do not begin with FILE"):
        vcore.write_images(odd, tmp_path / "x.cdb")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "attributes",
    [
        {"cinema": 5},
        {"cinema": {"order": 5, "columns": 5, "files": 5, "texts": 5, "integers": 5}},
        {"cinema": {"order": [[]], "columns": [["x"]], "integers": [{}]}},
        {"cinema": {"columns": ["time", "time", "phi"]}},
        {"cinema": {"files": {"a": 5}, "texts": {"time": 5}}},
        {"cinema": {"files": {"a": {"channels": [[]]}, "b": {"channels": 5}}}},
        {"cinema": {"files": {"time": {"channels": ["rgb", "depth"], "suffix": ".h5"}}}},
        {"columns": 5},
        {"columns": {"q": 5, "r": {"of": 5}, "s": {"of": [["time"]], "values": [1]}}},
        {"columns": {"q": {"of": ["time"], "values": 5}}},
        {"columns": {"time": {"of": ["time"], "values": [7, 8, 9]}}},
        {"columns": {"FILE": {"of": ["time"], "values": [7, 8, 9]}}},
    ],
    ids=str,
)
def test_attributes_that_are_none_change_nothing(
    attributes: dict[str, Any], tmp_path: Path
) -> None:
    images = replace(ball(size=(8, 9)), attributes=attributes)
    vcore.write_images(images, tmp_path / "x.cdb")
    again = vcore.read_images(tmp_path / "x.cdb")
    assert again.parameters == images.parameters
    assert len(again) == len(images)
    for index in images.indices():
        np.testing.assert_array_equal(again.read(index, "rgb"), images.read(index, "rgb"))


@pytest.mark.parametrize(
    ("name", "values", "period"),
    [
        ("phi", (0.0, 90.0, 180.0, 270.0), 360),
        ("Azimuth", (-180.0, -60.0, 60.0), 360),
        ("phi", (0.0, 120.0, 240.0, 360.0), 0),
        ("phi", (0.0, 90.0, 180.0), 0),
        ("phi", (0.0, 180.0), 0),
        ("time", (0.0, 90.0, 180.0, 270.0), 0),
    ],
)
def test_an_azimuth_goes_around(
    name: str, values: tuple[float, ...], period: float, tmp_path: Path
) -> None:
    grey = np.zeros((3, 4), np.float32)
    parameter = Parameter(name, values)
    images = Images((parameter,), (3, 4), (Channel("v", F4),), lambda *_: grey)
    vcore.write_images(images, tmp_path / "x.cdb")
    found = vcore.read_images(tmp_path / "x.cdb").parameters
    assert found == (replace(parameter, period=period),)
