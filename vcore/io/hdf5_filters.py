"""Filters of HDF5 chunks, from the package hdf5plugin unless they are built in.

https://github.com/HDFGroup/hdf5_plugins/blob/master/docs/RegisteredFilterPlugins.md
"""

from contextlib import suppress
from importlib import import_module
from typing import Any

from vcore.errors import InputError
from vcore.io.request import need

PLUGINS = {
    307: "bzip2",
    32001: "Blosc",
    32004: "LZ4",
    32008: "Bitshuffle",
    32013: "ZFP",
    32015: "Zstandard",
    32017: "SZ",
    32018: "FCI-CharLS",
    32024: "SZ3",
    32026: "Blosc2",
    32028: "SPERR",
}
"""Names of the filters in hdf5plugin, by their registered numbers."""


def check_filters(path: str, dataset: Any) -> None:
    """Refuse a dataset that HDF5 cannot decode, after importing hdf5plugin if needed.

    Raises
    ------
    InputError
        Its filter is not available.
    """
    h5py = need("h5py")
    properties = dataset.id.get_create_plist()
    for number in range(properties.get_nfilters()):
        code = properties.get_filter(number)[0]
        if h5py.h5z.filter_avail(code):
            continue
        with suppress(ImportError):
            import_module("hdf5plugin")
        if h5py.h5z.filter_avail(code):
            continue
        name = f" ({PLUGINS[code]})" if code in PLUGINS else ""
        advice = (
            "install the package hdf5plugin, which provides it"
            if code in PLUGINS
            else "rewrite them, such as with h5repack -f GZIP=1 where the filter is installed"
        )
        raise InputError(
            f"Expected chunks that HDF5 can decode in {path}. Got chunks coded by filter "
            f"{code}{name} instead: {advice}."
        )
