"""Options that describe the input, files and links outside its folder, undecodable names."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import zarr

import vcore
from vcore import io
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

VALUES = np.arange(4 * 5 * 6, dtype="u2").reshape(4, 5, 6)
EXACT = ("--method", "bounded", "--max-error", "0")
BAD = os.fsdecode(b"gr\xfc\xdfe")
"""Latin-1, as written by old archives and cameras."""

Run = Callable


def test_options_win_over_the_file(run: Run, source: Path) -> None:
    np.save(source, np.stack([VALUES, VALUES + 1]).astype("f4"))
    run(
        *("compress", source, "out.vcore", *EXACT, "--axes", "t,z,y,x", "--spacing", "2,1,0.5"),
        *("--origin", "-1,0,3", "--unit", "um", "--times", "0.5,2", "--fill-value", "7"),
        *("--time-unit", "hours since 2001-01-01"),
    ).assert_done()
    ds = vcore.open("out.vcore")
    assert (ds.grid.spacing, ds.grid.origin) == ((2.0, 1.0, 0.5), (-1.0, 0.0, 3.0))
    assert (ds.grid.unit, ds.grid.time_unit) == ("micrometer", "hour")
    assert ds.grid.times == (0.5, 2.0)
    assert ds.decoder().header.fill_value == 7
    assert ds.attributes["time_reference"] == "hours since 2001-01-01"
    run(
        "compress", source, "x.vcore", *EXACT, "--axes", "tyzx", "--fill-value", "nan"
    ).assert_done()
    turned = vcore.open("x.vcore")
    assert turned.shape == (2, 5, 4, 6)
    assert turned.decoder().header.fill_value is None


def test_axes_of_other_names(run: Run, tmp_path: Path) -> None:
    values = np.arange(2 * 3 * 2 * 3 * 4 * 5, dtype="f4").reshape(2, 3, 2, 3, 4, 5)
    np.save(tmp_path / "six.npy", values)
    run("compress", "six.npy", "out.vcore", *EXACT).assert_refused("--axes member,t,c,z,y,x")
    run(
        *("compress", "six.npy", "out.vcore", *EXACT, "--axes", "model, member,t,z,y,x")
    ).assert_done()
    assert np.array_equal(vcore.open("out.vcore")[...], values)
    assert "2 x 3 x 2 x 3 x 4 x 5 (model member t z y x)" in run("info", "out.vcore").out
    run("decompress", "out.vcore", "back.npy").assert_done()
    assert np.array_equal(np.load("back.npy"), values)
    run("compare", "six.npy", "out.vcore", "--axes", "model,member,t,z,y,x").assert_done()
    written = run("decompress", "out.vcore", "back.nii")
    assert "no axes of their own for model, member" in written.err


def test_headerless_files(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(b"head" + VALUES.astype(">u2").tobytes())
    layout = ("--shape", "4,5,6", "--dtype", "u2", "--header-bytes", "4", "--byte-order", "big")
    run("compress", "a.raw", "out.vcore", *EXACT, *layout).assert_done()
    assert np.array_equal(vcore.open("out.vcore").decode(), VALUES)
    for command in (("compare", "a.raw", "out.vcore"), ("verify", "a.raw", "out.vcore")):
        run(*command, *layout).assert_done()
    run("compress", "a.raw", "o.vcore", *layout[:4]).assert_refused("--header-bytes is wrong")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--offset", "3"), ("--dark-offset", "--header-bytes")),
        (("--offset", "3", "--header-bytes", "3"), ("--dark-offset",)),
        (("--origin", "1,2"), ("--origin", "1,2")),
        (("--times", "0,x"), ("--times", "0,x")),
        (("--times", "0,1"), ("--times", "1 frames", "volume.npy")),
        (("--fill-value", "none"), ("--fill-value", "none")),
        (("--axes", "zy"), ("volume.npy", "--axes zyx")),
        (("--axes", "zyq"), ("volume.npy", "--axes zyx")),
        (("--byte-order", "big"), ("--byte-order", "--header-bytes", "volume.npy")),
        (("--variable", "rho"), ("rho", "volume.npy")),
        (("--spacing", "0,1,1"), ("above 0 for --spacing", "volume.npy")),
    ],
)
def test_refused_in_words_of_the_command_line(
    run: Run, source: Path, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    for command in (("compress", source, "out.vcore"), ("compare", source, "old.vcore")):
        if command[0] == "compare":
            if options[0] == "--variable":
                continue
            run("compress", source, "old.vcore", *EXACT).assert_done()
        found = run(*command, *options)
        found.assert_refused(*words)
        assert "`" not in found.err


def test_several_arrays(run: Run, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["rho"], file["big"] = VALUES, np.zeros((8, 8, 8), "f4")
    both = run("compress", "a.h5", "both.vcore", *EXACT)
    both.assert_done()
    assert "Carried losslessly: rho" in both.err
    run("compress", "a.h5", "out.vcore", *EXACT, "--variable", "rho").assert_done()
    run("compress", "a.h5::rho", "out.vcore").assert_refused("Use --force to replace it")
    # compared with what the file holds
    assert run("compare", "a.h5", "out.vcore", "--json").json["max_error"] == 0
    assert run("verify", "a.h5", "out.vcore", "--json").json["variables"]["rho"]["same_source"]


def test_a_step_and_its_series(run: Run, tmp_path: Path) -> None:
    series = np.stack([VALUES, VALUES + 9, VALUES + 1])
    for number, frame in enumerate(series):
        np.save(tmp_path / f"f{number}.npy", frame)
    np.save("one.npy", VALUES[None])
    vcore.compress(Volume.from_array(series), "run.vcore", budget=vcore.Budget(max_error=0))
    vcore.compress(Volume.from_array(series[1]), "step.vcore", budget=vcore.Budget(max_error=0))
    for original, file, time in (
        ("f1.npy", "run.vcore", ("--frame", "1")),
        ("f*.npy", "step.vcore", ("--frame", "1")),
        ("f*.npy", "run.vcore", ("--frame", "2")),
        ("f*.npy", "run.vcore", ()),
        ("f1.npy", "step.vcore", ()),
    ):
        assert run("compare", original, file, *time, "--json").json["max_error"] == 0
        run("verify", original, file, *time).assert_done()
    assert run("compare", "one.npy", "run.vcore", "--frame", "1", "--json").json["max_error"] == 9
    run("verify", "f0.npy", "run.vcore", "--frame", "1").assert_broken("within 0", "is 9")
    for command in (("compare", "f1.npy", "run.vcore"), ("verify", "f*.npy", "step.vcore")):
        run(*command).assert_refused("choose the frame to compare with --frame")
    run("compare", "f1.npy", "run.vcore", "--frame", "3").assert_refused("0..2")


def test_a_time_of_the_one_that_is_a_series(run: Run, tmp_path: Path) -> None:
    series = np.stack([VALUES, VALUES + 9, VALUES + 1])
    grid = Grid(VALUES.shape, times=(0.0, 0.5, 1.0), time_unit="second")
    frames = Volume(grid, (Variable("rho", series, tuple("tzyx")),))
    one = Volume(replace(grid, times=(0.5,)), (Variable("rho", series[1:2], tuple("tzyx")),))
    for name, volume in (("run", frames), ("one", one)):
        vcore.compress(volume, f"{name}.vcore", budget=vcore.Budget(max_error=0))
        io.write(volume, f"{name}.zarr")
    for original, file in (("one.zarr", "run.vcore"), ("run.zarr", "one.vcore")):
        found = run("compare", original, file, "--time", "0.5", "--json")
        assert found.json["max_error"] == 0
        run("compare", original, file, "--time", "1.3").assert_refused("0..1 second")


def test_files_and_links_outside(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    VALUES.tofile(tmp_path / "x.raw")
    (tmp_path / "in" / "a.mhd").write_text(
        "NDims = 3\nDimSize = 6 5 4\nElementType = MET_USHORT\nElementDataFile = ../x.raw\n"
    )
    command = ("compress", "in/a.mhd", "out.vcore", *EXACT)
    run(*command).assert_refused("in/../x.raw instead, which lies outside", "use --allow-outside")
    run(*command, "--allow-outside").assert_done()
    for command in (("compare", "in/a.mhd", "out.vcore"), ("verify", "in/a.mhd", "out.vcore")):
        run(*command).assert_refused("--allow-outside")
        run(*command, "--allow-outside").assert_done()


def _linked(path: Path) -> None:
    """Move a chunk out of a hierarchy and replace it by a link."""
    chunk = next(p for p in path.rglob("0") if p.is_file())
    secret = path.with_name(f"secret of {path.name}")
    chunk.rename(secret)
    chunk.symlink_to(secret)


def test_hierarchies_like_files(run: Run, tmp_path: Path) -> None:
    io.write(Volume.from_array(VALUES, spacing=(2, 1, 1)), tmp_path / "plain.zarr")
    np.save("a.npy", VALUES)
    run("compress", "plain.zarr", "h.zarr", *EXACT).assert_done()
    assert "all match" in run("verify", "h.zarr").out
    assert run("verify", "a.npy", "h.zarr", "--json").json["variables"]["values"]["max_error"] == 0
    assert run("compare", "a.npy", "h.zarr", "--json").json["max_error"] == 0
    run("decompress", "h.zarr", "back.nrrd", "--region", "1:4,0:5,0:6").assert_done()
    back = io.read("back.nrrd")
    assert np.array_equal(back.variables[0].read(), VALUES[1:])
    assert (back.grid.spacing, back.grid.origin) == ((2, 1, 1), (2, 0, 0))
    run("view", "h.zarr").assert_done()
    assert (tmp_path / "h.png").exists()
    chunk = next(p for p in (tmp_path / "h.zarr").rglob("0") if p.is_file())
    chunk.write_bytes(chunk.read_bytes()[:-1])
    for command in (("verify", "h.zarr"), ("verify", "plain.zarr", "h.zarr"), ("audit", "h.zarr")):
        broken = run(*command)
        assert broken.code == 4
        assert "checksum does not match" in broken.err


def test_a_whole_hierarchy_becomes_a_plain_one(run: Run, tmp_path: Path) -> None:
    io.write(Volume.from_array(VALUES), tmp_path / "plain.zarr")
    run("compress", "plain.zarr", "h.zarr", *EXACT).assert_done()
    found = run("verify", "plain.zarr", "h.zarr", "--sample", "100%", "--json")
    assert found.json["breaks"] == []
    assert found.json["sampled"] == sum(a["chunks"] for a in found.json["arrays"].values())

    run("decompress", "h.zarr", "back.zarr", "--version", "0.4", "--json").assert_done()
    back = zarr.open_group("back.zarr", mode="r")
    assert back.metadata.zarr_format == 2
    assert np.array_equal(back["0"][...], VALUES)  # type: ignore[index]
    run("decompress", "h.zarr", "part.zarr", "--region", "1:4,:,:", "--json").assert_done()
    assert np.array_equal(io.read("part.zarr").variables[0].read(), VALUES[1:])
    run("decompress", "h.zarr", "a.npy", "--workers", "2").assert_refused("--workers", ".zarr")
    run("verify", "plain.zarr", "h.zarr", "--sample", "many").assert_refused("--sample")
    np.save("changed.npy", VALUES + 1)
    run("verify", "changed.npy", "h.zarr").assert_broken("is 1")


def test_links_out_of_hierarchies(run: Run, tmp_path: Path) -> None:
    io.write(Volume.from_array(VALUES), tmp_path / "plain.zarr")
    run("compress", "plain.zarr", "h.zarr", *EXACT).assert_done()
    _linked(tmp_path / "h.zarr")
    _linked(tmp_path / "plain.zarr")
    for command in (
        ("compress", "plain.zarr", "new.zarr", *EXACT),
        ("compress", "plain.zarr", "new.vcore", *EXACT),
        ("export", "h.zarr", "new2.zarr"),
        ("decompress", "h.zarr", "new.npy"),
        ("verify", "h.zarr"),
        ("audit", "h.zarr"),
        ("view", "h.zarr"),
        ("compare", "plain.zarr", "h.zarr"),
    ):
        found = run(*command)
        assert found.code == 2, command
        assert "secret of" in found.err
        assert "--allow-outside" in found.err
        shutil.rmtree("new.zarr", ignore_errors=True)
        run(*command, "--allow-outside").assert_done()
    # files beside the arrays are copied, if permitted
    (tmp_path / "plain.zarr" / "notes.txt").symlink_to(tmp_path / "plain.zarr" / "zarr.json")
    run("compress", "plain.zarr", "n1.zarr", *EXACT, "--allow-outside").assert_done()
    assert (tmp_path / "n1.zarr" / "notes.txt").is_file()
    (tmp_path / "passwords").write_text("…")
    (tmp_path / "plain.zarr" / "notes.txt").unlink()
    (tmp_path / "plain.zarr" / "notes.txt").symlink_to(tmp_path / "passwords")
    run("compress", "plain.zarr", "n2.zarr", *EXACT).assert_refused("a link to", "passwords")
    assert not (tmp_path / "n2.zarr").exists()


def test_names_that_are_no_text(run: Run, tmp_path: Path) -> None:
    path = tmp_path / f"{BAD}.npy"
    try:
        np.save(path, VALUES)
    except OSError:
        pytest.skip("this file system keeps names in UTF-8 only")
    out = f"{BAD}.vcore"
    run("compress", path, out, *EXACT).assert_done()
    assert run("info", out, "--json").json["source"]["name"] == "gr\ufffd\ufffde.npy"
    assert run("info", out, "--json").json["variables"][0]["name"] == "gr\ufffd\ufffde"
    for command in (
        ("info", out),
        ("verify", path, out),
        ("compare", path, out, "--json"),
        ("view", out),
        ("decompress", out, f"{BAD}.nrrd"),
        ("decompress", out, f"{BAD}.vti"),
        ("decompress", out, f"{BAD}.zarr"),
        ("compress", f"{BAD}.zarr", f"{BAD}2.zarr", *EXACT),
        ("audit", f"{BAD}2.zarr", "--source", f"{BAD}.zarr", "--json"),
        ("info", f"{BAD}2.zarr", "--json"),
        ("export", f"{BAD}2.zarr", f"{BAD}3.zarr"),
    ):
        run(*command).assert_done()
    for suffix in ("nrrd", "vti", "zarr"):
        assert np.array_equal(io.read(f"{BAD}.{suffix}").variables[0].read(), VALUES)
    assert np.array_equal(zarr.open(f"{BAD}3.zarr", mode="r")["0"][...], VALUES)  # type: ignore[index]
    run("info", f"{BAD}9.vcore").assert_refused("9.vcore")
    with h5py.File(tmp_path / f"{BAD}.h5", "w") as file:
        file["v"] = VALUES
    shutil.copy(tmp_path / f"{BAD}.h5", tmp_path / f"{BAD}.nc")
    for suffix in ("h5", "nc"):
        assert np.array_equal(io.read(f"{BAD}.{suffix}").variables[0].read(), VALUES)


def test_a_folder_of_dicom_slices(run: Run, tmp_path: Path) -> None:
    pydicom = pytest.importorskip("pydicom")
    samples = Path(pydicom.__file__).parent / "data" / "test_files" / "dicomdirtests"
    done = run("compress", samples / "98892001" / "CT5N", "a.vcore", "--lossless")
    assert done.code == 0, done.err
    paths = sorted((samples / "98892001" / "CT5N").iterdir())
    headers = sorted(map(pydicom.dcmread, paths), key=lambda h: h.ImagePositionPatient[2])
    wanted = np.stack([pydicom.pixels.apply_rescale(h.pixel_array, h) for h in headers])
    with vcore.open(tmp_path / "a.vcore") as file:
        assert np.array_equal(file.volume().variables[0].read(), wanted)


def test_variables_and_arrays_that_are_left_out(run: Run, tmp_path: Path) -> None:
    xr = pytest.importorskip("xarray")
    dims = ("z", "y", "x")
    dataset = xr.Dataset(
        {
            "T": (dims, VALUES.astype("f4")),
            "U": (dims, VALUES.astype("f4") + 1),
            "ps": (dims[1:], VALUES[0].astype("f4")),
            "depth": (dims[1:], VALUES[1].astype("f4")),
        }
    )
    dataset.to_netcdf(tmp_path / "a.nc")
    done = run("compress", "a.nc", "a.vcore", "--lossless", "--exclude", "U", "--exclude", "ps")
    assert done.code == 0, done.err
    assert "left out: U (excluded)" in done.err
    assert "left out: ps (excluded)" in done.err
    with vcore.open(tmp_path / "a.vcore") as file:
        volume = file.volume()
        assert [v.name for v in volume.variables] == ["T"]
        assert [a.name for a in volume.carried] == ["depth"]
    done = run("compress", "a.nc", "b.vcore", "--lossless", "--exclude", "U", "--json")
    assert "left out: U (excluded)" in done.json["notes"]
    done = run("compress", "a.nc", "c.vcore", "--exclude", "V")
    assert (done.code, "Got V instead" in done.err) == (2, True), done.err
    assert "out of T, U, ps, depth for --exclude" in done.err
    done = run("compress", "a.nc", "c.vcore", "--exclude", "U", "--exclude", "T")
    assert done.code == 2
    report = vcore.compress(tmp_path / "a.nc", None, exclude=["T", "ps"], max_error=0)
    assert {"left out: T (excluded)", "left out: ps (excluded)"} <= set(report.notes)
    assert list(report.variables) == ["U"]
