"""Method auto: what is tried, what is chosen, and the stated reason."""

import numpy as np
import pytest
from volumes import blobs, frames, holes

import vcore
from vcore.engine.choose import choose, default_method
from vcore.engine.compress import compress
from vcore.engine.estimate import estimate
from vcore.errors import Cancelled, InputError
from vcore.model.context import Context
from vcore.model.report import Report
from vcore.model.volume import Volume


def reported(name: str, mse: float, size: int) -> Report:
    return Report(None, size, 1.0, 1.0, 1.0, mse, 1.0, 0.0, name)


def noisy(shape: tuple[int, ...]) -> np.ndarray:
    rng = np.random.default_rng(0)
    return (100 * blobs(shape) + rng.normal(0, 2, shape)).astype("f4")


@pytest.mark.parametrize(
    ("budget", "tried"),
    [
        (None, {"wavelet", "bounded"}),  # 32 / 20 bits
        (vcore.Budget(bpv=0.5), {"wavelet"}),
        (vcore.Budget(bpv=3), {"wavelet", "bounded"}),
        (vcore.Budget(bpv=0.01), {"wavelet", "gaussian"}),
        (vcore.Budget(psnr=40), {"wavelet"}),
        (vcore.Budget(psnr=70), {"wavelet", "bounded"}),
        (vcore.Budget(range_error=0.01), {"wavelet", "bounded"}),
        (vcore.Budget(noise_sigma=1, gain=1, offset=0, read_noise=1), {"wavelet", "bounded"}),
    ],
    ids=["none", "bpv", "high bpv", "low bpv", "psnr", "high psnr", "bound", "noise"],
)
def test_what_suits_the_budget_is_tried(budget: vcore.Budget | None, tried: set[str]) -> None:
    seen: list[str] = []

    def spy(_volume: Volume, _path: None, *, method: str, **_: object) -> Report:
        seen.append(method)
        return reported(method, 1.0, 100)

    chosen = choose(Volume.from_array(noisy((16, 70, 30))), budget, Context(), spy)
    if len(tried) == 1:
        assert seen == []  # nothing to compare
        assert "the only method suitable" in chosen.reason
    else:
        assert set(seen) == tried
    assert chosen.method == default_method(budget)  # the first of equals


@pytest.mark.parametrize(
    ("budget", "reason"),
    [
        (vcore.Budget(bpv=2), "its error is 6.0 dB below that of wavelet at the same bytes"),
        (vcore.Budget(psnr=60), "it takes 75 % fewer bytes than wavelet"),
    ],
    ids=str,
)
def test_the_best_is_chosen_and_it_is_said_why(budget: vcore.Budget, reason: str) -> None:
    def better(_volume: Volume, _path: None, *, method: str, **_: object) -> Report:
        share = 0.25 if method == "bounded" else 1.0
        return reported(method, 8 * share, int(400 * share))

    chosen = choose(Volume.from_array(noisy((16, 70, 30))), budget, Context(), better)
    assert chosen.method == "bounded"
    assert reason in chosen.reason
    assert "on 2 samples (16 x 64 x 30 voxels)" in chosen.reason


def test_the_file_says_what_was_chosen() -> None:
    values = np.rint(noisy((12, 20, 24))).astype("i2")
    report = vcore.compress(values, None, method="auto", budget=vcore.Budget(max_error=0))
    plain = vcore.compress(values, None, method="bounded", budget=vcore.Budget(max_error=0))
    assert report.method == "bounded"
    assert report.bytes == plain.bytes
    assert "fewer bytes than wavelet" in report.reason
    assert report.to_json()["reason"] == report.reason
    assert report.notes[0] == f"Chosen: {report.reason}"
    assert plain.reason == ""


@pytest.mark.parametrize(
    "values",
    [
        np.full((3, 4, 5), 7, "u1"),
        np.arange(24, dtype="u1").reshape(2, 3, 4),
        holes(blobs((9, 11, 10))),
        frames((3, 9, 11, 10)),
        np.full((1, 1, 1), 3, "f4"),
    ],
    ids=["constant", "tiny", "holes", "series", "one voxel"],
)
@pytest.mark.parametrize(
    "budget", [None, vcore.Budget(bytes=6000), vcore.Budget(range_error=0.01)], ids=str
)
def test_any_volume_has_a_method(values: np.ndarray, budget: vcore.Budget | None) -> None:
    report = vcore.compress(values, None, method="auto", budget=budget)
    assert report.method in ("wavelet", "bounded", "constant")
    assert report.reason


def test_bounds_of_samples_are_those_of_the_whole() -> None:
    asked: list[vcore.Budget] = []

    def spy(_volume: Volume, _path: None, *, budget: vcore.Budget, **_: object) -> Report:
        asked.append(budget)
        return reported("wavelet", 1.0, 100)

    values = np.zeros((8, 8, 200), "f4")
    values[..., 150:] = noisy((8, 8, 50)) / 50
    values[..., 190:] = 900
    choose(Volume.from_array(values), vcore.Budget(range_error=0.01), Context(), spy)
    assert len(asked) == 2  # one part has activity
    assert [b.max_error for b in asked] == pytest.approx([0.01 * (900 - values.min())] * 2)


def test_settings_need_a_name() -> None:
    with pytest.raises(InputError, match="Expected a method by name beside its settings"):
        vcore.compress(noisy((6, 7, 8)), None, method="auto", settings={"k": 4})


def test_estimates_choose_too() -> None:
    volume = Volume.from_array(np.rint(noisy((12, 20, 24))).astype("i2"))
    budget = vcore.Budget(max_error=0)
    named = estimate(volume, method="bounded", budget=budget)
    assert estimate(volume, method="auto", budget=budget).bytes == named.bytes


def test_choosing_can_be_cancelled() -> None:
    context = Context()

    def cancel(stage: str, _share: float) -> None:
        if stage == "choosing":
            context.cancelled.set()

    watched = Context(progress=cancel, cancelled=context.cancelled)
    volume = Volume.from_array(noisy((12, 20, 24)))
    with pytest.raises(Cancelled):
        choose(volume, vcore.Budget(range_error=0.01), watched, compress)
