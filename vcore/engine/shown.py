"""How viewers should show the channels of a variable: limits, colour, label, gamma."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite, prod
from typing import TYPE_CHECKING, Any

from vcore.container.header import VariableHeader
from vcore.errors import VcoreError
from vcore.io.colours import HEX, are_samples, told_colours
from vcore.io.ngff_matrices import mappings
from vcore.io.tidy import number
from vcore.metrics.robust import Foreground
from vcore.model.attributes import from_json
from vcore.model.volume import Variable

if TYPE_CHECKING:
    from vcore.engine.levels import LevelsDecoder

CHEAP = 1 << 22
"""Maximum number of values decoded to find limits: some tenths of a second."""
NAPARI = "napari"
"""Member of a channel in ``omero`` with the settings that only napari has; its window was chosen by
a user, even if it spans all values."""
GAMMA_FAMILY = "polynomial"
"""OMERO's name of a channel shown by a power, the ``coefficient``, of its values."""


@dataclass(frozen=True)
class Display:
    """Display settings of one channel.

    Parameters
    ----------
    limits
        Values shown darkest and brightest, the first below the second.
    data_range
        Smallest and largest value, from the header.
    colour
        RRGGBB, "" if unknown.
    label
        Name of the channel, "" if unknown.
    gamma
        Power of the values between the limits.
    active
        Whether it is shown at first.
    napari
        Settings of a napari layer, as stored: not checked.
    """

    limits: tuple[float, float]
    data_range: tuple[float, float]
    colour: str = ""
    label: str = ""
    gamma: float = 1.0
    active: bool = True
    napari: Mapping[str, Any] = field(default_factory=dict)

    def omero(self, label: str, colour: str) -> dict[str, Any]:
        """Return the settings as a channel of OME-Zarr's ``omero``, with ``label`` and the
        ``colour`` of one that has none."""
        (start, end), (low, high) = self.limits, self.data_range
        window = {"start": start, "end": end, "min": min(low, start), "max": max(high, end)}
        found: dict[str, Any] = {
            "label": label,
            "color": self.colour or colour,
            "active": self.active,
            "window": window,
        }
        if self.gamma != 1:
            found |= {"family": GAMMA_FAMILY, "coefficient": self.gamma}
        return found | ({NAPARI: dict(self.napari)} if self.napari else {})


def displays(
    header: VariableHeader,
    attributes: Mapping[str, Any] | None = None,
    decoder: "LevelsDecoder | None" = None,
) -> list[Display]:
    """Return the display settings of each channel, of the only one without an axis of channels.

    Limits are, in this order: the window in ``omero``, unless it is the range of all values that
    some writers put there; the robust range, as measured by the encoder; that of the coarsest
    stored level of the first frame, if there is a ``decoder`` and it is cheap; the data range.

    Parameters
    ----------
    attributes
        Those of the volume, which may hold colours (OME-XML).
    """
    own = from_json(header.attributes)
    count = header.shape[header.axes.index("c")] if "c" in header.axes else 1
    omero = own.get("omero")
    told = mappings(omero.get("channels")) if isinstance(omero, Mapping) else []
    told = told if len(told) == count else [{}] * count
    parts = header.channels or (header,) * count
    names = header.components or tuple(_text(c.get("label")) for c in told)
    colours = told_colours(attributes or {}, own, count, header.components) or ("",) * count
    opacity = 3 if are_samples(header.components) else None  # no colour to add to the others
    found = []
    for c in range(count):
        achieved = parts[c].achieved if header.channels or count == 1 else {}
        low, high = (float(v) for v in parts[c].range)
        napari = told[c].get(NAPARI)
        found.append(
            Display(
                _window(told[c], low, high)
                or _pair(achieved.get("robust_range"))
                or (_coarse(decoder, c) if decoder is not None else None)
                or (low, high if high > low else low + 1),
                (low, high),
                colours[c] or _colour(told[c].get("color")),
                names[c] if c < len(names) else "",
                _gamma(told[c]),
                told[c].get("active", c != opacity) is not False,
                napari if isinstance(napari, Mapping) else {},
            )
        )
    return found


def _window(told: Mapping[str, Any], low: float, high: float) -> tuple[float, float] | None:
    window = told.get("window")
    if not isinstance(window, Mapping):
        return None
    found = _pair([number(window.get("start")), number(window.get("end"))])
    if found is None or NAPARI in told:
        return found
    # the ends of the slider, which a chosen window lies within
    least, most = number(window.get("min")), number(window.get("max"))
    is_chosen = found[0] > least or found[1] < most  # not so for NaN
    return None if found[0] <= low and found[1] >= high and not is_chosen else found


def _pair(values: Any) -> tuple[float, float] | None:
    """Return limits, None if they are no two numbers in ascending order."""
    if not isinstance(values, list | tuple) or len(values) != 2:
        return None
    low, high = (number(v) for v in values)
    return (low, high) if isfinite(low) and isfinite(high) and low < high else None


def _coarse(decoder: "LevelsDecoder", channel: int) -> tuple[float, float] | None:
    """Return the robust range of the first frame of a channel in the coarsest stored level; None if
    it takes long to decode, or is constant."""
    header, level = decoder.header, max(decoder.stored_levels, default=None)
    if level is None:
        return None
    shape = decoder.shape(level)
    wanted = {"c": channel}
    lead = [slice(i := wanted.get(a, 0), i + 1) for a in header.axes[:-3]]
    if prod(shape[-3:]) > CHEAP:
        return None
    try:
        values = decoder.decode((*lead, *map(slice, shape[-3:])), level)
    except VcoreError:  # cut or damaged: told when it is shown
        return None
    values = values.reshape(shape[-3:])
    found = Foreground.of(Variable(header.name, values, fill_value=header.fill_value))
    return _pair([found.low, found.high])


def _gamma(told: Mapping[str, Any]) -> float:
    value = number(told.get("coefficient"))
    good = told.get("family") == GAMMA_FAMILY and isfinite(value) and value > 0
    return value if good else 1.0


def _colour(value: Any) -> str:
    return value.upper() if isinstance(value, str) and HEX.fullmatch(value) else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
