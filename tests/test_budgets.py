"""A budget a variable: by name, as a mapping, by keywords; and one for the rest."""

from typing import Any

import numpy as np
import pytest

import vcore
from vcore import Budget, Budgets, Grid, Variable, Volume
from vcore.errors import BudgetError
from vcore.model.budget import LOSSLESS
from vcore.model.budgets import combined, parse_budget
from vcore.zarr import VcoreCodec

SHAPE = (16, 20, 24)


@pytest.fixture(scope="module")
def volume() -> Volume:
    """Return a smooth T, a noisy p, and q with missing values, infinities and -0."""
    random = np.random.default_rng(5)
    z, _, x = np.mgrid[tuple(slice(n) for n in SHAPE)]
    t = (280 + 10 * np.sin(z / 5) + 5 * np.cos(x / 7)).astype("f4")
    p = (1e5 - 50 * z + 20 * random.normal(size=SHAPE)).astype("f4")
    q = random.random(SHAPE).astype("f4")
    q[0, 0, :3], q[1, 1, 1], q[2, 2, 2] = np.nan, np.inf, -0.0
    variables = (Variable("T", t, unit="K"), Variable("p", p, unit="Pa"), Variable("q", q))
    return Volume(Grid(SHAPE), variables)


def errors(volume: Volume, report: vcore.Report) -> dict[str, float]:
    """Return the largest error of each decoded variable over its finite values."""
    dataset = vcore.open(report.data)
    found = {}
    for variable in volume.variables:
        values = variable.read()
        finite = np.isfinite(values)
        decoded = dataset.decode(variable=variable.name)
        difference = decoded[finite].astype("f8") - values[finite].astype("f8")
        found[variable.name] = float(np.abs(difference).max())
    return found


def psnr(volume: Volume, report: vcore.Report, name: str) -> float:
    values = volume[name].read().astype("f8")
    mse = np.mean(np.square(vcore.open(report.data).decode(variable=name) - values))
    return float(20 * np.log10(np.ptp(values)) - 10 * np.log10(mse))


@pytest.mark.parametrize(
    "given",
    [
        {"budget": {"T": Budget(max_error=0.01), "p": {"psnr": 60}}},
        {"budget": Budgets({"T": Budget(max_error=0.01), "p": Budget(psnr=60)})},
        {"max_error": {"T": 0.01}, "psnr": {"p": 60}},
    ],
)
def test_each_variable_keeps_its_own(volume: Volume, given: dict[str, Any]) -> None:
    report = vcore.compress(volume, None, **given)

    found = errors(volume, report)
    assert 0.001 < found["T"] <= 0.01
    assert 60 <= psnr(volume, report, "p") < 61
    q = vcore.open(report.data).decode(variable="q")
    assert q.tobytes() == volume["q"].read().tobytes()  # NaN, infinity and -0 too
    rows = report.variables
    assert [rows[n]["method"] for n in "Tpq"] == ["bounded", "wavelet", "bounded"]
    texts = [Budget.from_json(rows[n]["budget"]).text(rows[n]["unit"]) for n in "Tpq"]
    assert texts == ["max error 0.01 K", "PSNR 60 dB", "lossless"]
    assert sum(rows[n]["bytes"] for n in "Tpq") < report.bytes


def test_the_rest_shares_a_plain_budget(volume: Volume) -> None:
    budgets = Budgets({"T": Budget(max_error=0.01)}, rest=Budget(ratio=10))
    for given in ({"budget": budgets}, {"max_error": {"T": 0.01}, "ratio": 10}):
        report = vcore.compress(volume, None, **given)
        rows = report.variables
        nbytes = volume["p"].nbytes + volume["q"].nbytes
        assert 0.8 * nbytes / 10 < rows["p"]["bytes"] + rows["q"]["bytes"] <= nbytes / 10
        assert errors(volume, report)["T"] <= 0.01


