"""Options for scenes."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from vcore.cli.inputs import with_options
from vcore.errors import InputError

READING = "Scenes: how a radiance field is read"


def _read(*names: str, metavar: str, help: str) -> Any:
    return typer.Option(*names, metavar=metavar, help=help, rich_help_panel=READING)


def _reading_scenes(
    poses: Annotated[
        str | None,
        _read(
            "--poses",
            metavar="FILE",
            help="Posed images that a network was trained on: transforms.json, poses_bounds.npy or "
            "an .npz.",
        ),
    ] = None,
    bounds: Annotated[
        str | None,
        _read("--bounds", metavar="X0,Y0,Z0,X1,Y1,Z1", help="Box; default: what the cameras see."),
    ] = None,
    near: Annotated[
        float | None,
        _read("--near", metavar="D", help="Smallest depth, where the poses tell none."),
    ] = None,
    far: Annotated[
        float | None, _read("--far", metavar="D", help="Largest depth, where the poses tell none.")
    ] = None,
    pixel_shift: Annotated[
        float | None,
        _read(
            "--pixel-shift",
            metavar="P",
            help="Pixels by which the poses lie left of and above those that were trained with; "
            "NeRF's own code: 0.5 at the size of training.",
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        _read("--minutes", metavar="M", help="Time limit for fitting to images; default 20."),
    ] = None,
    ndc: Annotated[
        bool,
        typer.Option(
            "--ndc",
            help="The network was trained, or is to be fitted, in normalised device coordinates: "
            "forward-facing scenes of the NeRF paper.",
            rich_help_panel=READING,
        ),
    ] = False,
) -> dict[str, Any]:
    """Return the arguments for ``vcore.read_scene``."""
    given = {
        "poses": poses,
        "bounds": _numbers(bounds),
        "near": near,
        "far": far,
        "pixel_shift": pixel_shift,
        "minutes": minutes,
        "ndc": ndc or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def with_reading_scenes(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the parameter ``scene_reading`` of ``command``, a dict of arguments for
    ``vcore.read_scene``, by options."""
    return with_options(command, "scene_reading", _reading_scenes)


def refuse_scenes(given: dict[str, Any]) -> None:
    """Reject options for scenes, by parameter of ``read_scene``.

    Raises
    ------
    InputError
        One is given.
    """
    if given:
        options = " and ".join(f"--{name.replace('_', '-')}" for name in given)
        raise InputError(
            f"Expected {options} with a scene only: the weights of a NeRF, splats (.ply, .spz, "
            f".sog, .splat), or posed images (transforms*.json, poses_bounds.npy). Got a source "
            f"that is none: leave {options} out, or check its name."
        )


def _numbers(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [float(n) for n in text.split(",")]
    except ValueError:
        raise InputError(f"Expected --bounds as X0,Y0,Z0,X1,Y1,Z1. Got {text!r} instead.") from None
