"""Finding ParaView and its Python version."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcore.errors import InputError

PROBE = "import sys; print('vcore:' + str(list(sys.version_info[:3])))"
PATIENCE = 120
"""Timeout for starting ParaView's Python, in seconds; a cold start reads it from disk."""


@dataclass(frozen=True)
class ParaView:
    """A ParaView installation.

    Parameters
    ----------
    program
        The graphical program, or pvpython if there is none.
    python
        Path of pvpython.
    version
        ParaView version, such as (5, 11, 0).
    python_version
        Version of its Python, such as (3, 11, 2).
    """

    program: Path
    python: Path
    version: tuple[int, ...]
    python_version: tuple[int, ...]

    @property
    def name(self) -> str:
        """Name and version, for messages."""
        return "ParaView " + ".".join(map(str, self.version))

    @property
    def takes_venv(self) -> bool:
        """Whether it supports the option ``--venv``."""
        return self.version >= (5, 13)


def find(asked: str | None = None) -> ParaView:
    """Return the ParaView to start.

    Parameters
    ----------
    asked
        Program, installation folder, program folder or macOS application; by default the variable
        ``PARAVIEW``, then the search path, then the usual locations, newest first.

    Raises
    ------
    InputError
        No ParaView was found, or it has no Python.
    """
    named = asked or os.environ.get("PARAVIEW")
    if named:
        programs = list(_within(Path(named).expanduser()))
        if not programs:
            raise InputError(
                f"Expected ParaView at {named}. There is no such program: name the program "
                f"paraview, or the folder it was installed in."
            )
        return _probed(programs[0])
    for program in _everywhere():
        return _probed(program)
    raise InputError(
        "Expected ParaView on the search path or in the usual places. There is none: install it "
        "(paraview.org; Debian: apt-get install paraview python3-paraview), or name it with "
        "--paraview PATH or the variable PARAVIEW."
    )


def _everywhere() -> Iterator[Path]:
    for name in ("paraview", "pvpython"):
        if found := shutil.which(name):
            yield Path(found)
    for pattern in _usual_places():
        root, _, rest = pattern.partition("*")
        parent = Path(root).parent
        matches = parent.glob(f"{Path(root).name}*{rest}") if parent.is_dir() else ()
        for folder in sorted(matches, key=_numbers, reverse=True):
            yield from _within(folder)


def _usual_places() -> tuple[str, ...]:
    home = Path.home()
    if sys.platform == "darwin":
        return "/Applications/ParaView*", f"{home}/Applications/ParaView*"
    if sys.platform == "win32":
        programs = os.environ.get("PROGRAMFILES", r"C:\Program Files")
        local = os.environ.get("LOCALAPPDATA", str(home))
        return f"{programs}/ParaView*", f"{local}/Programs/ParaView*", f"{home}/ParaView*"
    return "/opt/ParaView*", "/opt/paraview*", "/usr/local/ParaView*", f"{home}/ParaView*"


def _numbers(path: Path) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", path.name)]


def _within(place: Path) -> Iterator[Path]:
    """Yield the programs of a program path, program folder, installation or macOS application."""
    if place.is_file():
        yield place
        return
    for folder in (place, place / "bin", place / "Contents" / "MacOS", place / "Contents" / "bin"):
        for name in ("paraview", "pvpython"):
            for suffix in ("", ".exe"):
                if (program := folder / (name + suffix)).is_file():
                    yield program


def _probed(program: Path) -> ParaView:
    python = _python_of(program)
    version = re.search(r"version (\d+)\.(\d+)\.(\d+)", _output(python, "--version"))
    told = re.search(r"vcore:(\[.*\])", _output(python, "-c", PROBE))
    if version is None or told is None:
        raise InputError(
            f"Expected {python} to run a line of Python. It did not: start it by hand to see why."
        )
    numbers = json.loads(told.group(1))
    return ParaView(program, python, tuple(int(n) for n in version.groups()), tuple(numbers))


def _python_of(program: Path) -> Path:
    """Return the pvpython that belongs to a program."""
    folders = {program.parent, program.resolve().parent}
    # macOS applications have the graphical program in MacOS and the others in bin
    folders |= {f.parent / "bin" for f in list(folders)}
    for folder in folders:
        for name in ("pvpython", "pvpython.exe"):
            if (folder / name).is_file():
                return folder / name
    raise InputError(
        f"Expected ParaView with Python. Got {program} without pvpython beside it: install it "
        f"(Debian: apt-get install python3-paraview), or take a build from paraview.org."
    )


def _output(*command: Any) -> str:
    try:
        done = subprocess.run(
            [str(c) for c in command],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
            env={k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PV_PLUGIN_PATH")},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(
            f"Expected {command[0]} to start. Got '{error}' instead: start it by hand to see why."
        ) from error
    return done.stdout + done.stderr
