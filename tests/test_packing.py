"""Packed values are coded as the integers of their source."""

from dataclasses import replace

import numpy as np
import pytest
from volumes import blobs

import vcore
from vcore.container.header import parse_header
from vcore.engine.layers.packed import PackedIntegers
from vcore.errors import FormatError, InputError
from vcore.model.grid import Grid
from vcore.model.packing import Packing
from vcore.model.volume import Variable, Volume

PACKINGS = [
    Packing("i2", "f4", 0.01, 273.15),
    Packing("u1", "f8", -0.5, 3.0),
    Packing("i4", "f8", 1e-3),
]


def packed_volume(packing: Packing) -> Volume:
    """Return a volume of unpacked values, some of them missing."""
    integers = (blobs((9, 12, 70)) * 100).astype(packing.dtype)
    values = packing.unpack(integers)
    values[2, 3, 4:60:5] = np.nan
    return Volume(Grid(values.shape), (Variable("T", values, unit="K", packing=packing),))


@pytest.mark.parametrize("packing", PACKINGS, ids=lambda p: f"{p.dtype}-{p.values_dtype}")
def test_no_loss_of_the_integers_is_no_loss_of_the_values(packing: Packing) -> None:
    volume = packed_volume(packing)
    report = vcore.compress(volume, None, budget=vcore.Budget(max_error=0))
    dataset = vcore.open(report.data)
    np.testing.assert_array_equal(dataset.decode(), volume["T"].read())
    assert dataset.decoder().header.bound == {"max_error": 0.0}
    assert dataset.volume()["T"].packing == packing
    assert "integers of its source" in report.notes[0]
    assert report.bytes < 0.5 * 9 * 12 * 70 * np.dtype(packing.dtype).itemsize


@pytest.mark.parametrize("packing", PACKINGS, ids=lambda p: f"{p.dtype}-{p.values_dtype}")
@pytest.mark.parametrize("integers", [0.5, 1.0, 3.3])
@pytest.mark.parametrize("method", ["bounded", "wavelet"])
def test_bounds_are_those_of_the_values(packing: Packing, integers: float, method: str) -> None:
    volume, bound = packed_volume(packing), integers * abs(packing.scale)
    report = vcore.compress(volume, None, method=method, budget=vcore.Budget(max_error=bound))
    dataset = vcore.open(report.data)
    error = np.abs(dataset.decode().astype("f8") - volume["T"].read())
    assert np.nanmax(error) <= bound
    assert dataset.decoder().header.bound["max_error"] <= bound
    np.testing.assert_array_equal(np.isnan(error), np.isnan(volume["T"].read()))


def test_the_values_of_every_level_lie_on_the_grid_of_the_integers() -> None:
    packing = PACKINGS[0]
    values = packed_volume(packing)
    dataset = vcore.open(vcore.compress(values, None, budget=vcore.Budget(psnr=45)).data)
    coarse = dataset.decode(level=1)
    assert len(dataset.grid_levels) > 1
    assert packing.holds(coarse[np.isfinite(coarse)])
    expected = values["T"].read()
    assert np.nanmin(expected) <= np.nanmin(coarse)
    assert np.nanmax(coarse) <= np.nanmax(expected)


def test_values_changed_since_they_were_unpacked_are_coded_as_they_are() -> None:
    volume = packed_volume(PACKINGS[0])
    values = volume["T"].read()
    values[0, 0, 0] += 0.004
    changed = replace(volume, variables=(replace(volume["T"], data=values),))
    dataset = vcore.open(vcore.compress(changed, None, budget=vcore.Budget(max_error=0)).data)
    assert dataset.decoder().packing is None
    np.testing.assert_array_equal(dataset.decode(), values)


def test_integers_beyond_31_bits_are_coded_as_floats() -> None:
    packing = Packing("u4", "f8", 0.25)
    values = packing.unpack(np.array([0, 5, (1 << 32) - 1], "u4")).reshape(1, 1, 3)
    volume = Volume(Grid(values.shape), (Variable("v", values, packing=packing),))
    dataset = vcore.open(vcore.compress(volume, None, budget=vcore.Budget(max_error=1)).data)
    assert np.abs(dataset.decode() - values).max() <= 1


@pytest.mark.parametrize("member", [{"scale": 0.0}, {"scale": 1e-300}, {"dtype": "f4"}])
def test_a_damaged_packing_is_refused(member: dict) -> None:
    volume = packed_volume(PACKINGS[0])
    data = vcore.compress(volume, None, budget=vcore.Budget(max_error=0)).data
    header = vcore.open(data).header
    variable = {
        **header["variables"][0],
        "packing": {**header["variables"][0]["packing"], **member},
    }
    _, (parsed,) = parse_header({**header, "variables": [variable]})
    with pytest.raises(FormatError, match="packing"):
        PackedIntegers.from_json(parsed.packing, parsed.dtype, parsed.range)


def test_an_impossible_packing_is_refused() -> None:
    with pytest.raises(InputError, match="finite scale other than 0"):
        Packing("i2", "f4", 0.0)
