"""The command line: `vcore compress`, `decompress`, `info`, `compare`, `verify`, `methods`,
`report`, `view`, `serve`, `paraview`."""

import sys
from functools import cache
from io import TextIOWrapper
from typing import Annotated

import typer

from vcore.cli.failing import ExitCode, fail
from vcore.errors import VcoreError
from vcore.runtime.compile_events import on_compiling

INTERRUPTED = "vcore: Interrupted: nothing was written."

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
        info,
        inspect,
        paraview,
        render,
        report,
        serve,
        verify,
        view,
    )

    modules = (
        compress,
        decompress,
        info,
        inspect,
        verify,
        render,
        report,
        view,
        hierarchy,
        serve,
        paraview,
    )
    for module in modules:
        module.register(app)


def _announce_compiling() -> None:
    from vcore.cli.output import err, note

    if err.is_terminal:  # like the progress bars: keep the stderr of scripts for errors
        note("first use on this machine: compiling once, which takes about 10 seconds")


def main() -> None:
    """Run the command line; errors become one sentence on stderr and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # terminals without full Unicode support
    try:
        _register()
        from vcore.cli.output import warnings_shown

        with on_compiling(_announce_compiling), warnings_shown():
            app(prog_name="vcore")
    except (VcoreError, OSError) as error:
        fail(error)
    except SystemExit as stop:
        if stop.code == ExitCode.INTERRUPTED:
            typer.echo(INTERRUPTED, err=True)
        raise
    except KeyboardInterrupt:  # before the command began, or where typer does not see it
        typer.echo(INTERRUPTED, err=True)
        sys.exit(ExitCode.INTERRUPTED)
