"""`vcore render`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vcore.cli import budgets, hierarchy, image_options, options, scenes
from vcore.cli.images import print_channels, with_channel_errors
from vcore.cli.inputs import with_reading
from vcore.cli.output import err, note, print_figures, print_json, progress
from vcore.errors import Cancelled, InputError
from vcore.model.budget import Budget
from vcore.model.context import Context, Progress
from vcore.model.report import Report
from vcore.runtime.memory import human_bytes

if TYPE_CHECKING:
    from vcore.render.database import Database

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

  # a scene, into PNGs of a folder, a movie or a database

  vcore render lego.vcore turn.mp4 --turntable 60 --theta 60

  vcore render lego.vcore views --poses transforms.json --size 200

  # rendered and compressed

  vcore render head.nrrd views.vcore --theta 60:120:15 --depth --ratio 300 --channel-error depth=0.1
"""
BESIDE = ".rendering"
"""Suffix of the folder of images that a .vcore output is made from."""
COLOURS = {"white": (255, 255, 255), "black": (0, 0, 0)}


def render(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help="A volume or time series, compressed or not, or a compressed scene.",
        ),
    ],
    output: Annotated[
        str,
        typer.Argument(
            metavar="OUTPUT",
            help="The Cinema database (.cdb) to write, or a compressed one (.vcore); of a scene "
            "also a folder of PNGs or an .mp4.",
        ),
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
    turntable: Annotated[
        int | None,
        typer.Option(metavar="N", help="Of a scene: N views all around, from --theta."),
    ] = None,
    poses: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Of a scene: the views of a transforms.json."),
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(metavar="N", help="Of a scene: frames per second of an .mp4; default 25."),
    ] = None,
    theta: Annotated[
        str, typer.Option(metavar="RANGE", help="Angles from +z: 0 looks down, 180 up.")
    ] = "90",
    phi: Annotated[str, typer.Option(metavar="RANGE", help="Angles about z, from +x.")] = "0",
    time: Annotated[
        str | None,
        typer.Option(metavar="RANGE|all", help="Times of the frames; the first by default."),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(
            metavar="N|WxH",
            help="Size of the images; default 256. Of --poses N is the longer side.",
        ),
    ] = None,
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
    workers: hierarchy.Workers = 1,
    method: Annotated[
        str | None,
        typer.Option("--method", "-m", metavar="M", help="Method for the colours; .vcore only."),
    ] = None,
    quality: budgets.Quality = None,
    robust_psnr: budgets.RobustPsnr = None,
    bytes_: budgets.Bytes = None,
    ratio: budgets.Ratio = None,
    psnr: budgets.Psnr = None,
    max_error: budgets.MaxError = None,
    lossless: budgets.Lossless = False,
    channel_error: budgets.ChannelError = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Setting of the method; repeatable."),
    ] = None,
    force: options.Force = False,
    json: options.Json = False,
    *,
    reading: dict[str, Any],
) -> None:
    """Render a volume from many viewpoints, times, isovalues or transfer functions; or a scene.

    Ranges are START:STOP:STEP, with STOP if a step reaches it; several with commas in between.
    Run the same command again to resume.
    """
    from vcore.render import plan, ranges, run
    from vcore.render.frames import Source

    if volume and (isosurface is not None or slice_):
        raise InputError("Expected --volume, --isosurface or --slice. Got two of them.")
    given = {
        "quality": quality,
        "robust_psnr": robust_psnr,
        "bytes": bytes_,
        "ratio": ratio,
        "psnr": psnr,
        "max_error": max_error,
    }
    if len(sources) == 1 and scenes.is_compressed_scene(sources[0]):
        others = {"--isosurface": isosurface, "--volume": volume, "--slice": slice_}
        others |= {"--transfer-function": transfer_function, "--rescale": rescale, "--time": time}
        others |= {"--values": values, "--variable": variable, "--channel": channel}
        others |= {"--level": level is not None, "--workers": workers != 1}
        image_options.refuse(others, "volumes")
        budget = with_channel_errors(budgets.parse_budgets(given, lossless=lossless), channel_error)
        scenes.render(
            sources[0],
            output,
            turntable=turntable,
            poses=poses,
            thetas=ranges.parse_numbers("theta", theta),
            phis=ranges.parse_numbers("phi", phi),
            size=None if size is None else ranges.parse_size(size),
            keeps_aspect=size is not None and "x" not in size.lower(),
            view_angle=view_angle,
            zoom=zoom,
            depth=depth,
            fps=fps,
            budget=None if budget == Budget() else budget,
            method=method,
            settings=options.parse_settings(set_ or []),
            force=force,
            json=json,
            allow_outside="allow_outside" in reading,
        )
        return
    image_options.refuse({"--turntable": turntable, "--poses": poses, "--fps": fps}, "scenes")
    asked = [*given.values(), channel_error, method, set_, lossless or None]
    compressed = _compressed(output, asked)
    budget = with_channel_errors(budgets.parse_budgets(given, lossless=lossless), channel_error)
    compression: dict[str, Any] = {
        "budget": None if budget == Budget() else budget,
        "method": method,
        "settings": options.parse_settings(set_ or []),
    }
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
        size=ranges.parse_size(size or "256"),
        supersample=supersample,
        view_angle=view_angle,
        zoom=zoom,
        depth=depth,
        values=values,
        level=level,
        background=_colour(background),
    )
    source = Source(sources[0] if len(sources) == 1 else sources, reading)
    path = Path(output)
    folder = path.with_name(path.name + BESIDE) if compressed else path
    database = plan.database(source, folder, choices, path.stem)
    if err.is_terminal:  # as the progress bars: keep the stderr of scripts for errors
        note(f"{len(database):,} images from {database.subject.attributes['rendered from']}")
    report = None
    with progress(quiet=json) as shown, _interruptible(shown) as context:
        common: dict[str, Any] = {"workers": workers, "force": force, "context": context}
        if compressed:
            report = run.render_compressed(database, path, **common, **compression)
        else:
            run.render(database, **common)
    _print(f"{sources[0]}{' …' * (len(sources) > 1)} → {output}", database, report, json)


