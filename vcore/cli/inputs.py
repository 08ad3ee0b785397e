"""Options that override the metadata of an input."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from vcore.cli.options import AllowOutside, parse_shape, parse_spacing
from vcore.errors import InputError

PANEL = "Input metadata: overrides what the input declares"


def _option(*names: str, metavar: str, help: str) -> Any:
    return typer.Option(*names, metavar=metavar, help=help, rich_help_panel=PANEL)


def _reading(
    axes: Annotated[
        str | None,
        _option(
            metavar="tczyx",
            help="Axes as stored, slowest first: a letter each, or names: member,t,z,y,x.",
        ),
    ] = None,
    spacing: Annotated[str | None, _option(metavar="Z,Y,X", help="Voxel spacing.")] = None,
    origin: Annotated[
        str | None, _option(metavar="Z,Y,X", help="Position of the first voxel's centre.")
    ] = None,
    unit: Annotated[
        str | None, _option(metavar="U", help="Unit of the spacing: micrometer, millimeter …")
    ] = None,
    times: Annotated[str | None, _option(metavar="T0,T1,…", help="Time of each frame.")] = None,
    time_unit: Annotated[
        str | None,
        _option(metavar="U", help='Time unit: second … or "days since 2000-01-01".'),
    ] = None,
    fill_value: Annotated[
        str | None, _option(metavar="V", help="Value that marks missing voxels; nan for none.")
    ] = None,
    stack: Annotated[
        str | None,
        _option(metavar="z|t", help="Axis of files with one image each: slices or frames."),
    ] = None,
    keep_patient: Annotated[
        bool,
        typer.Option(
            "--keep-patient",
            help="Keep what DICOM files tell of the patient and the study.",
            rich_help_panel=PANEL,
        ),
    ] = False,
    shape: Annotated[
        str | None,
        _option(metavar="Z,Y,X", help="Shape of a headerless file: [T,]Z,Y,X, x fastest."),
    ] = None,
    dtype: Annotated[
        str | None, _option(metavar="T", help="Type of a headerless file: uint8, float32, <f4 …")
    ] = None,
    header_bytes: Annotated[
        int | None,
        _option(metavar="N", help="Number of bytes to skip at the start of a headerless file."),
    ] = None,
    byte_order: Annotated[
        str | None,
        _option(metavar="little|big", help="Byte order of a headerless file; default little."),
    ] = None,
    allow_outside: AllowOutside = False,
    offset: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> dict[str, Any]:
    """Return the arguments for ``vcore.io.read``."""
    if offset is not None:
        raise InputError(
            "Expected --dark-offset for the detector, or --header-bytes for headerless files. Got "
            f"--offset {offset} instead, which could be either."
        )
    given = {
        "axes": axes,
        "spacing": parse_spacing(spacing),
        "origin": _numbers("--origin", origin, 3),
        "unit": unit,
        "times": _numbers("--times", times),
        "time_unit": time_unit,
        "fill_value": _fill(fill_value),
        "shape": parse_shape(shape),
        "dtype": dtype,
        "offset": header_bytes,
        "byte_order": byte_order,
        "stack": stack,
    }
    found = {name: value for name, value in given.items() if value is not None}
    chosen = {"allow_outside": allow_outside, "patient": keep_patient}
    return found | {name: True for name, value in chosen.items() if value}


def with_reading(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the parameter ``reading`` of ``command``, a dict of arguments for ``vcore.io.read``,
    by the options above."""
    return with_options(command, "reading", _reading)


def with_options(
    command: Callable[..., None], name: str, gather: Callable[..., dict[str, Any]]
) -> Callable[..., None]:
    """Replace the parameter ``name`` of ``command``, a dict, by the options that ``gather`` turns
    into it."""
    ours = inspect.signature(gather).parameters
    theirs = inspect.signature(command)
    kept = [p for other, p in theirs.parameters.items() if other != name]

    @wraps(command)
    def run(**values: Any) -> None:
        found = gather(**{option: values.pop(option) for option in ours})
        command(**{name: found}, **values)

    parameters = sorted([*kept, *ours.values()], key=lambda p: p.kind)
    run.__signature__ = theirs.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run


def _numbers(option: str, text: str | None, count: int | None = None) -> list[float] | None:
    if text is None:
        return None
    try:
        found = [float(n) for n in text.split(",")]
    except ValueError:
        found = []
    if not found or (count is not None and len(found) != count):
        what = "Z,Y,X, for example 0,1.5,2" if count else "numbers, for example 0,0.5,1"
        raise InputError(f"Expected {option} as {what}. Got {text!r} instead.")
    return found


def _fill(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        # keep integers beyond 2^53 exact
        return int(text) if text.lstrip("+-").isdigit() else float(text)
    except ValueError:
        raise InputError(
            f"Expected --fill-value as a number or nan. Got {text!r} instead."
        ) from None
