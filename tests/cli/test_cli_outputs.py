"""Unwritable outputs: exit code 3, one message, existing files untouched."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

QUICK = ("--method", "linear2", "--set", "steps=10", "--set", "k=4", "--set", "s=3")


def test_existing_output(run: Callable, source: Path, nothing_new: Callable[[], None]) -> None:
    Path(source.parent, "out.vcore").write_bytes(b"precious")
    nothing_new()

    run("compress", source, "out.vcore", "--range-error", 0.05, *QUICK).assert_refused(
        "out.vcore", "exists", "--force"
    )

    nothing_new()


def test_output_in_a_missing_folder(
    run: Callable, source: Path, packed: Path, nothing_new: Callable[[], None]
) -> None:
    nothing_new()

    run("compress", source, "no/out.vcore", "--range-error", 0.05, *QUICK).assert_refused("no")
    for name in ("no/out.npy", "no/out.zarr", "no/out.vti"):
        run("decompress", packed, name).assert_refused("no")

    nothing_new()


def test_output_is_a_folder(
    run: Callable, source: Path, packed: Path, nothing_new: Callable[[], None]
) -> None:
    folder = source.with_name("out.zarr")
    folder.mkdir()
    (folder / "thesis.txt").write_text("precious")
    nothing_new()

    run("compress", source, folder, "--range-error", 0.05, *QUICK, "--force").assert_refused(
        "folder"
    )
    run("decompress", packed, folder, "--force").assert_refused("folder")

    nothing_new()


def test_output_of_an_unknown_kind(
    run: Callable, packed: Path, nothing_new: Callable[[], None]
) -> None:
    nothing_new()

    run("decompress", packed, "out.xyz").assert_refused("out.xyz", ".nrrd")
    run("decompress", packed, "out").assert_refused(".nrrd")
    run("decompress", packed, packed, "--force").assert_refused(".nrrd")

    nothing_new()


def test_the_source_is_never_replaced(
    run: Callable, source: Path, nothing_new: Callable[[], None]
) -> None:
    nothing_new()

    run("compress", source, source, "--range-error", 0.05, *QUICK, "--force").assert_refused()

    nothing_new()


def test_a_refused_output_wastes_no_time(
    run: Callable, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vcore.methods.blocks.method import BlockMethod

    def encode(*_: object) -> None:
        raise AssertionError("fitted in vain")

    monkeypatch.setattr(BlockMethod, "encode", encode)
    Path("out.vcore").touch()

    run("compress", source, "out.vcore", "--range-error", 0.05, *QUICK).assert_refused("exists")
    run("compress", source, "no/out.vcore", "--range-error", 0.05, *QUICK).assert_refused("no")
    run("compress", source, "new.vcore", "--max-error", 1e-9, *QUICK).assert_refused("bound")


FULL_DISK = """
import os, resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from vcore import cli
import vcore.engine.encoder, vcore.io, matplotlib.figure, vtk, tifffile, nrrd  # before the limit
for line in sys.argv[1].splitlines():
    sys.argv = ["vcore", *line.split()]
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    code = None
    try:
        cli.main()
    except SystemExit as end:
        code = end.code
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    print("code", code, *sorted(os.listdir(".")), flush=True)
"""


@pytest.mark.slow
def test_full_disk(shell: Callable, source: Path, packed: Path, tmp_path: Path) -> None:
    np.save(source, np.full((4, 5, 6), 7, "u1"))
    lines = ["compress volume.npy out.vcore"]
    lines += [
        f"decompress volume.vcore out.{suffix}"
        for suffix in ("npy", "nrrd", "tif", "vti", "raw", "zarr")
    ]
    lines += ["view volume.vcore -o out.png"]
    (tmp_path / "full.py").write_text(FULL_DISK)

    result = shell(f"python full.py '{chr(10).join(lines)}'")

    assert result.code == 0, result.err
    assert "Traceback" not in result.err
    ends = result.out.splitlines()
    assert len(ends) == len(lines), result.out
    for line, end in zip(lines, ends, strict=True):
        assert end == "code 3 full.py volume.npy volume.vcore", line
    complaints = result.err.splitlines()
    assert all(text.startswith("vcore: ") for text in complaints), result.err
    assert len(complaints) == len(lines), result.err


def test_a_name_that_is_too_long(
    run: Callable, source: Path, packed: Path, nothing_new: Callable[[], None]
) -> None:
    long = "a" * 300
    nothing_new()

    run("compress", source, f"{long}.vcore", "--range-error", 0.05, *QUICK).assert_refused()
    run("decompress", packed, f"{long}.npy").assert_refused()
    run("view", packed, "-o", f"{long}.png").assert_refused()

    nothing_new()


def test_an_output_in_use_is_whole(run: Callable, source: Path) -> None:
    run("compress", source, "out.vcore", "--range-error", 0.05, *QUICK).assert_done()
    with Path("out.vcore").open("rb") as old:
        run("compress", source, "out.vcore", "--range-error", 0.2, *QUICK, "--force").assert_done()
        before = old.read()

    assert len(before) != Path("out.vcore").stat().st_size
    run("verify", "out.vcore").assert_done()
    assert np.isfinite(run("compare", source, "out.vcore", "--json").json["psnr"])
