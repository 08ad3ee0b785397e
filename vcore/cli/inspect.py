"""`vcore compare`, `methods`."""

import dataclasses
import math
from collections.abc import Callable
from inspect import signature
from typing import Annotated, Any

import typer
from rich.console import Console

from vcore.cli import options
from vcore.cli.inputs import with_reading
from vcore.cli.originals import SWAPPED, in_order, read_original
from vcore.cli.output import note, print_figures, print_json, print_table, progress
from vcore.cli.quality import print_parts, robust
from vcore.model.report import decibels


def compare(
    original: Annotated[str, typer.Argument(metavar="ORIGINAL", help="The original volume.")],
    file: options.CompressedFile,
    variable: options.VariableName = None,
    time: options.Time = None,
    frame: options.Frame = None,
    foreground: Annotated[
        str | None,
        typer.Option(metavar="V|auto", help="Also the PSNR of voxels above V (auto: Otsu)."),
    ] = None,
    isovalue: Annotated[
        float | None,
        typer.Option(metavar="V", help="Also the chamfer distance of the isosurfaces at V."),
    ] = None,
    perceptual: Annotated[
        bool,
        typer.Option("--perceptual", help="Also MS-SSIM, and LPIPS if its weights are installed."),
    ] = False,
    json: options.Json = False,
    *,
    reading: dict[str, Any],
) -> None:
    """Measure a file against its original."""
    import vcore
    from vcore.evaluate.compare import compare_dataset

    original, file, swapped = in_order(original, file)
    dataset = vcore.open(file, allow_outside="allow_outside" in reading)
    volume = read_original(original, reading, [dataset.decoder(variable).header.name])
    grid = dataset.decoder(variable).grid
    chosen = options.choose_frame(frame, time, grid, volume.grid)
    with progress(quiet=json) as report:
        figures = compare_dataset(
            volume,
            dataset,
            variable,
            frame=chosen,
            foreground=foreground,
            isovalue=isovalue,
            perceptual=perceptual,
            progress=report,
        )
    if swapped:
        note(SWAPPED.format(file))
    if figures["threshold"] is not None:
        note(
            f"figures are against the original with values below {figures['threshold']:g} set to 0"
        )
    if others := [name for name in dataset.variables if name != figures["variable"]]:
        note(f"figures of {figures['variable']!r} alone; with --variable of {', '.join(others)}")
    if json:
        print_json(figures)
        return
    rows = {
        "robust PSNR": robust(figures),
        "PSNR": decibels(figures["psnr"]),
        "SSIM": "not available (vcore-volumes[metrics])"
        if figures["ssim"] is None
        else f"{figures['ssim']:.5f}",
        "MSE": f"{figures['mse']:.6g}",
        "largest error": f"{figures['max_error']:.6g}",
        "bytes": f"{figures['bytes']:,}",
        "ratio": f"{figures['ratio']:.1f} : 1",
        "rate": f"{figures['bpv']:.4g} bits per voxel",
        "decoding": f"{figures['decode_seconds']:.2f} s, {figures['decode_mvox_s']:.1f} MVox/s",
    }
    if "noise" in figures:
        from vcore.metrics.noise import noise_sentence

        rows["noise"] = noise_sentence(figures["noise"])
        for low, high, share, bias in figures["noise"]["bias_by_value"]:
            rows[f"bias {low:.4g} to {high:.4g}"] = f"{bias:+.3f} ({100 * share:.3g} % of voxels)"
    if "foreground_psnr" in figures:
        rows["foreground PSNR"] = (
            f"{decibels(figures['foreground_psnr'])} above {figures['foreground_threshold']:g}"
        )
    if "chamfer_distance" in figures:
        rows["chamfer distance"] = _distance(figures["chamfer_distance"], grid.unit)
    if perceptual:
        for name in ("ms_ssim", "lpips"):
            value = figures[name]
            rows[name.replace("_", "-").upper()] = (
                "not available" if value is None else f"{value:.5f}"
            )
    print_figures(f"{file} against {original}", rows)
    print_parts("", figures)


def _distance(value: float, unit: str) -> str:
    if math.isnan(value):
        return "no surface in either"
    return "no surface in one of them" if math.isinf(value) else f"{value:.5g} {unit}".rstrip()


def methods(
    every: Annotated[bool, typer.Option("--all", help="Also the research methods.")] = False,
    json: options.Json = False,
) -> None:
    """List the compression methods: the recommended ones, or all."""
    from vcore import methods as registry

    found = registry.usable().values()
    rows = [
        {
            "name": m.name,
            "summary": m.summary,
            "recommended": m.recommended,
            "needs_torch": m.needs_torch,
            "exact": m.exact,
            "settings": {
                f.name: {"default": f.default, **f.metadata} for f in dataclasses.fields(m.Settings)
            },
        }
        for m in sorted(found, key=lambda m: (not m.recommended, m.name))
    ]
    if json:
        print_json({"methods": rows})
        return
    _print_methods([row for row in rows if row["recommended"]])
    if every:
        typer.echo("\nresearch methods, which encode with torch (vcore-volumes[train])")
        _print_methods([row for row in rows if not row["recommended"]])
    Console().print(
        "\n[dim]Settings of each: vcore methods --json; set one with --set key=value."
        + ("" if every else " Research methods: vcore methods --all.")
        + "[/dim]"
    )


def _print_methods(rows: list[dict[str, Any]]) -> None:
    print_table(("method", "what it does"), [(row["name"], row["summary"]) for row in rows])


EXAMPLES: dict[Callable[..., None], tuple[str, ...]] = {
    compare: (
        "  vcore compare tooth_103x94x161_uint8.raw tooth.vcore",
        "  vcore compare stack.tif stack.vcore --foreground auto",
        "  vcore compare run01/step_007.vti run01.vcore --frame 7",
    ),
    methods: ("  vcore methods", "  vcore methods --all", "  vcore methods --json"),
}


def register(app: typer.Typer) -> None:
    """Register the commands on ``app``."""
    for command, examples in EXAMPLES.items():
        whole = with_reading(command) if "reading" in signature(command).parameters else command
        app.command(epilog="\n\n".join(["[bold]Examples[/bold]", *examples]))(whole)
