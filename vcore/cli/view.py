"""`vcore view`."""

import os
import socket
import sys
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vcore.cli import image_options, images, options, scenes
from vcore.cli.output import note, print_figures
from vcore.cli.serving import LOOPBACK, parts
from vcore.collections.collection import Collection
from vcore.errors import InputError
from vcore.opening import is_compressed, open_dataset
from vcore.scenes.scene import Scene

if TYPE_CHECKING:
    from vcore.serve.page import Entry

EXAMPLES = """
[bold]Examples[/bold]

  vcore view tooth.vcore

  vcore view run01.vcore --variable T --frame 7

  vcore view run01.vcore -o frame7.png --frame 7

  vcore view tornado.vcore -o sheet.png --along time,phi --at theta=90

  vcore view lego.vcore -o lego.png
"""
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")
"""Variables one of which is set where a window can be opened, apart from Windows and macOS."""
TEXT_BROWSERS = ("www-browser", "links", "links2", "elinks", "lynx", "w3m")
"""Browsers that would take the terminal and cannot show the viewer."""


def view(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A .vcore file, its http(s) URL, an OME-Zarr folder, or a folder."
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="PNG", help="Write a picture instead of opening a browser."
        ),
    ] = None,
    time: options.Time = None,
    frame: options.Frame = None,
    variable: options.VariableName = None,
    port: Annotated[
        int, typer.Option(metavar="P", help="Port of the viewer; 0 for any free port.")
    ] = 0,
    along: image_options.Along = None,
    at: image_options.At = None,
    by_method: image_options.ByMethod = False,
    force: options.Force = False,
    allow_outside: options.AllowOutside = False,
) -> None:
    """Open a file in the browser; with -o, draw slices and maximum projections as PNG.

    The picture has a row for each channel, with a contrast of its own. Of images it is a contact
    sheet over two parameters (--along ROWS,COLUMNS), or all values of one; of a scene one view,
    with depth and normals.

    In a script, without a terminal, the picture is written to FILE with .png.
    """
    if output is None and sys.stdout.isatty():
        image_options.refuse({"--by-method": by_method}, "pictures, with -o,")
        _browse(file, variable, frame, time, along, at, port, allow_outside)
    else:
        _draw(
            *(file, output, variable, frame, time, along, at),
            by_method=by_method,
            force=force,
            allow_outside=allow_outside,
        )


def _draw(
    file: str,
    output: str | None,
    variable: str | None,
    frame: int | None,
    time: float | None,
    along: list[str] | None,
    at: list[str] | None,
    *,
    by_method: bool,
    force: bool,
    allow_outside: bool,
) -> None:
    import vcore
    from vcore.evaluate.picture import draw_dataset

    dataset = None
    if not images.is_images(file):
        dataset = vcore.open(file, allow_outside=allow_outside)
    beside = Path(file.rstrip("/")).with_suffix(".png")
    target = Path(output) if output else Path(beside.name) if "://" in file else beside
    if not (dataset is None or isinstance(dataset, Collection)):
        image_options.refuse({"--by-method": by_method}, "collections of images")
    if isinstance(dataset, Scene):
        _refuse_for_scene(variable, frame, time, along, at)
        scenes.draw(file, dataset, target, force=force)
        return
    if dataset is None or isinstance(dataset, Collection):
        given = {"--time": time is not None, "--frame": frame is not None}
        image_options.refuse(given, "volumes")
        told = {"allow_outside": True} if allow_outside else {}
        shown = images.read(file, told) if dataset is None else dataset.images()
        images.draw(
            *(file, shown, target),
            channel=variable,
            along=along,
            at=at,
            by_method=by_method,
            force=force,
        )
        return
    image_options.refuse_images({"along": along, "at": at})
    chosen = options.choose_frame(frame, time, dataset.decoder(variable).grid) or 0
    level = draw_dataset(dataset, target, variable=variable, frame=chosen, force=force)
    print_figures(f"{file} → {target}", {"projections of level": str(level)})


def _refuse_for_scene(
    variable: str | None,
    frame: int | None,
    time: float | None,
    along: list[str] | None,
    at: list[str] | None,
) -> None:
    """Raise an InputError for options that a scene has no use for."""
    volumes = {"--time": time is not None, "--frame": frame is not None, "--variable": variable}
    image_options.refuse(volumes, "volumes")
    image_options.refuse_images({"along": along, "at": at})