def test_sizes_count_the_bytes_of_their_variable(volume: Volume) -> None:
    report = vcore.compress(volume, None, ratio={"T": 30}, bpv={"p": 3}, bytes={"q": 5000})

    rows, size = report.variables, int(np.prod(SHAPE))
    limits = {"T": 4 * size / 30, "p": 3 * size / 8, "q": 5000}
    for name, limit in limits.items():
        assert 0.5 * limit < rows[name]["bytes"] <= limit
    assert report.bytes < sum(limits.values()) + 600  # grid and source count for none of them


def test_a_size_too_small_names_its_variable(volume: Volume) -> None:
    with pytest.raises(vcore.BudgetError, match=r"Variable 'q': .*40 bytes are too few"):
        vcore.compress(volume, None, bytes={"q": 40}, max_error={"T": 1, "p": 100})


def test_a_variable_may_be_called_like_a_budget(volume: Volume) -> None:
    values = volume["T"].read()
    two = Volume(volume.grid, (Variable("psnr", values), Variable("ratio", values)))

    report = vcore.compress(two, None, budget={"psnr": {"max_error": 0.5}})
    found = errors(two, report)
    assert 0.05 < found["psnr"] <= 0.5
    assert found["ratio"] == 0
    both = vcore.compress(two, None, budget={"psnr": 45})
    assert [f["budget"] for f in both.variables.values()] == [{"psnr": 45}] * 2


def test_a_named_method_leaves_what_has_no_budget_to_one_without_loss(volume: Volume) -> None:
    settings = {"steps": 5}
    report = vcore.compress(volume, None, method="gaussian", settings=settings, ratio={"T": 40})

    assert [f["method"] for f in report.variables.values()] == ["gaussian", "bounded", "bounded"]
    assert errors(volume, report) | {"T": 0} == {"T": 0, "p": 0, "q": 0}
    assert report.notes[0] == (
        "p, q: no budget given, so stored losslessly by bounded, not by gaussian."
    )
    with pytest.raises(vcore.BudgetError, match=r"Variable 'p': .*or the method bounded"):
        vcore.compress(volume, None, method="gaussian", settings=settings, max_error={"p": 0.01})


def test_auto_chooses_for_each_variable(volume: Volume) -> None:
    report = vcore.compress(volume, None, method="auto", psnr={"T": 50}, max_error={"p": 1})

    assert report.reason.startswith("T: ")
    assert ". p: " in report.reason
    assert "q: " not in report.reason
    assert report.variables["q"]["max_error"] == 0


def test_settings_need_one_method(volume: Volume) -> None:
    with pytest.raises(vcore.InputError, match="wavelet and bounded would be used"):
        vcore.compress(volume, None, psnr={"T": 50}, max_error={"p": 1}, settings={"step": 1})
    report = vcore.compress(volume, None, psnr={"T": 50}, settings={"effort": "fast"})
    assert report.variables["T"]["method"] == "wavelet"


