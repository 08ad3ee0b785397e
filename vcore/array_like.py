"""What users of zarr, h5py and xarray expect of an open file."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from vcore.errors import MemoryLimitError
from vcore.model.grid import Grid
from vcore.runtime.memory import available_bytes, human_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray

    from vcore.engine.decoder import VariableDecoder


class ArrayLike(ABC):
    """The first variable of an open file as an array, and the file as a context and a table."""

    grid: Grid
    variables: "Mapping[str, VariableDecoder]"

    @abstractmethod
    def decoder(self, variable: str | None = None) -> "VariableDecoder":
        """Return the decoder of ``variable`` (the first by default)."""

    @abstractmethod
    def decode(self, region: Any = (), level: int = 0, variable: str | None = None) -> NDArray[Any]:
        """Return the values of a region as a NumPy array."""

    @property
    @abstractmethod
    def info(self) -> dict[str, Any]:
        """What the file says of itself, as JSON values."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the first variable."""
        return self.decoder().shape(0)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Value type of the first variable."""
        return self.decoder().dtype

    @property
    def ndim(self) -> int:
        """Number of axes of the first variable."""
        return len(self.shape)

    @property
    def times(self) -> tuple[float, ...] | None:
        """Time of each frame in ``grid.time_unit``, None without a time axis."""
        return self.grid.times

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """Decode all of the first variable.

        Raises
        ------
        MemoryLimitError
            It takes more than half of the memory that is free.
        """
        need = self.decoder().header.nbytes
        if 2 * need > available_bytes():
            raise MemoryLimitError(
                f"Expected values that fit into memory. They take {human_bytes(need)}: decode a "
                f"region (ds[...]), or a coarser level (ds.levels)."
            )
        return np.asarray(self.decode(), dtype)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget decoded chunks; files are open only while they are read."""
        vars(self).pop("group", None)
        vars(self).pop("levels", None)

    def to_xarray(self, level: int = 0) -> "xarray.Dataset":
        """Return the variables of a level as a lazy ``xarray.Dataset``."""
        import xarray

        return xarray.open_dataset(self, engine="vcore", level=level)  # type: ignore[arg-type]

    def __repr__(self) -> str:
        info = self.info
        ratio = f"{human_bytes(info['bytes'])}, {info['ratio']:.1f} : 1"
        lines = [f"<vcore.{type(self).__name__} {info['file']!r}: {ratio}>"]
        for name, decoder in self.variables.items():
            header, levels = decoder.header, len(decoder.grids)
            shape = " x ".join(map(str, header.shape))
            unit = f" {header.unit}" if header.unit else ""
            lines.append(
                f"  {name}: {decoder.dtype.name} {shape} ({' '.join(header.axes)}), "
                f"{header.range[0]:g} to {header.range[1]:g}{unit}, {header.method}, "
                f"{levels} level{'s' if levels > 1 else ''}"
            )
        return "\n".join(lines)
