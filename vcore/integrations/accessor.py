"""``ds.vcore`` on every ``xarray.Dataset`` and ``DataArray``.

xarray finds engines by their entry points, but has none for accessors: they are there once this
module is imported. That happens with ``import vcore.integrations.accessor``, whatever the order of
imports; with ``import vcore`` after ``import xarray``; and wherever xarray looks for its engines
(``xr.open_dataset``, ``ds.to_xarray()``). ``import vcore`` alone does not import xarray, which
takes longer than to open a file.
"""

from typing import TYPE_CHECKING, Any

import xarray as xr

if TYPE_CHECKING:
    from vcore.model.report import Report


@xr.register_dataset_accessor("vcore")  # type: ignore[no-untyped-call]
@xr.register_dataarray_accessor("vcore")  # type: ignore[no-untyped-call]
class VcoreAccessor:
    """What vcore does with the variables of a dataset."""

    def __init__(self, data: xr.Dataset | xr.DataArray) -> None:
        self._data = data

    def to_file(self, path: Any, **options: Any) -> "Report":
        """Compress the variables of three axes or more into the `.vcore` file ``path``.

        Variables that are not loaded (dask, files) are read by region. ``vcore.open(path)`` and
        ``xr.open_dataset(path)`` give dims, coordinates, units and attributes back.

        Parameters
        ----------
        path
            The file to write; None returns it in ``Report.data``.
        **options
            Those of ``vcore.compress``: ``psnr=60``, ``max_error=0.1``, ``method``, ``force``, …

        Raises
        ------
        VcoreError
            As ``vcore.compress``; nothing is written then.

        Examples
        --------
        >>> ds[["T", "U"]].vcore.to_file("run.vcore", psnr=60)
        """
        from vcore.engine.compress import compress

        return compress(self._data, path, **options)
