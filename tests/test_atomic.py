"""Outputs appear whole or not at all, and on disk."""

import os
from pathlib import Path

import pytest

from vcore.errors import OutputError, OutputExistsError
from vcore.runtime import atomic


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the paths that are flushed to disk, in order."""
    found: list[Path] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        found.append(Path(f"/proc/self/fd/{descriptor}").resolve())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    return found


def test_a_file_is_on_disk_before_it_has_its_name(tmp_path: Path, flushed: list[Path]) -> None:
    target = tmp_path / "v.vcore"
    with atomic.replacing(target) as part:
        part.write_bytes(b"new")
        assert not target.exists()
    assert flushed == [part, tmp_path]
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_is_on_disk_with_all_that_is_in_it(tmp_path: Path, flushed: list[Path]) -> None:
    target = tmp_path / "v.zarr"
    target.mkdir()
    (target / "old").touch()
    with atomic.replacing(target) as part:
        (part / "c").mkdir(parents=True)
        (part / "c" / "0").write_bytes(b"new")
    assert set(flushed) == {part, part / "c", part / "c" / "0", tmp_path}
    assert flushed[-1] == tmp_path
    assert [p.name for p in tmp_path.rglob("*")] == ["v.zarr", "c", "0"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OutputExistsError])
def test_a_failure_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "v.vcore"
    target.write_bytes(b"old")

    def fail() -> None:
        with atomic.replacing(target) as part:
            part.write_bytes(b"ne")
            raise error

    with pytest.raises(error):
        fail()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_appeared_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "v.vcore"

    def write() -> None:
        with atomic.replacing(target, force=False) as part:
            part.write_bytes(b"new")
            target.write_bytes(b"of somebody else")

    with pytest.raises(OutputExistsError, match="appeared meanwhile"):
        write()
    assert target.read_bytes() == b"of somebody else"
    assert list(tmp_path.iterdir()) == [target]


def test_what_exists_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    began = False
    with (
        pytest.raises(OutputExistsError, match="exists"),
        atomic.replacing(tmp_path / "v", force=False),
    ):
        began = True
    assert not began


def test_a_long_name(tmp_path: Path) -> None:
    target = tmp_path / ("ä" * 120 + ".vcore")
    with atomic.replacing(target) as part:
        part.write_bytes(b"new")
    assert target.read_bytes() == b"new"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    target = tmp_path / "nowhere" / "v.vcore"
    with (
        pytest.raises(OutputError, match=r"Could not write .*No such file"),
        atomic.replacing(target) as part,
    ):
        part.write_bytes(b"new")
