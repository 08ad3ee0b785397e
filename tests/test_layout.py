"""Imports have one direction: no circular imports, including those for types."""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from vcore import methods

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "vcore": ROOT / "vcore",
    "benchmarks": ROOT / "benchmarks",
    "napari_vcore": ROOT / "plugins" / "napari" / "napari_vcore",
    "vcore_pv": ROOT / "plugins" / "paraview" / "vcore_pv",
}


def modules() -> dict[str, Path]:
    """Return the file of each module."""
    found = {}
    for package, folder in PACKAGES.items():
        for path in folder.rglob("*.py"):
            parts = (package, *path.relative_to(folder).with_suffix("").parts)
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imported(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """Yield the known modules that a file imports, at any level."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in known else str(node.module) for name in inside]
        yield from (name for name in names if name in known)


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    known = modules()
    return {name: set(imported(path, known)) - {name} for name, path in known.items()}


def test_no_circle_of_files(graph: dict[str, set[str]]) -> None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


BELOW = ("model", "runtime", "container", "entropy", "methods", "engine", "zarr")
ABOVE = ("cli", "serve", "evaluate", "hierarchy", "integrations", "paraview")


def test_the_lower_floors_import_none_of_the_upper(graph: dict[str, set[str]]) -> None:
    upward = [
        f"{name} -> {other}"
        for name, others in graph.items()
        for other in others
        if name.startswith(tuple(f"vcore.{room}" for room in BELOW))
        and other.startswith(tuple(f"vcore.{room}" for room in ABOVE))
    ]
    assert not upward


CONTRACT = ("vcore.methods.base", "vcore.methods.mixins", "vcore.methods.source")


def test_the_contract_knows_no_method() -> None:
    told = {
        f"{path}: {name}"
        for path in (*CONTRACT, "vcore.methods")
        for name in methods.names()
        if re.search(rf"[\"'`.]{name}\b", modules()[path].read_text(encoding="utf-8"))
    }
    assert not told


def test_plugins_import_no_method(graph: dict[str, set[str]]) -> None:
    reached = [
        f"{name} -> {other}"
        for name, others in graph.items()
        for other in others
        if name.startswith(("napari_vcore", "vcore_pv")) and other.startswith("vcore.methods.")
        if other not in CONTRACT
    ]
    assert not reached
