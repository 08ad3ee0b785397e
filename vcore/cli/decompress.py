"""`vcore decompress`."""

from typing import Annotated

import typer

from vcore.cli import options
from vcore.cli.output import print_figures, progress
from vcore.errors import InputError

EXAMPLES = """
[bold]Examples[/bold]

  vcore decompress tooth.vcore tooth.nrrd

  vcore decompress run01.vcore frame7.vti --frame 7

  # the frame at 0.35, in the unit of the file's times

  vcore decompress run01.vcore later.vti --time 0.35

  vcore decompress big.vcore preview.tif --level 2

  vcore decompress cells.vcore fine.tif --spacing 0.5,0.2,0.2
"""


def decompress(
    file: options.CompressedFile,
    output: Annotated[
        str,
        typer.Argument(
            metavar="OUTPUT",
            help="The volume to write; its suffix says how: raw npy nrrd tif vti zarr.",
        ),
    ],
    region: Annotated[
        str | None,
        typer.Option(metavar="z0:z1,y0:y1,x0:x1", help="Only this box, in voxels of the level."),
    ] = None,
    time: options.Time = None,
    frame: options.Frame = None,
    level: Annotated[int, typer.Option(metavar="N", help="0 is full resolution.")] = 0,
    variable: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this variable; all by default.")
    ] = None,
    spacing: Annotated[
        str | None,
        typer.Option(
            metavar="Z,Y,X",
            help="Decode on voxels of this size, in the file's unit of length (method gaussian).",
        ),
    ] = None,
    force: options.Force = False,
    allow_outside: options.AllowOutside = False,
) -> None:
    """Decode a file, or a part of it, into a volume of another format."""
    import vcore
    from vcore import io

    dataset = vcore.open(file, allow_outside=allow_outside)
    steps = options.parse_spacing(spacing)
    if steps is None:
        box = options.parse_region(region)
        chosen = options.choose_frame(frame, time, dataset.grid)
        volume = dataset.volume(variable, level=level, region=box, frame=chosen)
    elif region is None and time is None and frame is None and level == 0:
        volume = dataset.resample(steps, variable)
    else:
        raise InputError("Expected --spacing without --region, --time, --frame and --level.")
    with progress() as report:
        io.write(
            volume,
            output,
            force=force,
            progress=lambda done, total: report("writing", done / total),
        )
    shape = " x ".join(str(n) for n in volume.variables[0].shape)
    seen = {"spacing": spacing} if spacing else {"level": str(level)}
    print_figures(f"{file} → {output}", {"shape": shape, **seen})


def register(app: typer.Typer) -> None:
    """Hang the command into ``app``."""
    app.command(epilog=EXAMPLES)(decompress)
