"""`vcore serve`."""

import ipaddress
from typing import Annotated

import typer

from vcore.cli.output import note
from vcore.errors import InputError, MissingExtraError

EXAMPLES = """
[bold]Examples[/bold]

  vcore serve run01.vcz

  vcore serve results/ --port 9000

  # readable by other machines, chunks compressed on the way

  vcore serve results/ --host 0.0.0.0
"""
SHOWN = 10
"""Images whose addresses are printed when the server starts."""


def serve(
    path: Annotated[
        str,
        typer.Argument(
            metavar="FILE|FOLDER", help="A .vcz file, an OME-Zarr folder, or a folder of them."
        ),
    ],
    port: Annotated[int, typer.Option(metavar="P", help="0: any that is free.")] = 8765,
    host: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="Where to listen; only this machine by default."),
    ] = "127.0.0.1",
    codec: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="How chunks travel: none or zstd. Default: none on this machine, else zstd.",
        ),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL", help="A web page's origin that may read; all by default. Repeatable."
        ),
    ] = None,
    cache: Annotated[
        int, typer.Option(metavar="MB", help="Memory for decoded chunks.", min=0)
    ] = 256,
) -> None:
    """Serve compressed volumes over HTTP as OME-Zarr, decoded where a viewer looks; read-only."""
    try:
        from vcore.serve import app, run
        from vcore.serve.catalogue import Catalogue
        from vcore.serve.documents import CODECS
        from vcore.serve.page import listing, viewers
    except ImportError as error:
        raise MissingExtraError(
            f"Expected the packages of the server. Got '{error}' instead: install them with "
            f"pip install 'vcore-volumes[serve]'."
        ) from error
    local = _is_loopback(host)
    chosen = codec or ("none" if local else "zstd")
    if chosen not in CODECS:
        raise InputError(f"Expected --codec none or zstd. Got {chosen!r} instead.")
    catalogue = Catalogue(path, chosen)
    application = app.application(catalogue, origin or ["*"], cache << 20)
    with run.listen(host, port) as sock:
        base = run.address(sock)
        entries = listing(catalogue, base)
        typer.echo(f"Serving {path} at {base}  (Ctrl-C stops)")
        for entry in entries[:SHOWN]:
            typer.echo(f"\n{entry.name}  {entry.about}")
            typer.echo(f"  OME-Zarr 0.5    {entry.urls['0.5']}")
            typer.echo(f"  OME-Zarr 0.4    {entry.urls['0.4']}")
            typer.echo(f"  napari          napari --plugin napari-ome-zarr {entry.urls['0.5']}")
            typer.echo("  MoBIE, Fiji     Plugins > BigDataViewer > OME-Zarr, the 0.4 address")
            for name, url in viewers(entry).items():
                typer.echo(f"  {name:<15} {url}")
        if len(entries) > SHOWN:
            typer.echo(f"\n{len(entries) - SHOWN} more: {base}/")
        if not local:
            note("every machine that reaches this one can read these volumes.")
        run.run(application, sock)
    typer.echo("Stopped.", err=True)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def register(app: typer.Typer) -> None:
    """Hang the command into ``app``."""
    app.command(epilog=EXAMPLES)(serve)
