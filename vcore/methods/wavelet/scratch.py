"""Work arrays in memory, or in temporary files if they are large."""

import tempfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import OutputError
from vcore.runtime.memory import available_bytes

SHARE = 0.5
"""Maximum share of the available memory for work arrays."""


def fits(nbytes: int) -> bool:
    """Return whether work arrays of ``nbytes`` in total are kept in memory."""
    return nbytes <= SHARE * available_bytes()


class Scratch:
    """Allocator of work arrays: in memory if ``nbytes`` in total fit, else in temporary files."""

    def __init__(self, nbytes: int) -> None:
        self._fits = fits(nbytes)

    def array(self, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        """Return an uninitialised array; a temporary file behind it is deleted with it.

        Raises
        ------
        OutputError
            No disk space for the temporary file.
        """
        if self._fits:
            return np.empty(shape, dtype)
        try:
            with tempfile.TemporaryFile() as file:
                return np.memmap(file, dtype, "w+", shape=shape)
        except OSError as error:
            raise OutputError(
                f"Could not make a temporary file in {tempfile.gettempdir()}: {error.strerror}. "
                f"Set TMPDIR to a folder with more room."
            ) from error
