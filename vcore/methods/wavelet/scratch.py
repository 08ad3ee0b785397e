"""Work arrays in memory, or in a temporary file where they are many."""

import tempfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import OutputError
from vcore.runtime.memory import available_bytes

SHARE = 0.5
"""Of the available memory, that work arrays may take."""


def fits(nbytes: int) -> bool:
    """Return whether work arrays of so many bytes in all are kept in memory."""
    return nbytes <= SHARE * available_bytes()


class Scratch:
    """Gives work arrays, in memory if ``nbytes`` of them fit there."""

    def __init__(self, nbytes: int) -> None:
        self._fits = fits(nbytes)

    def array(self, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        """Return an array of undefined values; its file, if it has one, goes with it.

        Raises
        ------
        OutputError
            There is no room for the file.
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
