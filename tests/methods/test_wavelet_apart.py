"""Slices coded apart by the wavelet method: garbage does not smear into its neighbours."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import zarr
from headers import edited
from numpy.typing import NDArray

import vcore
from vcore.errors import FormatError
from vcore.methods.source import VariableSource
from vcore.methods.wavelet import apart_choice
from vcore.methods.wavelet.apart import Apart
from vcore.methods.wavelet.apart_encoder import Continued, slices_of
from vcore.model.grid import Grid
from vcore.model.pyramid import box_mean
from vcore.model.volume import Variable

SHAPE = (40, 44, 72)
STEP = 0.02


def scene(shape: tuple[int, ...] = SHAPE, seed: int = 0) -> NDArray[np.uint8]:
    """Return smooth noise between 60 and 200."""
    noise = np.random.default_rng(seed).normal(size=shape)
    for axis in (-3, -2, -1):
        noise = sum(np.roll(noise, k, axis) for k in range(7))
    noise /= np.abs(noise).max()
    return np.rint(130 + 70 * noise).astype("u1")


def spoiled(
    axis: int = 0, slices: tuple[int, ...] = (17,), clean: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Return a scene with slices of noise."""
    values = np.moveaxis(scene() if clean is None else clean.copy(), axis, 0).copy()
    rng = np.random.default_rng(5)
    for k in slices:
        values[k] = rng.integers(values.min(), values.max(), values[k].shape)
    return np.ascontiguousarray(np.moveaxis(values, 0, axis))


def compressed(values: Any, **options: Any) -> bytes:
    if "budget" not in options:
        options.setdefault("settings", {"step": STEP})
    data = vcore.compress(values, None, method="wavelet", **options).data
    assert data is not None
    return data


def encoded(values: Any, **options: Any) -> vcore.FileDataset:
    return vcore.open(compressed(values, **options))


def state_of(dataset: vcore.FileDataset) -> dict[str, Any]:
    return dict(next(iter(dataset.variables.values())).header.state)


def errors(dataset: vcore.FileDataset, values: NDArray[Any], axis: int) -> NDArray[np.float64]:
    """Return the mean squared error of each slice."""
    others = tuple(k for k in range(3) if k != axis)
    found: NDArray[np.float64] = np.square(dataset[...].astype("f8") - values).mean(others)
    return found


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_noise_does_not_smear(axis: int, monkeypatch: pytest.MonkeyPatch) -> None:
    values = spoiled(axis)
    data = compressed(values)
    dataset = vcore.open(data)
    state = state_of(dataset)["apart"]
    assert (state["axis"], state["slices"]) == (axis, [17])
    found = errors(dataset, values, axis)
    clean = errors(encoded(scene()), scene(), axis)
    assert found[14:17].mean() < 1.1 * clean[14:17].mean()
    assert found[18:21].mean() < 1.1 * clean[18:21].mean()
    assert found[17] < (STEP * 255) ** 2
    monkeypatch.setattr(apart_choice, "choose_apart", lambda *_: None)
    smeared = compressed(values)
    assert "apart" not in state_of(vcore.open(smeared))
    assert len(data) < 0.9 * len(smeared)


@pytest.mark.parametrize("slices", [(0,), (69, 70, 71), (20, 21), (30, 31, 32), (3, 40, 66)])
def test_ends_and_runs_are_found(slices: tuple[int, ...]) -> None:
    values = spoiled(2, slices)
    dataset = encoded(values)
    assert state_of(dataset)["apart"]["slices"] == list(slices)
    assert errors(dataset, values, 2)[list(slices)].max() < (STEP * 255) ** 2


def test_regions_equal_the_whole() -> None:
    dataset = encoded(spoiled(1, (9, 10, 30)))
    whole = dataset.decode()
    for region in (
        (slice(3, 30), slice(10, 31), slice(60, 72)),
        (slice(0, 5), slice(9, 10), slice(0, 72)),
    ):
        np.testing.assert_array_equal(dataset.decode(region), whole[region])
    np.testing.assert_array_equal(dataset.array[5, 8:12, ::7], whole[5, 8:12, ::7])


def test_coarser_levels_show_the_continuation() -> None:
    dataset, clean = encoded(spoiled(2, (17, 50))), encoded(scene())
    assert len(dataset.levels) == 3
    for level in (1, 2):
        means = box_mean(scene().astype("f8"), (1 << level,) * 3)
        found, usual = (np.square(d.decode((), level) - means).mean() for d in (dataset, clean))
        assert found < 1.05 * usual


