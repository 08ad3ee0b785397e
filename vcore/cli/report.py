"""`vcore report`: what a compression lost, as an HTML document and JSON."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from vcore.cli import options
from vcore.cli.inputs import with_reading
from vcore.cli.originals import SWAPPED, in_order, read_original
from vcore.cli.output import note, print_json, print_table, progress
from vcore.cli.tables import print_variables
from vcore.errors import InputError, OutputExistsError

EXAMPLES = """
[bold]Examples[/bold]

  vcore report stack.tif stack.vcore

  # your own analysis on both, and the difference of the numbers it prints

  vcore report stack.tif stack.vcore --run 'python count_cells.py {}'

  vcore report run01.nc run01.vcore --variable T --json
"""


def report(
    original: Annotated[str, typer.Argument(metavar="ORIGINAL", help="The original volume.")],
    file: options.CompressedFile,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="HTML", help="Output; default FILE with .html."),
    ] = None,
    variable: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this variable (repeatable); all by default."),
    ] = None,
    time: options.Time = None,
    frame: options.Frame = None,
    run: Annotated[
        str | None,
        typer.Option(
            metavar="'CMD {}'",
            help="Run this command on the original and on the decoded data, {} being the path, "
            "and compare the numbers that it prints.",
        ),
    ] = None,
    run_format: Annotated[
        str | None,
        typer.Option(
            metavar="SUFFIX",
            help="Format of the decoded data for --run, such as .tif; by default the original's.",
        ),
    ] = None,
    force: options.Force = False,
    json: options.Json = False,
    *,
    reading: dict[str, Any],
) -> None:
    """Report what was lost: errors, spectra, pictures, and your own analysis on both.

    Writes one HTML document; with --json, prints the figures instead (and writes the document
    only to --output).
    """
    from vcore.assess import assess
    from vcore.opening import open_dataset

    original, file, swapped = in_order(original, file)
    if swapped:
        note(SWAPPED.format(file))
    target = _target(output, file, json)
    if target is not None and os.path.lexists(target) and not force:
        raise OutputExistsError(f"{target} exists. Use `force=True` to replace it.")
    if run_format is not None and run is None:
        raise InputError("Expected --run-format with --run. Got it alone instead.")
    dataset = open_dataset(file, allow_outside="allow_outside" in reading)
    names = variable or list(dataset.variables)
    volume = read_original(original, reading, names)
    chosen = options.choose_frame(frame, time, dataset.decoder(names[0]).grid, volume.grid)
    with progress(quiet=json) as callback:
        result, assessed = assess(volume, dataset, names, frame=chosen, progress=callback)
    if run is not None:
        result["analysis"] = _analysis(run, run_format, original, dataset, force)
    if target is not None:
        _write(target, result, assessed)
    if json:
        print_json(result)
        return
    _print(result, target)


def _target(output: str | None, file: str, json: bool) -> Path | None:
    if output is None:
        if json:
            return None
        beside = Path(file.rstrip("/")).with_suffix(".html")
        return Path(beside.name) if "://" in file else beside
    target = Path(output)
    if target.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"Expected a name that ends with .html. Got {output} instead.")
    return target


def _write(target: Path, result: dict[str, Any], assessed: Any) -> None:
    from vcore.assess.document import document
    from vcore.runtime.atomic import replacing

    text = document(result, assessed)
    with replacing(target) as part:
        part.write_text(text, encoding="utf-8")


def _analysis(
    command: str, suffix: str | None, original: str, dataset: Any, force: bool
) -> dict[str, Any]:
    from vcore import io
    from vcore.assess.own_analysis import run_on_both

    if not os.path.exists(original):
        raise InputError(
            f"Expected one file or folder as ORIGINAL for --run. Got {original} instead."
        )
    rows = run_on_both(
        command, original, lambda path: io.write(dataset.volume(), path, force=force), suffix
    )
    return {"command": command, "rows": rows}


def _print(result: dict[str, Any], target: Path | None) -> None:
    from vcore.assess.document import COLUMNS, number

    print_variables(
        [
            {
                title or "variable": v["name"] if key == "name" else number(v["figures"][key])
                for title, key in COLUMNS
            }
            for v in result["variables"]
        ]
    )
    if rows := result.get("analysis", {}).get("rows"):
        typer.echo()
        values = ("original", "decoded", "difference")
        print_table(
            ("your analysis", *values, "relative"),
            [
                [r["name"], *(number(r[k]) for k in values), f"{number(100 * r['relative'])} %"]
                for r in rows
            ],
        )
    if target is not None:
        typer.echo(f"\n→ {target}")


def register(app: typer.Typer) -> None:
    """Register the command on ``app``."""
    app.command(epilog=EXAMPLES)(with_reading(report))
