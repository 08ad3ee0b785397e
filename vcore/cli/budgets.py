"""Budget options, for all variables or by variable name, and their parsing."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from vcore.cli.naming import in_options
from vcore.errors import InputError
from vcore.model.budget import Budget
from vcore.model.budgets import Asked, combined

EXAMPLES = {
    "bytes": "50000",
    "ratio": "20",
    "psnr": "45",
    "robust_psnr": "42",
    "quality": "good",
}
PANEL = "Budget: VALUE, or NAME=VALUE for one variable; repeatable"


def _option(*names: str, metavar: str, help: str) -> Any:
    text = f"{metavar}|NAME={metavar}"
    return Annotated[
        list[str] | None, typer.Option(*names, metavar=text, help=help, rich_help_panel=PANEL)
    ]


Quality = _option(
    metavar="below-noise|good|preview",
    help="Error below the detector's noise; robust PSNR of 42 dB, the default; of 34 dB.",
)
RobustPsnr = _option(
    metavar="DB",
    help="Minimum PSNR of the foreground in dB; peak = its range without outliers.",
)
Bytes = _option("--bytes", metavar="N", help="Maximum file size; with NAME, of that variable.")
Ratio = _option(metavar="R", help="Minimum compression ratio.")
Bpv = _option(metavar="B", help="Maximum bits per voxel.")
Psnr = _option(metavar="DB", help="Minimum PSNR in dB; peak = whole range.")
MaxError = _option(metavar="E", help="Maximum error of any voxel, in data units; 0 is lossless.")
RangeError = _option(metavar="F", help="Maximum error of any voxel, as a fraction of the range.")
NoiseSigma = _option(
    metavar="K", help="Maximum error of any voxel, in standard deviations of the detector noise."
)
Gain = _option(metavar="G", help="Detector gain, data units per count; estimated by default.")
DarkOffset = _option(metavar="M", help="Detector value without light; estimated by default.")
ReadNoise = _option(metavar="S", help="Detector noise without light; estimated by default.")
ChannelError = Annotated[
    list[str] | None,
    typer.Option(
        "--channel-error",
        metavar="NAME=E",
        help="Maximum error of a channel of images beside the colour, such as depth, in its unit; "
        "default 0.1 % of its range.",
        rich_help_panel=PANEL,
    ),
]
Lossless = Annotated[
    bool,
    typer.Option(
        "--lossless",
        help="Lossless, same as --max-error 0. If some variables have a budget by name, those "
        "without one are lossless.",
        rich_help_panel=PANEL,
    ),
]


def parse_budgets(given: Mapping[str, Sequence[str] | None], *, lossless: bool) -> Asked:
    """Parse the values of each budget option, keyed by field of ``Budget``.

    Raises
    ------
    InputError, BudgetError
        A value is not a number, is given twice, or may contradict another.
    """
    plain: dict[str, Any] = {}
    named: dict[str, dict[str, Any]] = {}
    for field, texts in given.items():
        for text in texts or ():
            # names may contain "=", numbers cannot
            name, by_name, number = text.rpartition("=")
            values = named.setdefault(name, {}) if by_name else plain
            value = number if field == "quality" else _number(field, text, number)
            if field in values:
                whose = f"variable {name!r}" if by_name else "all variables"
                raise InputError(
                    f"Expected {_flag(field)} once for {whose}. Got "
                    f"{_shown(values[field])} and {_shown(value)}: leave one out."
                )
            values[field] = value
    if lossless:
        if plain.get("max_error", 0) != 0:
            raise InputError(
                f"Expected either --lossless or --max-error. Got both, and an error of "
                f"{plain['max_error']:g}: leave one out."
            )
        plain["max_error"] = 0
    return combined(named, plain) if named else Budget.from_json(plain)


def _number(field: str, text: str, number: str) -> float:
    try:
        return int(number) if field == "bytes" else float(number)
    except ValueError:
        kind = "a whole number" if field == "bytes" else "a number"
        raise InputError(
            f"Expected {_flag(field)} as {kind}, or as NAME=NUMBER for one variable, for example "
            f"T={EXAMPLES.get(field, '0.01')}. Got {text!r} instead."
        ) from None


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _flag(field: str) -> str:
    return in_options(f"`Budget.{field}`")
