"""`vcore paraview`: locating ParaView, the private folder, checks.

ParaView is needed only where a test says so: otherwise small shell scripts replace it.
"""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from vcore.errors import InputError
from vcore.paraview import find, folder, launch

FAKE = """#!/bin/sh
case "$1" in
--version) echo "paraview version {version}" ;;
-c) echo "noise"; echo "vcore:[{python}]" ;;
*) printf '%s\\n' "$@" "$PV_PLUGIN_PATH" "$PYTHONPATH" "$VCORE_PYTHON" >"{log}" ;;
esac
"""
OWN = ", ".join(map(str, sys.version_info[:3]))

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts stand for ParaView")


def fake(place: Path, version: str = "5.13.2", python: str = OWN) -> Path:
    """Create an installation of scripts; return its folder."""
    (place / "bin").mkdir(parents=True)
    for name in ("paraview", "pvpython"):
        script = place / "bin" / name
        script.write_text(FAKE.format(version=version, python=python, log=place / "log"))
        script.chmod(0o755)
    return place


@pytest.fixture(autouse=True)
def _nobodys_settings(monkeypatch, tmp_path):
    monkeypatch.delenv("PARAVIEW", raising=False)
    monkeypatch.setenv("VCORE_CACHE", str(tmp_path / "cache"))


def test_it_is_found_where_it_is_named(tmp_path):
    place = fake(tmp_path / "ParaView-5.13")
    for asked in (place, place / "bin", place / "bin" / "paraview"):
        found = find.find(str(asked))
        assert found.program == place / "bin" / "paraview"
        assert found.python == place / "bin" / "pvpython"
        assert found.version == (5, 13, 2)
        assert found.python_version == tuple(sys.version_info[:3])
        assert found.takes_venv


def test_variable_then_path_then_the_newest_in_the_usual_places(tmp_path, monkeypatch):
    on_path = fake(tmp_path / "path", "5.12.0")
    older, newer = (fake(tmp_path / f"ParaView-{v}", v) for v in ("5.9.1", "5.11.2"))
    monkeypatch.setattr(find, "_usual_places", lambda: (f"{tmp_path}/ParaView*",))
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert find.find().program == newer / "bin" / "paraview"
    monkeypatch.setenv("PATH", f"{on_path / 'bin'}:{os.defpath}")
    assert find.find().program == on_path / "bin" / "paraview"
    monkeypatch.setenv("PARAVIEW", str(older))
    assert find.find().version == (5, 9, 1)


def test_without_paraview_the_message_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(find, "_usual_places", lambda: (f"{tmp_path}/ParaView*",))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"install it .* or name it with --paraview PATH"):
        find.find()
    with pytest.raises(InputError, match="There is no such program"):
        find.find(str(tmp_path / "no"))
    place = fake(tmp_path / "half")
    (place / "bin" / "pvpython").unlink()
    with pytest.raises(InputError, match="without pvpython beside it"):
        find.find(str(place))


def test_another_python_is_refused_with_a_way_out(tmp_path):
    found = find.find(str(fake(tmp_path / "pv", python="3, 8, 1")))
    with pytest.raises(InputError, match=r"Expected Python 3\.8, .* make an environment of Python"):
        launch.check_python(found)


def test_the_private_folder_links_what_decoding_needs_and_nothing_else(tmp_path):
    site = folder.link_folder(tmp_path / "private")
    names = {p.name for p in site.iterdir()}
    assert {"vcore", "numpy", "zarr", "numba", "llvmlite", "sitecustomize.py"} <= names
    for stranger in ("vtk", "vtkmodules", "scipy", "torch", "dask", "typer", "rich", "pytest"):
        assert stranger not in names
    assert any(n.startswith("vcore_volumes-") for n in names)  # entry points: the methods
    assert folder.venv_root(site) == tmp_path / "private"
    (site / "stranger.py").write_text("")
    (site / "numpy").unlink()
    again = folder.link_folder(tmp_path / "private")
    assert {p.name for p in again.iterdir()} == names


