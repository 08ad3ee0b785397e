"""Starting ParaView with an environment that loads the plugin automatically."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vcore.errors import InputError
from vcore.paraview.find import ParaView
from vcore.paraview.folder import link_folder, plugin_folder, venv_root

PYTHON_VARIABLE, PATH_VARIABLE = "VCORE_PYTHON", "VCORE_PYTHONPATH"
"""Environment variables with the Python used for compressing (this one) and its path."""


def check_python(paraview: ParaView) -> None:
    """Check that packages of this environment load in ParaView's Python.

    Raises
    ------
    InputError
        The Python versions differ.
    """
    wanted, own = paraview.python_version[:2], tuple(sys.version_info[:2])
    if wanted == own:
        return
    theirs, ours = (".".join(map(str, v)) for v in (wanted, own))
    raise InputError(
        f"Expected Python {theirs}, that of {paraview.name} at {paraview.python}. Got Python "
        f"{ours} instead: make an environment of Python {theirs} (python{theirs} -m venv "
        f"paraview-env), install vcore-volumes into it and start `vcore paraview` from there; or "
        f"name another ParaView with --paraview."
    )


def environment(folder: Path | None = None) -> dict[str, str]:
    """Return the additional environment variables for ParaView.

    Parameters
    ----------
    folder
        Location of the private folder; by default in the user's cache.

    Raises
    ------
    OutputError
        The plugin is missing, or the private folder cannot be created.
    """
    own = str(link_folder(folder))
    plugin = str(plugin_folder())
    return {
        "PYTHONPATH": os.pathsep.join([own, *_kept("PYTHONPATH", own)]),
        "PV_PLUGIN_PATH": os.pathsep.join([plugin, *_kept("PV_PLUGIN_PATH", plugin)]),
        PYTHON_VARIABLE: sys.executable,
        PATH_VARIABLE: os.pathsep.join(_kept("PYTHONPATH", own)),
    }


def _kept(variable: str, own: str) -> list[str]:
    """Return the user's own entries, except site-packages folders that contain VTK."""
    entries = os.environ.get(variable, "").split(os.pathsep)
    return [e for e in entries if e not in ("", own) and not (Path(e) / "vtkmodules").exists()]


def command(paraview: ParaView, paths: Sequence[str], folder: Path) -> list[str]:
    """Return the command line that opens ``paths``.

    Parameters
    ----------
    folder
        The private folder in ``PYTHONPATH``.
    """
    line = [str(paraview.program)]
    if paraview.takes_venv:
        line.append(f"--venv={venv_root(folder)}")
    return line + [f"--data={Path(path).absolute()}" for path in paths]


def check_paths(paths: Sequence[str]) -> None:
    """Check that all files exist, because ParaView takes seconds to start.

    Raises
    ------
    InputError
        A file does not exist.
    """
    for path in paths:
        if not Path(path).is_file():
            raise InputError(f"Expected a file to open. There is none at {path}: check the name.")


def run(paraview: ParaView, paths: Sequence[str]) -> int:
    """Run ParaView and return its exit code."""
    variables = environment()
    own = Path(variables["PYTHONPATH"].split(os.pathsep)[0])
    done = subprocess.run(
        command(paraview, paths, own), env={**os.environ, **variables}, check=False
    )
    return done.returncode


READS = """
import json, sys
from paraview.simple import OpenDataFile, GetParaViewVersion
told = {"paraview": str(GetParaViewVersion())}
try:
    import numpy, vcore
    told |= {"numpy": numpy.__version__, "vcore": vcore.__version__}
    reader = OpenDataFile(sys.argv[1])
    reader.UpdatePipeline()
    told["range"] = list(reader.PointData["values"].GetRange())
    told["extent"] = list(reader.GetDataInformation().GetExtent())
except Exception as error:
    told["error"] = f"{type(error).__name__}: {error}"
print("vcore:" + json.dumps(told))
"""


def check_reading(paraview: ParaView) -> dict[str, Any]:
    """Read a small file in pvpython and return the result.

    Returns
    -------
    dict
        numpy and vcore (versions within ParaView), error (None on success), output (printed text).
    """
    import numpy as np

    from vcore.engine.compress import compress

    values = np.full((4, 5, 6), 7, np.float32)
    values[1, 2, 3] = np.nan  # adds an entropy-coded mask, so that decoding needs numba
    with tempfile.TemporaryDirectory() as folder:
        path, script = Path(folder) / "check.vcore", Path(folder) / "check.py"
        compress(values, path)
        script.write_text(READS, encoding="utf-8")
        done = subprocess.run(
            [str(paraview.python), str(script), str(path)],
            env={**os.environ, **environment()},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=300,
            check=False,
        )
    output = done.stdout + done.stderr
    lines = [line for line in output.splitlines() if line.startswith("vcore:{")]
    told: dict[str, Any] = {"numpy": None, "vcore": None, "error": None, "output": output.strip()}
    if not lines:
        return told | {"error": f"pvpython ended with code {done.returncode}"}
    told |= json.loads(lines[-1].removeprefix("vcore:"))
    if told["error"] is None and (told["range"][0], told["extent"]) != (7, [0, 5, 0, 4, 0, 3]):
        told["error"] = f"values {told['range']} on the extent {told['extent']}"
    return told
