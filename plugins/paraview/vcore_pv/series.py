"""A file, or several of one grid, as time steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from vcore.dataset import Dataset
from vcore.decoding import VariableDecoder
from vcore.errors import InputError
from vcore.grid import Grid

from vcore_pv.messages import show_warning
from vcore_pv.opened import State, open_file, state_of


@dataclass(frozen=True)
class Step:
    """One time step: a frame of a file, or a whole file without time."""

    file: int
    frame: int | None
    time: float | None


class Series:
    """The open files of a reader.

    Parameters
    ----------
    paths
        At least one; further files must have the grid of the first.

    Raises
    ------
    InputError, FormatError
        A file cannot be read, or their grids differ.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        if not any(paths):
            raise InputError("Expected the name of a .vcz file. Got none: choose one.")
        self.paths = tuple(paths)
        self.states: tuple[State, ...] = tuple(state_of(p) for p in paths)
        self.datasets = [open_file(p) for p in paths]
        first = self.datasets[0]
        for path, dataset in zip(paths, self.datasets, strict=True):
            if dataset.grid.shape != first.grid.shape:
                raise InputError(
                    f"Expected files of one grid, {_by(first.grid)} voxels. {path} has "
                    f"{_by(dataset.grid)}: open it by itself."
                )
        self.steps = self._steps()

    @property
    def names(self) -> list[str]:
        """Names of the variables."""
        return list(self.datasets[0].variables)

    @cached_property
    def cells(self) -> bool:
        """Whether the variables belong to cells: all of them, as a grid is one or the other."""
        decoders = self.datasets[0].variables.values()
        return all(d.header.association == "cell" for d in decoders)

    @property
    def rectilinear(self) -> bool:
        """Whether the grid has coordinates along its axes."""
        return self.datasets[0].grid.coordinates is not None

    @cached_property
    def levels(self) -> tuple[Grid, ...]:
        """The grids of the levels that every variable has."""
        found = [d.grids for d in self.datasets[0].variables.values()]
        return min(found, key=len)

    @property
    def times(self) -> list[float]:
        """Time of each step; empty for a file without time."""
        return [s.time for s in self.steps if s.time is not None]

    def at(self, time: float | None) -> Step:
        """Return the last step that is not after ``time``, else the first."""
        reached = [
            s for s in self.steps if time is not None and s.time is not None and s.time <= time
        ]
        return reached[-1] if reached else self.steps[0]

    def decoder(self, step: Step, name: str) -> VariableDecoder | None:
        """Return the decoder of a variable at ``step``, None where the file does not have it."""
        return self.datasets[step.file].variables.get(name)

    def available(self, names: Sequence[str], step: Step) -> list[int]:
        """Return the levels that are there for all of ``names``: those of a file that grows."""
        found = [self.decoder(step, n) for n in names]
        return [
            k
            for k in range(len(self.levels))
            if all(d is None or k in d.available_levels for d in found)
        ]

    def _steps(self) -> list[Step]:
        places: list[tuple[int, int | None]] = []
        times: list[float] = []
        for number, dataset in enumerate(self.datasets):
            frames = _frames(dataset)
            places += [(number, t) for t in range(frames)] if frames else [(number, None)]
            known = dataset.grid.times or ()
            times += known if len(known) == max(frames, 1) else ()
        if len(places) == 1 and places[0][1] is None:
            return [Step(0, None, None)]
        if len(times) < len(places) or any(b <= a for a, b in pairwise(times)):
            if times:
                show_warning(
                    "Expected times that increase from file to file. These do not: steps are "
                    "numbered from 0 instead."
                )
            times = [float(n) for n in range(len(places))]
        return [Step(f, t, time) for (f, t), time in zip(places, times, strict=True)]


def _frames(dataset: Dataset) -> int:
    """Return the number of frames, 0 for a file without a time axis."""
    headers = [d.header for d in dataset.variables.values()]
    return max((h.shape[0] for h in headers if "t" in h.axes), default=0)


def _by(grid: Grid) -> str:
    return " x ".join(str(n) for n in reversed(grid.shape))
