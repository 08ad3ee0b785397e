"""`vcore info`."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from vcore.cli import images, options, scenes
from vcore.cli.output import print_figures, print_json, source_name
from vcore.cli.quality import print_parts
from vcore.cli.tables import described, measured, print_variables, promised
from vcore.collections.collection import Collection
from vcore.runtime.memory import human_bytes
from vcore.scenes.scene import Scene

NAMED = 4
"""Maximum number of names printed on a line."""
EXAMPLES = """
[bold]Examples[/bold]

  vcore info tooth.vcore

  vcore info https://example.org/big.vcore --json

  # settings, levels and sections, too

  vcore info tooth.vcore --verbose
"""


def info(
    file: options.CompressedFile,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Also settings, levels, sections, attributes.")
    ] = False,
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
    if isinstance(dataset, Scene):
        scenes.info(file, dataset, verbose=verbose)
        return
    if isinstance(dataset, Collection):
        images.info(file, dataset, verbose=verbose)
        return
    print_figures(
        file,
        {
            "size": f"{values['bytes']:,} bytes ({human_bytes(values['bytes'])}), "
            f"{values['ratio']:.1f} : 1, {values['bpv']:.4g} bits per voxel"
            + (", truncated" if values["truncated"] else ""),
            **_place(dataset.grid),
            **_further(dataset),
            "source": source_name(values),
            "encoder": f"vcore {values['encoder']}",
        }
        | _threshold_row(dataset.threshold)
        | _names_row("attributes", list(values["attributes"]), verbose)
        | _names_row("kept beside", [array["name"] for array in values["carried"]], verbose),
    )
    typer.echo()
    variables = values["variables"]
    print_variables(
        [
            described(v)
            | _quality(v)
            | measured(v["achieved"], v["unit"])
            | _range(v)
            | promised(v)
            for v in variables
        ]
    )
    for variable in variables:
        name = "" if len(variables) == 1 else variable["name"]
        channels = [{"name": c["name"], **c["achieved"]} for c in variable["channels"]]
        print_parts(name, {"channels": channels})
    for variable in variables if verbose else ():
        print_figures(f"\n{variable['name']}", _internals(variable))


def _place(grid: Any) -> dict[str, str]:
    """Return where the voxels lie, in the grid's unit; z, y, x."""
    from vcore.evaluate.plot import counts_voxels

    unit = f" {grid.unit}" if grid.unit else " voxels" * counts_voxels(grid)
    steps, origin = (" x ".join(f"{v:.6g}" for v in row) for row in (grid.spacing, grid.origin))
    extent = " x ".join(f"{n * s:.6g}" for n, s in zip(grid.shape, grid.spacing, strict=True))
    uneven = "" if grid.coordinates is None else " on average: uneven coordinates"
    rows = {
        "extent": f"{extent}{unit} ({' '.join(grid.axis_names)})",
        "spacing": f"{steps} {grid.unit}".rstrip() + uneven,
    }
    if any(grid.origin):
        rows["origin"] = f"{origin} {grid.unit}".rstrip()
    if grid.times is not None:
        first, last = grid.times[0], grid.times[-1]
        rows["times"] = f"{len(grid.times)}, {first:g} to {last:g} {grid.time_unit}".rstrip()
    return rows


def _further(dataset: Any) -> dict[str, str]:
    """Return where the variables lie that are on other grids than the first one."""
    names: dict[int, list[str]] = {}
    grids = {}
    for name, decoder in dataset.variables.items():
        number = decoder.header.grid_number
        names.setdefault(number, []).append(name)
        grids[number] = decoder.grid
    return {
        f"grid of {', '.join(names[number])}": "; ".join(
            text if title == "extent" else f"{title} {text}"
            for title, text in _place(grids[number]).items()
        )
        for number in sorted(names)
        if number
    }


def _threshold_row(threshold: float | None) -> dict[str, str]:
    if threshold is None:
        return {}
    return {"threshold": f"values below {threshold:g} were set to 0 first"}


def _names_row(title: str, names: list[str], verbose: bool) -> dict[str, str]:
    """Return the names on a short line; --json prints the values."""
    if not names:
        return {}
    shown = names if verbose else names[:NAMED]
    more = f" (+{len(names) - len(shown)})" if len(names) > len(shown) else ""
    return {title: ", ".join(shown) + more}


def _quality(variable: Mapping[str, Any]) -> dict[str, str]:
    return {"quality": variable["quality"]}


def _range(variable: Mapping[str, Any]) -> dict[str, str]:
    span = variable["range"]
    told = "" if span is None else f"{span[0]:g} to {span[1]:g}"
    return {"range": told, "missing": "exact" if variable["missing"] else ""}


def _internals(variable: dict[str, Any]) -> dict[str, str]:
    settings = (f"{k}={v}" for k, v in variable["settings"].items() if v is not None)
    rows = {
        "settings": ", ".join(settings) or "none",
        "levels": ", ".join("x".join(str(n) for n in s[-3:]) for s in variable["levels"]),
        "available": ", ".join(str(k) for k in variable["available_levels"]) or "none",
    }
    if "predicted" in variable:
        share = 100 * variable["predicted"]
        rows["predicted"] = f"{share:.3g} % of the energy of predicted details is prediction alone"
    if variable["time_as_z"]:
        rows["frames"] = "coded as slices along z"
    if packing := variable.get("packing"):
        offset = f" + {packing['offset']:g}" if packing["offset"] else ""
        rows["packed as"] = f"{packing['dtype']} * {packing['scale']:g}{offset}"
    if "sections" in variable:
        sizes = ", ".join(f"{k} {v:,}" for k, v in variable["sections"].items())
        rows["sections"] = f"{sizes} bytes"
    if variable["noise"]:
        rows["noise"] = _noise(variable)
    if variable["achieved"].get("noise"):
        from vcore.metrics.noise import noise_sentence

        rows["errors"] = noise_sentence(variable["achieved"]["noise"])
    return rows | _names_row("attributes", list(variable["attributes"]), verbose=True)


def _noise(variable: dict[str, Any]) -> str:
    from vcore.noise import Detector

    noise = variable["noise"]
    detector = Detector(noise["gain"], noise["offset"], noise["read_noise"])
    ends = [noise["sigmas"] * float(detector.deviation(v)) for v in variable["range"]]
    return f"{detector}: errors within about {ends[0]:.3g} to {ends[1]:.3g}"


def register(app: typer.Typer) -> None:
    """Register the command on ``app``."""
    app.command(epilog=EXAMPLES)(info)
