"""The command line: `vcore compress`, `decompress`, `info`, `compare`, `verify`, `methods`,
`view`."""

import sys

import typer

from vcore.errors import VcoreError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Compress scientific volumes into small .vcz files, decoded where they are looked at.",
    epilog="Tab completion: [bold]vcore --install-completion[/bold]",
)


def _register() -> None:
    # imported for their commands, which hang themselves into ``app``
    from vcore.cli import compress, decompress, inspect, view

    for module in (compress, decompress, inspect, view):
        module.register(app)


def main() -> None:
    """Run the command line; a VcoreError becomes a sentence and exit code 2."""
    _register()
    try:
        app()
    except VcoreError as error:
        typer.echo(f"vcore: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
