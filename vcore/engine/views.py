"""Decoded variables as volumes, with arrays that decode lazily."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from vcore.engine.levels import LevelsDecoder
from vcore.errors import InputError
from vcore.model.attributes import from_json
from vcore.model.indexing import Indexed
from vcore.model.regions import Region, normalise, shape_of, shifted
from vcore.model.volume import GRID_KEYS, Variable, Volume

if TYPE_CHECKING:
    from vcore.model.grid import Grid

logger = logging.getLogger(__name__)


class DecodedArray(Indexed):
    """Lazy array over a box of one level of a variable, decoded on indexing.

    Parameters
    ----------
    decoder
        Decoder of the variable.
    level
        0 is full resolution.
    box
        Slices over all axes of the level.
    drop_time
        Whether to drop the time axis; ``box`` then holds one frame.
    """

    def __init__(
        self, decoder: LevelsDecoder, level: int, box: Region, *, drop_time: bool = False
    ) -> None:
        super().__init__(shape_of(box)[1:] if drop_time else shape_of(box), decoder.dtype)
        self._decoder, self._level, self._box, self._drop = decoder, level, box, drop_time

    def _read(self, region: Region) -> NDArray[Any]:
        inside = (slice(0, 1), *region) if self._drop else region
        wanted = shifted(inside, [-s.start for s in self._box])
        values = self._decoder.decode(wanted, self._level)
        return values[0] if self._drop else values


def decoded_volumes(
    decoders: Sequence[LevelsDecoder],
    name: str,
    level: int,
    region: Region,
    frame: int | None,
    attributes_of: Callable[[int], Mapping[str, Any]],
) -> Volume:
    """Return a volume of lazily decoded variables on one or several grids; see ``Dataset.volume``.

    Parameters
    ----------
    attributes_of
        Function that returns the attributes of a volume by the number of its grid.
    """
    by_grid: dict[int, list[LevelsDecoder]] = {}
    for decoder in decoders:
        by_grid.setdefault(decoder.header.grid_number, []).append(decoder)
    (first, main), *further = by_grid.items()
    found = decoded_volume(main, name, level, region, frame, attributes_of(first))
    others, left_out = [], list[str]()
    for number, own in further:
        timed = any("t" in d.header.axes for d in own)
        other_times = timed and own[0].grid.times != main[0].grid.times
        if region or level >= len(own[0].grids) or (frame is not None and other_times):
            left_out += [d.header.name for d in own]
            continue
        attributes = {k: v for k, v in attributes_of(number).items() if k in GRID_KEYS}
        chosen = frame if timed else None
        others.append(decoded_volume(own, name, level, (), chosen, attributes))
    if left_out:
        logger.warning(
            "%s: left out: %s (on other grids than %s, which the part or level is of)",
            *(name, ", ".join(left_out), main[0].header.name),
        )
    return replace(found, others=tuple(others))


def decoded_volume(
    decoders: Sequence[LevelsDecoder],
    name: str,
    level: int = 0,
    region: Region = (),
    frame: int | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> Volume:
    """Return a volume of lazily decoded variables on one grid; see ``Dataset.volume``."""
    grid: Grid | None = None
    variables = []
    for decoder in decoders:
        header = decoder.header
        shape = decoder.shape(decoder.check_level(level))
        space = normalise(region, shape[-3:])
        box = (*(slice(0, n) for n in shape[:-3]), *space)
        drop = frame is not None and "t" in header.axes
        if frame is not None:
            frames = shape[0] if "t" in header.axes else 1
            if not 0 <= frame < frames:
                raise InputError(f"Expected a frame in 0..{frames - 1}. Got {frame} instead.")
            if drop:
                box = (slice(frame, frame + 1), *box[1:])
        if any(s.start == s.stop for s in box):
            raise InputError(f"Expected a region of at least one voxel. Got {region} instead.")
        grid = decoder.grids[level].cropped(space, frame)
        outer = tuple(a for a in header.outer if not drop or a.inside != "t")
        association = "cell" if header.association == "cell" else "point"
        variable = Variable(
            name=header.name,
            data=DecodedArray(decoder, level, box, drop_time=drop),
            axes=header.axes[1:] if drop else header.axes,
            unit=header.unit,
            components=header.components,
            association=association,  # type: ignore[arg-type]
            fill_value=header.fill_value,
            packing=decoder.packing if level == 0 else None,
            attributes=from_json(header.attributes),
            outer=outer,
        )
        variables.append(variable)
    if grid is None:
        raise InputError("Expected at least one variable. Got none instead.")
    if all("t" not in v.axes for v in variables):
        grid = replace(grid, times=None, time_unit="")
    return Volume(grid, tuple(variables), name, attributes or {})
