"""Help with examples, and usage errors."""

import re
from collections.abc import Callable

import pytest

COMMANDS = (
    *("compress", "decompress", "info", "compare", "verify", "methods", "view", "serve", "render"),
)


def test_overview(run: Callable) -> None:
    result = run("--help")

    result.assert_done()
    for command in COMMANDS:
        assert command in result.out


def test_old_names_are_hidden_and_work(run: Callable) -> None:
    listed = run("--help").out

    for old in ("audit", "export"):
        assert f" {old} " not in listed
        run(old, "--help").assert_done()


def test_alone_shows_help(run: Callable) -> None:
    result = run()

    assert "Usage" in result.out + result.err
    assert "compress" in result.out + result.err
    assert "Traceback" not in result.err


def test_version(run: Callable) -> None:
    import vcore

    result = run("--version")

    result.assert_done()
    assert vcore.__version__ in result.out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_examples(run: Callable, command: str) -> None:
    result = run(command, "--help")

    result.assert_done()
    assert "Usage" in result.out
    assert "Examples" in result.out
    assert re.search(rf"^\s*vcore {command}\b", result.out, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_use_options_that_exist(run: Callable, command: str) -> None:
    text = run(command, "--help").out
    options, _, examples = text.partition("Examples")

    for option in re.findall(r"--[a-z-]+", examples):
        assert option in options


@pytest.mark.parametrize("width", [80, 120])
def test_examples_can_be_copied(run: Callable, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """An example wrapped over two lines would be pasted as two commands."""
    monkeypatch.setenv("COLUMNS", str(width))

    text = run("compress", "--help").out

    lines = [line.strip() for line in text.partition("Examples")[2].splitlines() if line.strip()]
    assert len(lines) >= 3
    assert all(line.startswith(("vcore compress ", "#")) for line in lines), lines


USAGE = {
    "unknown command": ("squeeze", "a.npy", "a.vcore"),
    "unknown option": ("compress", "a.npy", "a.vcore", "--goodness", "9"),
    "no arguments": ("compress",),
    "one argument": ("compress", "a.npy"),
    "too many arguments": ("info", "a.vcore", "b.vcore"),
    "text for a number": ("compress", "a.npy", "a.vcore", "--seed", "many"),
    "text for seconds": ("compress", "a.npy", "a.vcore", "--time-limit", "1:30"),
    "no value": ("compress", "a.npy", "a.vcore", "--psnr"),
    "unknown flag": ("methods", "--everything"),
}


@pytest.mark.parametrize("case", USAGE)
def test_usage_error(run: Callable, nothing_new: Callable[[], None], case: str) -> None:
    nothing_new()
    result = run(*USAGE[case])

    assert result.code == 2
    assert "Error" in result.err
    assert "Traceback" not in result.err
    assert result.out == ""
    nothing_new()


@pytest.mark.parametrize(
    ("old", "told"),
    [
        (("--rel-error", "0.1"), ("--range-error", "share of the data range", "--pointwise-error")),
        (("--threshold", "5"), ("--zero-below",)),
        (("--noise", "1"), ("--noise-sigma",)),
    ],
)
def test_old_option_names_the_new(
    run: Callable, old: tuple[str, str], told: tuple[str, ...]
) -> None:
    run("compress", "a.npy", "a.vcore", *old).assert_refused(old[0], *told)
    assert f"{old[0]} " not in run("compress", "--help").out
