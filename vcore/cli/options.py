"""Options shared by several commands, and their parsing."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Annotated

import typer

from vcore.cli.output import note
from vcore.errors import InputError
from vcore.model.budget import RENAMED as BUDGETS_RENAMED
from vcore.model.grid import Grid
from vcore.model.regions import Region

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing output.")]
CompressedFile = Annotated[
    str, typer.Argument(metavar="FILE", help="A .vcore file, or its http(s) URL.")
]
AllowOutside = Annotated[
    bool,
    typer.Option(
        "--allow-outside",
        help="Follow links and file names out of the input's folder; only for trusted inputs.",
    ),
]
Old = Annotated[str | None, typer.Option(hidden=True)]
"""A renamed option, rejected by ``refuse_old``."""
Time = Annotated[
    float | None,
    typer.Option(
        metavar="T",
        help="The frame at this time, in the file's time unit; the nearest within half a step.",
    ),
]
Frame = Annotated[int | None, typer.Option(metavar="N", help="Frame index, from 0.")]
VariableName = Annotated[
    str | None,
    typer.Option("--variable", metavar="NAME", help="The variable; the first by default."),
]


EFFORTS = ("fast", "default", "max")
RENAMED = {
    **BUDGETS_RENAMED,
    "threshold": "Expected --zero-below: values below it become 0. Got its old name --threshold "
    "instead.",
}
"""Error message for each renamed option, by parameter name."""


Effort = Annotated[
    str | None,
    typer.Option(
        metavar="fast|default|max",
        help="Effort of wavelet: fast takes a fifth of the time for some 10 % more bytes, max "
        "10 times as long, and up to 3 times to decode, for some 9 % fewer.",
    ),
]
Prediction = Annotated[
    bool | None,
    typer.Option(
        "--prediction/--no-prediction",
        help="Whether wavelet predicts details by a network that all files share; with effort max "
        "by default.",
        show_default=False,
    ),
]


def parse_shape(text: str | None) -> tuple[int, ...] | None:
    """Parse a shape "Z,Y,X" (or "ZxYxX").

    Raises
    ------
    InputError
        The text is not a shape.
    """
    if text is None:
        return None
    try:
        shape = tuple(int(n) for n in text.lower().replace("x", ",").split(","))
    except ValueError:
        shape = ()
    if not 2 <= len(shape) <= 5 or min(shape) < 1:
        raise InputError(
            f"Expected --shape as Z,Y,X, for example 161,94,103. Got {text!r} instead."
        )
    return shape


def parse_spacing(text: str | None) -> tuple[float, ...] | None:
    """Parse a spacing "Z,Y,X".

    Raises
    ------
    InputError
        The text is not a spacing.
    """
    if text is None:
        return None
    try:
        spacing = tuple(float(n) for n in text.split(","))
    except ValueError:
        spacing = ()
    if len(spacing) != 3:
        raise InputError(
            f"Expected --spacing as Z,Y,X, for example 1.5,0.8,0.8. Got {text!r} instead."
        )
    return spacing


def parse_region(text: str | None) -> Region:
    """Parse a region "z0:z1,y0:y1,x0:x1"; a missing bound is open.

    Raises
    ------
    InputError
        The text is not a region.
    """
    if text is None:
        return ()
    parts = [part.split(":") for part in text.split(",")]
    try:
        region = tuple(slice(*(int(b) if b.strip() else None for b in p)) for p in parts)
    except ValueError:
        region = ()
    if len(region) != 3 or any(len(p) != 2 for p in parts):
        raise InputError(
            f"Expected --region as z0:z1,y0:y1,x0:x1, for example 0:64,32:96,32:96. "
            f"Got {text!r} instead."
        )
    return region


def choose_frame(frame: int | None, time: float | None, *grids: Grid) -> int | None:
    """Return the frame index given by --frame or --time, on the grid with the most frames.

    Raises
    ------
    InputError
        Both options are given, or no frame is near the time.
    """
    if time is None:
        return frame
    if frame is not None:
        raise InputError("Expected either --frame or --time. Got both: leave one out.")
    grid = max(grids, key=lambda g: len(g.times or ()))
    found = grid.frame_at(time)
    if grid.times is not None and grid.times[found] != time:
        note(f"frame {found}, at {grid.times[found]:g} {grid.time_unit}".rstrip())
    return found


def parse_settings(items: list[str]) -> dict[str, str]:
    """Parse settings given as key=value.

    Raises
    ------
    InputError
        An item has no "=".
    """
    for item in items:
        if "=" not in item:
            raise InputError(f"Expected --set as key=value, for example k=8. Got {item!r} instead.")
    return dict(item.split("=", 1) for item in items)


def refuse_old(**given: str | None) -> None:
    """Reject renamed options, given by parameter name.

    Raises
    ------
    InputError
        A renamed option was used.
    """
    for name, value in given.items():
        if value is not None:
            raise InputError(RENAMED[name])


def with_effort(
    settings: dict[str, str], effort: str | None, taken: Sequence[str]
) -> dict[str, str]:
    """Return ``settings`` with the effort of --effort, for the methods in ``taken``.

    Raises
    ------
    InputError
        A method has no effort, or --set gives a different one.
    """
    if effort is None:
        return settings
    if effort not in EFFORTS:
        raise InputError(f"Expected --effort {', '.join(EFFORTS)}. Got {effort!r} instead.")
    return _of_methods(settings, "--effort", "effort", effort, taken)


def with_prediction(
    settings: dict[str, str], prediction: bool | None, taken: Sequence[str]
) -> dict[str, str]:
    """Return ``settings`` with --prediction or --no-prediction, for the methods in ``taken``.

    Raises
    ------
    InputError
        A method predicts nothing, or --set says otherwise.
    """
    if prediction is None:
        return settings
    option = "--prediction" if prediction else "--no-prediction"
    return _of_methods(settings, option, "prediction", str(prediction).lower(), taken)


def _of_methods(
    settings: dict[str, str], option: str, key: str, value: str, taken: Sequence[str]
) -> dict[str, str]:
    """Return ``settings`` with one that an option of its own gives."""
    from vcore import methods
    from vcore.engine.choose import AUTO

    names = [name if name == AUTO else methods.get(name).name for name in taken]
    for named in names:
        if named != AUTO and key in {f.name for f in fields(methods.get(named).Settings)}:
            continue
        raise InputError(
            f"Expected {option} beside method wavelet. Got it beside {named}, which has none: "
            f"leave it out, or give --method wavelet."
        )
    if settings.get(key, value) != value:
        raise InputError(
            f"Expected one {key}. Got {option}"
            + (f" {value}" if key == "effort" else "")
            + f" and --set {key}={settings[key]}: leave one out."
        )
    return {**settings, key: value}


def complete_method(start: str) -> list[str]:
    """Return the method names that begin with ``start``, for tab completion."""
    from vcore import methods

    return [name for name in (*methods.names(), "auto") if name.startswith(start)]
