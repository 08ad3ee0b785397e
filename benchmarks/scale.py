"""`python -m benchmarks scale`: remote access, and the server under load."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.report import Results
from vcore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS = {
    "remote": "benchmarks.scale_remote:remote",
    "serve": "benchmarks.scale_serve:serve",
}
"""Functions of (results, quick, output)."""


def main(
    part: Annotated[str, typer.Option(help=f"{', '.join(PARTS)}, or all.")] = "all",
    quick: Annotated[bool, typer.Option(help="Small volumes, short runs.")] = False,
    fresh: Annotated[bool, typer.Option(help="Discard results of earlier runs.")] = False,
    output: Annotated[Path, typer.Option(help="Folder for results.")] = Path("bench-output"),
) -> None:
    """Measure remote reading and the server."""
    if part not in (*PARTS, "all"):
        raise InputError(f"Expected --part {', '.join(PARTS)} or all. Got {part!r} instead.")
    results = Results(output / ("scale-quick.json" if quick else "scale.json"), fresh=fresh)
    for name, place in PARTS.items():
        if part in (name, "all"):
            module, _, function = place.partition(":")
            run: Callable[[Results, bool, Path], None] = getattr(import_module(module), function)
            run(results, quick, output)
