"""`vcore compress` into an OME-Zarr, `vcore audit` and `vcore export`."""

import sys
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer

from vcore.cli import options
from vcore.cli.output import decibels, note, print_figures, print_json, progress
from vcore.errors import Cancelled, InputError
from vcore.model.context import Context
from vcore.runtime.memory import human_bytes

AUDIT_EXAMPLES = """
[bold]Examples[/bold]

  vcore audit big.vcore.ome.zarr

  # before the original goes

  vcore audit big.vcore.ome.zarr --source big.ome.zarr --sample 1%
"""
EXPORT_EXAMPLES = """
[bold]Examples[/bold]

  vcore export big.vcore.ome.zarr plain.ome.zarr --workers 4

  vcore export big.vcore.ome.zarr old.ome.zarr --version 0.4
"""

Workers = Annotated[int, typer.Option(metavar="N", help="Processes of this machine.")]
Part = Annotated[
    str | None,
    typer.Option(metavar="i/n", help="Only every n-th chunk from the i-th on, for job arrays."),
]
R = TypeVar("R")


def compress_hierarchy(source: str, output: str, *, json: bool, **arguments: Any) -> None:
    """Compress a hierarchy and print what it left."""
    from vcore import hierarchy

    result = _with_progress(
        json, lambda context: hierarchy.compress(source, output, context=context, **arguments)
    )
    _print(f"{source} → {output}", result.to_json(), json)


def _with_progress(quiet: bool, run: Callable[[Context], R]) -> R:
    try:
        with progress(quiet=quiet) as report:
            return run(Context(progress=report))
    except KeyboardInterrupt:
        raise Cancelled(
            "Interrupted: the chunks that are finished stay, and the same command goes on."
        ) from None


def _print(title: str, values: dict[str, Any], json: bool) -> None:
    if json:
        print_json(values)
        return
    rows = {
        "bytes": f"{values['bytes']:,} ({human_bytes(values['bytes'])})",
        "ratio": f"{values['nbytes'] / max(values['bytes'], 1):.1f} : 1",
    }
    rows |= {path or "array": _described(found) for path, found in values["arrays"].items()}
    print_figures(title, rows)
    if not values["finished"]:
        note("chunks are still to come from other parts")


def _described(found: dict[str, Any]) -> str:
    text = f"{found['chunks']} chunks, {human_bytes(found['bytes'])}, {found['ratio']:.1f} : 1"
    if "max_error" not in found:
        return f"{text}, lossless"
    quality = "lossless" if found["mse"] == 0 else f"largest error {found['max_error']:.6g}"
    if found["psnr"] is not None:
        quality = f"{decibels(found['psnr'])}, {quality}"
    if "seam_jump" in found:
        ratio = found["seam_jump"] / found["jump_elsewhere"]
        quality += f", errors jump {ratio:.2f} times as much between chunks as within"
    return f"{text}, {quality}"


def audit(
    out: Annotated[str, typer.Argument(metavar="OUT", help="A hierarchy that vcore compressed.")],
    source: Annotated[
        str | None, typer.Option(metavar="IN", help="What it was compressed from.")
    ] = None,
    sample: Annotated[
        str, typer.Option(metavar="P%", help="Share of the chunks to compare with the source.")
    ] = "1%",
    json: options.Json = False,
    allow_outside: options.AllowOutside = False,
) -> None:
    """Check a compressed OME-Zarr: records, checksums, bounds; exit code 1 on any break."""
    from vcore import hierarchy

    share = _share(sample)
    with progress(quiet=json) as report:
        found = hierarchy.audit(
            out,
            source,
            sample=share,
            allow_outside=allow_outside,
            context=Context(progress=report),
        )
    if json:
        print_json(found.to_json())
    else:
        rows = {"encoder": found.encoder}
        rows |= {path or "array": _described(values) for path, values in found.arrays.items()}
        if source is not None:
            rows["compared with the source"] = f"{found.sampled} chunks"
        print_figures(out, {**rows, "breaks": str(len(found.breaks))})
        for text in found.breaks:
            note(text)
    if found.breaks:
        sys.exit(1)


def _share(text: str) -> float:
    try:
        return float(text.removesuffix("%")) / 100
    except ValueError:
        raise InputError(f"Expected --sample as P%, such as 1%. Got {text!r} instead.") from None


def export(
    source: Annotated[str, typer.Argument(metavar="IN", help="A compressed OME-Zarr.")],
    output: Annotated[str, typer.Argument(metavar="OUT", help="The plain OME-Zarr to write.")],
    version: Annotated[
        str, typer.Option("--version", metavar="0.5|0.4", help="Of OME-Zarr.")
    ] = "0.5",
    workers: Workers = 1,
    part: Part = None,
    force: options.Force = False,
    json: options.Json = False,
    allow_outside: options.AllowOutside = False,
) -> None:
    """Decode a compressed OME-Zarr into a plain one that every reader knows; goes on if stopped."""
    from vcore import hierarchy

    result = _with_progress(
        json,
        lambda context: hierarchy.export(
            source,
            output,
            version=version,
            workers=workers,
            part=part,
            force=force,
            allow_outside=allow_outside,
            context=context,
        ),
    )
    _print(f"{source} → {output}", result.to_json(), json)


def register(app: typer.Typer) -> None:
    """Hang the commands into ``app``."""
    app.command(epilog=AUDIT_EXAMPLES)(audit)
    app.command(epilog=EXPORT_EXAMPLES)(export)