def test_budgets_are_kept() -> None:
    values = spoiled(0, (5, 30))
    report = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(psnr=44))
    assert 44 <= report.variables["values"]["psnr"] < 44.1
    assert "apart" in state_of(vcore.open(report.data))
    size = len(report.data or b"")
    report = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(bytes=size))
    assert 0.98 * size < len(report.data or b"") <= size
    assert abs(report.variables["values"]["psnr"] - 44) < 0.2
    assert "apart" in state_of(vcore.open(report.data))
    report = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(max_error=4))
    assert report.variables["values"]["max_error"] <= 4
    assert "apart" in state_of(vcore.open(report.data))


def test_a_psnr_counts_the_slices() -> None:
    """The error as decoded, over all voxels, is what the search has aimed at."""
    values = spoiled(0, (5, 6, 30)).astype("f4")
    dataset = encoded(values, budget=vcore.Budget(psnr=36), settings={"effort": "max"})
    assert "apart" in state_of(dataset)
    error = np.square(dataset[...].astype("f8") - values).mean()
    assert 36 <= -10 * np.log10(error / np.ptp(values) ** 2) < 36.1


def test_chunks_of_zarr_have_them() -> None:
    values = spoiled(0, (17,))
    codec = vcore.zarr.VcoreCodec(method="wavelet", settings={"step": STEP})
    array = zarr.create_array(
        {}, shape=values.shape, dtype=values.dtype, chunks=(40, 44, 36), serializer=codec,
        compressors=None,
    )  # fmt: skip
    array[...] = values
    found = np.square(array[...].astype("f8") - values).mean((1, 2))
    assert found[17] < (STEP * 255) ** 2
    clean = errors(encoded(scene()), scene(), 0)
    assert np.delete(found, 17).max() < 1.5 * clean.max()


def test_channels_have_their_own() -> None:
    values = np.stack([spoiled(0, (17,)), scene(seed=3), spoiled(1, (8, 30), scene(seed=4))])
    volume = vcore.Volume.from_array(values, axes="czyx")
    dataset = encoded(volume, budget=vcore.Budget(psnr=42))
    error = np.square(dataset[...].astype("f8") - values).mean((1, 2, 3))
    assert (-10 * np.log10(error / np.ptp(values, (1, 2, 3)).astype("f8") ** 2) > 41.99).all()
    np.testing.assert_array_equal(dataset[2, 7:9], dataset[...][2, 7:9])


def test_a_background_and_a_trend_stay() -> None:
    clean = np.pad(scene()[:, 4:40, 4:68], ((0, 0), (4, 4), (4, 4)))
    values = spoiled(0, (17,), clean)
    dataset = encoded(values)
    assert {"apart", "background"} <= state_of(dataset).keys()
    decoded = dataset[...]
    assert (np.delete(decoded, 17, 0)[:, :4] == 0).all()
    assert errors(dataset, values, 0)[17] < (STEP * 255) ** 2


def test_blank_slices_are_background_if_that_is_their_value() -> None:
    values = np.pad(scene()[:, 4:40, 4:68], ((0, 0), (4, 4), (4, 4)))
    values[17] = 0
    values[26] = 200
    dataset = encoded(values)
    assert state_of(dataset)["apart"]["slices"] == [26]
    decoded = dataset[...]
    assert (decoded[17] == 0).all()
    assert np.abs(decoded[26].astype("i2") - 200).max() <= 1


def test_the_cosine_transform_has_them() -> None:
    dataset = encoded(spoiled(0, (17,)), settings={"step": STEP, "transform": "cosine"})
    assert "apart" in state_of(dataset)
    assert errors(dataset, spoiled(0, (17,)), 0)[17] < (STEP * 255) ** 2


@pytest.mark.parametrize("dtype", ["f2", "i4", "f8"])
def test_values_of_every_size_are_compared(dtype: str) -> None:
    scale = {"f2": 500.0, "i4": 1 << 23, "f8": 1e140}[dtype]
    values = ((spoiled().astype("f8") - 130) * scale).astype(dtype)
    dataset = encoded(values)
    assert state_of(dataset)["apart"]["slices"] == [17]
    error = np.abs(dataset[17].astype("f8") - values[17].astype("f8")).max()
    assert error < 2 * STEP * (float(values.max()) - float(values.min()))


def _series() -> NDArray[Any]:
    return np.stack([scene((20, 24, 30)), spoiled(0, (9,), scene((20, 24, 30)))])


def _missing() -> NDArray[Any]:
    values = spoiled().astype("f4")
    values[3:9, 5:20, 7:30] = np.nan
    return values


@pytest.mark.parametrize("made", [_series, _missing, scene])
def test_others_are_left_alone(made: Callable[[], NDArray[Any]]) -> None:
    values = made()
    dataset = encoded(values)
    assert "apart" not in state_of(dataset)
    np.testing.assert_array_equal(np.isnan(dataset[...]), np.isnan(values))


