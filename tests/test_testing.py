"""The contract suites can fail: each of some broken methods and readers is noticed."""

import subprocess
import sys
import textwrap
from pathlib import Path

import packages
import pytest
from broken import BROKEN_METHODS, BROKEN_READERS, METHODS, READERS

DATA = Path(__file__).parent / "data"
METHOD_SUITE = """
from vcore.testing.methods import MethodContract

class TestToy(MethodContract):
    method = "toy"
"""
READER_SUITE = (DATA / "outside_reader" / "test_toy_reader.py").read_text()


@pytest.mark.slow
def test_every_broken_method_is_noticed(tmp_path: Path) -> None:
    toy = (DATA / "outside_method" / "toy_method.py").read_text()
    names = {"toy": "toy_method:Toy"} | {n.lower(): f"broken:{n}" for n in BROKEN_METHODS}
    packages.install(
        tmp_path, "broken", {"toy_method": toy, "broken": METHODS}, {"vcore.methods": names}
    )
    suites = [METHOD_SUITE]
    for name in BROKEN_METHODS:
        suites.append(f'class Test{name}(MethodContract):\n    method = "{name.lower()}"\n')
    (tmp_path / "test_broken.py").write_text("\n".join(suites))
    chosen = {test.partition("[")[0] for test in BROKEN_METHODS.values()}
    failed = packages.failures(tmp_path, tmp_path, "-k", " or ".join(sorted(chosen)))
    assert [f for f in failed if f.startswith("TestToy::")] == []
    for name, test in BROKEN_METHODS.items():
        assert [f for f in failed if f.startswith(f"Test{name}::{test}")], (name, failed)


def test_every_broken_reader_is_noticed(tmp_path: Path) -> None:
    toy = (DATA / "outside_reader" / "toy_reader.py").read_text()
    suites, points = [READER_SUITE], {".toy": "toy_reader"}
    for name in BROKEN_READERS:
        points[f".{name.lower()}"] = f"broken:{name}"
        suites.append(
            READER_SUITE.replace("TestToyReader", f"Test{name}").replace(".toy", f".{name.lower()}")
        )
    packages.install(
        tmp_path, "broken", {"toy_reader": toy, "broken": READERS}, {"vcore.readers": points}
    )
    (tmp_path / "test_broken.py").write_text("\n\n".join(suites))
    failed = packages.failures(tmp_path, tmp_path)
    assert [f for f in failed if f.startswith("TestToyReader::")] == []
    for name, test in BROKEN_READERS.items():
        assert f"Test{name}::{test}" in failed, (name, failed)


def test_a_method_that_cannot_be_imported_is_named_and_leaves_the_others(tmp_path: Path) -> None:
    packages.install(
        tmp_path, "lame", {"lame": "import no_such_package"}, {"vcore.methods": {"lame": "lame:X"}}
    )
    script = """
        from vcore import methods
        print("wavelet" in methods.usable(), "lame" in methods.usable())
        for find in (methods.get, methods.get_for_file):
            try:
                find("lame")
            except ValueError as error:
                print(type(error).__name__, error)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env=packages.environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    listed, *refusals = run.stdout.splitlines()
    assert listed == "True False"
    assert [r.split()[0] for r in refusals] == ["InputError", "FormatError"]
    for refusal in refusals:
        assert "Expected the method lame of lame to be imported. Got ModuleNotFound" in refusal
    assert "lame of lame" in run.stderr