def _compressed(output: str, asked: list[Any]) -> bool:
    """Return whether the output is a .vcore file; options in ``asked`` are for those only."""
    if output.endswith(".vcore"):
        return True
    if not output.rstrip("/").endswith(".cdb"):
        raise InputError(f"Expected an output that ends with .cdb or .vcore. Got {output} instead.")
    if any(value is not None for value in asked):
        raise InputError(
            f"Expected a .vcore output for budgets, --channel-error, --method and --set. Got "
            f"{output} instead."
        )
    return False


@contextmanager
def _interruptible(shown: Progress) -> Iterator[Context]:
    context = Context(progress=shown)
    try:
        yield context
    except KeyboardInterrupt:
        context.cancelled.set()  # worker threads stop at their next progress report
        raise Cancelled(
            "Interrupted: finished images are kept, and the same command resumes."
        ) from None


def _print(title: str, database: "Database", report: Report | None, json: bool) -> None:
    subject, (height, width) = database.subject, database.view.size
    figures: dict[str, Any] = {
        "images": len(database),
        "size": [height, width],
        "parameters": {p.name: len(p) for p in database.parameters},
        "channels": [c.name for c in subject.channels],
        **subject.attributes,
    }
    if report is None:
        every = (p for p in database.folder.rglob("*") if p.is_file())
        figures["bytes"] = sum(p.stat().st_size for p in every)
    else:
        figures |= report.to_json()
    if json:
        print_json(figures)
        return
    count = figures["bytes"]
    rows = {
        "images": f"{len(database):,}, {width} x {height} pixels",
        "parameters": ", ".join(f"{n} {p}" for p, n in figures["parameters"].items()),
        "channels": ", ".join(figures["channels"]),
        "rendered from": subject.attributes["rendered from"],
        "bytes": f"{count:,} ({human_bytes(count)})",
    }
    if report is not None:
        rows["ratio"] = f"{report.ratio:.1f} : 1"
    print_figures(title, rows)
    if report is not None:
        print_channels(report)
        for text in report.notes:
            note(text)


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
