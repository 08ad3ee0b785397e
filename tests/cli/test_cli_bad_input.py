"""Unusable sources, settings and budgets: exit code 2, one message, nothing written."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import vcore

QUICK = ("--method", "linear2", "--set", "steps=10", "--set", "k=4", "--set", "s=3")
BOUND = ("--range-error", "0.05")


def _garbage(name: str) -> Callable[[], str]:
    def make() -> str:
        Path(name).write_bytes(bytes(range(256)) * 4)
        return name

    return make


def _saved(values: np.ndarray) -> Callable[[], str]:
    def make() -> str:
        np.save("bad.npy", values)
        return "bad.npy"

    return make


def _empty(name: str) -> Callable[[], str]:
    def make() -> str:
        Path(name).touch()
        return name

    return make


def _folder(*names: str) -> Callable[[], str]:
    def make() -> str:
        Path("folder").mkdir()
        for name in names:
            Path("folder", name).write_text("nothing")
        return "folder"

    return make


def _cut() -> str:
    np.save("whole.npy", np.ones((8, 8, 8), "f4"))
    Path("cut.npy").write_bytes(Path("whole.npy").read_bytes()[:-100])
    return "cut.npy"


SOURCES: dict[str, tuple[Callable[[], str], tuple[str, ...]]] = {
    "missing file": (lambda: "absent.npy", ("absent.npy",)),
    "missing folder": (lambda: "absent/", ("absent",)),
    "pattern of nothing": (lambda: "t*.npy", ("t*.npy",)),
    "empty folder": (_folder(), ("folder",)),
    "folder of texts": (_folder("readme.txt", "notes.md"), ("folder",)),
    "unknown suffix": (_garbage("volume.xyz"), ("volume.xyz",)),
    "no suffix": (_garbage("volume"), ("volume",)),
    "picture": (_garbage("photo.png"), ("photo.png",)),
    "mesh": (_garbage("mesh.vtu"), ("Resample To Image",)),
    "a .vcore": (_garbage("again.vcore"), ("again.vcore",)),
    "garbage npy": (_garbage("bad.npy"), ("bad.npy",)),
    "garbage nrrd": (_garbage("bad.nrrd"), ("bad.nrrd",)),
    "garbage tiff": (_garbage("bad.tif"), ("bad.tif",)),
    "garbage vti": (_garbage("bad.vti"), ("bad.vti",)),
    "garbage nifti": (_garbage("bad.nii"), ("bad.nii",)),
    "garbage hdf5": (_garbage("bad.h5"), ("bad.h5",)),
    "garbage gzip": (_garbage("bad.npy.gz"), ("bad.npy.gz",)),
    "empty npy": (_empty("empty.npy"), ("empty.npy", "empty")),
    "empty tiff": (_empty("empty.tif"), ("empty.tif", "empty")),
    "empty raw": (_empty("empty_4x4x4_uint8.raw"), ("empty",)),
    "truncated npy": (_cut, ("cut.npy",)),
    "dataset in an npy": (lambda: f"{_saved(np.ones((4, 5, 6), 'f4'))()}::inside", ("inside",)),
    "1D": (_saved(np.ones(20, "f4")), ("(20,)",)),
    "6D": (_saved(np.ones((2,) * 6, "f4")), ()),
    "no voxels": (_saved(np.ones((0, 4, 4), "f4")), ()),
    "too wide": (_saved(np.array([-1.7e308, 1.7e308] * 108).reshape(6, 6, 6)), ("scale",)),
    "complex": (_saved(np.ones((4, 4, 4), "c8")), ("complex64",)),
    "text": (_saved(np.full((4, 4, 4), "a")), ()),
    "objects": (_saved(np.full((4, 4, 4), None)), ()),
    "an unknown URL": (lambda: "ftp://host/a.zarr", ("ftp://host/a.zarr",)),
}


@pytest.mark.parametrize("case", SOURCES)
def test_source(run: Callable, nothing_new: Callable[[], None], case: str) -> None:
    make, words = SOURCES[case]
    run("methods", "--json")  # enters the test's folder
    path = make()
    nothing_new()

    run("compress", path, "out.vcore", *BOUND, *QUICK).assert_refused(*words)

    nothing_new()


def test_the_suffix_of_others_is_refused(run: Callable, source: Path) -> None:
    run("compress", source, "out.vcz", *BOUND, *QUICK).assert_refused(".vcore", "VCF Zarr")
    assert not Path("out.vcz").exists()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads everything")
def test_unreadable_file(run: Callable, source: Path) -> None:
    source.chmod(0)

    run("compress", source, "out.vcore", *BOUND, *QUICK).assert_refused("volume.npy")


@pytest.mark.slow
def test_an_odd_volume_needs_no_more_than_a_voxel(run: Callable) -> None:
    for number, shape in enumerate([(1, 1, 1), (1, 12, 9), (1, 1, 50)]):
        values = np.arange(np.prod(shape), dtype="f4").reshape(shape)
        np.save("odd.npy", values)
        name = f"{number}.vcore"
        run("compress", "odd.npy", name, *BOUND, *QUICK).assert_done()
        error = np.abs(vcore.open(name).array[...] - values)
        assert error.max() <= 0.05 * max(np.ptp(values), 1)
        run("view", name).assert_done()
        run("compare", "odd.npy", name).assert_done()


RAW: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "no layout": ((), ("shape and dtype",)),
    "no dtype": (("--shape", "16,20,24"), ("dtype",)),
    "no shape": (("--dtype", "f4"), ("shape",)),
    "too large a shape": (("--shape", "16,20,25", "--dtype", "f4"), ("30720", "32000")),
    "too small a shape": (("--shape", "16,20,23", "--dtype", "f4"), ("30720", "29440")),
    "wrong dtype": (("--shape", "16,20,24", "--dtype", "f8"), ("30720", "61440")),
    "unknown dtype": (("--shape", "16,20,24", "--dtype", "voxels"), ("voxels",)),
    "complex dtype": (("--shape", "16,20,12", "--dtype", "complex64"), ("complex64",)),
    "object dtype": (("--shape", "16,20,12", "--dtype", "O"), ()),
    "text dtype": (("--shape", "16,20,24", "--dtype", "S4"), ()),
    "structured dtype": (("--shape", "16,20,24", "--dtype", "u2,u2"), ()),
    "shape of words": (("--shape", "cube", "--dtype", "f4"), ("--shape", "cube")),
    "flat shape": (("--shape", "7680", "--dtype", "f4"), ("--shape", "7680")),
    "zero in shape": (("--shape", "0,20,24", "--dtype", "f4"), ("0,20,24",)),
    "negative in shape": (("--shape", "16,20,-24", "--dtype", "f4"), ("16,20,-24",)),
    "huge shape": (("--shape", "99999999,99999999,99999999", "--dtype", "f4"), ()),
}


@pytest.mark.parametrize("case", RAW)
def test_raw_layout(
    run: Callable, values: np.ndarray, nothing_new: Callable[[], None], case: str
) -> None:
    options, words = RAW[case]
    run("methods", "--json")
    values.tofile("values.raw")
    nothing_new()

    run("compress", "values.raw", "out.vcore", *options, *BOUND, *QUICK).assert_refused(*words)

    nothing_new()


def test_layout_of_a_file_that_tells_its_own(run: Callable, source: Path) -> None:
    run("compress", source, "out.vcore", "--shape", "16,20,24", *BOUND).assert_refused("shape")


BUDGETS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "0 bytes": (("--bytes", "0"), ("bytes", "0")),
    "negative bytes": (("--bytes", "-5"), ("bytes", "-5")),
    "ratio 0": (("--ratio", "0"), ("ratio",)),
    "negative ratio": (("--ratio", "-3"), ("-3",)),
    "ratio nan": (("--ratio", "nan"), ("nan",)),
    "ratio inf": (("--ratio", "inf"), ("inf",)),
    "bpv nan": (("--bpv", "nan"), ("nan",)),
    "psnr nan": (("--psnr", "nan"), ("nan",)),
    "psnr 0": (("--psnr", "0"), ("psnr",)),
    "negative error": (("--max-error", "-1"), ("-1",)),
    "error nan": (("--max-error", "nan"), ("nan",)),
    "no error": (("--max-error", "0"), ("bound",)),
    "relative error inf": (("--range-error", "inf"), ("inf",)),
    "two sizes": (("--bytes", "3000", "--ratio", "5"), ("bytes", "ratio")),
    "size and quality": (("--bpv", "2", "--psnr", "40"), ("bpv", "psnr")),
    "two bounds": (("--max-error", "1", "--range-error", "0.1"), ("--max-error", "--range-error")),
    "size and bound": (("--bytes", "3000", "--range-error", "0.1"), ("size", "bound")),
    "all at once": (
        ("--bytes", "1", "--ratio", "1", "--bpv", "1", "--psnr", "1", "--max-error", "1"),
        (),
    ),
    "10 bytes": (("--bytes", "10"), ("10",)),
    "ratio of a million": (("--ratio", "1e6"), ()),
    "bpv of nothing": (("--bpv", "1e-9"), ()),
    "psnr 500": (("--psnr", "500"), ("500",)),
    "an error too small": (("--max-error", "1e-12"), ("1e-12",)),
}


@pytest.mark.parametrize("case", BUDGETS)
def test_budget(run: Callable, source: Path, nothing_new: Callable[[], None], case: str) -> None:
    options, words = BUDGETS[case]
    nothing_new()

    run("compress", source, "out.vcore", *options, *QUICK).assert_refused(*words)

    nothing_new()


@pytest.mark.parametrize("case", ["0 bytes", "two sizes", "size and bound", "ratio nan"])
def test_budget_of_an_estimate(run: Callable, source: Path, case: str) -> None:
    options, words = BUDGETS[case]

    run("compress", source, "out.vcore", *options, *QUICK, "--estimate").assert_refused(*words)


def test_a_refused_size_names_what_was_given_and_what_would_do(run: Callable, source: Path) -> None:
    refused = run("compress", source, "out.vcore", "--bytes", 900, *QUICK)

    refused.assert_refused("900")
    needed = max(int(w.strip(".:,;")) for w in refused.err.split() if w.strip(".:,;").isdigit())
    assert 900 < needed < 5000
    run("compress", source, "out.vcore", "--bytes", needed, *QUICK).assert_done()


def test_a_small_volume_without_a_budget(run: Callable, source: Path) -> None:
    result = run(
        "compress", source, "out.vcore", "-m", "linear1", "--set", "steps=10", "--set", "k=4"
    )

    if result.code == 0:
        return
    result.assert_refused("20", "--ratio")  # names whose budget it was, and how to give another


SETTINGS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "unknown method": (("-m", "jpeg"), ("jpeg", "linear1")),
    "unknown setting": (("--set", "colour=3"), ("colour", "steps")),
    "no value": (("--set", "k"), ("key=value", "'k'")),
    "text for a number": (("--set", "k=four"), ("k", "four")),
    "fraction for an integer": (("--set", "k=4.5"), ("4.5",)),
    "nan for a number": (("--set", "learning_rate=nan"), ("learning_rate", "nan")),
    "infinite learning rate": (("--set", "learning_rate=inf"), ("learning_rate",)),
    "block side": (("--set", "k=5"), ("k", "5")),
    "no steps": (("--set", "steps=0"), ("steps", "0")),
    "negative steps": (("--set", "steps=-1"), ("steps", "-1")),
    "no values": (("--set", "s=0"), ("s", "0")),
    "too many values": (("--set", "s=65"), ("65",)),
    "preset": (("--set", "preset=best"), ("preset", "best", "paper")),
    "overlap": (("--set", "overlap=9"), ("overlap", "9")),
    "batch": (("--set", "batch=0"), ("batch", "0")),
    "epochs": (("--set", "epochs=-2"), ("epochs", "-2")),
    "device": (("--device", "tpu"), ("tpu", "cuda")),
    "no time": (("--time-limit", "0"), ("time limit",)),
    "negative time": (("--time-limit", "-1"), ("time limit",)),
    "time nan": (("--time-limit", "nan"), ("time limit",)),
    "threshold nan": (("--zero-below", "nan"), ("threshold",)),
    "threshold inf": (("--zero-below", "inf"), ("threshold",)),
    "unknown variable": (("--variable", "heat"), ("heat", "volume")),
    "spacing of one axis": (("--spacing", "2"), ("--spacing", "2")),
    "negative spacing": (("--spacing", "1,-1,1"), ("spacing", "-1")),
    "no spacing": (("--spacing", "1,0,1"), ("spacing",)),
    "spacing nan": (("--spacing", "1,nan,1"), ("spacing", "nan")),
    "spacing of words": (("--spacing", "wide"), ("--spacing", "wide")),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_setting(run: Callable, source: Path, nothing_new: Callable[[], None], case: str) -> None:
    options, words = SETTINGS[case]
    nothing_new()

    run("compress", source, "out.vcore", *BOUND, *QUICK, *options).assert_refused(*words)

    nothing_new()


def test_cuda_where_there_is_none(
    run: Callable, source: Path, nothing_new: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    nothing_new()

    run("compress", source, "out.vcore", *BOUND, *QUICK, "--device", "cuda").assert_refused(
        "CUDA", "--device cpu"
    )

    nothing_new()


def test_threshold_above_everything_leaves_a_constant(run: Callable, source: Path) -> None:
    result = run("compress", source, "out.vcore", "--zero-below", 1e9, *BOUND)

    result.assert_done()
    assert "0 everywhere" in result.err


def test_threshold_for_unsigned_integers(run: Callable) -> None:
    values = (np.arange(6 * 7 * 8) % 200).astype("u1").reshape(6, 7, 8)
    np.save("counts.npy", values)

    run("compress", "counts.npy", "out.vcore", "--zero-below", 99.5, *BOUND, *QUICK).assert_done()

    found = vcore.open("out.vcore").array[...].astype(int)
    assert np.abs(found - np.where(values < 99.5, 0, values)).max() <= 0.05 * 199
