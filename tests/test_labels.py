"""Labels, tables and other arrays of OME-Zarr survive every way."""

import warnings

import numpy as np
import pytest
import zarr
from ome_zarr_models import open_ome_zarr
from volumes import blobs, in_dtype

import vcore
from vcore.hierarchy import compress, export
from vcore.hierarchy.dataset import HierarchyDataset
from vcore.model.pyramid import box_mode
from vcore.model.volume import Variable, Volume
from vcore.serve.catalogue import Catalogue

SHAPE = (20, 70, 66)
IMAGE = in_dtype(blobs(SHAPE), "u2", 0, 4000)
LABELS = (IMAGE // 500).astype("u2")
BIG = LABELS.astype("i8") << 40
EXPRESSION = np.random.default_rng(0).random((5, 3)).astype("f4")
TOLD = {
    "colors": [{"label-value": 1, "rgba": [255, 0, 0, 255]}],
    "properties": [{"label-value": 1, "area": 12.5}],
    "source": {"image": "../../"},
}


def multiscale(version, levels=1, **kept):
    """Return the attributes of an image in a version of OME-Zarr."""
    axes = [{"name": a, "type": "space", "unit": "micrometer"} for a in "zyx"]
    scales = [[2.0 * 2**k, 0.5 * 2**k, 0.5 * 2**k] for k in range(levels)]
    datasets = [
        {"path": str(k), "coordinateTransformations": [{"type": "scale", "scale": s}]}
        for k, s in enumerate(scales)
    ]
    old = {"version": "0.4"} if version == "0.4" else {}
    ome = {"multiscales": [{**old, "axes": axes, "datasets": datasets}], **kept}
    return ome if old else {"ome": {"version": version, **ome}}


@pytest.fixture(params=["0.5", "0.4"])
def source(tmp_path, request):
    """An image with labels on its grid, labels on another grid, and a table."""
    version = request.param
    root = zarr.create_group(str(tmp_path / "in.zarr"), zarr_format=3 if version == "0.5" else 2)
    root.attrs.update(multiscale(version))
    root.create_array("0", data=IMAGE, chunks=(20, 35, 33))
    names = {"labels": ["nuclei", "big", "coarse"]}
    labels = root.create_group("labels")
    labels.attrs.update(names if version == "0.4" else {"ome": {"version": version, **names}})
    arrays = {"nuclei": [LABELS, LABELS[::2, ::2, ::2]], "big": [BIG], "coarse": [LABELS[::2]]}
    for name, levels in arrays.items():
        kept = {"image-label": TOLD if name == "nuclei" else {}}
        group = labels.create_group(name, attributes=multiscale(version, len(levels), **kept))
        for k, values in enumerate(levels):
            group.create_array(str(k), data=values)
    table = root.create_group("tables/expression", attributes={"encoding-type": "anndata"})
    table.create_array("X", data=EXPRESSION)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # texts are no part of the specification yet
        index = table.create_array("obs/index", shape=(5,), dtype=str)
        index[:] = np.array(list("abcde"), object)
    (tmp_path / "in.zarr" / "README.txt").write_text("of a colleague")
    return str(tmp_path / "in.zarr")


def check(root):
    """Compare labels and tables of a plain or compressed hierarchy with those of the source."""
    group = zarr.open_group(root, mode="r")
    np.testing.assert_array_equal(group["labels/nuclei/0"][...], LABELS)
    np.testing.assert_array_equal(group["labels/big/0"][...], BIG)
    np.testing.assert_array_equal(group["labels/coarse/0"][...], LABELS[::2])
    np.testing.assert_array_equal(group["tables/expression/X"][...], EXPRESSION)
    assert group["tables/expression/obs/index"][...].tolist() == list("abcde")
    assert group["tables/expression"].attrs["encoding-type"] == "anndata"
    labels = dict(group["labels"].attrs)
    names = labels.get("ome", labels)["labels"]
    assert sorted(names) == ["big", "coarse", "nuclei"]
    for name in names:
        own = dict(group[f"labels/{name}"].attrs)
        own = own.get("ome", own)
        kept = {k: v for k, v in own["image-label"].items() if k != "version"}
        assert kept == (TOLD if name == "nuclei" else {})
        assert own["multiscales"][0]["datasets"][0]["path"] == "0"


def test_a_file_and_back(source, tmp_path):
    report = vcore.compress(source, tmp_path / "a.vcore", psnr=45)
    assert report.variables["in"]["psnr"] >= 45
    assert report.variables["labels/nuclei"]["max_error"] == 0
    assert "left out: README.txt (a file, no array)" in report.notes
    dataset = vcore.open(tmp_path / "a.vcore")
    vcore.io.write(dataset.volume(), tmp_path / "back.zarr")
    check(str(tmp_path / "back.zarr"))
    open_ome_zarr(zarr.open_group(str(tmp_path / "back.zarr"), mode="r")["labels/nuclei"])
    again = vcore.read(tmp_path / "back.zarr")
    assert [v.name for v in again.variables] == ["in", "labels/big", "labels/nuclei"]


def test_hierarchies(source, tmp_path):
    small, plain = str(tmp_path / "small.ome.zarr"), str(tmp_path / "plain.zarr")
    compress(source, small, budget=vcore.Budget(max_error=4), chunks=32)
    check(small)
    dataset = HierarchyDataset(small)
    assert list(dataset.variables) == ["small", "labels/big", "labels/nuclei"]
    np.testing.assert_array_equal(dataset.decode(variable="labels/nuclei"), LABELS)
    assert {a.name for a in dataset.carried} > {"tables/expression/X", "labels/coarse/0"}
    for version in ("0.5", "0.4"):
        export(small, plain, version=version, force=True)
        check(plain)
    vcore.compress(small, tmp_path / "b.vcore", max_error=4)
    compress(tmp_path / "b.vcore", small, budget=vcore.Budget(psnr=40), chunks=32, force=True)
    check(small)


def test_coarser_levels_name_objects(source, tmp_path):
    vcore.compress(source, tmp_path / "a.vcore", psnr=45)
    dataset = vcore.open(tmp_path / "a.vcore")
    levels = dataset.levels_of("labels/nuclei")
    assert levels[1].shape == (10, 35, 33)
    expected = box_mode(LABELS, (2, 2, 2))
    np.testing.assert_array_equal(levels[1][...], expected)
    assert dataset.decoder("labels/nuclei").stored_levels == (0,)
    np.testing.assert_array_equal(levels[1][3:7, 11:20, 5:33], expected[3:7, 11:20, 5:33])


def test_the_most_frequent_value_of_a_box():
    values = np.array([[[1, 3, 7], [3, 3, 7], [2, 4, 9]]])
    # of 1 3 3 3; 7 7; 2 4, of which the smaller is taken; 9
    assert box_mode(values, (1, 2, 2)).tolist() == [[[3, 7], [2, 9]]]


def test_labels_are_lossless_whatever_is_asked(tmp_path):
    names = (Variable("cells", IMAGE), Variable("mask", LABELS, attributes={"image-label": {}}))
    volume = Volume(Volume.from_array(IMAGE).grid, names)
    report = vcore.compress(volume, tmp_path / "a.vcore", bpv=0.5)
    assert report.variables["mask"]["max_error"] == 0
    assert 8 * report.variables["cells"]["bytes"] <= 0.5 * IMAGE.size
    alone = vcore.compress(volume.select(["mask"]), None, psnr=30)
    assert alone.max_error == 0
    compress(volume, tmp_path / "a.ome.zarr", budget=vcore.Budget(psnr=30), chunks=32)
    group = zarr.open_group(str(tmp_path / "a.ome.zarr"), mode="r")
    np.testing.assert_array_equal(group["labels/mask/0"][...], LABELS)
    assert group["labels"].attrs["ome"]["labels"] == ["mask"]
    assert open_ome_zarr(group).attributes.ome.multiscales


def test_a_collection_with_labels(tmp_path):
    names = [Variable(n, IMAGE // (i + 1)) for i, n in enumerate(("a", "b"))]
    mask = Variable("b/labels/mask", LABELS, attributes={"image-label": {}})
    volume = Volume(Volume.from_array(IMAGE).grid, (*names, mask))
    vcore.io.write(volume, tmp_path / "c.zarr")
    np.testing.assert_array_equal(
        zarr.open_group(str(tmp_path / "c.zarr"))["1/labels/mask/0"][...], LABELS
    )
    assert [v.name for v in vcore.read(tmp_path / "c.zarr").variables] == ["a", "b", mask.name]


def test_served_labels(source, tmp_path):
    vcore.compress(source, tmp_path / "a.vcore", psnr=45)
    served = Catalogue(tmp_path / "a.vcore").image("a.ome.zarr")
    assert served.documents["0.5"]["labels/zarr.json"]
    assert b'"image-label"' in served.documents["0.5"]["labels/nuclei/zarr.json"]
    assert b'"labels"' in served.documents["0.4"]["labels/.zattrs"]
    group = vcore.open(tmp_path / "a.vcore").group
    np.testing.assert_array_equal(group["labels/nuclei/0"][...], LABELS)
    open_ome_zarr(group["labels/nuclei"])


def test_excluded_labels(source):
    volume = vcore.read(source, exclude=["labels/nuclei", "labels/coarse/0"])
    assert [v.name for v in volume.variables] == ["in", "labels/big"]
    assert not [a for a in volume.carried if "nuclei" in a.name or "coarse" in a.name]
    assert "labels/nuclei (excluded)" in volume.left_out
