"""Compression and decompression of whole hierarchies on the command line."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer

from vcore.cli import options
from vcore.cli.output import note, print_figures, print_json, progress
from vcore.errors import Cancelled
from vcore.model.context import Context
from vcore.model.report import decibels
from vcore.runtime.memory import human_bytes

Workers = Annotated[int, typer.Option(metavar="N", help="Number of local processes.")]
Part = Annotated[
    str | None,
    typer.Option(metavar="i/n", help="Only every n-th chunk, starting at the i-th (job arrays)."),
]
Version = Annotated[
    str,
    typer.Option(
        "--ome-zarr",
        "--version",
        metavar="0.4|0.5|0.6",
        help="Version of OME-Zarr, for .zarr, .zarr.zip and .ozx.",
    ),
]
R = TypeVar("R")


def compress_hierarchy(
    source: str | list[str],
    output: str,
    reading: dict[str, Any],
    zero_below: float | None,
    *,
    json: bool,
    **arguments: Any,
) -> None:
    """Compress any input into a hierarchy and print a summary.

    ``reading`` are the arguments for ``vcore.io.read``, None where an option was not given.
    """
    from vcore import hierarchy, io
    from vcore.model.threshold import thresholded

    given = {name: value for name, value in reading.items() if value is not None}
    outside = given.get("allow_outside", False)
    found: Any = source
    if not isinstance(source, str) or given.keys() - {"allow_outside"} or zero_below is not None:
        found = io.read(source, **given)
        found = found if zero_below is None else thresholded(found, zero_below)
    result = _with_progress(
        json,
        lambda context: hierarchy.compress(
            found, output, context=context, allow_outside=outside, **arguments
        ),
    )
    first = source if isinstance(source, str) else f"{source[0]} …"
    _print(f"{first} → {output}", result.to_json(), json)


def _with_progress(quiet: bool, run: Callable[[Context], R]) -> R:
    try:
        with progress(quiet=quiet) as report:
            return run(Context(progress=report))
    except KeyboardInterrupt:
        raise Cancelled(
            "Interrupted: finished chunks are kept, and the same command resumes."
        ) from None


def _print(title: str, values: dict[str, Any], json: bool) -> None:
    if json:
        print_json(values)
        return
    rows = {
        "bytes": f"{values['bytes']:,} ({human_bytes(values['bytes'])})",
        "ratio": f"{values['nbytes'] / max(values['bytes'], 1):.1f} : 1",
    }
    rows |= {path or "array": described(found) for path, found in values["arrays"].items()}
    print_figures(title, rows)
    for text in values["left_out"]:
        note(f"left out: {text}")
    if not values["finished"]:
        note("the chunks of other parts are still missing")


def described(found: dict[str, Any]) -> str:
    text = f"{found['chunks']} chunks, {human_bytes(found['bytes'])}, {found['ratio']:.1f} : 1"
    if "max_error" not in found:
        return f"{text}, lossless"
    quality = "lossless" if found["mse"] == 0 else f"largest error {found['max_error']:.6g}"
    if found["psnr"] is not None:
        quality = f"PSNR {decibels(found['psnr'])}, {quality}"
    if "robust_psnr" in found:
        low, high = found["robust_range"]
        robust = f"robust PSNR {decibels(found['robust_psnr'])} of {low:.5g} to {high:.5g}"
        quality = f"{robust}, {quality}"
    if "seam_jump" in found:
        ratio = found["seam_jump"] / found["jump_elsewhere"]
        quality += f", errors jump {ratio:.2f} times as much between chunks as within"
    return f"{text}, {quality}"


def decompress_hierarchy(source: str, output: str, *, json: bool, **arguments: Any) -> None:
    """Decode a hierarchy into plain OME-Zarr and print a summary."""
    from vcore import hierarchy

    result = _with_progress(
        json, lambda context: hierarchy.export(source, output, context=context, **arguments)
    )
    _print(f"{source} → {output}", result.to_json(), json)


def export(
    source: Annotated[str, typer.Argument(metavar="IN", help="An OME-Zarr, compressed or not.")],
    output: Annotated[str, typer.Argument(metavar="OUT", help="The plain OME-Zarr to write.")],
    version: Version = "0.5",
    workers: Workers = 1,
    part: Part = None,
    force: options.Force = False,
    json: options.Json = False,
    allow_outside: options.AllowOutside = False,
) -> None:
    """Decode an OME-Zarr into a plain one (old name of decompress with a .zarr output)."""
    decompress_hierarchy(
        source,
        output,
        json=json,
        version=version,
        workers=workers,
        part=part,
        force=force,
        allow_outside=allow_outside,
    )


def register(app: typer.Typer) -> None:
    """Register the old name."""
    app.command(hidden=True)(export)
