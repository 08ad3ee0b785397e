"""Ctrl-C and closed pipes."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

QUICK = ("--method", "linear2", "--set", "steps=10", "--set", "k=4", "--set", "s=3")


@pytest.mark.slow
def test_ctrl_c_in_the_middle_of_a_fit(source: Path, tmp_path: Path) -> None:
    outer, inner = pty.openpty()  # a terminal, so that the bar shows when the fit has started
    command = [
        Path(sys.executable).parent / "vcore", "compress", "volume.npy", "out.vcore",
        "--range-error", "0.05", "-m", "linear2", "--set", "k=4", "--set", "steps=10000000",
    ]  # fmt: skip
    running = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=inner,
        env={**os.environ, "TERM": "xterm"},
        # a test run in a shell's background inherits an ignored SIGINT
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(inner)
    shown = b""
    try:
        while b"fitting" not in shown:
            shown += os.read(outer, 4096)
        time.sleep(0.5)
        running.send_signal(signal.SIGINT)
        began = time.monotonic()
        while True:
            try:
                read = os.read(outer, 4096)
            except OSError:  # the other end of the terminal is closed
                break
            if not read:
                break
            shown += read
        printed, _ = running.communicate(timeout=30)
        took = time.monotonic() - began
    finally:
        running.kill()
        os.close(outer)

    text = shown.decode()
    assert running.returncode == 130, text
    assert took < 30
    assert "vcore: " in text
    assert text.count("nothing was written") == 1
    assert "Traceback" not in text
    assert printed == b""
    assert [p.name for p in tmp_path.iterdir()] == ["volume.npy"]


def _interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("vcore.io.read", ("compress", "volume.npy", "out.vcore", *QUICK)),
        ("vcore.engine.encoder.scan", ("compress", "volume.npy", "out.vcore", *QUICK)),
        (
            "vcore.engine.estimate.scan",
            ("compress", "volume.npy", "out.vcore", *QUICK, "--estimate"),
        ),
        ("vcore.io.raw.write_source_values", ("decompress", "volume.vcore", "out.raw")),
        ("vcore.evaluate.verify.compare_variable", ("verify", "volume.npy", "volume.vcore")),
        ("vcore.evaluate.compare.compare_variable", ("compare", "volume.npy", "volume.vcore")),
        ("vcore.evaluate.picture.save", ("view", "volume.vcore")),
    ],
)
def test_ctrl_c_anywhere(
    run: Callable,
    source: Path,
    packed: Path,
    nothing_new: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    command: tuple[str, ...],
) -> None:
    monkeypatch.setattr(target, _interrupt)
    nothing_new()

    result = run(*command)

    assert result.code == 130
    (line,) = result.err.strip().splitlines()
    assert line.startswith("vcore: ")
    assert result.out == ""
    nothing_new()


def test_ctrl_c_while_commands_are_imported(
    run: Callable, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vcore.cli._register", _interrupt)

    result = run("info", "volume.vcore")

    assert (result.code, result.out) == (130, "")
    assert result.err.strip() == "vcore: Interrupted: nothing was written."


def test_ctrl_c_that_keeps_what_is_finished_has_the_same_code(
    run: Callable, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vcore.render.run.render", _interrupt)

    result = run("render", "volume.npy", "a.cdb", "--slice", "z=50%", "--size", "8")

    assert result.code == 130
    assert "the same command resumes" in result.err


@pytest.mark.parametrize(
    "command", ["methods --json", "methods", "info volume.vcore", "--help", "compress --help"]
)
def test_closed_pipe(shell: Callable, packed: Path, command: str) -> None:
    # the reader is closed before the first line is written
    result = shell(f"vcore {command} | true; exit ${{PIPESTATUS[0]}}")

    assert result.err == ""
    assert result.code in (0, 1, 141)


def test_head(shell: Callable, packed: Path) -> None:
    result = shell("vcore info volume.vcore --json | head -n 1")

    assert result.out == "{\n"
    assert result.err == ""


@pytest.mark.slow
def test_output_that_knows_ascii_only(shell: Callable, packed: Path, source: Path) -> None:
    for line in (
        "vcore info volume.vcore",
        "vcore decompress volume.vcore out.npy",
        "vcore --help",
        "vcore methods",
    ):
        shell(line, env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}).assert_done()
