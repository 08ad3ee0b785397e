"""The xarray engine: `xr.open_dataset("run01.vcore")`, decoded lazily."""

import logging
import os
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import BackendEntrypoint

import vcore.integrations.accessor  # noqa: F401  ``ds.vcore`` comes with the engine
from vcore.dataset import CACHE_BYTES, Dataset
from vcore.io.xarray_volume import dataset_of, stored_name
from vcore.opening import open_dataset

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from vcore.engine.levels import LevelsDecoder


class VcoreBackendEntrypoint(BackendEntrypoint):
    """xarray engine for `.vcore` files, their http(s) or fsspec URLs, folders of compressed
    hierarchies, and open ``vcore.Dataset`` objects.

    Dimensions are named as in the source, otherwise ``t c`` and the grid's axis names. Coordinates
    are those of the source, in its order and with its attributes (dates are decoded), otherwise the
    voxel centres in the grid's unit. For a rotated grid these are distances from the first voxel
    along the grid's axes, and ``ds.attrs`` has its ``origin`` and ``direction`` (z y x).
    ``chunks={}`` gives dask arrays aligned with the chunks of the file.
    """

    description: ClassVar[str] = "Compressed volumes (.vcore), decoded lazily"
    open_dataset_parameters: ClassVar[tuple[str, ...] | None] = (
        "filename_or_obj",
        "drop_variables",
        "mask_and_scale",
        "decode_times",
        "decode_timedelta",
        "decode_coords",
        "level",
        "cache_bytes",
    )

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Return whether the name has the suffix of a `.vcore` file."""
        return isinstance(filename_or_obj, Dataset) or (
            isinstance(filename_or_obj, str | os.PathLike)
            and os.fspath(filename_or_obj).lower().endswith(".vcore")
        )

    def open_dataset(
        self,
        filename_or_obj: Any,
        *,
        drop_variables: str | Iterable[str] | None = None,
        mask_and_scale: bool = True,
        decode_times: Any = True,
        decode_timedelta: Any = None,
        decode_coords: Any = True,
        level: int = 0,
        cache_bytes: int = CACHE_BYTES,
    ) -> xr.Dataset:
        """Return the variables of one resolution level.

        Parameters
        ----------
        filename_or_obj
            Any source accepted by ``vcore.open``, or an open dataset.
        drop_variables
            Names of variables to leave out.
        mask_and_scale
            Replace the declared fill value by NaN, the default in xarray.
        decode_times, decode_timedelta, decode_coords
            Same as in ``xarray.decode_cf``.
        level
            0 is full resolution; each further level halves every spatial axis.
        cache_bytes
            Maximum size of the cache of decoded chunks, in bytes.
        """
        source = filename_or_obj
        dataset = (
            source if isinstance(source, Dataset) else open_dataset(source, cache_bytes=cache_bytes)
        )
        dropped = {drop_variables} if isinstance(drop_variables, str) else {*(drop_variables or ())}
        level = dataset.decoder().check_level(level)
        volume = replace(dataset.volume(level=level), carried=dataset.carried)
        arrays = {name: _Decoded(dataset, name, level) for name in dataset.variables}
        found = dataset_of(volume, dropped, exact=level == 0, arrays=arrays)
        for decoder in dataset.variables.values():
            if decoder.header.name not in dropped:
                _complete(found, decoder, level)
        options = {
            "mask_and_scale": mask_and_scale,
            "decode_coords": decode_coords,
            "decode_timedelta": decode_timedelta,
        }
        try:
            decoded = xr.decode_cf(found, decode_times=decode_times, **options)
        except ValueError as error:
            if not decode_times:
                raise
            logger.warning("%s: times are left as numbers: %s", dataset.identity[0], error)
            decoded = xr.decode_cf(found, decode_times=False, **options)
        decoded.encoding["source"] = dataset.identity[0]
        if dataset is not source:
            decoded.set_close(dataset.close)
        return decoded


class _Decoded:
    """The values of a variable at a level, of the chunks that the dataset keeps."""

    def __init__(self, dataset: Dataset, name: str, level: int) -> None:
        self._dataset, self._name, self._level = dataset, name, level
        decoder = dataset.decoder(name)
        self.shape, self.dtype = decoder.source_shape(level), decoder.dtype

    def __getitem__(self, key: Any) -> NDArray[Any]:
        return np.asarray(self._dataset.levels_of(self._name)[self._level][key])


def _complete(found: xr.Dataset, decoder: "LevelsDecoder", level: int) -> None:
    """Tell the encoding of a variable what only its file knows, as its attributes are the
    source's."""
    header = decoder.header
    variable = found.variables[stored_name(found, header.name)]
    chunks = decoder.source_chunks(decoder.check_level(level))
    variable.encoding["preferred_chunks"] = dict(zip(variable.dims, chunks, strict=True))
    variable.encoding["actual_range"] = header.range
    if header.bound is not None:
        variable.encoding["max_error"] = header.bound["max_error"]
