"""Writing arrays as `.npz`, by any names."""

import zipfile
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray


def write(file: str | IO[bytes], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write compressed arrays into a new file or a stream.

    ``np.savez_compressed`` takes names as arguments beside its own, such as ``file``.
    """
    with zipfile.ZipFile(file, "x", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
