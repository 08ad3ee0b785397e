"""Project-wide checks: names, versions, package contents."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import vcore
from vcore import methods

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def tracked() -> list[Path]:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git checkout: nothing lists the project's files")
    return [ROOT / name for name in listed]


def text_of(path: Path) -> str:
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def test_nobody_is_told_to_install_the_other_vcore():
    # `vcore` on PyPI belongs to another project; the phrase is assembled so as not to appear here
    wrong = re.compile(r"pip3? install (-\S+ )*['\"]?" + "vcore" + r"(?!-volumes)\b")
    bad = [p.name for p in tracked() if wrong.search(text_of(p))]
    assert bad == []


def test_versions_agree():
    assert PROJECT["name"] == "vcore-volumes"
    assert vcore.__version__ == PROJECT["version"]
    assert f"## {PROJECT['version']}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_method_is_documented():
    text = (ROOT / "docs" / "methods.md").read_text()
    assert [name for name in methods.names() if name not in text] == []


def test_extras_named_in_messages_exist():
    extras = set(PROJECT["optional-dependencies"])
    named = set()
    for path in (ROOT / "vcore").rglob("*.py"):
        for group in re.findall(r"vcore-volumes\[([a-z,]+)\]", path.read_text()):
            named |= set(group.split(","))
    assert named
    assert named <= extras


def test_samples_are_small_and_documented():
    readme = (ROOT / "tests" / "data" / "README.md").read_text()
    for path in (ROOT / "tests" / "data").iterdir():
        assert path.stat().st_size < 1_000_000
        assert path.name in readme or path.name == "README.md"


def test_files_of_code_stay_readable():
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in (ROOT / "vcore").rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}
