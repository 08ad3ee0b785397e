"""``ds.vcore`` on every ``xarray.Dataset`` and ``DataArray``.

xarray finds engines by entry points, but accessors only exist once this module is imported. It is
imported by ``import vcore.integrations.accessor`` in any order, by ``import vcore`` after
``import xarray``, and whenever xarray loads its engines (``xr.open_dataset``, ``ds.to_xarray()``).
``import vcore`` alone does not import xarray, which takes longer than opening a file.
"""

from typing import TYPE_CHECKING, Any

import xarray as xr

if TYPE_CHECKING:
    from vcore.model.report import Report


@xr.register_dataset_accessor("vcore")  # type: ignore[no-untyped-call]
@xr.register_dataarray_accessor("vcore")  # type: ignore[no-untyped-call]
class VcoreAccessor:
    """Compression of the variables of a dataset."""

    def __init__(self, data: xr.Dataset | xr.DataArray) -> None:
        self._data = data

    def to_file(self, path: Any, **options: Any) -> "Report":
        """Compress the variables with three or more dimensions into the `.vcore` file ``path``.

        Lazy variables (dask, files) are read region by region. ``vcore.open(path)`` and
        ``xr.open_dataset(path)`` restore dims, coordinates, units and attributes.

        Parameters
        ----------
        path
            The file to write; None returns its bytes in ``Report.data``.
        **options
            Options of ``vcore.compress``: ``psnr=60``, ``max_error=0.1``, ``method``, ``force``, …

        Raises
        ------
        VcoreError
            Same as ``vcore.compress``; no file is written.

        Examples
        --------
        >>> ds[["T", "U"]].vcore.to_file("run.vcore", psnr=60)
        """
        from vcore.engine.compress import compress

        return compress(self._data, path, **options)
