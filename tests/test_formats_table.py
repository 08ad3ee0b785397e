"""The table of formats: comparisons that notice what is lost, and rows of each kind."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from benchmarks import formats
from benchmarks.formats_seen import differences

TABLE = json.loads(
    (Path(__file__).parents[1] / "docs/figures/data/formats.json").read_text(encoding="utf-8")
)["tables"]["copies"]


@pytest.mark.parametrize(
    ("copy", "found"),
    [
        ({}, []),
        ({"values": np.arange(3, dtype="i4")}, ["values changed"]),
        ({"values": np.array([0, 1, 3])}, ["values changed"]),
        ({"sizes": [0.5, 0.25 * (1 + 1e-9)]}, []),
        ({"sizes": [0.5, 0.2501]}, ["sizes changed"]),
        ({"sizes": [0.5]}, ["sizes changed"]),
        ({"unit": "mm"}, ["unit changed"]),
        ({"unit": None}, ["unit lost"]),
        ({"names": {"a": "b", "c": "more"}}, []),
        ({"names": {"c": "more"}}, ["names changed"]),
        ({"more": 1}, []),
    ],
)
def test_differences(copy: dict[str, object], found: list[str]) -> None:
    seen = {"values": np.arange(3), "sizes": [0.5, 0.25], "unit": "µm", "names": {"a": "b"}}
    changed = {k: v for k, v in (seen | copy).items() if v is not None}
    assert differences(seen, changed, 1e-8) == found


def test_datasets_are_compared_whole() -> None:
    one = xr.Dataset({"T": ("x", [1.0, 2.0], {"units": "K"})})
    assert differences({"dataset": one}, {"dataset": one.copy()}, 0) == []
    other = one.copy()
    other["T"] = other["T"].assign_attrs(units="C")
    assert differences({"dataset": one}, {"dataset": other}, 0) == ["dataset changed"]


def test_the_page_has_every_case() -> None:
    assert len(TABLE["rows"]) == len(formats.CASES)
    assert [row[1] for row in TABLE["rows"]] == [case.sample for case in formats.CASES]


CHECKED = (
    "spectral cube",
    "T, ps, bounds, texts, packed",
    "the same",
    "a pair",
    "map with a place",
)


@pytest.mark.parametrize(
    "case",
    [c for c in formats.CASES if c.sample in CHECKED or c.out in ("a.ozx", "a.ome.tif")],
    ids=lambda case: f"{case.sample} {case.out}",
)
def test_copies_are_the_same(tmp_path: Path, case: formats.Case) -> None:
    row = formats.check(case, tmp_path)
    assert row["compared"]
    assert row["result"] == "same"


def test_a_failure_is_a_row(tmp_path: Path) -> None:
    def made(folder: Path) -> Path:
        (folder / "a.nrrd").write_bytes(b"none")
        return folder / "a.nrrd"

    row = formats.check(
        formats.Case(made, "broken", "a.nrrd", "pynrrd", lambda path: {"values": None}), tmp_path
    )
    assert row["result"].startswith("compress: Expected")
