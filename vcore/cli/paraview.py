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

  # pvserver, pvbatch and pvpython, on a cluster too

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
            help="The program, or the folder it was installed in; else the variable PARAVIEW, the "
            "search path, and the usual places.",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Say what was found and whether reading works; stop.")
    ] = False,
    env: Annotated[
        bool, typer.Option("--env", help="Print the variables for a shell, to be evaluated; stop.")
    ] = False,
) -> None:
    """Start ParaView so that it opens .vcore files like any other format."""
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
        note("there is no window here, only pvpython: it starts instead")
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
        note(f"what pvpython said:\n{told['output']}")
        sys.exit(1)


def register(app: typer.Typer) -> None:
    """Hang the command into ``app``."""
    app.command(epilog=EXAMPLES)(paraview)
