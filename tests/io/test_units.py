"""Names of units, and a common unit for axes in different ones."""

import pytest

from vcore.io.units import common_unit, length_unit, time_unit


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("µm", "micrometer"),
        ("μm", "micrometer"),
        ("Âµm", "micrometer"),
        ("\\u00B5m", "micrometer"),
        ("micron", "micrometer"),
        ("Micrometres", "micrometer"),
        ("mm", "millimeter"),
        ("MM", "millimeter"),
        ("Mm", "megameter"),
        ("dm", "decimeter"),
        ("pm", "picometer"),
        ("Å", "angstrom"),
        ("ft", "foot"),
        ("pixel", ""),
        ("reference frame", ""),
        (None, ""),
        ("deg", "deg"),
        ("hPa", "hPa"),
    ],
)
def test_lengths(text: str | None, unit: str) -> None:
    assert length_unit(text) == unit


@pytest.mark.parametrize(
    ("text", "unit"), [("s", "second"), ("ms", "millisecond"), ("ps", "picosecond"), ("h", "hour")]
)
def test_times(text: str, unit: str) -> None:
    assert time_unit(text) == unit


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        (("nm", "µm", "µm"), ("micrometer", (0.001, 1.0, 1.0))),
        (("dm", "µm", "µm"), ("micrometer", (1e5, 1.0, 1.0))),
        (("µm", "nm", "nm"), ("nanometer", (1000.0, 1.0, 1.0))),
        ((None, "µm", "µm"), ("micrometer", (1.0, 1.0, 1.0))),
        (("", "", ""), ("", (1.0, 1.0, 1.0))),
        (("degree", "degree", "degree"), ("degree", (1.0, 1.0, 1.0))),
    ],
)
def test_one_unit_for_all_axes(
    units: tuple[str | None, ...],
    expected: tuple[str, tuple[float, ...]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert common_unit("a.tif", units) == expected
    assert not caplog.text


def test_units_of_different_kinds_are_said(caplog: pytest.LogCaptureFixture) -> None:
    assert common_unit("a.nrrd", ("hPa", "degree", "degree")) == ("", (1.0, 1.0, 1.0))
    assert "a.nrrd: the sizes are in incompatible units, hPa and degree" in caplog.text


def test_axes_without_a_unit_among_others_are_said(caplog: pytest.LogCaptureFixture) -> None:
    assert common_unit("a.tif", ("pixel", "mm", "mm")) == ("millimeter", (1.0, 1.0, 1.0))
    assert "a.tif: the sizes along some axes have no unit" in caplog.text