def test_float64_without_a_budget_is_stored_as_it_is() -> None:
    values = np.random.default_rng(1).random((8, 9, 70))
    values[0, 0, :4] = np.nan, np.inf, -0.0, 1e-310
    same = np.full(values.shape, 3.5)
    same[0, 0, 0] = np.nan
    volume = Volume(Grid(values.shape), (Variable("T", values), Variable("c", same)))
    report = vcore.compress(volume, None, max_error={"c": 0.1})
    opened = vcore.open(report.data)
    assert opened.decode(variable="T").tobytes() == values.tobytes()
    assert np.array_equal(opened.decode(variable="c"), same, equal_nan=True)
    assert opened.info["variables"][0]["guarantee"] == {"max_error": 0.0}
    assert np.isfinite(opened.decode(level=1, variable="T")).any()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"max_error": {"S": 1}}, "variables 'T', 'p', 'q'. Got one of 'S'"),
        ({"max_error": {"T": 1}, "ratio": {"T": 9}}, "Variable 'T': Expected either a size"),
        ({"max_error": {"T": -1}}, "Variable 'T': Expected a positive number"),
        ({"max_error": {"T": "1"}}, "Variable 'T': Expected a positive number"),
        ({"budget": {"T": {"psnr": 40}, "psnr": 45}}, "Got both, 'psnr' and 'T'"),
        ({"budget": {"T": {"goodness": 40}}}, "Variable 'T': Expected a budget of bytes"),
        ({"budget": {"T": 40}}, "Expected a budget of bytes, .* Got 'T'"),
        ({"psnr": {"T": 40, "p": 40, "q": 40}, "ratio": 9}, "left for the budget without a name"),
        ({"budget": {"T": {"psnr": 40}}, "psnr": 40}, "Got both, budget and psnr"),
        ({"psnr": {"T": 40}, "gain": 2}, "Got them alone"),
    ],
)
def test_impossible_budgets(volume: Volume, given: dict[str, Any], message: str) -> None:
    for function in (
        lambda **k: vcore.compress(volume, None, **k),
        lambda **k: vcore.estimate(volume, **k),
    ):
        with pytest.raises((vcore.BudgetError, vcore.InputError), match=message):
            function(**given)


def test_an_estimate_adds_up(volume: Volume) -> None:
    found = vcore.estimate(volume, max_error={"T": 0.01}, bytes={"p": 3000})

    rest = vcore.estimate(Volume(volume.grid, (volume["q"],)), max_error=0)
    first = vcore.estimate(Volume(volume.grid, (volume["T"],)), max_error=0.01)
    assert found.bytes == 3000 + rest.bytes + first.bytes
    assert found.memory >= rest.memory


def test_a_detector_is_that_of_all_budgets_of_its_noise() -> None:
    found = combined({"a": {"noise_sigma": 1}, "b": {"noise_sigma": 2, "gain": 3}}, {"gain": 5})
    assert found == Budgets(
        {"a": Budget(noise_sigma=1, gain=5), "b": Budget(noise_sigma=2, gain=3)}, LOSSLESS
    )


def test_empty_budgets() -> None:
    assert parse_budget(None, {}) is None
    assert parse_budget({}, {}) == Budget()
    assert parse_budget(None, {"max_error": {}}) == Budgets({}, LOSSLESS)


@pytest.mark.parametrize(
    ("budget", "text"),
    [
        (Budget(max_error=0.01), "max error 0.01 K"),
        (Budget(range_error=0.01), "max error 0.01 of the range"),
        (Budget(psnr=60, max_error=2), "PSNR 60 dB, max error 2 K"),
        (Budget(bytes=5000000), "5000000 bytes"),
        (Budget(ratio=20), "20 : 1"),
        (Budget(bpv=0.5), "0.5 bits per voxel"),
        (Budget(noise_sigma=1, gain=2), "max error 1 standard deviations of the noise"),
        (Budget(range_error=0), "lossless"),
        (Budget(), ""),
    ],
)
def test_a_budget_in_words(budget: Budget, text: str) -> None:
    assert budget.text("K") == text


def test_one_array_has_one_budget() -> None:
    with pytest.raises(vcore.BudgetError, match=r"Expected a budget of bytes, .* Got 'T'"):
        VcoreCodec(budget={"T": {"psnr": 40}})


def test_lossless_is_a_budget() -> None:
    assert Budget.from_json({"lossless": True}) == LOSSLESS
    assert parse_budget(None, {"lossless": True}) == LOSSLESS
    found = parse_budget(None, {"lossless": {"T": True}, "psnr": 45})
    assert isinstance(found, Budgets)
    assert found.of("T") == LOSSLESS
    assert found.of("p") == Budget(psnr=45)


@pytest.mark.parametrize("given", [{"lossless": False}, {"lossless": True, "max_error": 1}])
def test_lossless_is_nothing_else(given: dict[str, Any]) -> None:
    with pytest.raises(BudgetError, match="'lossless'"):
        Budget.from_json(given)
