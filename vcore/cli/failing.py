"""Exit codes of the command line, and how an error is told."""

import os
import sys
from enum import IntEnum

import typer

from vcore.cli.naming import in_options
from vcore.errors import BoundError, Cancelled, FormatError, VcoreError


class ExitCode(IntEnum):
    """Exit codes; the names are those in the JSON object of an error."""

    BOUND_BROKEN = 1
    """A guarantee is violated."""
    USAGE = 2
    """Options that do not fit, or an input that vcore cannot use."""
    INPUT_OUTPUT = 3
    """Something is absent, exists already, or cannot be read or written."""
    DAMAGED = 4
    """A compressed file is damaged or of an unknown version."""
    INTERRUPTED = 130
    """Ctrl-C."""


def code_of(error: Exception) -> ExitCode:
    """Return the exit code for an error."""
    if isinstance(error, Cancelled):
        return ExitCode.INTERRUPTED
    if isinstance(error, BoundError):
        return ExitCode.BOUND_BROKEN
    if isinstance(error, FormatError):
        return ExitCode.DAMAGED
    return ExitCode.INPUT_OUTPUT if isinstance(error, OSError) else ExitCode.USAGE


def fail(error: Exception) -> None:
    """Tell an error and exit: one sentence on stderr; with --json also an object on stdout."""
    code, text = code_of(error), _sentence(error)
    if "--json" in sys.argv:
        from vcore.cli.output import print_json

        kind = code.name.lower().replace("input_", "input/").replace("_", " ")
        print_json({"error": {"kind": kind, "exit_code": int(code), "message": text}})
    typer.echo(f"vcore: {text}", err=True)
    sys.exit(code)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and not isinstance(error, VcoreError):
        where = f" at {os.fsdecode(error.filename)}" if error.filename is not None else ""
        return f"Could not go on: {error.strerror or error}{where}."
    return in_options(str(error))
