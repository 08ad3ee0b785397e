"""A hierarchy is resumed only if its source and options are unchanged."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import zarr

import vcore
from vcore.errors import InputError, OutputExistsError
from vcore.hierarchy import audit, compress, export, records

OPTIONS = {"budget": vcore.Budget(max_error=0), "chunks": 8}
VALUES = np.arange(12 * 8 * 8, dtype="u2").reshape(12, 8, 8)


@pytest.fixture
def source(tmp_path):
    group = zarr.create_group(str(tmp_path / "in.zarr"))
    group.create_array("a", data=VALUES, chunks=(4, 8, 8))
    return str(tmp_path / "in.zarr")


@pytest.fixture
def out(tmp_path):
    return str(tmp_path / "out.zarr")


def changed(source):
    zarr.open_group(source)["a"][9] = 7
    return source


def stop_early(out):
    """Create the remains of an interrupted run: one chunk of two."""
    found = records.read(out, "a")
    Path(out, "a", records.RECORDS).unlink()
    records.Journal(out, "1-of-1").add("a", found[1, 0, 0])
    shutil.rmtree(Path(out, "a", "c", "0"))


@pytest.mark.parametrize(("stopped", "workers"), [(False, 1), (True, 1), (False, 2)])
def test_values_that_changed_are_noticed(source, out, stopped, workers):
    compress(source, out, **OPTIONS)
    if stopped:
        stop_early(out)
    with pytest.raises(OutputExistsError, match=r"when a of the source had other values"):
        compress(changed(source), out, **OPTIONS, workers=workers)
    compress(source, out, **OPTIONS, force=True)
    assert (zarr.open_group(out)["a"][9] == 7).all()
    assert audit(out, source, sample=1.0).breaks == ()


@pytest.mark.parametrize("name", ["_FillValue", "scale_factor"])
def test_metadata_that_changed_is_noticed(source, out, name):
    compress(source, out, **OPTIONS)
    zarr.open_group(source)["a"].attrs[name] = 5
    with pytest.raises(OutputExistsError, match="not begun with these options from what the"):
        compress(source, out, **OPTIONS)
    compress(source, out, **OPTIONS, force=True)
    assert zarr.open_group(out)["a"].attrs[name] == 5


def test_a_shape_that_changed_is_noticed(source, out):
    compress(source, out, **OPTIONS)
    zarr.open_group(source)["a"].resize((13, 8, 8))
    with pytest.raises(OutputExistsError, match="not begun with"):
        compress(source, out, **OPTIONS)


def test_force_replaces_all_but_what_other_parts_wrote(source, out):
    compress(source, out, **OPTIONS)
    path = Path(out, "a", "c", "0", "0", "0")
    path.write_bytes(b"damaged")
    compress(source, out, **OPTIONS, part="1/2", force=True)
    assert path.read_bytes() == b"damaged"
    compress(source, out, **OPTIONS, force=True)
    assert (zarr.open_group(out)["a"][...] == VALUES).all()


@pytest.mark.parametrize("compressed", [False, True])
def test_an_export_of_other_content_is_noticed(source, out, tmp_path, compressed):
    plain = str(tmp_path / "plain.zarr")

    def made():
        if compressed:
            compress(source, out, **OPTIONS, force=True)
        return out if compressed else source

    export(made(), plain)
    assert export(made(), plain).finished
    with pytest.raises(OutputExistsError, match="not begun with"):
        export(made(), plain, version="0.4")
    changed(source)
    with pytest.raises(OutputExistsError, match=r"not begun with|had other values"):
        export(made(), plain)
    export(made(), plain, force=True)
    assert (zarr.open_group(plain)["a"][9] == 7).all()


def test_an_input_is_never_replaced(source, tmp_path):
    for out in (source, str(Path(source, "out.zarr")), str(tmp_path)):
        with pytest.raises(InputError, match="apart from the input"):
            compress(source, out, **OPTIONS, force=True)
        with pytest.raises(InputError, match="apart from the input"):
            export(source, out, force=True)
    assert (zarr.open_group(source)["a"][...] == VALUES).all()


def test_force_replaces_no_other_folder(source, out):
    Path(out).mkdir()
    Path(out, "mine").write_text("kept")
    with pytest.raises(OutputExistsError, match="is no Zarr hierarchy and is not replaced"):
        compress(source, out, **OPTIONS, force=True)
    Path(out, "mine").unlink()
    assert compress(source, out, **OPTIONS, force=True).finished
