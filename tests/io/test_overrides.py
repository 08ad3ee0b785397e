"""The caller's metadata overrides that of files, before anything is compared or refused."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vcore.errors import InputError
from vcore.io import read, write
from vcore.io.overrides import Overrides
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

VALUES = np.arange(2 * 3 * 4, dtype="f4").reshape(2, 3, 4)


def _volume(**attributes: object) -> Volume:
    grid = Grid((2, 3, 4), spacing=(3, 2, 1), times=(0.0, 1.0), time_unit="day")
    variable = Variable("a", np.stack([VALUES, VALUES]), tuple("tzyx"), fill_value=3)
    return Volume(grid, (variable,), attributes=attributes)


def test_frames_that_differ_in_what_is_told(tmp_path: Path) -> None:
    for number, spacing in enumerate([1.0, 2.0, 3.0]):
        frame = Volume.from_array(VALUES, spacing=(spacing, 1, 1), origin=(spacing, 0, 0))
        write(frame, tmp_path / f"f{number}.nrrd")
    with pytest.raises(InputError, match="Got others in"):
        read(tmp_path)
    found = read(tmp_path, spacing=(5, 1, 1), origin=(0, 0, 0), times=(1, 2, 4), time_unit="s")
    assert found.grid.spacing == (5.0, 1.0, 1.0)
    assert (found.grid.times, found.grid.time_unit) == ((1.0, 2.0, 4.0), "second")


def test_layout_behind_a_header_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "a.nrrd"
    path.write_bytes(b"NRRD0004\nsizes: what\n\n" + VALUES.astype(">f4").tobytes())
    with pytest.raises(InputError, match="give all of `shape`, `dtype` and `offset`"):
        read(path, shape=(2, 3, 4), dtype="f4")
    options = {"shape": (2, 3, 4), "dtype": "f4", "byte_order": "big"}
    assert np.array_equal(read(path, offset=22, **options)["a"].read(), VALUES)  # type: ignore[arg-type]
    for offset in (21, 23):
        with pytest.raises(InputError, match="Expected 96 bytes of values"):
            read(path, offset=offset, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("times", [(0,), (0, 1, 2), (1, 0), (0, 0), (0, np.nan)])
def test_times_that_are_none(times: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="Expected `times` for the 2 frames"):
        Overrides(times=times).apply(_volume())


def test_no_value_is_missing() -> None:
    assert Overrides(fill_value=7).apply(_volume())["a"].fill_value == 7
    assert Overrides(fill_value=float("nan")).apply(_volume())["a"].fill_value is None
    assert Overrides().apply(_volume())["a"].fill_value == 3


def test_attributes_that_would_contradict() -> None:
    said = {
        "time_reference": "days since 1900-01-01",
        "calendar": "noleap",
        "title": "kept",
        "axes": {a: {"name": a, "units": "m"} for a in "tzyx"},
    }
    found = Overrides(spacing=(1, 1, 1)).apply(_volume(**said)).attributes
    assert {k: v for k, v in found.items() if k != "axes"} == {
        k: v for k, v in said.items() if k != "axes"
    }
    assert [a for a, d in found["axes"].items() if "units" in d] == ["t"]
    found = Overrides(times=(5, 6)).apply(_volume(**said)).attributes
    assert set(found) == {"title", "axes"}
    assert [a for a, d in found["axes"].items() if "units" in d] == list("zyx")
    volume = Overrides(time_unit="hours since 2000-01-01", unit="um").apply(_volume(**said))
    assert (volume.grid.time_unit, volume.grid.unit) == ("hour", "micrometer")
    assert volume.attributes["time_reference"] == "hours since 2000-01-01"
    assert not any("units" in d for d in volume.attributes["axes"].values())


def test_numbers_that_are_not_three(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", VALUES)
    for options in ({"spacing": (1, 2)}, {"origin": (1, 2, 3, 4)}):
        with pytest.raises(InputError, match="Expected three numbers, z, y, x, for `"):
            read(tmp_path / "a.npy", **options)  # type: ignore[arg-type]


def test_every_refusal_names_the_file(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", VALUES)
    (tmp_path / "again.vcore").write_bytes(b"x")
    for name, options in {
        "a.npy": {"spacing": 0},
        "again.vcore": {},
        "absent.npy": {},
    }.items():
        with pytest.raises(InputError, match=name.replace(".", r"\.")):
            read(tmp_path / name, **options)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"\(Reading .*a\.npy\.\)"):
        read(tmp_path / "a.npy", variables=["b"])


def test_places_that_are_none_are_named(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 3, 4), "u1"))
    odd: dict[str, Any] = {"spacing": (0, 1, 1), "origin": (1, math.nan, 1)}
    for name, values in odd.items():
        with pytest.raises(InputError, match=rf"for `{name}`.*a\.npy"):
            read(tmp_path / "a.npy", **{name: values})


def test_nothing_is_said_of_what_is_given(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(Volume.from_array(np.zeros((2, 3, 4), "u1")), tmp_path / "a.nrrd")
    text = (tmp_path / "a.nrrd").read_bytes().replace(b"(0.0,0.0,1.0)", b"(0.0,0.0,0.0)")
    (tmp_path / "a.nrrd").write_bytes(text)
    assert read(tmp_path / "a.nrrd", spacing=2).grid.spacing == (2.0, 2.0, 2.0)
    assert not caplog.text
    assert read(tmp_path / "a.nrrd").grid.spacing == (1.0, 1.0, 1.0)
    assert "used 1 (see `spacing`)" in caplog.text
