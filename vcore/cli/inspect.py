"""`vcore info`, `compare`, `methods`."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from inspect import signature
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from vcore.cli import options
from vcore.cli.inputs import with_reading
from vcore.cli.originals import SWAPPED, in_order, read_original
from vcore.cli.output import note, print_figures, print_json, progress
from vcore.cli.quality import print_parts, robust
from vcore.model.report import decibels
from vcore.runtime.memory import human_bytes

NAMED = 4
"""Maximum number of attribute names printed on a line."""


def info(
    file: options.CompressedFile,
    json: options.Json = False,
    allow_outside: options.AllowOutside = False,
) -> None:
    """Show the contents and guarantees of a file, without decoding."""
    import vcore

    dataset = vcore.open(file, allow_outside=allow_outside)
    values = dataset.info
    if json:
        print_json(values)
        return
    print_figures(
        file,
        {
            "bytes": f"{values['bytes']:,} ({human_bytes(values['bytes'])})"
            + (", truncated" if values["truncated"] else ""),
            "ratio": f"{values['ratio']:.1f} : 1",
            "rate": f"{values['bpv']:.4g} bits per voxel",
            "source": (values.get("source") or {}).get("name") or "not named",
            "encoder": f"vcore {values['encoder']}",
        }
        | _threshold_row(dataset.threshold)
        | _attributes_row(values["attributes"]),
    )
    for variable in values["variables"]:
        print_figures(f"\nvariable {variable['name']}", _variable_rows(variable, values["grid"]))
        print_parts("", {"channels": [c["achieved"] for c in variable["channels"]]})


def _threshold_row(threshold: float | None) -> dict[str, str]:
    if threshold is None:
        return {}
    return {"threshold": f"values below {threshold:g} were set to 0 first"}


def _attributes_row(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Return the attribute names on a short line; --json prints the values."""
    names = list(attributes)
    if not names:
        return {}
    more = f" (+{len(names) - NAMED})" if len(names) > NAMED else ""
    return {"attributes": ", ".join(names[:NAMED]) + more}


def _psnr(achieved: Mapping[str, Any]) -> str:
    if "psnr" not in achieved:
        return "not measured"
    # JSON has no infinity: an infinite PSNR is stored as an error of 0
    return decibels(math.inf if achieved.get("mse") == 0 else achieved.get("psnr"))


def _variable_rows(variable: dict[str, Any], grid: dict[str, Any]) -> dict[str, str]:
    low, high = variable["range"]
    achieved = variable["achieved"]
    unit = f" {variable['unit']}" if variable["unit"] else ""
    spacing = " x ".join(f"{s:g}" for s in grid.get("spacing", (1.0, 1.0, 1.0)))
    rows = {
        "shape": " x ".join(str(n) for n in variable["shape"]) + f" ({' '.join(variable['axes'])})",
        "dtype": variable["dtype"] + _packing(variable.get("packing")),
        "spacing": f"{spacing} {grid.get('unit', '')}".rstrip(),
        "range": f"{low:g} to {high:g}{unit}",
        "method": variable["method"]
        + "".join(f" {k}={v}" for k, v in variable["settings"].items() if v is not None),
        "levels": ", ".join("x".join(str(n) for n in s[-3:]) for s in variable["levels"]),
        "available": ", ".join(str(k) for k in variable["available_levels"]) or "none",
        **({"quality": variable["quality"]} if variable["quality"] else {}),
        "robust PSNR": robust(achieved),
        "PSNR": _psnr(achieved),
        "guarantee": _guarantee(variable, unit),
    }
    if "sections" in variable:
        sizes = ", ".join(f"{k} {v:,}" for k, v in variable["sections"].items())
        rows["sections"] = f"{sizes} bytes"
    if variable["noise"]:
        rows["noise"] = str(_detector(variable["noise"]))
    if achieved.get("noise"):
        from vcore.metrics.noise import noise_sentence

        rows["errors"] = noise_sentence(achieved["noise"])
    if variable["missing"]:
        rows["missing"] = "kept exactly"
    return rows | _attributes_row(variable["attributes"])


def _packing(packing: dict[str, Any] | None) -> str:
    if not packing:
        return ""
    offset = f" + {packing['offset']:g}" if packing["offset"] else ""
    return f", the source's {packing['dtype']} * {packing['scale']:g}{offset}"


def _guarantee(variable: dict[str, Any], unit: str) -> str:
    if variable["noise"]:
        detector, sigmas = _detector(variable["noise"]), variable["noise"]["sigmas"]
        ends = [sigmas * float(detector.deviation(v)) for v in variable["range"]]
        return (
            f"every voxel within {sigmas:g} standard deviations of the noise, about "
            f"{ends[0]:.3g} to {ends[1]:.3g}{unit}"
        )
    if variable["guarantee"] and variable["guarantee"]["max_error"] == 0:
        return "lossless"
    if variable["guarantee"]:
        return f"every voxel within {variable['guarantee']['max_error']:g}{unit}"
    return "none on single voxels"


def _detector(noise: dict[str, float]) -> Any:
    from vcore.noise import Detector

    return Detector(noise["gain"], noise["offset"], noise["read_noise"])


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
    chosen = options.choose_frame(frame, time, dataset.grid, volume.grid)
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
        rows["chamfer distance"] = _distance(figures["chamfer_distance"], dataset.grid.unit)
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


def methods(json: options.Json = False) -> None:
    """List the compression methods and their settings."""
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
    for recommended, title in ((True, "recommended"), (False, "research")):
        chosen = [row for row in rows if row["recommended"] == recommended]
        if chosen:
            _print_methods(title, chosen)
    Console().print("\nSettings of a method: vcore methods --json; set one with --set key=value.")


def _print_methods(title: str, rows: list[dict[str, Any]]) -> None:
    table = Table(title=f"{title} methods", title_justify="left", box=None, pad_edge=False)
    for column in ("name", "what it does", "encoding needs", "settings"):
        table.add_column(column, overflow="fold")
    for row in rows:
        needs = "torch (train)" if row["needs_torch"] else "nothing more"
        table.add_row(row["name"], row["summary"], needs, ", ".join(row["settings"]))
    Console().print(table)


EXAMPLES: dict[Callable[..., None], tuple[str, ...]] = {
    info: ("  vcore info tooth.vcore", "  vcore info https://example.org/big.vcore --json"),
    compare: (
        "  vcore compare tooth_103x94x161_uint8.raw tooth.vcore",
        "  vcore compare stack.tif stack.vcore --foreground auto",
        "  vcore compare run01/step_007.vti run01.vcore --frame 7",
    ),
    methods: ("  vcore methods", "  vcore methods --json"),
}


def register(app: typer.Typer) -> None:
    """Register the commands on ``app``."""
    for command, examples in EXAMPLES.items():
        whole = with_reading(command) if "reading" in signature(command).parameters else command
        app.command(epilog="\n\n".join(["[bold]Examples[/bold]", *examples]))(whole)
