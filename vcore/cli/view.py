"""`vcore view`."""

from pathlib import Path
from typing import Annotated

import typer

from vcore.cli import options
from vcore.cli.output import print_figures

EXAMPLES = """
[bold]Examples[/bold]

  vcore view tooth.vcore

  vcore view run01.vcore -o frame7.png --frame 7
"""


def view(
    file: options.CompressedFile,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="PNG", help="Output; default FILE with .png."),
    ] = None,
    time: options.Time = None,
    frame: options.Frame = None,
    variable: options.VariableName = None,
    force: options.Force = False,
    allow_outside: options.AllowOutside = False,
) -> None:
    """Draw three slices and a maximum projection as PNG, decoding only what is shown."""
    import vcore
    from vcore.evaluate.picture import draw_dataset

    dataset = vcore.open(file, allow_outside=allow_outside)
    beside = Path(file.rstrip("/")).with_suffix(".png")
    target = Path(output) if output else Path(beside.name) if "://" in file else beside
    chosen = options.choose_frame(frame, time, dataset.decoder(variable).grid) or 0
    level = draw_dataset(dataset, target, variable=variable, frame=chosen, force=force)
    print_figures(f"{file} → {target}", {"projection of level": str(level)})


def register(app: typer.Typer) -> None:
    """Register the command on ``app``."""
    app.command(epilog=EXAMPLES)(view)
