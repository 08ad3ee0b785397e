"""Truncated, damaged, foreign and future files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from headers import edited

COMMANDS = (("info",), ("verify",), ("view",), ("decompress", "out.npy"))


def run_all(run: Callable, path: Path) -> list[Any]:
    """Return the results of every command that opens a file."""
    return [run(command, path, *rest) for command, *rest in COMMANDS]


def test_missing(run: Callable, tmp_path: Path, nothing_new: Callable[[], None]) -> None:
    nothing_new()
    for result in run_all(run, tmp_path / "absent.vcore"):
        result.assert_refused("absent.vcore", code=3)
    nothing_new()


def test_a_folder(run: Callable, tmp_path: Path) -> None:
    for result in run_all(run, tmp_path):
        result.assert_refused(str(tmp_path))


@pytest.mark.parametrize("data", [b"", b"\x89VC", b"a text, not a volume " * 40])
def test_foreign(
    run: Callable, tmp_path: Path, nothing_new: Callable[[], None], data: bytes
) -> None:
    path = tmp_path / "foreign.vcore"
    path.write_bytes(data)
    nothing_new()

    for result in run_all(run, path):
        result.assert_refused("foreign.vcore")

    nothing_new()


def test_a_volume_is_no_compressed_file(run: Callable, source: Path) -> None:
    for result in run_all(run, source):
        result.assert_refused("volume.npy")


def test_cut_in_the_header(run: Callable, packed: Path) -> None:
    packed.write_bytes(packed.read_bytes()[:60])

    for result in run_all(run, packed):
        result.assert_told("volume.vcore")


def test_cut_at_the_end(
    run: Callable, packed: Path, source: Path, nothing_new: Callable[[], None]
) -> None:
    packed.write_bytes(packed.read_bytes()[:-40])
    nothing_new()

    info = run("info", packed)
    info.assert_done()
    assert "truncated" in info.out
    assert run("info", packed, "--json").json["truncated"] is True
    verified = run("verify", packed)
    verified.assert_broken("truncated")
    assert verified.code == 4
    run("decompress", packed, "out.npy").assert_refused()
    run("compare", source, packed).assert_refused()
    nothing_new()


def test_what_is_there_of_a_cut_file_can_be_had(run: Callable, packed: Path) -> None:
    packed.write_bytes(packed.read_bytes()[:-40])
    levels = run("info", packed, "--json").json["variables"][0]["available_levels"]

    assert levels
    assert 0 not in levels
    run("decompress", packed, "out.npy", "--level", levels[0]).assert_done()
    run("view", packed).assert_done()


def test_cut_anywhere_without_a_traceback(run: Callable, packed: Path) -> None:
    data = packed.read_bytes()
    for length in range(0, len(data), max(len(data) // 25, 1)):
        packed.write_bytes(data[:length])
        for result in (
            run("info", packed),
            run("verify", packed),
            run("decompress", packed, "out.npy", "--force"),
        ):
            if result.code:
                result.assert_told()


def test_flipped_anywhere_without_a_traceback(run: Callable, packed: Path) -> None:
    data = packed.read_bytes()
    for position in range(8, len(data), max(len(data) // 25, 1)):
        damaged = bytearray(data)
        damaged[position] ^= 0x41
        packed.write_bytes(damaged)

        result = run("decompress", packed, "out.npy", "--force")

        if result.code:
            result.assert_refused(code=4)


def test_future_major_version(run: Callable, packed: Path) -> None:
    data = bytearray(packed.read_bytes())
    data[8] = 9
    packed.write_bytes(data)

    for result in run_all(run, packed):
        result.assert_refused("version", "9", "newer")


def test_future_minor_version(run: Callable, packed: Path) -> None:
    data = bytearray(packed.read_bytes())
    data[9] = 7
    packed.write_bytes(data)

    for result in run_all(run, packed):
        result.assert_done()


def test_method_of_the_future(run: Callable, packed: Path) -> None:
    def change(header: dict[str, Any]) -> None:
        header["variables"][0]["method"] = "holography"

    packed.write_bytes(edited(packed.read_bytes(), change))

    run("decompress", packed, "out.npy").assert_refused("holography", "install")
    run("view", packed).assert_refused("holography")
    assert run("info", packed).code in (0, 4)


HOSTILE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no variables": lambda h: h.update(variables=[]),
    "huge shape": lambda h: h["variables"][0].update(shape=[2**40, 2**40, 2**40]),
    "negative shape": lambda h: h["variables"][0].update(shape=[-1, 20, 24]),
    "another shape": lambda h: h["variables"][0].update(shape=[160, 200, 240]),
    "unknown dtype": lambda h: h["variables"][0].update(dtype="V9"),
    "unknown setting": lambda h: h["variables"][0]["settings"].update(k="many"),
    "no grid": lambda h: h.pop("grid"),
    "no sections": lambda h: h.update(sections=[]),
    "sections of text": lambda h: h.update(sections=["a"]),
    "a list for a source": lambda h: h.update(source=[1, 2]),
    "text for a range": lambda h: h["variables"][0].update(range="wide"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_header(run: Callable, packed: Path, case: str) -> None:
    packed.write_bytes(edited(packed.read_bytes(), HOSTILE[case]))

    for result in run_all(run, packed):
        if result.code != 0:
            result.assert_told()
