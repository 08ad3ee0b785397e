"""One file, or several on the same grid, as time steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from vcore.dataset import Dataset
from vcore.engine.levels import LevelsDecoder
from vcore.errors import InputError, VcoreError
from vcore.model.grid import Grid

from vcore_pv.messages import show_warning
from vcore_pv.opened import State, open_as, state_of
from vcore_pv.ranks import ROOT, rank
from vcore_pv.rising import Shown, shown


@dataclass(frozen=True)
class Step:
    """One time step: a frame of a file, or a file without time."""

    file: int
    frame: int | None
    time: float | None


class OneGrid:
    """The variables of an open file on one of its grids, by the number of the grid."""

    def __init__(self, file: Dataset, number: int) -> None:
        self.file = file
        self.variables: dict[str, LevelsDecoder] = {
            name: decoder
            for name, decoder in file.variables.items()
            if decoder.header.grid_number == number
        }
        if not self.variables:
            raise InputError(
                f"Expected one of the grids {', '.join(grids_of(file))} of {file.identity[0]}. Got "
                f"{number} instead."
            )

    @property
    def grid(self) -> Grid:
        """The grid."""
        return next(iter(self.variables.values())).grid


def grids_of(file: Dataset) -> list[str]:
    """Return the grids of a file with their shape and variables, such as "1: 8 x 6 x 4 (u, v)"."""
    names: dict[int, list[str]] = {}
    shapes: dict[int, Grid] = {}
    for name, decoder in file.variables.items():
        number = decoder.header.grid_number
        names.setdefault(number, []).append(name)
        shapes[number] = decoder.grid
    return [f"{k}: {_by(shapes[k])} ({', '.join(names[k])})" for k in sorted(names)]


class Series:
    """The open files of a reader.

    Parameters
    ----------
    paths
        One or more files; all must have the same shape as the first. Unreadable files of a series
        are skipped with a warning.
    grid
        Number of the grid in files of several ones.

    Raises
    ------
    InputError, FormatError
        No file can be read, or the grids differ.
    """

    def __init__(self, paths: Sequence[str], grid: int = 0) -> None:
        if not any(paths):
            raise InputError("Expected the name of a .vcore file. Got none: choose one.")
        self._grid = grid
        self.datasets: list[OneGrid] = []
        self.states: list[State] = []
        self._numbers: list[int] = []
        self._paths: list[str] = []
        self._read(paths)
        first = self.datasets[0]
        for path, dataset in zip(self._paths, self.datasets, strict=True):
            if dataset.grid.shape != first.grid.shape:
                raise InputError(
                    f"Expected files of one grid, {_by(first.grid)} voxels. {path} has "
                    f"{_by(dataset.grid)}: open it by itself."
                )
            if (dataset.grid.coordinates is None) != (first.grid.coordinates is None):
                raise InputError(
                    f"Expected files that all have coordinates along their axes, or none. {path} "
                    f"differs from {self._paths[0]}: open it by itself."
                )
        self._shown: dict[int, Shown] = {}
        self.steps = self._steps()
        self.shown(self.steps[0])

    def _read(self, paths: Sequence[str]) -> None:
        """Open all readable files; warn about the others."""
        failures: list[Exception] = []
        for number, path in enumerate(paths):
            try:
                found = open_as(path, Dataset)  # type: ignore[type-abstract]
                dataset, state = OneGrid(found, self._grid), state_of(path)
            except (VcoreError, OSError) as error:
                failures.append(error)
                continue
            self.datasets.append(dataset)
            self.states.append(state)
            self._numbers.append(number)
            self._paths.append(path)
        if not self.datasets:
            raise failures[0]
        for failure in failures if rank() == ROOT else []:
            show_warning(f"A step is skipped. {failure}")

    @property
    def names(self) -> list[str]:
        """Names of the variables."""
        return list(self.datasets[0].variables)

    @property
    def grids(self) -> list[str]:
        """The grids of the first file; see ``grids_of``."""
        return grids_of(self.datasets[0].file)

    @cached_property
    def cells(self) -> bool:
        """Whether the variables are cell data; a grid has either cell or point data."""
        decoders = self.datasets[0].variables.values()
        return all(d.header.association == "cell" for d in decoders)

    @property
    def rectilinear(self) -> bool:
        """Whether the grid has explicit coordinates along its axes."""
        return self.datasets[0].grid.coordinates is not None

    @property
    def levels(self) -> tuple[Grid, ...]:
        """Grids of the levels common to all variables, at the first step."""
        return self.shown(self.steps[0]).grids

    def shown(self, step: Step) -> Shown:
        """Return the levels of a step as shown in ParaView.

        Raises
        ------
        InputError
            The coordinates are not supported by VTK.
        """
        if step.file not in self._shown:
            found = [d.grids for d in self.datasets[step.file].variables.values()]
            self._shown[step.file] = shown(min(found, key=len), self._paths[step.file])
        return self._shown[step.file]

    @property
    def times(self) -> list[float]:
        """Time of each step; empty for a file without time."""
        return [s.time for s in self.steps if s.time is not None]

    def at(self, time: float | None) -> Step:
        """Return the last step not after ``time``, or the first step."""
        reached = [
            s for s in self.steps if time is not None and s.time is not None and s.time <= time
        ]
        return reached[-1] if reached else self.steps[0]

    def decoder(self, step: Step, name: str) -> LevelsDecoder | None:
        """Return the decoder of a variable at ``step``, or None if the file does not have it."""
        return self.datasets[step.file].variables.get(name)

    def available(self, names: Sequence[str], step: Step) -> list[int]:
        """Return the levels available for all of ``names``; a growing file lacks fine ones."""
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
            times = [float(n) for n in self._places_in_time(places)]
        return [Step(f, t, time) for (f, t), time in zip(places, times, strict=True)]

    def _places_in_time(self, places: list[tuple[int, int | None]]) -> Sequence[int]:
        """Return the number of each step; with one step per file, skipped files keep theirs."""
        one_each = len(places) == len(self.datasets)
        return self._numbers if one_each else range(len(places))


def _frames(dataset: OneGrid) -> int:
    """Return the number of frames, 0 for a file without a time axis."""
    headers = [d.header for d in dataset.variables.values()]
    return max((h.shape[0] for h in headers if "t" in h.axes), default=0)


def _by(grid: Grid) -> str:
    return " x ".join(str(n) for n in reversed(grid.shape))
