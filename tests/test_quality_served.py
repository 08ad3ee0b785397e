"""Preview quality is told wherever a file is looked at."""

from pathlib import Path

import numpy as np
import pytest

import vcore
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
