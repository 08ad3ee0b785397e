"""`vcore render`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from vcore.cli import options
from vcore.cli.inputs import with_reading
from vcore.cli.output import note, print_figures, print_json, progress
from vcore.errors import Cancelled, InputError
from vcore.model.context import Context
from vcore.runtime.memory import human_bytes

EXAMPLES = """
[bold]Examples[/bold]

  vcore render head.nrrd head.cdb --theta 60:120:15 --phi 0:360:9

  vcore render tornado.vcore tornado.cdb --isosurface 0.12,0.16 --phi 0:360:9 --time all --depth

  # two surfaces in one image

  vcore render bonsai.vcore bonsai.cdb --isosurface 40+130 --phi 0:360:9

  # transfer functions as ParaView exports them

  vcore render bonsai.nrrd bonsai.cdb --transfer-function leaf.json --transfer-function pot.json

  # the value of another variable where the surface is

  vcore render run01.vcore run01.cdb --isosurface 40 --values pressure --depth

  vcore render head.nrrd slices.cdb --slice z=0:100:5% --size 512
"""
COLOURS = {"white": (255, 255, 255), "black": (0, 0, 0)}


def render(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="INPUT", help="A volume or time series, compressed or not."),
    ],
    output: Annotated[
        str, typer.Argument(metavar="OUTPUT", help="The Cinema database (.cdb) to write.")
    ],
    isosurface: Annotated[
        str | None,
        typer.Option(
            metavar="V,…", help="Isosurfaces at these values, an image each; A+B: both in one."
        ),
    ] = None,
    volume: Annotated[
        bool, typer.Option("--volume", help="Direct volume rendering, which is the default.")
    ] = False,
    slice_: Annotated[
        list[str] | None,
        typer.Option(
            "--slice",
            metavar="AXIS=P,…",
            help="Slices across x, y or z, at percents of its length; repeat for several axes.",
        ),
    ] = None,
    transfer_function: Annotated[
        list[str] | None,
        typer.Option(
            metavar="JSON",
            help="Colours and opacities, exported by ParaView; repeat for a parameter.",
        ),
    ] = None,
    rescale: Annotated[
        bool,
        typer.Option("--rescale", help="Map transfer functions to the range of the values."),
    ] = False,
    shade: Annotated[
        bool, typer.Option("--shade/--no-shade", help="Light in direct volume rendering.")
    ] = True,
    theta: Annotated[
        str, typer.Option(metavar="RANGE", help="Angles from +z: 0 looks down, 180 up.")
    ] = "90",
    phi: Annotated[str, typer.Option(metavar="RANGE", help="Angles about z, from +x.")] = "0",
    time: Annotated[
        str | None,
        typer.Option(metavar="RANGE|all", help="Times of the frames; the first by default."),
    ] = None,
    size: Annotated[str, typer.Option(metavar="N|WxH", help="Size of the images.")] = "256",
    supersample: Annotated[
        int, typer.Option(metavar="N", help="Average N x N samples a pixel.")
    ] = 2,
    view_angle: Annotated[
        float, typer.Option(metavar="D", help="Vertical view angle in degrees; 0: parallel.")
    ] = 30.0,
    zoom: Annotated[float, typer.Option(metavar="Z", help="Magnification.")] = 1.0,
    depth: Annotated[
        bool, typer.Option("--depth", help="Also write the distance along the view direction.")
    ] = False,
    values: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Also write a variable, component or the magnitude on what is seen.",
        ),
    ] = None,
    variable: options.VariableName = None,
    channel: Annotated[
        str | None,
        typer.Option(metavar="NAME|N", help="The channel, or magnitude, of several."),
    ] = None,
    level: Annotated[
        int | None,
        typer.Option(metavar="N", help="Level to render from; by default as fine as the pixels."),
    ] = None,
    background: Annotated[
        str,
        typer.Option(
            metavar="R,G,B|white|black", help="Background where viewers ignore the alpha channel."
        ),
    ] = "white",
    workers: Annotated[int, typer.Option(metavar="N", help="Number of local processes.")] = 1,
    force: options.Force = False,
    json: options.Json = False,
    *,
    reading: dict[str, Any],
) -> None:
    """Render a volume from many viewpoints, times, isovalues or transfer functions.

    Ranges are START:STOP:STEP, with STOP if a step reaches it; several with commas in between.
    Run the same command again to resume.
    """
    from vcore.render import plan, ranges, run
    from vcore.render.frames import Source

    if volume and (isosurface is not None or slice_):
        raise InputError("Expected --volume, --isosurface or --slice. Got two of them.")
    if not output.rstrip("/").endswith(".cdb"):
        raise InputError(f"Expected an output that ends with .cdb. Got {output} instead.")
    choices = plan.Choices(
        isosurface=isosurface,
        slices=tuple(slice_ or ()),
        transfer_functions=tuple(transfer_function or ()),
        rescale=rescale,
        shade=shade,
        variable=variable,
        channel=channel,
        time=time,
        theta=theta,
        phi=phi,
        size=ranges.parse_size(size),
        supersample=supersample,
        view_angle=view_angle,
        zoom=zoom,
        depth=depth,
        values=values,
        level=level,
        background=_colour(background),
    )
    source = Source(sources[0] if len(sources) == 1 else sources, reading)
    folder = Path(output)
    database = plan.database(source, folder, choices, folder.stem)
    described = database.subject.attributes["rendered from"]
    note(f"{len(database):,} images from {described}")
    try:
        with progress(quiet=json) as report:
            run.render(database, workers=workers, force=force, context=Context(progress=report))
    except KeyboardInterrupt:
        raise Cancelled(
            "Interrupted: finished images are kept, and the same command resumes."
        ) from None
    size_of = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    figures = {
        "images": len(database),
        "parameters": {p.name: len(p) for p in database.parameters},
        "size": list(database.view.size),
        "channels": [c.name for c in database.subject.channels],
        "bytes": size_of,
        **database.subject.attributes,
    }
    if json:
        print_json(figures)
        return
    rows = {
        "images": f"{len(database):,}, {database.view.size[1]} x {database.view.size[0]}",
        "parameters": ", ".join(f"{n} {p}" for p, n in figures["parameters"].items()),
        "channels": ", ".join(figures["channels"]),
        "bytes": f"{size_of:,} ({human_bytes(size_of)})",
        "rendered from": described,
    }
    print_figures(f"{sources[0]}{' …' * (len(sources) > 1)} → {output}", rows)


def _colour(text: str) -> tuple[int, int, int]:
    if text in COLOURS:
        return COLOURS[text]
    try:
        r, g, b = (int(n) for n in text.split(","))
    except ValueError:
        r = g = b = -1
    if not all(0 <= n <= 255 for n in (r, g, b)):
        raise InputError(
            f"Expected --background as white, black or R,G,B of 0 to 255. Got {text!r} instead."
        )
    return r, g, b


def register(app: typer.Typer) -> None:
    """Register the command on ``app``."""
    app.command(epilog=EXAMPLES)(with_reading(render))