def test_effort_fast_has_none() -> None:
    dataset = encoded(spoiled(), settings={"step": STEP, "effort": "fast"})
    assert "apart" not in state_of(dataset)


def test_a_truncated_file_opens_at_coarser_levels() -> None:
    data = compressed(spoiled())
    whole, part = vcore.open(data), vcore.open(data[:-1])
    (decoder,) = part.variables.values()
    assert decoder.stored_levels == (1, 2)
    np.testing.assert_array_equal(part.decode((), 1), whole.decode((), 1))


BROKEN: list[dict[str, Any] | list[int]] = [
    [0, 17],
    {"axis": 3},
    {"axis": -1},
    {"axis": True},
    {"axis": 1.0},
    {"slices": []},
    {"slices": 17},
    {"slices": [40]},
    {"slices": [-1]},
    {"slices": [17, 17]},
    {"slices": [18, 17]},
    {"slices": [17.0]},
    {"slices": list(range(40))},
    {"slices": [1 << 70]},
    {"slices": [16, 17]},
    {"centroids": None},
    {"centroids": [[0, 0, 0]]},
    {"centroids": [[0, 0, 65], [0, 0, 0]]},
    {"centroids": [[0] * 31, [0] * 30]},
]


@pytest.mark.parametrize("broken", BROKEN)
def test_damaged_descriptions_are_refused(broken: Any) -> None:
    data = compressed(spoiled())

    def change(header: dict[str, Any]) -> None:
        state = header["variables"][0]["state"]
        state["apart"] = {**state["apart"], **broken} if isinstance(broken, dict) else broken

    with pytest.raises(FormatError, match="damaged"):
        vcore.open(edited(data, change)).decode()


def test_slices_apart_of_series_or_effort_fast_are_refused() -> None:
    described = {"axis": 0, "slices": [3], "centroids": [[0, 0, 0]]}
    for values, settings in (
        (_series(), {"step": STEP}),
        (scene((20, 24, 30)), {"step": STEP, "effort": "fast"}),
    ):
        data = compressed(values, settings=settings)

        def change(header: dict[str, Any]) -> None:
            header["variables"][0]["state"]["apart"] = described

        with pytest.raises(FormatError, match="slices apart"):
            vcore.open(edited(data, change)).decode()


@pytest.mark.parametrize("dtype", ["u1", "i2", "f4"])
def test_the_continuation_lies_between_the_nearest_slices(dtype: str) -> None:
    values = np.arange(8 * 3 * 4).reshape(8, 3, 4).astype(dtype)
    variable = Variable("values", values.copy())
    found = Continued(variable, Apart(0, (0, 3, 4)))
    whole = found[slice(0, 8), slice(0, 3), slice(0, 4)]
    expected = values.copy()
    expected[0] = values[1]
    np.testing.assert_array_equal(whole, expected)  # a ramp is continued as it is
    np.testing.assert_array_equal(found[slice(4, 6), slice(1, 3), slice(2, 4)], whole[4:6, 1:, 2:])
    np.testing.assert_array_equal(variable.read(), values)


def test_what_changes_for_good_is_no_outlier() -> None:
    values = scene()
    values[20:] //= 3
    samples = [values.reshape(40, -1).astype("f4"), *[np.zeros((9, 4), "f4")] * 2]
    assert apart_choice.outliers(samples) == [(), (), ()]


def test_other_regions_read_none_of_them() -> None:
    data = bytearray(compressed(spoiled()))
    whole = vcore.open(bytes(data)).decode()
    data[-1] ^= 1  # in the last section, that of the slices apart
    dataset = vcore.open(bytes(data))
    for z in (slice(0, 17), slice(18, 40)):
        region = (z, slice(5, 44), slice(0, 72))
        np.testing.assert_array_equal(dataset.decode(region), whole[region])
    assert dataset.decode((), 1).shape == (20, 22, 36)
    with pytest.raises(FormatError, match="checksum"):
        dataset.decode((slice(16, 18), slice(0, 44), slice(0, 72)))


def test_a_missing_section_is_refused() -> None:
    def change(header: dict[str, Any]) -> None:
        assert header["sections"].pop()[2] == "apart"

    with pytest.raises(FormatError, match="section 'apart'"):
        vcore.open(edited(compressed(spoiled()), change)).decode()


def test_slices_are_frames_with_the_fill_value() -> None:
    values = np.arange(8 * 3 * 4, dtype="i2").reshape(8, 3, 4)
    variable = Variable("values", values, fill_value=-1)
    source = VariableSource(variable, Grid(values.shape), (0, 95))
    found = slices_of(source, Apart(1, (0, 2)))
    assert (found.shape, found.variable.usable_fill) == ((2, 1, 8, 4), -1)
    np.testing.assert_array_equal(found.variable.read()[:, 0], values[:, ::2].swapaxes(0, 1))
