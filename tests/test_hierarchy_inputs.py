"""Any input straight into a compressed hierarchy, with levels built on the way."""

import os
from dataclasses import replace

import dask.array as da
import numpy as np
import pytest
import zarr
from levels import files_of
from volumes import blobs, in_dtype

import vcore
from vcore.errors import BudgetError, InputError
from vcore.hierarchy import audit, compress
from vcore.hierarchy.dataset import HierarchyDataset
from vcore.io import write
from vcore.model.grid import Grid
from vcore.model.volume import CarriedArray, Variable, Volume

LONG = (12, 37, 300)
"""Long enough for two coarser levels, odd along one axis."""
VALUES = in_dtype(blobs(LONG), "u2", 0, 4000)
LOSSLESS = {"budget": vcore.Budget(max_error=0), "chunks": 32}


@pytest.fixture
def out(tmp_path):
    return str(tmp_path / "small.ome.zarr")


def halved(values):
    """Return rounded means of 2 x 2 x 2 boxes by dask, without the rest of odd axes."""
    lazy = da.from_array(values.astype("f8"), chunks=-1)
    means = da.coarsen(np.mean, lazy, dict.fromkeys(range(3), 2), trim_excess=True)
    return np.rint(means.compute())


def counted(values):
    """Return a volume of ``values``, and a list of the sizes of what is read of it."""
    read = []

    class Counting:
        shape, dtype = values.shape, values.dtype

        def __getitem__(self, region):
            found = values[region]
            read.append(found.size)
            return found

    return Volume.from_array(Counting(), name="v"), read


def test_levels_are_means_of_the_original(tmp_path, out):
    np.save(tmp_path / "stack.npy", VALUES)
    assert compress(tmp_path / "stack.npy", out, budget=vcore.Budget(max_error=3), chunks=32)
    group = zarr.open_group(out, mode="r")
    assert [group[str(k)].shape for k in range(3)] == [LONG, (6, 19, 150), (3, 10, 75)]
    means = VALUES
    for k in range(1, 3):
        means = halved(means)
        whole = tuple(slice(0, n) for n in means.shape)
        assert np.abs(group[str(k)][whole] - means).max() <= 3
    # the last plane of an odd axis is averaged alone
    edge = np.rint(VALUES[:, 36].astype("f8").reshape(6, 2, 150, 2).mean(axis=(1, 3)))
    assert np.abs(group["1"][:, 18] - edge).max() <= 3
    steps = group.attrs["ome"]["multiscales"][0]["datasets"][1]["coordinateTransformations"]
    assert steps[0]["scale"] == [2.0, 2.0, 2.0]
    assert steps[1]["translation"] == [0.5, 0.5, 0.5]
    assert audit(out, tmp_path / "stack.npy", sample=1.0).breaks == ()
    np.save(tmp_path / "stack.npy", VALUES + 1)
    assert "differs from the compressed one" in audit(out, tmp_path / "stack.npy").breaks[0]


@pytest.mark.parametrize(("budget", "passes"), [("max_error", 1), ("psnr", 2)])
def test_each_voxel_is_read_once_a_pass(out, budget, passes):
    volume, read = counted(VALUES)
    compress(volume, out, budget=vcore.Budget(**{budget: 40}), chunks=32)
    assert sum(read) == passes * VALUES.size


@pytest.mark.slow
def test_the_same_levels_as_a_plain_hierarchy(tmp_path, out):
    values = blobs(LONG).astype("f4")
    values[2:7, 5:9, 40:90] = np.nan
    names = {"t": np.stack([values, 2 * values]), "c": np.stack([values, values + 1, -values])}
    for lead, array in names.items():
        volume = Volume.from_array(array, f"{lead}zyx", name="v", spacing=(3, 1, 1), unit="meter")
        compress(volume, out, **LOSSLESS, force=True)
        write(volume, tmp_path / "plain.zarr", force=True)
        ours, plain = (zarr.open_group(p, mode="r") for p in (out, str(tmp_path / "plain.zarr")))
        for k in range(3):
            np.testing.assert_array_equal(ours[str(k)][...], plain[str(k)][...])
        assert ours.attrs["ome"]["multiscales"] == plain.attrs["ome"]["multiscales"]


def test_a_fill_value_is_missing_in_coarser_levels(out):
    values = VALUES.astype("i2")
    values[4:6, 4:6, 4:8] = -1
    values[0, 0, 0] = -1
    compress(Volume(Grid(shape=LONG), (Variable("v", values, fill_value=-1),)), out, **LOSSLESS)
    coarse = zarr.open_array(out, path="1", mode="r")
    assert coarse.attrs["_FillValue"] == -1
    assert (coarse[2, 2, 2:4] == -1).all()
    rest = values[:2, :2, :2].ravel()[1:]
    assert coarse[0, 0, 0] == np.rint(rest.mean())


