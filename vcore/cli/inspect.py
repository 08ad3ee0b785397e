"""`vcore compare`, `methods`."""

import dataclasses
import math
from collections.abc import Callable
from inspect import signature
from typing import Annotated, Any

import typer
from rich.console import Console

from vcore.cli import image_options, images, options
from vcore.cli.inputs import with_reading
from vcore.cli.originals import SWAPPED, in_order, read_original
from vcore.cli.output import note, print_figures, print_json, print_table, progress
from vcore.cli.quality import print_parts, robust
from vcore.cli.tables import described, measured, print_variables, promised
from vcore.collections.collection import Collection
from vcore.errors import InputError
from vcore.model.report import decibels
from vcore.scenes.scene import Scene


def compare(
    original: Annotated[str, typer.Argument(metavar="ORIGINAL", help="The original volume.")],
    file: options.CompressedFile,
    variable: Annotated[
        str | None,
        typer.Option("--variable", metavar="NAME", help="Only this variable; all by default."),
    ] = None,
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
    image_reading: dict[str, Any],
) -> None:
    """Measure a file against its original."""
    import vcore
    from vcore.evaluate.compare import compare_dataset

    original, file, swapped = in_order(original, file)
    dataset = vcore.open(file, allow_outside="allow_outside" in reading)
    if isinstance(dataset, Scene):
        raise InputError(
            f"Expected a volume or images to compare. Got the scene {file}: what it lost was "
            f"measured when it was compressed, and `vcore info` tells it."
        )
    if isinstance(dataset, Collection):
        given = {
            "--time": time is not None,
            "--frame": frame is not None,
            "--foreground": foreground,
        }
        given |= {"--isovalue": isovalue is not None, "--perceptual": perceptual}
        image_options.refuse(given, "volumes")
        if swapped:
            note(SWAPPED.format(file))
        images.compare(original, file, dataset, variable, {**reading, **image_reading}, json=json)
        return
    image_options.refuse_images(image_reading)
    names = [variable] if variable is not None else list(dataset.variables)
    volume = read_original(original, reading, [dataset.decoder(n).header.name for n in names])
    found: dict[str, dict[str, Any]] = {}
    with progress(quiet=json) as report:
        for name in names:
            part = volume.select([name]) if name in {v.name for v in volume.every} else volume
            grid = dataset.decoder(name).grid
            found[name] = compare_dataset(
                part,
                dataset,
                name,
                frame=options.choose_frame(frame, time, grid, part.grid),
                foreground=foreground,
                isovalue=isovalue,
                perceptual=perceptual,
                progress=report,
            )
    figures = found[names[0]]
    if swapped:
        note(SWAPPED.format(file))
    if figures["threshold"] is not None:
        note(
            f"figures are against the original with values below {figures['threshold']:g} set to 0"
        )
    if json:
        print_json(figures if len(names) == 1 else {**figures, "variables": found})
        return
    if len(names) > 1:
        _print_compared(f"{file} against {original}", dataset.info, found)
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
        unit = dataset.decoder(names[0]).grid.unit
        rows["chamfer distance"] = _distance(figures["chamfer_distance"], unit)
    if perceptual:
        for name in ("ms_ssim", "lpips"):
            value = figures[name]
            rows[name.replace("_", "-").upper()] = (
                "not available" if value is None else f"{value:.5f}"
            )
    print_figures(f"{file} against {original}", rows)
    print_parts("", figures)


def _print_compared(title: str, info: dict[str, Any], found: dict[str, dict[str, Any]]) -> None:
    """Print a row for each of several variables."""
    figures = next(iter(found.values()))
    seconds = sum(each["decode_seconds"] for each in found.values())
    print_figures(
        title,
        {
            "size": f"{figures['bytes']:,} bytes, {figures['ratio']:.1f} : 1, "
            f"{figures['bpv']:.4g} bits per voxel",
            "decoding": f"{seconds:.2f} s",
        },
    )
    typer.echo()
    variables = [v for v in info["variables"] if v["name"] in found]
    print_variables(
        [
            described(v)
            | measured(found[v["name"]], v["unit"])
            | {"SSIM": _ssim(found[v["name"]]["ssim"])}
            | promised(v)
            for v in variables
        ]
    )
    for name, each in found.items():
        print_parts(name, each)


def _ssim(value: float | None) -> str:
    return "" if value is None else f"{value:.5f}"


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
        "  vcore compare tornado.cdb tornado.vcore",
    ),
    methods: ("  vcore methods", "  vcore methods --all", "  vcore methods --json"),
}


def register(app: typer.Typer) -> None:
    """Register the commands on ``app``."""
    for command, examples in EXAMPLES.items():
        whole = command
        if "reading" in signature(command).parameters:
            whole = with_reading(image_options.with_reading_images(command))
        app.command(epilog="\n\n".join(["[bold]Examples[/bold]", *examples]))(whole)
