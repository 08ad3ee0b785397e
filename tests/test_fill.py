"""Only missing values decode to the fill value."""

from dataclasses import replace

import numpy as np
import pytest
from volumes import blobs

import vcore
from vcore.engine.layers import missing
from vcore.errors import BudgetError
from vcore.model.budget import Budget
from vcore.model.fill import beside
from vcore.model.grid import Grid
from vcore.model.packing import Packing
from vcore.model.volume import Variable, Volume
from vcore.zarr.chunk import ChunkContext
from vcore.zarr.chunk_encoder import encode_chunk

BUDGETS = [
    {"max_error": 2},
    {"max_error": 1},
    {"range_error": 0.05},
    {"psnr": 30},
    {"bytes": 500},
    {"max_error": 0},
]


@pytest.mark.parametrize("method", ["wavelet", "bounded"])
@pytest.mark.parametrize("budget", BUDGETS, ids=str)
@pytest.mark.parametrize("dtype", ["i2", "f4"])
@pytest.mark.parametrize("place", ["inside", "low", "high"])
def test_present_values_step_beside_it(method: str, budget: dict, dtype: str, place: str) -> None:
    if budget == {"max_error": 0}:
        method = "bounded"  # lossless for floats
    values = np.rint(blobs((10, 12, 14)).astype("f8") * 60).astype(dtype)
    fill = {"inside": 7, "low": values.min(), "high": values.max()}[place]
    holes = values == fill
    values[4, 3, :9:2] = fill
    values[holes] += 1 if place != "high" else -1  # no present value equals the fill value
    values[0, 0, :2] = fill - 1, fill + 1  # but the range includes it
    holes = values == fill
    volume = Volume(Grid(values.shape), (Variable("v", values, fill_value=float(fill)),))
    report = vcore.compress(volume, None, method=method, budget=vcore.Budget(**budget))
    decoder = vcore.open(report.data).decoder()
    decoded = decoder.decode()
    np.testing.assert_array_equal(decoded == fill, holes)
    error = np.abs(decoded.astype("f8") - values)[~holes].max()
    if decoder.header.bound is not None:
        assert error <= decoder.header.bound["max_error"]
        assert decoder.header.bound["max_error"] == pytest.approx(
            vcore.Budget(**budget).bound(decoder.header.span) or 0
        )
    for level in range(1, len(decoder.grids)):
        missing = decoder.filled(decoder.decode(level=level), (), level)
        coarse = decoder.decode(level=level) == fill
        assert not coarse.any() if missing is None else np.array_equal(coarse, missing)


@pytest.mark.parametrize("scale", [0.01, -2.5])
@pytest.mark.parametrize("budget", [{"max_error": 3.2}, {"psnr": 25}, {"max_error": 2.1}], ids=str)
@pytest.mark.parametrize("values_dtype", ["f4", "f8"])
def test_packed_values_step_to_the_next_integer(
    scale: float, budget: dict, values_dtype: str
) -> None:
    packing = Packing("i2", values_dtype, scale, 273.15)
    integers = np.rint(blobs((6, 9, 10)).astype("f8") * 60).astype("i2")
    integers[integers == 20] = 21
    integers[1, 2, ::3] = 20
    values = packing.unpack(integers)
    fill = values[1, 2, 0].item()
    if "max_error" in budget:
        budget = {"max_error": budget["max_error"] * abs(scale)}
    variable = Variable("v", values, fill_value=fill, packing=packing)
    report = vcore.compress(
        Volume(Grid(values.shape), (variable,)), None, method="bounded", budget=Budget(**budget)
    )
    decoder = vcore.open(report.data).decoder()
    decoded = decoder.decode()
    assert decoder.packing == packing
    assert packing.holds(decoded)  # otherwise a writer that packs them again would change them
    np.testing.assert_array_equal(decoded == fill, integers == 20)
    error = np.abs(decoded.astype("f8") - values).max()
    assert 0 < error <= budget.get("max_error", np.inf)


def test_a_value_beside_the_fill_value_that_the_dtype_cannot_tell_from_it() -> None:
    packing = Packing("i4", "f4", 1e-6, 1e4)
    value = beside(1e4, (1e4 - 1, 1e4 + 1), np.dtype("f4"), packing)
    assert value == np.nextafter(np.float32(1e4), np.float32(np.inf))


def test_a_threshold_that_makes_values_missing_is_said() -> None:
    values = np.arange(24.0).reshape(2, 3, 4) - 5
    volume = Volume(Grid(values.shape), (Variable("v", values, fill_value=0),))
    report = vcore.compress(volume, None, zero_below=3, budget=Budget(max_error=1))
    assert "v: 0 is the declared fill value" in "".join(report.notes)


def test_a_chunk_without_any_value_has_no_value_beside_the_fill_value() -> None:
    shared = ChunkContext((2, 3, 4), ("z", "y", "x"), np.dtype("u2"), "wavelet", {}, Budget(bpv=8))
    shared = replace(shared, missing=0)
    assert encode_chunk(np.zeros((2, 3, 4), "u2"), shared).count == 0


@pytest.mark.parametrize("method", ["bounded", "wavelet"])
def test_chunks_keep_their_bound_beside_the_missing_number(method: str) -> None:
    values = np.rint(blobs((5, 9, 10)).astype("f8") * 60).astype("i2")
    shared = ChunkContext(
        values.shape, ("z", "y", "x"), values.dtype, method, {}, Budget(max_error=3)
    )
    shared = replace(shared, missing=int(np.median(values)))
    found = encode_chunk(values, shared)  # checks its output
    assert found.max_error <= 3


@pytest.mark.parametrize("method", ["wavelet", "bounded"])
def test_missing_values_that_are_lost_are_noticed(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = blobs((10, 12, 14)).astype("f4")
    values[2, 3, 4:8] = np.nan
    monkeypatch.setattr(
        missing, "kinds_of", lambda _, values, **__: np.zeros(values.shape, np.int32)
    )
    budget = Budget(max_error=0.1)
    with pytest.raises(BudgetError, match="missing values to be preserved"):
        vcore.compress(values, None, method=method, budget=budget)
    context = ChunkContext(values.shape, tuple("zyx"), values.dtype, method, budget=budget)
    with pytest.raises(BudgetError, match="missing values to be preserved"):
        encode_chunk(values, context)


@pytest.mark.parametrize("level", [0, 1])
def test_nothing_of_the_method_is_decoded_where_no_value_is_present(
    level: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = blobs((4, 12, 130)).astype("f4")
    values[..., 64:] = np.nan
    values[..., 70] = -np.inf
    ds = vcore.open(vcore.compress(values, None, method="bounded", range_error=0.01).data)
    places: list[int] = []
    decoder = ds.decoder()
    inner = decoder.raw
    monkeypatch.setattr(
        decoder, "raw", lambda r, level: [places.append(r[2].start), inner(r, level)][1]
    )
    decoded = ds.decode(level=level)
    assert set(places) == {0}
    hidden = slice(64 >> level, None)
    if level == 0:
        np.testing.assert_array_equal(decoded[..., hidden], values[..., hidden])
    else:
        assert not np.isfinite(decoded[..., hidden]).any()
