"""The options of a budget, each for all variables or by name, and their parsing."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from vcore.cli.naming import in_options
from vcore.errors import InputError
from vcore.model.budget import Budget
from vcore.model.budgets import Asked, combined

EXAMPLES = {"bytes": "50000", "ratio": "20", "psnr": "45"}
PANEL = "Budget: VALUE, or NAME=VALUE for a variable; repeat for more"


def _option(*names: str, metavar: str, help: str) -> Any:
    text = f"{metavar}|NAME={metavar}"
    return Annotated[
        list[str] | None, typer.Option(*names, metavar=text, help=help, rich_help_panel=PANEL)
    ]


Bytes = _option("--bytes", metavar="N", help="Largest file; by name, of that variable's part.")
Ratio = _option(metavar="R", help="Smallest compression ratio.")
Bpv = _option(metavar="B", help="Most bits per voxel.")
Psnr = _option(metavar="DB", help="Smallest PSNR in dB; peak = data range.")
MaxError = _option(metavar="E", help="Largest error of any voxel, in data units; 0 loses nothing.")
RangeError = _option(metavar="F", help="The same as a share of the data range.")
NoiseSigma = _option(
    metavar="K", help="Largest error of any voxel in standard deviations of a detector's noise."
)
Gain = _option(metavar="G", help="Of the detector, data units a count; else estimated.")
DarkOffset = _option(metavar="M", help="The detector's value without light; else estimated.")
ReadNoise = _option(metavar="S", help="The detector's noise without light; else estimated.")
Lossless = Annotated[
    bool,
    typer.Option(
        "--lossless",
        help="Lose nothing: a largest error of 0. Variables without a budget lose nothing where "
        "others have one by name.",
        rich_help_panel=PANEL,
    ),
]


def parse_budgets(given: Mapping[str, Sequence[str] | None], *, lossless: bool) -> Asked:
    """Return the budget of the texts of each option, by field of ``Budget``.

    Raises
    ------
    InputError, BudgetError
        What is no number, a value given twice, or values that may contradict each other.
    """
    plain: dict[str, float] = {}
    named: dict[str, dict[str, float]] = {}
    for field, texts in given.items():
        for text in texts or ():
            # a number has no "=", a name may have some
            name, by_name, number = text.rpartition("=")
            values = named.setdefault(name, {}) if by_name else plain
            value = _number(field, text, number)
            if field in values:
                whose = f"variable {name!r}" if by_name else "all variables"
                raise InputError(
                    f"Expected {_flag(field)} once for {whose}. Got {values[field]:g} and "
                    f"{value:g}: leave one out."
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


def _flag(field: str) -> str:
    return in_options(f"`Budget.{field}`")
