"""Options for collections of images, and their parsing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer

from vcore.cli.inputs import with_options
from vcore.collections.lookup import METHOD
from vcore.errors import InputError

READING = "Collections of images: how a Cinema database or a table is read"
MOVIE = "Collections of images: Cinema databases and movies"


def _read(*names: str, metavar: str, help: str) -> Any:
    return typer.Option(*names, metavar=metavar, help=help, rich_help_panel=READING)


def _written(*names: str, metavar: str | None = None, help: str) -> Any:
    return typer.Option(*names, metavar=metavar, help=help, rich_help_panel=MOVIE)


Along = Annotated[
    list[str] | None,
    _written(
        "--along",
        metavar="NAME",
        help="Parameter to run through, to and fro for all values of one given before; default "
        "time, or that of most values.",
    ),
]
At = Annotated[
    list[str] | None,
    _written(
        "--at", metavar="NAME=VALUE", help="Value of another parameter; the first by default."
    ),
]
ByMethod = Annotated[
    bool,
    _written(
        "--by-method",
        help="Images between those of the grid by the file's own network (nervi, view-grids).",
    ),
]
Background = Annotated[
    str | None,
    _read("--background", metavar="R,G,B", help="Colour of empty pixels, 0 to 255 each."),
]


def _reading_images(
    parameter: Annotated[
        list[str] | None,
        _read(
            "--parameter",
            metavar="NAME",
            help="Column that is a parameter; repeat for all. Default: those that are needed.",
        ),
    ] = None,
    file_column: Annotated[
        list[str] | None,
        _read("--file-column", metavar="NAME", help="Column of image files; repeatable."),
    ] = None,
    background: Background = None,
) -> dict[str, Any]:
    """Return the arguments for ``vcore.read_images``."""
    given = {
        "parameters": parameter or None,
        "files": file_column or None,
        "background": parse_colour(background),
    }
    return {name: value for name, value in given.items() if value is not None}


def with_reading_images(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the parameter ``image_reading`` of ``command``, a dict of arguments for
    ``vcore.read_images``, by options."""
    return with_options(command, "image_reading", _reading_images)


def _writing(
    along: Along = None,
    at: At = None,
    path: Annotated[
        str | None,
        _written(
            "--path",
            metavar='"NAME=V,… NAME=V,…"',
            help="Points to pass on straight lines, such as 'phi=0 phi=360,time=3'.",
        ),
    ] = None,
    frames: Annotated[
        int | None,
        _written("--frames", metavar="N", help="Frames on the path; default one a step."),
    ] = None,
    fps: Annotated[
        float | None, _written("--fps", metavar="N", help="Frames per second; default 25.")
    ] = None,
    blend: Annotated[
        bool, _written("--blend", help="Blend images between those of the grid.")
    ] = False,
    by_method: ByMethod = False,
    background: Annotated[
        str | None,
        _written("--background", metavar="R,G,B", help="Colour behind transparent pixels."),
    ] = None,
    floats: Annotated[
        str | None,
        _written("--floats", metavar="npz|exr", help="Format of depth and values; as they came."),
    ] = None,
) -> dict[str, Any]:
    """Return the arguments for ``vcore.write_images``."""
    if blend and by_method:
        raise InputError("Expected either --blend or --by-method. Got both: leave one out.")
    given = {
        "along": names_of(along),
        "at": parse_point(at),
        "through": None if path is None else [parse_point([part]) or {} for part in path.split()],
        "frames": frames,
        "fps": fps,
        "blend": METHOD if by_method else blend or None,
        "background": parse_colour(background),
        "floats": floats,
    }
    return {name: value for name, value in given.items() if value is not None}


def with_writing_images(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the parameter ``movie`` of ``command``, a dict of arguments for
    ``vcore.write_images``, by options."""
    return with_options(command, "movie", _writing)


def names_of(texts: Sequence[str] | None) -> list[str] | None:
    """Return names given one by one, or with commas in between."""
    found = [name.strip() for text in texts or () for name in text.split(",") if name.strip()]
    return found or None


def parse_point(texts: Sequence[str] | None) -> dict[str, Any] | None:
    """Parse values of parameters, "NAME=VALUE" each or with commas in between.

    Raises
    ------
    InputError
        A part has no "=".
    """
    found: dict[str, Any] = {}
    for part in names_of(texts) or ():
        name, equals, value = part.partition("=")
        if not equals or not name:
            raise InputError(
                f"Expected values of parameters as NAME=VALUE, such as phi=30. Got {part!r} "
                f"instead."
            )
        found[name.strip()] = value.strip()
    return found or None


def parse_colour(text: str | None) -> tuple[int, int, int] | None:
    """Parse a colour "R,G,B".

    Raises
    ------
    InputError
        The text is no colour.
    """
    if text is None:
        return None
    try:
        red, green, blue = (int(part) for part in text.split(","))
    except ValueError:
        red = -1
    if red < 0 or not all(0 <= v <= 255 for v in (red, green, blue)):
        raise InputError(
            f"Expected --background as R,G,B of 0 to 255, for example 255,255,255. Got {text!r} "
            f"instead."
        )
    return red, green, blue


def refuse(given: Mapping[str, Any], what: str) -> None:
    """Reject options that do not fit.

    Parameters
    ----------
    given
        Values by option; those that are None, False or empty are not given.
    what
        What the options are for.

    Raises
    ------
    InputError
        One is given.
    """
    if found := [name for name, value in given.items() if value]:
        raise InputError(f"Expected {' and '.join(found)} for {what} only: leave it out.")


def refuse_images(given: Mapping[str, Any]) -> None:
    """Reject options for collections of images, by parameter of ``read_images``, ``write_images``
    or a command.

    Raises
    ------
    InputError
        One is given.
    """
    others = {"parameters": "parameter", "files": "file-column", "through": "path"}
    named = {others.get(name, name.replace("_", "-")): value for name, value in given.items()}
    refuse({f"--{name}": value for name, value in named.items()}, "collections of images")
