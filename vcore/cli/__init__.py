"""The command line: `vcore compress`, `decompress`, `info`, `compare`, `verify`, `methods`,
`report`, `view`, `serve`, `paraview`."""

import os
import sys
from functools import cache
from io import TextIOWrapper
from typing import Annotated

import typer

from vcore.cli.naming import in_options
from vcore.errors import VcoreError
from vcore.runtime.compile_events import on_compiling

INTERRUPTED = 130
"""Exit code after Ctrl-C."""
app = typer.Typer(
    no_args_is_help=True,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Compress scientific volumes into small .vcore files that decode on demand.",
    epilog="Tab completion: [bold]vcore --install-completion[/bold]",
)


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        from vcore import __version__

        typer.echo(f"vcore {__version__}")
        raise typer.Exit


@cache
def _register() -> None:
    # each module registers its commands on ``app``
    from vcore.cli import (
        compress,
        decompress,
        hierarchy,
        inspect,
        paraview,
        report,
        serve,
        verify,
        view,
    )

    modules = (compress, decompress, inspect, verify, report, view, hierarchy, serve, paraview)
    for module in modules:
        module.register(app)


def _announce_compiling() -> None:
    from vcore.cli.output import err, note

    if err.is_terminal:  # like the progress bars: keep the stderr of scripts for errors
        note("first use on this machine: compiling once, which takes about 10 seconds")


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and not isinstance(error, VcoreError):
        where = f" at {os.fsdecode(error.filename)}" if error.filename is not None else ""
        return f"Could not go on: {error.strerror or error}{where}."
    return in_options(str(error))


def main() -> None:
    """Run the command line; errors become one sentence on stderr and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # terminals without full Unicode support
    _register()
    try:
        from vcore.cli.output import warnings_shown

        with on_compiling(_announce_compiling), warnings_shown():
            app(prog_name="vcore")
    except (VcoreError, OSError) as error:
        typer.echo(f"vcore: {_sentence(error)}", err=True)
        sys.exit(2)
    except SystemExit as stop:
        if stop.code == INTERRUPTED:
            typer.echo("vcore: Interrupted: nothing was written.", err=True)
        raise
