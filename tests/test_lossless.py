"""Lossless coding where the requested size or quality exceeds it."""

import numpy as np
import pytest
from volumes import blobs, in_dtype

import vcore
from vcore.engine import lossless
from vcore.errors import BudgetError
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.grid import Grid
from vcore.model.report import Report
from vcore.model.volume import Variable
from vcore.zarr.chunk import ChunkContext
from vcore.zarr.chunk_encoder import encode_chunk

SHAPE = (20, 28, 36)


def stack() -> np.ndarray:
    """Return a stack of 8-bit images: smooth, with some noise."""
    noise = np.random.default_rng(3).normal(0, 0.01, SHAPE)
    return in_dtype(blobs(SHAPE) + noise, "u1", 0, 255)


def source_of(values: np.ndarray) -> VariableSource:
    limits = values.min().item(), values.max().item()
    return VariableSource(Variable("v", values, ("z", "y", "x")), Grid(values.shape), limits)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    return stack()


@pytest.fixture(scope="module")
def exact(values: np.ndarray) -> Report:
    return vcore.compress(values, None, budget=Budget(max_error=0))


@pytest.mark.parametrize("method", [None, "wavelet"])
@pytest.mark.parametrize(
    "budget",
    [Budget(psnr=120), Budget(psnr=70), Budget(bytes=SHAPE[0] * SHAPE[1] * SHAPE[2])],
    ids=["beyond an error", "beyond rounding", "as many as raw"],
)
def test_what_is_past_lossless_is_lossless(
    values: np.ndarray, exact: Report, method: str | None, budget: Budget
) -> None:
    report = vcore.compress(values, None, method=method, budget=budget)
    assert report.method == "bounded"
    assert report.max_error == 0
    assert abs(report.bytes - exact.bytes) <= 8  # the name of the source, the statistics
    assert "coded losslessly by bounded" in report.notes[0]
    assert np.array_equal(vcore.open(report.data).decode(), values)
    assert vcore.open(report.data).decoder().header.bound == {"max_error": 0}


def test_a_size_that_coding_without_loss_fits_into_gets_it(
    values: np.ndarray, exact: Report
) -> None:
    report = vcore.compress(values, None, budget=Budget(bytes=exact.bytes + 300))
    assert report.max_error == 0
    assert report.bytes <= exact.bytes + 8
    less = vcore.compress(values, None, budget=Budget(bytes=exact.bytes - 300))
    assert less.method == "wavelet"
    assert less.bytes <= exact.bytes - 300
    assert less.notes == ()


def test_a_named_method_is_kept_while_it_loses_more_than_rounding(values: np.ndarray) -> None:
    report = vcore.compress(values, None, method="wavelet", budget=Budget(psnr=45))
    assert report.method == "wavelet"
    assert 45 <= report.psnr < 45.05


@pytest.mark.parametrize("offset", [0, 1e5])
def test_floats_lose_no_more_than_rounding_to_their_dtype(offset: float) -> None:
    values = (blobs(SHAPE)[:8] * 30 + offset).astype("f4" if offset else "f2")
    report = vcore.compress(values, None, method="wavelet", budget=Budget(psnr=135))
    exact = vcore.compress(values, None, budget=Budget(max_error=0))
    assert (report.method, report.max_error) == ("bounded", 0)
    assert abs(report.bytes - exact.bytes) <= 8


def test_a_step_is_kept(values: np.ndarray) -> None:
    report = vcore.compress(values, None, method="wavelet", settings={"step": 1e-4})
    assert report.method == "wavelet"
    assert report.max_error == 0


def test_labels_are_smaller_without_loss() -> None:
    values = (blobs((24, 40, 40)) * 3).round().astype("u2") * 1000
    exact = vcore.compress(values, None, budget=Budget(max_error=0))
    report = vcore.compress(values, None, budget=Budget(psnr=85))
    assert report.method == "bounded"
    assert report.bytes <= exact.bytes + 8
    assert "wavelet would take" in report.notes[0]


def test_floats_beyond_any_method_are_lossless() -> None:
    values = blobs((12, 14, 16)).astype("f4")
    report = vcore.compress(values, None, budget=Budget(psnr=160))
    assert np.array_equal(vcore.open(report.data).decode(), values)
    with pytest.raises(BudgetError, match="wavelet reaches"):
        vcore.compress(values.astype("f8"), None, budget=Budget(psnr=160))


def test_the_search_for_a_psnr_ends_at_what_is_exact(values: np.ndarray) -> None:
    """Given explicitly, and with less than one error over all voxels: as coarse as is exact."""
    from vcore.methods.wavelet.encoder import Encoder
    from vcore.methods.wavelet.search import for_psnr
    from vcore.methods.wavelet.settings import WaveletSettings
    from vcore.model.context import Context

    encoder = Encoder(source_of(values), Context())
    step, quantised, tables = for_psnr(encoder, 130.0, WaveletSettings(), Context(), None)  # type: ignore[arg-type]
    assert encoder.measured(quantised, tables, step)[0] > 1000
    assert step > 0.25 / 255
    coarser, tables = encoder.quantise(1.5 * step)
    assert encoder.measured(coarser, tables, 1.5 * step)[0] < 130


def test_missing_values_are_no_part_of_a_psnr() -> None:
    values = np.random.default_rng(0).normal(size=(12, 20, 24)).cumsum(2).astype("f4")
    values[:, :, 4:] = np.nan
    report = vcore.compress(values, None, method="bounded", budget=Budget(psnr=45))
    assert 45 <= report.psnr < 46


def test_the_estimate_is_near(values: np.ndarray, exact: Report) -> None:
    for data, least in ((values, exact.bytes), (np.zeros_like(values) + (values > 250), 0)):
        assert lossless.may_fit(source_of(data), data.size)
        assert not lossless.may_fit(source_of(data), least / 4)
    assert not lossless.may_fit(source_of(values * 1.5), 1 << 30)  # float64


def test_a_chunk_that_is_no_larger_without_loss_has_none(values: np.ndarray) -> None:
    def shared(budget: Budget) -> ChunkContext:
        return ChunkContext(SHAPE, ("z", "y", "x"), values.dtype, "wavelet", {}, budget, (0, 255))

    exact = encode_chunk(values, shared(Budget()).exactly())
    for budget in (Budget(psnr=120), Budget(bpv=8)):
        found = encode_chunk(values, shared(budget))
        assert found.max_error == 0
        assert len(found.data) <= len(exact.data)
    assert encode_chunk(values, shared(Budget(psnr=40))).max_error > 0
