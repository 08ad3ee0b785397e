"""Preview quality is told wherever a file is looked at."""

from pathlib import Path

import numpy as np
import pytest

import vcore
from vcore.hierarchy import compress
from vcore.model import labels
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume
from vcore.serve.catalogue import Catalogue
from vcore.serve.page import listing


@pytest.mark.parametrize("word", ["good", "preview"])
def test_a_preview_says_so(tmp_path: Path, word: str) -> None:
    values = np.random.default_rng(1).random((9, 30, 30)).astype("f4")
    path = tmp_path / "a.vcore"
    vcore.compress(values, path, quality=word)
    told = word == "preview"
    dataset = vcore.open(path)
    (channel,) = dataset.group.attrs["ome"]["omero"]["channels"]  # type: ignore[index]
    assert ("preview quality" in channel["label"]) is told
    assert dataset.array.attrs.get("vcore_quality", "") == ("preview" if told else "")
    (entry,) = listing(Catalogue(path), "http://localhost")
    assert ("preview quality" in entry.about) is told
    assert ("Preview quality" in dataset._repr_html_()) is told


def test_exact_values_are_no_preview(tmp_path: Path) -> None:
    values = np.zeros((9, 30, 30), "u1")
    values[4, 10:12, 7] = 200  # a hundred bytes, losslessly
    vcore.compress(values, tmp_path / "a.vcore", quality="preview")
    dataset = vcore.open(tmp_path / "a.vcore")
    assert dataset.info["variables"][0]["achieved"]["mse"] == 0
    assert "Preview quality" not in dataset._repr_html_()


def test_a_hierarchy_of_preview_quality_says_so_but_not_its_labels(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 900, (9, 30, 30)).astype("u2")
    image = Variable("cells", values)
    marked = Variable("labels/nuclei", values // 500, attributes={labels.KEY: {}})
    grid = Grid(values.shape)
    vcore.io.write(Volume(grid, (image, marked)), tmp_path / "in.zarr")
    compress(
        str(tmp_path / "in.zarr"),
        str(tmp_path / "out.ome.zarr"),
        budget=vcore.Budget(quality="preview"),
    )
    told = {v["name"]: v for v in vcore.open(tmp_path / "out.ome.zarr").info["variables"]}
    lossy, lossless = told.values()
    assert (lossy["quality"], lossless["quality"]) == ("preview", "")
    assert lossless["guarantee"] == {"max_error": 0.0}
    assert lossless["achieved"]["mse"] == 0
    entries = listing(Catalogue(tmp_path / "out.ome.zarr"), "http://localhost")
    assert ["preview quality" in entry.about for entry in entries] == [True, False]
