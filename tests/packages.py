"""Packages of somebody else's as an installation leaves them: modules beside their metadata."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def install(
    folder: Path, name: str, modules: Mapping[str, str], entry_points: Mapping[str, Mapping]
) -> None:
    """Put the modules (name and text) of the package ``name`` into ``folder``, with its metadata.

    ``entry_points`` are names and objects by group.
    """
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)
    described = folder / f"{name}-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    groups = (
        "\n".join([f"[{group}]", *(f"{key} = {value}" for key, value in points.items())])
        for group, points in entry_points.items()
    )
    (described / "entry_points.txt").write_text("\n".join(groups) + "\n")


def environment(site: Path) -> dict[str, str]:
    """Return the environment of a process that also sees the packages in ``site``."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *filter(None, sys.path)])}


def failures(folder: Path, site: Path, *options: str) -> set[str]:
    """Run the tests in ``folder`` with the packages in ``site``; return those that fail."""
    run = subprocess.run(
        [
            sys.executable,
            *["-m", "pytest", "-q", "-rf", "--tb=no", "-p", "no:cacheprovider"],
            *options,
        ],
        cwd=folder,
        env={**environment(site), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in (0, 1), run.stdout + run.stderr
    assert re.search(r"\d+ passed", run.stdout), run.stdout + run.stderr
    return set(re.findall(r"^FAILED \S+?::(\S+)", run.stdout, re.MULTILINE))
