"""Budgets in bytes for a hierarchy: results larger than predicted from the sample."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import zarr
from test_hierarchy import make_05

import vcore
from vcore.errors import BudgetError
from vcore.hierarchy import audit, compress
from vcore.hierarchy import step_search as stepping

MODULE = sys.modules["vcore.hierarchy.compress"]
PLANS = sys.modules["vcore.hierarchy.image_plans"]
"""The module, whose name is shadowed by its function."""
FINEST = 0.001
SIZE = {"budget": vcore.Budget(bytes=8000), "chunks": 16}


@pytest.fixture
def source(tmp_path):
    return make_05(str(tmp_path / "big.ome.zarr"))


@pytest.fixture
def out(tmp_path, monkeypatch):
    monkeypatch.setattr(stepping, "step_for", lambda *_: FINEST)
    return str(tmp_path / "small.ome.zarr")


def step_of(out, path):
    (codec,) = json.loads(Path(out, path, "zarr.json").read_text())["codecs"]
    if codec["name"] == "sharding_indexed":
        (codec,) = codec["configuration"]["codecs"]
    return codec["configuration"]["settings"]["step"]


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"workers": 2}, {"shards": 2}])
def test_all_is_compressed_again_coarser(source, out, options):
    labels = zarr.open_array(source, path="labels/cells/0", mode="r")[...]
    result = compress(source, out, **SIZE, **options)
    assert 4000 < sum(result.arrays[k]["bytes"] for k in "01") <= 8000
    assert step_of(out, "0") == step_of(out, "1") > 2 * FINEST
    # decoded values match the records: every chunk has the step of the metadata
    assert audit(out, source, sample=1.0).breaks == ()
    assert np.array_equal(zarr.open_array(out, path="labels/cells/0", mode="r")[...], labels)


def test_all_is_compressed_again_finer(source, tmp_path, monkeypatch):
    monkeypatch.setattr(stepping, "step_for", lambda *_: 0.05)
    out = str(tmp_path / "small.ome.zarr")
    result = compress(source, out, **SIZE)
    assert step_of(out, "0") == step_of(out, "1") < 0.05
    assert 3500 < sum(result.arrays[k]["bytes"] for k in "01") <= 8000
    assert audit(out, source, sample=1.0).breaks == ()


def test_the_coarser_run_goes_on_after_a_stop(source, out):
    began = []

    def tell(stage, share):
        if (stage, share) == ("compressing", 0):
            began.append(stage)
        if len(began) == 2 and share > 0.1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compress(source, out, **SIZE, context=vcore.Context(progress=tell))
    step = step_of(out, "0")
    assert step > FINEST
    result = compress(source, out, **SIZE)
    assert sum(result.arrays[k]["bytes"] for k in "01") <= 8000
    assert audit(out, source, sample=1.0).breaks == ()


def test_too_much_in_parts_is_said(source, out):
    assert not compress(source, out, **SIZE, part="1/2").finished
    with pytest.raises(BudgetError, match="Expected at most 8000 bytes"):
        compress(source, out, **SIZE, part="2/2")


def test_too_much_each_time_is_said(source, out, monkeypatch):
    monkeypatch.setattr(MODULE, "ROUNDS", 0)
    with pytest.raises(BudgetError, match="Expected at most 8000 bytes"):
        compress(source, out, **SIZE)
    assert step_of(out, "0") == FINEST


def test_a_method_without_a_step_is_said(source, out, monkeypatch):
    share = PLANS._shared_out

    def generous(total, part, parts):
        return share(4 * total, part, parts)

    monkeypatch.setattr(PLANS, "_shared_out", generous)
    with pytest.raises(BudgetError, match="a smaller size"):
        compress(source, out, **SIZE, method="bounded")
