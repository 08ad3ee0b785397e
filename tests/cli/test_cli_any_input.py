"""Every command on every kind of input: it succeeds, or refuses with a message."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zarr

import vcore
from vcore import hierarchy, io
from vcore.model.volume import Volume

VALUES = np.arange(9 * 10 * 11, dtype="u2").reshape(9, 10, 11)
BUDGET = {"budget": vcore.Budget(max_error=0)}
COMMANDS = (
    ("info", "{}"),
    ("verify", "{}"),
    ("verify", "v.npy", "{}"),
    ("verify", "{}", "v.vcore"),
    ("compare", "v.npy", "{}"),
    ("compare", "{}", "v.vcore"),
    ("compare", "{}", "h.zarr"),
    ("decompress", "{}", "o.npy", "--force"),
    ("decompress", "v.vcore", "{}", "--force"),
    ("view", "{}", "--output", "o.png", "--force"),
    ("compress", "{}", "o.vcore", "--max-error", "1", "--force"),
    ("compress", "{}", "o.zarr", "--max-error", "1", "--force"),
    ("compress", "v.npy", "{}", "--max-error", "1"),
    ("audit", "{}"),
    ("audit", "h.zarr", "--source", "{}"),
    ("export", "{}", "e.zarr", "--force"),
    ("serve", "{}", "--codec", "none", "--port", "99999"),
)
KINDS = {
    "a .vcore": ("v.vcore", {"info", "verify", "compare", "decompress", "view"}),
    "a hierarchy": ("h.zarr", {"info", "verify", "compare", "decompress", "view", "compress"}),
    "a hierarchy of frames": ("hs.zarr", {"info", "verify", "decompress", "view", "compress"}),
    "a Zarr": ("plain.zarr", {"compress", "export"}),
    "a lone array": ("lone.zarr", {"compress", "export"}),
    "a group": ("group.zarr", set()),
    "damaged metadata": ("bad.zarr", set()),
    "a folder": ("frames", {"compress"}),
    "an empty folder": ("empty", set()),
    "a folder of all": (".", set()),
    "nothing": ("missing", set()),
    "nothing, a .vcore": ("missing.vcore", set()),
    "no name": ("", set()),
    "below a file": ("v.npy/x.vcore", set()),
    "a file without permission": ("deny/a.npy", set()),
    "a folder without permission": ("deny", set()),
    "a truncated .vcore": ("cut.vcore", {"info"}),
    "the start of a .vcore": ("start.vcore", set()),
    "a text": ("text.vcore", set()),
    "a truncated volume": ("cut.npy", set()),
    "a pipe": ("pipe.vcore", set()),
}
"""File name, and commands that must succeed on it."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("inputs")
    volume, series = Volume.from_array(VALUES), Volume.from_array(np.stack([VALUES, VALUES]))
    np.save(path / "v.npy", VALUES)
    vcore.compress(volume, path / "v.vcore", **BUDGET)
    for source, plain, out in ((volume, "plain.zarr", "h.zarr"), (series, "s.zarr", "hs.zarr")):
        io.write(source, path / plain)
        hierarchy.compress(str(path / plain), str(path / out), chunks=8, **BUDGET)
    zarr.create_array(path / "lone.zarr", shape=VALUES.shape, dtype="u2")[...] = VALUES
    zarr.create_group(path / "group.zarr")
    for name in ("bad.zarr", "frames", "empty", "deny"):
        (path / name).mkdir()
    (path / "bad.zarr" / "zarr.json").write_text('{"zarr_format": 3')
    for name in ("frames/f0.npy", "frames/f1.npy", "deny/a.npy"):
        np.save(path / name, VALUES)
    data = (path / "v.vcore").read_bytes()
    (path / "cut.vcore").write_bytes(data[:-9])
    (path / "start.vcore").write_bytes(data[:10])
    (path / "cut.npy").write_bytes((path / "v.npy").read_bytes()[:-40])
    (path / "text.vcore").write_text("no volume, only words\n" * 9)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_command_breaks(
    run: Callable, folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    name, known = KINDS[kind]
    if kind == "a pipe":
        os.mkfifo(folder / name)
    (folder / "deny").chmod(0 if "permission" in kind else 0o755)
    if "permission" in kind and os.access(folder / "deny", os.R_OK):
        pytest.skip("root reads everything")
    monkeypatch.chdir(folder)
    done = set()
    for command, *arguments in COMMANDS:
        if command in ("compress", "decompress") and arguments[1] == "{}" and os.path.exists(name):
            continue  # it would be overwritten
        found = run(command, *(a.format(name) for a in arguments))
        assert found.code in range(5), (command, *arguments)
        assert "Traceback" not in found.err
        if found.code >= 2:
            assert found.err.startswith("vcore: "), (command, found.err)
            assert found.err.count("\n") == 1, (command, found.err)
            assert len(found.err) > 30
        else:
            done.add(command)
    assert known <= done
