"""Features together: labels, several grids, movies, channels, budgets, missing values."""

import numpy as np
import pytest
from volumes import blobs, in_dtype

import vcore
from vcore.assess import assess
from vcore.model.axes import flat_axes
from vcore.model.grid import Grid
from vcore.model.volume import CarriedArray, Variable, Volume

LABEL = {"image-label": {}}
RNG = np.random.default_rng(5)


def ids(shape, seed=0):
    """Return labels of boxes, with ids far apart."""
    rng = np.random.default_rng(seed)
    found = np.zeros(shape, np.uint32)
    for name in rng.integers(1, 1 << 20, 60):
        first = [rng.integers(0, max(n - 3, 1)) for n in shape]
        found[tuple(slice(a, a + rng.integers(2, 12)) for a in first)] = name
    return found


def volume(*variables, others=()):
    return Volume(Grid(variables[0].shape[-3:]), variables, others=others)


IMAGE = Variable("image", in_dtype(blobs((12, 20, 30)), "u2", 0, 4000))
NUCLEI = Variable("labels/nuclei", ids((10, 80, 70)), attributes=LABEL)
BESIDE = Variable("beside", in_dtype(blobs((10, 80, 70)), "u2", 0, 4000))


@pytest.mark.parametrize(
    "source",
    [
        volume(IMAGE, others=(volume(NUCLEI),)),
        volume(NUCLEI, others=(volume(IMAGE),)),
        volume(BESIDE, NUCLEI, others=(volume(IMAGE),)),
    ],
    ids=["labels elsewhere", "image elsewhere", "both"],
)
def test_labels_are_lossless_on_whatever_grid(source):
    with vcore.open(vcore.compress(source, None, psnr=40).data) as ds:
        assert set(ds.variables) == {v.name for v in source.every}
        assert np.array_equal(ds[NUCLEI.name][...], NUCLEI.read())
        assert ds.info["variables"][list(ds.variables).index("image")]["guarantee"] is None


def in_its_box(level, values, factors):
    """Return whether each value of a level is one of its box."""
    grown = level
    for axis, factor in zip((-3, -2, -1), factors, strict=True):
        grown = np.repeat(grown, factor, axis).take(range(values.shape[axis]), axis)
    same = grown == values
    for axis, factor in zip((-3, -2, -1), factors, strict=True):
        same = np.logical_or.reduceat(same, range(0, values.shape[axis], factor), axis)
    return bool(same.all())


@pytest.mark.parametrize("time_as_z", [True, False])
def test_levels_of_a_movie_of_labels_hold_its_labels(time_as_z):
    values = ids((6, 1, 70, 150))
    movie = Variable("cells", values, tuple("tzyx"), attributes=LABEL, outer=flat_axes("tzyx"))
    with vcore.open(vcore.compress(volume(movie), None, time_as_z=time_as_z).data) as ds:
        assert ds.decoder().header.time_as_z is time_as_z
        assert len(ds.levels) == 3
        for k in range(3):
            assert in_its_box(ds.decode(level=k), values, (1, 2**k, 2**k))


def test_channels_of_labels_stay_labels():
    values = np.stack([ids((10, 40, 70)), ids((10, 40, 70), 1)])
    labels = Variable("labels/two", values, tuple("czyx"), attributes=LABEL)
    report = vcore.compress(volume(labels), None, psnr={"labels/two": 300})
    with vcore.open(report.data) as ds:
        assert np.array_equal(ds.decode(), values)
        assert in_its_box(ds.decode(level=1), values, (2, 2, 2))


@pytest.mark.parametrize("limit", [13000, 16000, 22000])
def test_sizes_hold_with_channels_and_a_long_header(limit):
    values = RNG.integers(0, 100, (3, 13, 40, 64)).astype("i1")
    values[1] //= 2
    attributes = {f"note {k}": RNG.bytes(12).hex() for k in range(20)}
    variable = Variable("v", values, tuple("czyx"))
    source = Volume(Grid((13, 40, 64)), (variable,), attributes=attributes)
    report = vcore.compress(source, None, bytes=limit)
    assert limit - 600 < report.bytes <= limit
    assert vcore.open(report.data).attributes == attributes
    assert len(report.variables["v"]["channels"]) == 3


def test_an_outlier_of_32_bits_needs_no_budget():
    values = in_dtype(blobs((12, 20, 30)), "u4", 0, 1000)
    values[3, 4, 5] = np.iinfo("u4").max
    report = vcore.compress(values, None)
    assert np.array_equal(vcore.open(report.data)[...], values)
    assert report.notes


def test_a_budget_of_a_carried_array_says_that_it_is_carried():
    table = CarriedArray("table", np.arange(5.0), ("x",))
    source = Volume(Grid((12, 20, 30)), (IMAGE,), carried=(table,))
    with pytest.raises(vcore.InputError, match="'table': leave it out, as that is carried"):
        vcore.compress(source, None, max_error={"table": 0.1})
    with pytest.raises(vcore.InputError, match="'tabel': correct the name"):
        vcore.compress(source, None, max_error={"tabel": 0.1})


def test_noise_below_rounding_is_no_noise():
    # second differences along two axes cancel but for rounding
    parts = [np.cos(np.linspace(0, 7, n)) for n in (20, 60, 70)]
    values = sum(p.reshape([-1 if i == k else 1 for i in range(3)]) for k, p in enumerate(parts))
    assert not [n for n in vcore.compress(values, None).notes if "standard deviations" in n]
    with pytest.raises(vcore.BudgetError, match="Expected noise"):
        vcore.compress(values, None, quality="below-noise")


@pytest.fixture(scope="module")
def channels(tmp_path_factory):
    """A file of a bright and a dim channel, beside another variable, and its original."""
    bright = in_dtype(blobs((12, 40, 50)), "f4", 0, 3000)
    dim = bright / 100 + RNG.normal(0, 0.05, bright.shape).astype("f4")
    pair = Variable("pair", np.stack([bright, dim]), tuple("czyx"))
    source = volume(pair, Variable("other", bright))
    path = tmp_path_factory.mktemp("channels") / "c.vcore"
    vcore.compress(source, path, psnr=45)
    return path, source


def test_all_figures_of_channels_are_of_the_worst(channels):
    path, source = channels
    dataset = vcore.open(path)
    compared = vcore.compare(source, dataset)
    found = assess(source, dataset)[0]["variables"][0]
    worst = min(c["psnr"] for c in found["channels"])
    assert compared["variable"] == found["name"] == "pair"
    assert found["figures"]["psnr"] == pytest.approx(worst) == pytest.approx(compared["psnr"])
    assert found["figures"]["nrmse"] == max(c["nrmse"] for c in found["channels"])
    assert found["method"] == dataset.decoder().header.methods != "channels"
