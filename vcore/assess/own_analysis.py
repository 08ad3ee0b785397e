"""The user's own analysis, run on original and decoded data."""

import json
import math
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vcore.errors import InputError

PLACE = "{}"
"""Stands for the path of the data in a command."""
TAIL = 400
"""Number of characters of a failed command's messages that are shown."""


def run_on_both(
    command: str, original: str, write: Callable[[str], None], suffix: str | None = None
) -> list[dict[str, Any]]:
    """Run a command on the original and on the decoded data, and compare the numbers it prints.

    Parameters
    ----------
    command
        Program and arguments, with ``{}`` for the path; run without a shell.
    original
        Path of the original.
    write
        Writes the decoded data to a path, in the format of its suffix.
    suffix
        Suffix of the decoded file; by default it has the original's name.

    Returns
    -------
    list of dict
        For each number: ``name``, ``original``, ``decoded``, ``difference`` and ``relative`` (to
        the original; NaN for 0). A number printed on one side only is NaN on the other.

    Raises
    ------
    InputError
        No ``{}``, no such program, an exit code other than 0, or no number in the output.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise InputError(f"Expected a command. Got {command!r} instead: {error}.") from error
    if not any(PLACE in word for word in words):
        raise InputError(
            f"Expected a command with {{}} in place of the file, such as 'count.py {{}}'. Got "
            f"{command!r} instead."
        )
    with tempfile.TemporaryDirectory(prefix="vcore-report-") as folder:
        name = Path(original.rstrip("/")).name
        decoded = Path(folder, Path(name).stem + suffix if suffix else name)
        write(str(decoded))
        before = _run(words, original)
        after = _run(words, str(decoded))
    return [_row(name, before.get(name), after.get(name)) for name in {**before, **after}]


def numbers_in(text: str) -> dict[str, float]:
    """Return the numbers that a program printed, by name.

    Either one JSON object (numbers within objects are named ``outer.inner``), or lines of a name
    and a number, separated by ``:``, ``=``, a comma, a tab or a space; a number alone on its line
    is named ``result``.
    """
    try:
        found = json.loads(text)
    except ValueError:
        return dict(_of_lines(text))
    if isinstance(found, int | float) and not isinstance(found, bool):
        return {"result": float(found)}
    return dict(_flattened("", found)) if isinstance(found, dict) else {}


def _of_lines(text: str) -> list[tuple[str, float]]:
    rows: list[tuple[str, float]] = []
    unnamed = 0
    for line in text.splitlines():
        *name, number = line.replace("=", " ").replace(":", " ").replace(",", " ").split() or [""]
        try:
            value = float(number)
        except ValueError:
            continue
        if name:
            rows.append((" ".join(name), value))
        else:
            unnamed += 1
            rows.append(("result" if unnamed == 1 else f"result {unnamed}", value))
    return rows


def _flattened(prefix: str, values: dict[str, Any]) -> list[tuple[str, float]]:
    rows = []
    for name, value in values.items():
        if isinstance(value, dict):
            rows += _flattened(f"{prefix}{name}.", value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            rows.append((f"{prefix}{name}", float(value)))
    return rows


def _run(words: list[str], path: str) -> dict[str, float]:
    command = [word.replace(PLACE, path) for word in words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    except OSError as error:
        raise InputError(
            f"Expected a program that runs. Got {command[0]!r} instead: {error.strerror}."
        ) from error
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-TAIL:]
        raise InputError(
            f"Expected exit code 0 of {shlex.join(command)}. Got {done.returncode} instead: {said}"
        )
    if not (found := numbers_in(done.stdout)):
        raise InputError(
            f"Expected numbers on the standard output of {shlex.join(command)}: one JSON object, "
            f"or lines of a name and a number. Got {done.stdout.strip()[:80]!r} instead."
        )
    return found


def _row(name: str, before: float | None, after: float | None) -> dict[str, Any]:
    original = math.nan if before is None else before
    decoded = math.nan if after is None else after
    difference = decoded - original
    return {
        "name": name,
        "original": original,
        "decoded": decoded,
        "difference": difference,
        "relative": difference / abs(original) if original else math.nan,
    }