@pytest.mark.slow
def test_a_stop_and_workers_give_the_same_bytes(tmp_path, out):
    np.save(tmp_path / "stack.npy", VALUES)
    asked = {"budget": vcore.Budget(psnr=45), "chunks": 16}
    compress(tmp_path / "stack.npy", out, **asked)
    other = str(tmp_path / "other.ome.zarr")
    for stage, limit in (("scanning", 0.5), ("compressing", 0.3), ("compressing", 0.95)):

        def tell(now, share, stage=stage, limit=limit):
            if now == stage and share > limit:
                raise KeyboardInterrupt

        context = vcore.Context(progress=tell)
        with pytest.raises(KeyboardInterrupt):
            compress(tmp_path / "stack.npy", other, **asked, workers=2, context=context)
        assert not [n for n in os.listdir(tmp_path) if n.startswith(".")]
    assert compress(tmp_path / "stack.npy", other, **asked, workers=2).finished
    assert files_of(other) == files_of(out)


def test_budgets_of_images_by_name(out):
    volume = Volume.from_array(VALUES, name="a")
    other = replace(volume.variables[0], name="b")
    volume = replace(volume, variables=(*volume.variables, other))
    asked = vcore.Budgets({"a": vcore.Budget(max_error=9)})
    compress(volume, out, budget=asked, chunks=32)
    errors = [np.abs(zarr.open_group(out)[f"{i}/0"][...].astype("f8") - VALUES) for i in "01"]
    assert [e.max() for e in errors] == [9, 0]
    sizes = vcore.Budgets({"a": vcore.Budget(ratio=20)}, vcore.Budget(ratio=40))
    found = compress(volume, out, budget=sizes, chunks=32, force=True).arrays
    share = [sum(found[f"{i}/{k}"]["bytes"] for k in range(3)) for i in "01"]
    total = sum(found[f"0/{k}"]["nbytes"] for k in range(3))
    assert total / 40 < share[0] <= total / 20
    assert share[1] <= total / 40
    with pytest.raises(InputError, match="correct the name"):
        compress(volume, out, budget=vcore.Budgets({"x": vcore.Budget(psnr=40)}), force=True)
    both = {n: vcore.Budget(psnr=40) for n in "ab"}
    with pytest.raises(BudgetError, match="variables left"):
        compress(volume, out, budget=vcore.Budgets(both, vcore.Budget(bpv=1)), force=True)


def test_names_that_a_hierarchy_cannot_hold_are_told(out):
    volume = Volume.from_array(VALUES, name="v")
    names = ("0", "../up", "fine", "0/inside", "odd")
    arrays = [CarriedArray(n, np.arange(3.0), ("n",)) for n in names[:-1]]
    mixed = np.array(["a", None], object)
    volume = replace(volume, carried=(*arrays, CarriedArray("odd", mixed, ("n",))))
    result = compress(volume, out, **LOSSLESS)
    assert [text.split(" ")[0] for text in result.left_out] == ["0", "../up", "0/inside", "odd"]
    group = zarr.open_group(out, mode="r")
    assert sorted(group) == ["0", "1", "2", "fine"]
    np.testing.assert_array_equal(group["fine"][...], np.arange(3.0))


def test_a_file_into_a_hierarchy_and_back(tmp_path, out, caplog):
    grid = Grid(shape=LONG, spacing=(2, 1, 1), unit="micrometer")
    vcore.compress(
        Volume(grid, (Variable("head", VALUES, unit="HU"),)), tmp_path / "a.vcore", psnr=40
    )
    first = vcore.open(tmp_path / "a.vcore").decode()
    compress(tmp_path / "a.vcore", out, **LOSSLESS)
    assert "lossy already" in caplog.text
    dataset = HierarchyDataset(out)
    np.testing.assert_array_equal(dataset[...], first)
    assert dataset.grid == grid
    assert dataset.decoder().header.unit == "HU"
    before = zarr.open_group(out).attrs["vcore-hierarchy"]["lossy_source"]
    assert before["variables"]["head"] == {"method": "wavelet", "guarantee": None}
    report = vcore.compress(out, tmp_path / "b.vcore", psnr=60)
    assert any("lossy already" in text for text in report.notes)
    again = vcore.open(tmp_path / "b.vcore")
    assert again.attributes["lossy_source"] == before
    write(again.volume(), tmp_path / "plain.zarr")
    attributes = zarr.open_group(str(tmp_path / "plain.zarr")).attrs
    assert "vcore-hierarchy" not in attributes
    np.testing.assert_array_equal(
        zarr.open_array(str(tmp_path / "plain.zarr"), path="0")[...], again.decode()
    )


def test_what_is_refused(tmp_path, out):
    np.save(tmp_path / "stack.npy", VALUES)
    with pytest.raises(InputError, match="even side"):
        compress(tmp_path / "stack.npy", out, chunks=33)
    with pytest.raises(InputError, match="for a scheduler"):
        compress(tmp_path / "stack.npy", out, scheduler="tcp://127.0.0.1:9")
    (tmp_path / "mesh.vtu").write_text("<VTKFile/>")
    with pytest.raises(InputError, match="Resample To Image"):
        compress(tmp_path / "mesh.vtu", out)
    assert not os.path.exists(out)