def _browse(
    file: str,
    variable: str | None,
    frame: int | None,
    time: float | None,
    along: list[str] | None,
    at: list[str] | None,
    port: int,
    allow_outside: bool,
) -> None:
    """Serve one file to this machine and open its page, until Ctrl-C."""
    server = parts()
    if images.is_images(file):
        raise InputError(f"Expected a compressed file to browse. Compress {file}, or use -o.")
    catalogue = server.catalogue.Catalogue(file, allow_outside=allow_outside)
    paged = catalogue.paged(next(iter(catalogue.names()), "")) if catalogue.single else None
    group, index, state = None, 0, ""
    if isinstance(paged, server.scenes.ServedScene):
        _refuse_for_scene(variable, frame, time, along, at)
    elif paged is not None:
        given = {"--time": time is not None, "--frame": frame is not None}
        image_options.refuse(given, "volumes")
        image_options.refuse({"--along": along}, "pictures, with -o,")
        with images.warnings_as_notes():
            state = paged.state(variable, image_options.parse_point(at) or {})
    else:
        image_options.refuse_images({"along": along, "at": at})
        group, index = _chosen(file, variable, frame, time, allow_outside)
    application = server.app.application(catalogue, hosts=list(LOOPBACK))
    with server.run.listen("127.0.0.1", port) as sock:
        base = server.run.address(sock)
        entries = server.page.listing(catalogue, base)
        address = (
            entries[0].at("view") + state
            if paged is not None
            else _address(entries, base, group, index)
        )
        typer.echo(f"{file} at {address}  (Ctrl-C stops)")
        if has_browser():
            # beside the server, which answers once it runs
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        else:
            number = base.rpartition(":")[2]
            note(
                "there is no browser here: open the address; from another machine after "
                f"ssh -L {number}:127.0.0.1:{number} {socket.gethostname()}"
            )
        server.run.run(application, sock)
    typer.echo("Stopped.", err=True)


def has_browser() -> bool:
    """Return whether a browser with a window can be opened; those in the terminal do not count."""
    if named := os.environ.get("BROWSER", "").split():
        return Path(named[0]).name not in TEXT_BROWSERS
    windows = sys.platform in ("win32", "darwin") or any(os.environ.get(d) for d in DISPLAYS)
    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return False
    return windows and type(found) is not webbrowser.GenericBrowser


def _chosen(
    file: str, variable: str | None, frame: int | None, time: float | None, allow_outside: bool
) -> tuple[str | None, int]:
    """Return the group of the variable that was asked for, if any, and the frame."""
    if variable is None and frame is None and time is None:
        return None, 0
    if not is_compressed(file):
        raise InputError(
            f"Expected a compressed file for --variable, --frame and --time. Got {file} instead: "
            f"choose them in the browser."
        )
    from vcore.zarr.metadata import group_path

    dataset = open_dataset(file, allow_outside=allow_outside)
    decoder = dataset.decoder(variable)
    chosen = options.choose_frame(frame, time, dataset.grid) or 0
    axes = decoder.header.axes
    count = decoder.header.shape[axes.index("t")] if "t" in axes else 1
    if not 0 <= chosen < count:
        raise InputError(f"Expected --frame within 0..{count - 1}. Got {chosen} instead.")
    return group_path(dataset, decoder.header.name), chosen


def _address(entries: "list[Entry]", base: str, group: str | None, frame: int) -> str:
    """Return the page to open: of the variable, of the only image, or the list."""
    seen = [e for e in entries if e.described is not None and e.described.levels]
    if group is not None and len(seen) > 1:
        seen = [e for e in seen if e.name.endswith(f".ome.zarr/{group}")]
    if len(seen) != 1:
        return f"{base}/"
    axes = seen[0].described.axes if seen[0].described else ()
    others = [axis for axis in axes if axis.kind not in ("space", "channel")]
    index = ",".join(str(frame) if axis.kind == "time" else "0" for axis in others)
    return seen[0].at("view") + (f"#index={index}" if frame else "")


def register(app: typer.Typer) -> None:
    """Register the command on ``app``."""
    app.command(epilog=EXAMPLES)(view)
