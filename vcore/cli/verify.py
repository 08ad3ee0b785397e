"""`vcore verify`: checks the integrity and the guarantees of a file or hierarchy."""

import sys
from typing import Annotated, Any

import typer

from vcore.cli import image_options, images, options, scenes
from vcore.cli.failing import ExitCode
from vcore.cli.hierarchy import described
from vcore.cli.inputs import with_reading
from vcore.cli.originals import SWAPPED, in_order, read_original
from vcore.cli.output import note, print_figures, print_json, progress
from vcore.cli.tables import print_variables
from vcore.collections.collection import Collection
from vcore.errors import InputError
from vcore.model.context import Context
from vcore.scenes.scene import Scene

EXAMPLES = """
[bold]Examples[/bold]

  vcore verify run01.vcore

  vcore verify run01/ run01.vcore

  vcore verify tornado.cdb tornado.vcore

  # a hierarchy, before deleting the original

  vcore verify big.ome.zarr small.ome.zarr --sample 1%
"""
Sample = Annotated[
    str | None,
    typer.Option(metavar="P%", help="Share of a hierarchy's chunks to compare with ORIGINAL (1%)."),
]


def verify(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="[ORIGINAL] FILE",
            help="A .vcore file, its http(s) URL, or a compressed OME-Zarr; optionally preceded by "
            "the original, to check the errors too.",
        ),
    ],
    sample: Sample = None,
    time: options.Time = None,
    frame: options.Frame = None,
    json: options.Json = False,
    *,
    reading: dict[str, Any],
    image_reading: dict[str, Any],
) -> None:
    """Verify checksums and records and, with the original, the errors.

    Exit code 0: sound; 1: a guarantee is broken; 4: damaged; 2, 3: could not be checked.
    """
    import vcore
    from vcore.hierarchy.virtual_source import has_chunks
    from vcore.opening import is_hierarchy

    if len(files) > 2:
        raise InputError(f"Expected FILE, or ORIGINAL FILE. Got {len(files)} names instead.")
    original, file, swapped = None, files[-1], False
    if len(files) == 2:
        original, file, swapped = in_order(*files)
    chosen = time is not None or frame is not None or bool(reading.keys() - {"allow_outside"})
    if (
        is_hierarchy(file)
        and not chosen
        and (original is None or sample is not None or has_chunks(original))
    ):
        _hierarchy(file, original, sample or "1%", json, "allow_outside" in reading, swapped)
        return
    if sample is not None:
        raise InputError("Expected --sample with a hierarchy and the hierarchy it was made of.")
    dataset = vcore.open(file, allow_outside="allow_outside" in reading)
    if isinstance(dataset, Collection | Scene):
        given = {"--time": time is not None, "--frame": frame is not None}
        image_options.refuse(given, "volumes")
        if swapped:
            note(SWAPPED.format(file))
        if isinstance(dataset, Scene):
            image_options.refuse_images(image_reading)
            scenes.verify(original, file, dataset, json=json)
            return
        images.verify(original, file, dataset, {**reading, **image_reading}, json=json)
        return
    image_options.refuse_images(image_reading)
    result = _checked(dataset, original, time, frame, json, reading)
    if swapped:
        note(SWAPPED.format(file))
    if json:
        print_json({**result, "breaks": []})
        return
    print_figures(file, {"checksums": f"{result['units']} units, all match"})
    typer.echo()
    print_variables([_described(name, row) for name, row in result["variables"].items()])


def _checked(
    dataset: Any,
    original: str | None,
    time: float | None,
    frame: int | None,
    json: bool,
    reading: dict[str, Any],
) -> dict[str, Any]:
    from vcore.evaluate.verify import verify_dataset

    volume = None
    if original is not None:
        volume = read_original(original, reading, list(dataset.variables))
    grids = [dataset.grid] if volume is None else [dataset.grid, volume.grid]
    number = options.choose_frame(frame, time, *grids)
    with progress(quiet=json) as report:
        return verify_dataset(dataset, volume, frame=number, progress=report)


def _described(name: str, figures: dict[str, Any]) -> dict[str, str]:
    """Return the row of a variable: what is guaranteed, and what was found."""
    bound = "none" if figures["bound"] is None else f"{figures['bound']:g}"
    if figures["noise_bound"] is not None:
        bound = f"{figures['noise_bound']:g} sigma of the noise"
    row = {"variable": name, "bound": "lossless" if bound == "0" else bound}
    if "max_error" not in figures:
        return row
    row["largest error"] = f"{figures['max_error']:g}"
    if "noise" in figures:
        row["in sigmas"] = f"{figures['noise']['sigmas']:.4g}"
    same = {True: "the same (checksum)", False: "another", None: ""}
    return row | {"original": same[figures["same_source"]]}


def _hierarchy(
    out: str,
    source: str | None,
    sample: str,
    json: bool,
    allow_outside: bool,
    swapped: bool = False,
) -> None:
    """Verify a hierarchy: records, checksums, bounds, and a sample of chunks against its source."""
    from vcore import hierarchy

    share = _share(sample)
    with progress(quiet=json) as report:
        context = Context(progress=report)
        found = hierarchy.audit(
            out, source, sample=share, allow_outside=allow_outside, context=context
        )
    if swapped:
        note(SWAPPED.format(out))
    if json:
        print_json(found.to_json())
    else:
        rows = {"encoder": found.encoder}
        if not found.breaks:
            count = sum(values["chunks"] for values in found.arrays.values())
            rows["checksums"] = f"{count} chunks, all match"
        rows |= {path or "array": described(values) for path, values in found.arrays.items()}
        if source is not None:
            rows["compared with the source"] = f"{found.sampled} chunks"
        print_figures(out, {**rows, "breaks": str(len(found.breaks))})
        for text in found.breaks:
            note(text)
    if found.breaks:
        sys.exit(ExitCode.DAMAGED if found.damaged else ExitCode.BOUND_BROKEN)


def _share(text: str) -> float:
    try:
        return float(text.removesuffix("%")) / 100
    except ValueError:
        raise InputError(f"Expected --sample as P%, such as 1%. Got {text!r} instead.") from None


def audit(
    out: Annotated[str, typer.Argument(metavar="OUT", help="A hierarchy compressed by vcore.")],
    source: Annotated[
        str | None, typer.Option(metavar="IN", help="The original hierarchy.")
    ] = None,
    sample: Sample = None,
    json: options.Json = False,
    allow_outside: options.AllowOutside = False,
) -> None:
    """Verify a compressed OME-Zarr (old name of verify)."""
    _hierarchy(out, source, sample or "1%", json, allow_outside)


def register(app: typer.Typer) -> None:
    """Register the command and its old name."""
    app.command(epilog=EXAMPLES)(with_reading(image_options.with_reading_images(verify)))
    app.command(hidden=True)(audit)
