"""`vcore paraview`."""

import shlex
import sys
from typing import Annotated, Any

import typer

from vcore.cli.output import note, print_figures
from vcore.errors import VcoreError

EXAMPLES = """
[bold]Examples[/bold]

  vcore paraview run01.vcore

  vcore paraview --check

  # pvserver, pvbatch and pvpython, also on a cluster

  eval "$(vcore paraview --env)"; mpiexec -n 4 pvbatch script.py
"""


def paraview(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILE", help="Files to open.")
    ] = None,
    program: Annotated[
        str | None,
        typer.Option(
            "--paraview",
            metavar="PATH",
            help="ParaView program or installation folder; by default the variable PARAVIEW, the "
            "search path and the usual locations.",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Only report the installation and whether reading works."),
    ] = False,
    env: Annotated[
        bool, typer.Option("--env", help="Only print shell commands that set the environment.")
    ] = False,
) -> None:
    """Start ParaView with the vcore plugin loaded."""
    from vcore.paraview import launch
    from vcore.paraview.find import find

    launch.check_paths(files or [])
    found = find(program)
    if check:
        _check(found)
        return
    launch.check_python(found)
    if env:
        for name, value in launch.environment().items():
            typer.echo(f"export {name}={shlex.quote(value)}")
        return
    if found.program == found.python:
        note("this ParaView has no graphical program: starting pvpython instead")
    code = launch.run(found, files or [])
    if code:
        sys.exit(code)


def _check(found: Any) -> None:
    from vcore.paraview import launch
    from vcore.paraview.folder import plugin_folder

    rows = {
        "ParaView": f"{'.'.join(map(str, found.version))}, {found.program}",
        "its Python": f"{'.'.join(map(str, found.python_version))}, {found.python}",
        "this Python": f"{sys.version.split()[0]}, {sys.executable}",
        "plugin": str(plugin_folder()),
    }
    try:
        launch.check_python(found)
    except VcoreError:
        print_figures("vcore in ParaView", rows | {"reading": "not tried"})
        raise
    told = launch.check_reading(found)
    rows["packages"] = launch.environment()["PYTHONPATH"]
    rows["NumPy there"] = told["numpy"] or "not found"
    rows["reading"] = "works" if told["error"] is None else f"fails: {told['error']}"
    print_figures("vcore in ParaView", rows)
    if told["error"] is not None:
        note(f"output of pvpython:\n{told['output']}")
        sys.exit(1)


def register(app: typer.Typer) -> None:
    """Register the command on ``app``."""
    app.command(epilog=EXAMPLES)(paraview)
