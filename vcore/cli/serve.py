"""`vcore serve`."""

import ipaddress
import re
from typing import Annotated, Any

import typer

from vcore.cli.output import note
from vcore.cli.serving import LOOPBACK, Parts, parts
from vcore.errors import InputError

EXAMPLES = """
[bold]Examples[/bold]

  vcore serve run01.vcore

  vcore serve results/ --port 9000

  # viewable in neuroglancer, vizarr and other web viewers

  vcore serve results/ --origin viewers

  # readable from other machines, with compressed chunks

  vcore serve results/ --host 0.0.0.0
"""
ORIGIN = re.compile(r"https?://[^/?#\s]+/?", re.IGNORECASE)
SHOWN = 10
"""Maximum number of image addresses printed when the server starts."""


def serve(
    path: Annotated[
        str,
        typer.Argument(
            metavar="FILE|FOLDER", help="A .vcore file, an OME-Zarr folder, or a folder of them."
        ),
    ],
    port: Annotated[
        int, typer.Option(metavar="P", help="Port to listen on; 0 for any free port.")
    ] = 8765,
    host: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="Address to listen on; this machine by default."),
    ] = "127.0.0.1",
    codec: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Codec of sent chunks: none or zstd. Default: none for this machine, else zstd.",
        ),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="Origin of a web page that may read, https://host; repeatable, none by default. "
            "'viewers' allows the linked viewers, '*' every page.",
        ),
    ] = None,
    cache: Annotated[
        int, typer.Option(metavar="MB", help="Memory for decoded chunks.", min=0)
    ] = 256,
) -> None:
    """Serve compressed volumes over HTTP as read-only OME-Zarr, decoded on request.

    Collections of images are served as a page to explore them, and as Zarr.
    """
    server = parts()
    local = _is_loopback(host)
    chosen = codec or ("none" if local else "zstd")
    if chosen not in server.documents.CODECS:
        raise InputError(f"Expected --codec none or zstd. Got {chosen!r} instead.")
    catalogue = server.catalogue.Catalogue(path, chosen)
    origins = _origins(origin or [], server.elsewhere.viewer_origins())
    hosts = [*LOOPBACK, host, f"[{host}]"] if local else None
    application = server.app.application(catalogue, origins, cache << 20, hosts)
    with server.run.listen(host, port) as sock:
        base = server.run.address(sock)
        entries = server.page.listing(catalogue, base)
        linked = bool(origins) and server.page.reachable(base)
        typer.echo(f"Serving {path} at {base}  (Ctrl-C stops)")
        for entry in entries[:SHOWN]:
            typer.echo(f"\n{entry.title}  {entry.about}")
            for what, text in _addresses(server, entry, linked=linked).items():
                typer.echo(f"  {what:<15} {text}")
        if len(entries) > SHOWN:
            typer.echo(f"\n{len(entries) - SHOWN} more: {base}/")
        if not origins:
            typer.echo("\nFor links to viewers elsewhere: restart with --origin viewers.")
        elif not linked:
            note(
                "links to viewers elsewhere are left out: browsers let their pages read only https "
                "and this machine."
            )
        if "*" in origins:
            note("any web page open in a browser on this machine can read these volumes.")
        if not local:
            note("any machine that can reach this one can read these volumes.")
        server.run.run(application, sock)
    typer.echo("Stopped.", err=True)


def _addresses(server: Parts, entry: Any, *, linked: bool) -> dict[str, str]:
    """Return what to open where, by the name of the program."""
    found: dict[str, str] = {"browser": entry.at("view")}
    if isinstance(entry, server.page.FileEntry):
        return {**found, **entry.addresses}
    elsewhere = server.elsewhere.viewers(entry.name, entry.urls, entry.described) if linked else {}
    return (
        found
        | {f"OME-Zarr {version}": entry.urls[version] for version in ("0.5", "0.6", "0.4")}
        | {
            "napari": f"napari --plugin napari-ome-zarr {entry.urls['0.5']}",
            "MoBIE, Fiji": "Plugins > BigDataViewer > OME-Zarr, the 0.4 address",
        }
        | elsewhere
    )


def _origins(asked: list[str], linked: list[str]) -> list[str]:
    found: dict[str, None] = {}
    for text in asked:
        if text == "viewers":
            found |= dict.fromkeys(linked)
        elif text == "*" or ORIGIN.fullmatch(text):
            found[text.rstrip("/").lower()] = None
        else:
            raise InputError(
                f"Expected --origin as https://host, viewers or '*'. Got {text!r} instead."
            )
    return list(found)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def register(app: typer.Typer) -> None:
    """Register the command on ``app``."""
    app.command(epilog=EXAMPLES)(serve)