def test_a_scipy_that_runs_with_a_newer_numpy_is_no_error(tmp_path):
    """ParaView shows Python's warnings as errors."""
    text = "A NumPy version >=1.23.5 and <2.5.0 is required for this version of SciPy (detected 9)"
    done = subprocess.run(
        [sys.executable, "-c", f"import warnings; warnings.warn({text!r})"],
        env={**os.environ, "PYTHONPATH": str(folder.link_folder(tmp_path / "private"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_whole_site_packages_is_not_handed_on(tmp_path, monkeypatch):
    (tmp_path / "site" / "vtkmodules").mkdir(parents=True)
    (tmp_path / "own").mkdir()
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'site'}:{tmp_path / 'own'}")
    path = launch.environment(tmp_path / "private")["PYTHONPATH"].split(":")
    assert str(tmp_path / "site") not in path
    assert path[1:] == [str(tmp_path / "own")]


def vcore_paraview(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "vcore", "paraview", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_starts_with_files_and_environment(tmp_path):
    place = fake(tmp_path / "pv")
    file = tmp_path / "a b.vcore"
    file.touch()
    done = vcore_paraview(file, "--paraview", place)
    assert (done.returncode, done.stderr) == (0, "")
    venv, data, plugins, path, python = (place / "log").read_text().splitlines()
    assert venv.startswith(f"--venv={tmp_path / 'cache'}")
    assert data == f"--data={file}"
    assert (Path(plugins.split(":")[0]) / "vcore_paraview.py").is_file()
    assert (Path(path.split(":")[0]) / "sitecustomize.py").is_file()
    assert python == sys.executable


def test_venv_is_left_out_where_there_is_none(tmp_path):
    place = fake(tmp_path / "pv", "5.11.0")
    assert vcore_paraview("--paraview", place).returncode == 0
    assert "--venv" not in (place / "log").read_text()


def test_a_missing_file_is_told_before_paraview_starts(tmp_path):
    done = vcore_paraview(tmp_path / "no.vcore", "--paraview", fake(tmp_path / "pv"))
    assert done.returncode == 2
    assert "Expected a file to open." in done.stderr
    assert not (tmp_path / "pv" / "log").exists()


def test_env_prints_what_a_shell_evaluates(tmp_path):
    place = fake(tmp_path / "pv")
    printed = vcore_paraview("--env", "--paraview", place).stdout
    shell = f'{printed}\nprintf "%s" "$PV_PLUGIN_PATH"'
    plugins = subprocess.run(["sh", "-c", shell], capture_output=True, text=True).stdout
    assert (Path(plugins.split(":")[0]) / "vcore_paraview.py").is_file()


def test_a_shell_with_the_variables_starts_it_too(tmp_path):
    """This Python then finds vcore and its requirements in the private folder by itself."""
    place = fake(tmp_path / "pv")
    line = f'"{sys.executable}" -m vcore paraview --paraview "{place}"'
    first = vcore_paraview("--env", "--paraview", place).stdout
    site = next((tmp_path / "cache").rglob("sitecustomize.py")).parent
    links = {p.name: p.resolve() for p in site.iterdir()}
    done = subprocess.run(
        ["sh", "-c", f"{first}\n{line}"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (place / "log").is_file()
    assert {p.name: p.resolve(strict=True) for p in site.iterdir()} == links


@pytest.mark.slow
def test_check_reads_a_file_in_the_real_paraview(program):
    done = vcore_paraview("--check", "--paraview", program.program)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "reading" in done.stdout
    assert "works" in done.stdout


def test_check_says_when_reading_fails(tmp_path):
    done = vcore_paraview("--check", "--paraview", fake(tmp_path / "pv"))
    assert done.returncode == 1
    assert "fails: pvpython ended with code 0" in done.stdout


def test_the_plugin_folder_has_one_file_at_the_top_and_no_package():
    """ParaView tries every .py in PV_PLUGIN_PATH, and a package would shadow the real ones."""
    names = [p.name for p in folder.plugin_folder().iterdir() if p.suffix == ".py"]
    assert names == ["vcore_paraview.py"]


def test_the_wheel_brings_the_plugin(tmp_path):
    root = Path(__file__).parents[2]
    if not (root / "pyproject.toml").exists():
        pytest.skip("no checkout to build a wheel of")
    pytest.importorskip("hatchling", reason="hatchling builds the wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=root,
        capture_output=True,
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "vcore/_plugins/paraview/vcore_paraview.py" in names
    assert "vcore/_plugins/paraview/vcore_pv/proxies/level.xml" in names
    assert "vcore/serve/static/viewer.js" in names  # the pages of vcore serve
    assert not any("__pycache__" in n for n in names)


def test_the_plugin_imports_no_method():
    for path in folder.plugin_folder().rglob("*.py"):
        assert "vcore.methods." not in path.read_text(), path
