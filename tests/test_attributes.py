"""Metadata of a source is kept in the file."""

import logging

import numpy as np
import pytest

import vcore
from vcore.container.header import parse_header
from vcore.errors import FormatError
from vcore.model.attributes import MAX_TEXT, from_json, to_json
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

ATTRIBUTES = {
    "space": "left-posterior-superior",
    "axes": {"t": {"name": "time", "calendar": "noleap"}},
    "valid_range": np.array([-1.5, np.inf], "f4"),
    "count": np.int64(3),
    "flag": True,
    "nothing": None,
    "raw": b"\xc2\xb5m",
}
KEPT = {**ATTRIBUTES, "valid_range": [-1.5, float("inf")], "count": 3, "raw": "µm"}


def volume_with(attributes: dict) -> Volume:
    values = np.arange(4 * 5 * 6, dtype="u1").reshape(4, 5, 6)
    variable = Variable("v", values, attributes={"standard_name": "air_temperature", **attributes})
    return Volume(Grid(values.shape), (variable,), attributes=attributes)


def test_attributes_come_back_out_of_the_file() -> None:
    dataset = vcore.open(vcore.compress(volume_with(ATTRIBUTES), None).data)
    assert dataset.attributes == KEPT
    volume = dataset.volume()
    assert volume.attributes == KEPT
    assert volume["v"].attributes == {"standard_name": "air_temperature", **KEPT}


def test_nan_survives() -> None:
    found = from_json(to_json({"missing_value": [np.nan, 1.0]}))["missing_value"]
    np.testing.assert_array_equal(found, [np.nan, 1.0])


def test_what_has_no_json_is_left_out_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert to_json({"a": 1, "odd": object(), "complex": 1j}) == {"a": 1}
    assert "odd" in caplog.text
    assert "complex" in caplog.text


def test_too_large_attributes_are_left_out_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        data = vcore.compress(volume_with({"xml": "x" * MAX_TEXT, "kept": 1}), None).data
    assert vcore.open(data).attributes == {"kept": 1}
    assert "xml" in caplog.text


def test_attributes_do_not_eat_a_small_budget() -> None:
    text = "".join(map(str, range(2000)))  # hardly compressible
    volume = volume_with({"history": text, "kept": 1})
    report = vcore.compress(volume, None, budget=vcore.Budget(bytes=600))
    assert report.bytes <= 600
    assert vcore.open(report.data).attributes == {"kept": 1}
    assert any("history" in note for note in report.notes)


def test_damaged_attributes_are_refused() -> None:
    header = vcore.open(vcore.compress(volume_with({}), None).data).header
    with pytest.raises(FormatError, match="attributes"):
        parse_header({**header, "attributes": [1]})
    with pytest.raises(FormatError, match="variable"):
        parse_header({**header, "variables": [{**header["variables"][0], "attributes": 3}]})
