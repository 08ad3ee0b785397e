"""What `compress`, `decompress`, `info`, `compare`, `verify` and `view` do with collections of
images."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from vcore.cli.image_options import names_of, parse_point
from vcore.cli.image_rows import channel_row, grid, measured, parameter_row, worst
from vcore.cli.output import note, print_figures, print_json, progress, source_name
from vcore.cli.tables import print_variables
from vcore.collections.collection import Collection
from vcore.collections.images import Images
from vcore.errors import InputError
from vcore.model.budget import GOOD, Budget
from vcore.model.budgets import Asked, Budgets
from vcore.model.context import Context
from vcore.model.report import Report
from vcore.runtime.memory import human_bytes

NAMED = 4
"""Maximum number of names printed on a line."""


def with_channel_errors(budget: Asked, errors: Sequence[str] | None) -> Asked:
    """Return the budget with the error bounds of channels, "NAME=E" each.

    Raises
    ------
    InputError
        One is no bound, or a channel has two budgets.
    """
    if not errors:
        return budget
    named = dict(budget.by_name) if isinstance(budget, Budgets) else {}
    rest = budget.rest if isinstance(budget, Budgets) else budget
    for text in errors:
        name, _, number = text.rpartition("=")
        try:
            bound = Budget(max_error=float(number))
        except ValueError:
            name = ""
        if not name:
            raise InputError(
                f"Expected --channel-error as NAME=E, such as depth=0.01. Got {text!r} instead."
            )
        if name in named:
            raise InputError(f"Expected one budget for the channel {name!r}. Got two.")
        named[name] = bound
    return Budgets(named, Budget(quality=GOOD) if rest == Budget() else rest)


def compress(
    source: str,
    output: str,
    *,
    budget: Asked,
    exclude: Sequence[str],
    method: str,
    settings: Mapping[str, Any],
    context: Context,
    reading: Mapping[str, Any],
    force: bool,
    json: bool,
) -> None:
    """Compress a Cinema database or a table of images, and print the report.

    Raises
    ------
    InputError
        The output is no `.vcore` file, or an option does not fit.
    """
    from vcore.collections.compress import compress_images

    if not output.endswith(".vcore"):
        raise InputError(f"Expected an output that ends with .vcore. Got {output} instead.")
    images = read(source, reading).without(exclude)
    with progress(quiet=json) as report:
        context = replace(context, progress=report)
        try:
            result = compress_images(
                images,
                output,
                budget=None if budget == Budget() else budget,
                method=method or None,
                settings=settings,
                context=context,
                force=force,
                progress=False,
            )
        except KeyboardInterrupt:
            context.cancelled.set()  # worker threads stop at their next progress report
            raise
    for text in result.notes:
        note(text)
    if json:
        print_json(result.to_json())
        return
    print_figures(
        f"{source} → {output}",
        {
            "images": grid(images),
            "bytes": f"{result.bytes:,} ({human_bytes(result.bytes)})",
            "ratio": f"{result.ratio:.1f} : 1",
            "rate": f"{result.bpv:.4g} bits per pixel",
            "seconds": f"{result.seconds:.1f}",
        },
    )
    print_channels(result)


def print_channels(report: Report) -> None:
    """Print a row for each channel."""
    print_variables(
        [
            {
                "channel": name,
                "method": figures["method"],
                "bytes": f"{figures['bytes']:,}",
                **measured(figures, figures["unit"]),
            }
            for name, figures in report.variables.items()
        ]
    )


def read(source: str, reading: Mapping[str, Any]) -> Images:
    """Return the images of a database.

    Raises
    ------
    InputError
        ``reading`` has options for volumes.
    """
    from vcore.io.image_reading import read_images

    known = ("parameters", "files", "background", "allow_outside")
    if other := [name for name in reading if name not in known]:
        named = ", ".join("--" + name.replace("_", "-") for name in other)
        raise InputError(f"Expected no options for volumes with images. Got {named}: leave it out.")
    return read_images(source, **reading)


def decompress(
    file: str,
    collection: Collection,
    output: str,
    movie: Mapping[str, Any],
    force: bool,
    json: bool,
) -> None:
    """Write a Cinema database, a folder or a movie."""
    from vcore.io.image_writing import write_images

    with progress(quiet=json) as report, warnings_as_notes():
        written = write_images(
            collection,
            output,
            **movie,
            force=force,
            progress=lambda done, total: report("writing", done / total),
        )
    if json:
        print_json({"output": output, "written": written, "size": list(collection.size)})
        return
    height, width = collection.size
    what = "frames" if output.lower().endswith(".mp4") else "image files"
    print_figures(f"{file} → {output}", {what: f"{written} of {width} x {height} pixels"})


def info(file: str, collection: Collection, *, verbose: bool) -> None:
    """Print parameters, channels and what is decoded for one image."""
    values = collection.info
    rows = {
        "size": f"{values['bytes']:,} bytes ({human_bytes(values['bytes'])}), "
        f"{values['ratio']:.1f} : 1" + (", truncated" if values["truncated"] else ""),
        "images": grid(collection.images()),
    }
    if values["background"]:
        rows["background"] = ", ".join(map(str, values["background"]))
    if (camera := collection.camera) is not None:
        view = f"{camera.view_angle:g}°" if camera.view_angle else "parallel"
        centre = ", ".join(f"{v:g}" for v in camera.centre)
        rows["camera"] = f"turns about {centre} at {camera.distance:g}, {view}"
    rows["source"] = source_name(values)
    rows["encoder"] = f"vcore {values['encoder']}"
    names = list(values["attributes"])
    if names:
        shown = names if verbose else names[:NAMED]
        rows["attributes"] = ", ".join(shown) + (" …" if len(shown) < len(names) else "")
    print_figures(file, rows)
    typer.echo()
    if values["parameters"]:
        print_variables([parameter_row(p) for p in values["parameters"]])
        typer.echo()
    print_variables([channel_row(c) for c in values["channels"]])
    if verbose:
        for channel in values["channels"]:
            settings = (f"{k}={v}" for k, v in channel.get("settings", {}).items())
            print_figures(
                f"\n{channel['name']}",
                {
                    "settings": ", ".join(settings) or "none",
                    "range": " to ".join(f"{v:g}" for v in channel["range"]),
                    "exact": "yes" if channel["exact"] else "no",
                },
            )


def compare(
    original: str,
    file: str,
    collection: Collection,
    channel: str | None,
    reading: Mapping[str, Any],
    *,
    json: bool,
) -> None:
    """Measure a collection against the database it was made of."""
    from vcore.evaluate.compare_images import compare_collection

    images = read(original, {"parameters": _names(collection), **reading})
    with progress(quiet=json) as report:
        figures = compare_collection(images, collection, channel, progress=report)
    if json:
        print_json(figures)
        return
    print_figures(
        f"{file} against {original}",
        {
            "images": str(figures["images"]),
            "size": f"{figures['bytes']:,} bytes, {figures['ratio']:.1f} : 1",
            "decoding": f"{figures['decode_seconds']:.2f} s, "
            f"{figures['images_per_second']:.3g} images per second",
        },
    )
    typer.echo()
    units = {c.name: c.unit for c in collection.channels}
    print_variables(
        [
            {
                "channel": name,
                **measured(row, units[name]),
                "SSIM": "" if row["ssim"] is None else f"{row['ssim']:.5f}",
                "worst image": worst(row.get("worst")),
            }
            for name, row in figures["channels"].items()
        ]
    )


def verify(
    original: str | None,
    file: str,
    collection: Collection,
    reading: Mapping[str, Any],
    *,
    json: bool,
) -> None:
    """Verify checksums and, with the original, the bounds of all channels."""
    from vcore.evaluate.compare_images import verify_collection

    images = None
    if original is not None:
        images = read(original, {"parameters": _names(collection), **reading})
    with progress(quiet=json) as report:
        result = verify_collection(collection, images, progress=report)
    if json:
        print_json({**result, "breaks": []})
        return
    compared = {"compared": f"{result['images']} images"} if images is not None else {}
    print_figures(file, {"checksums": f"{result['units']} units, all match", **compared})
    typer.echo()
    rows = []
    for name, found in result["channels"].items():
        bound = found["bound"]
        row = {
            "channel": name,
            "bound": "none" if bound is None else f"{bound:g}" if bound else "lossless",
        }
        if "max_error" in found:
            row["largest error"] = f"{found['max_error']:g}"
        rows.append(row)
    print_variables(rows)


def draw(
    file: str,
    images: Images,
    target: Path,
    *,
    channel: str | None,
    along: Sequence[str] | None,
    at: Sequence[str] | None,
    by_method: bool,
    force: bool,
) -> None:
    """Draw a contact sheet."""
    from vcore.evaluate.sheet import draw_sheet

    with warnings_as_notes():
        shown = draw_sheet(
            images,
            target,
            channel=channel,
            along=names_of(along) or (),
            at=parse_point(at),
            by_method=by_method,
            force=force,
        )
    print_figures(f"{file} → {target}", {"images over": ", ".join(shown) or "nothing"})


def is_images(path: str) -> bool:
    """Return whether ``path`` is a Cinema database or a table of images."""
    from vcore.io import image_reading

    return image_reading.is_images(path)


@contextmanager
def warnings_as_notes() -> Iterator[None]:
    """Print warnings about values outside of a collection as notes, once each."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always", UserWarning)
        yield
    for text in dict.fromkeys(str(w.message) for w in found):
        note(text)


def _names(collection: Collection) -> list[str] | None:
    return [p.name for p in collection.parameters] or None
