"""Values of an open dataset anywhere: at points, and on voxels of any size."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcore.engine.levels import LevelsDecoder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import zarr

    from vcore.model.volume import Volume


class Sampled(ABC):
    """Base class of datasets: values between the voxels."""

    variables: "Mapping[str, LevelsDecoder]"

    @property
    @abstractmethod
    def group(self) -> "zarr.Group":
        """The variables as a read-only Zarr group, which keeps decoded chunks."""

    @property
    @abstractmethod
    def identity(self) -> tuple[str, int]:
        """Name, and a fingerprint of the content."""

    @abstractmethod
    def decoder(self, variable: str | None = None) -> LevelsDecoder:
        """Return the decoder of ``variable`` (the first by default)."""

    @overload
    def sample(
        self,
        points: ArrayLike,
        variable: str | None = None,
        *,
        frame: int | None = None,
        level: int = 0,
        nearest: bool = False,
        gradient: Literal[False] = False,
    ) -> NDArray[np.float64]: ...

    @overload
    def sample(
        self,
        points: ArrayLike,
        variable: str | None = None,
        *,
        frame: int | None = None,
        level: int = 0,
        nearest: bool = False,
        gradient: Literal[True],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...

    def sample(
        self,
        points: ArrayLike,
        variable: str | None = None,
        *,
        frame: int | None = None,
        level: int = 0,
        nearest: bool = False,
        gradient: bool = False,
    ) -> Any:
        """Return the values of a variable at points, decoding only the chunks around them.

        Voxels are interpolated trilinearly. Methods that are functions of space are
        evaluated at the points themselves, on level 0 of variables without missing values, error
        bound, packing or noise model, on regular grids. Decoded chunks stay in the dataset's cache.

        Parameters
        ----------
        points
            Coordinates z y x in ``grid.unit``, shape (..., 3); or t z y x with the time in
            ``grid.time_unit``, shape (..., 4), between whose frames values are mixed linearly.
        variable
            The first by default.
        frame
            Number of the frame for points z y x of a variable with several.
        level
            Level whose voxels are interpolated; 0 is full resolution.
        nearest
            Take the value of the nearest voxel, as labels need.
        gradient
            Return the gradient too.

        Returns
        -------
        numpy.ndarray or tuple
            Values in the variable's unit, float64, shape (...), with an axis of the components at
            the end if it has them. NaN outside the grid (half a voxel beyond the outermost
            centres; up to there, values of the edge), outside the times, and where a voxel with a
            share in the interpolation is missing. With ``gradient`` also the derivatives along
            z y x per ``grid.unit``, of one more axis: central differences of the voxels,
            interpolated; NaN next to missing voxels, 0 along axes of one voxel.

        Raises
        ------
        InputError
            The points are of another shape or not finite; times or a frame are missing, or there
            are none; labels without ``nearest``; the variable, frame or level does not exist.
        MemoryLimitError
            The values do not fit in memory.

        Examples
        --------
        >>> ds.sample([[10.0, 2.5, 3.0], [11.0, 2.5, 3.0]])                # z y x
        >>> values, slopes = ds.sample(points, "pressure", frame=3, gradient=True)
        """
        from vcore.engine.sample import Sampling, sampled
        from vcore.zarr import array_path

        decoder = self.decoder(variable)
        fold, header = decoder.header.axis_map.fold, decoder.header
        array: Any = self.group[array_path(self, header.name, decoder.check_level(level))]  # type: ignore[arg-type]
        values, slopes = sampled(
            decoder,
            points,
            lambda region: fold(region, lambda box: np.asarray(array[box]), decoder.dtype),
            Sampling(level, frame, nearest, gradient),
        )
        return (values, slopes) if gradient else values

    def resample(self, spacing: "float | Sequence[float]", variable: str | None = None) -> "Volume":
        """Return a variable decoded at any voxel spacing, including finer than the original's.

        Methods that are functions of space (``gaussian``) are evaluated at it, if the variable has
        no missing values. Otherwise the voxels of the coarsest level that is at least as fine
        along all axes are interpolated trilinearly; of labels, the nearest are taken.

        Parameters
        ----------
        spacing
            Spacing of the new voxels along z y x (or one number), in the grid's unit of length.
            They cover the same bounding box, starting at its first corner.

        Raises
        ------
        InputError
            The spacing is not positive, or the grid is rectilinear.
        MemoryLimitError
            The result does not fit in memory.
        """
        from vcore.engine.resample import resampled

        return resampled(self.decoder(variable), spacing, self.identity[0])
