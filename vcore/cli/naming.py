"""Translation of Python parameters in messages (`shape`, `force=True`) to command-line options.

Messages of the package write parameters in backticks; the option has the same name, unless listed
in ``OTHERS``.
"""

import re

PARAMETER = re.compile(r"`(?P<name>[A-Za-z_.]+)(?:=(?P<value>[^`]*))?`")
QUOTES = "'\""
SAME = (
    *("shape", "dtype", "axes", "byte_order", "spacing", "origin", "unit", "times", "time_unit"),
    *("fill_value", "allow_outside", "force", "frame", "time", "region", "level", "method"),
    *("zero_below", "exclude", "stack", "slices", "ome_zarr", "channel", "rescale"),
    *("theta", "phi", "isosurface", "slice", "size"),
    *("poses", "bounds", "near", "far", "turntable", "view_angle", "zoom"),
    *("ndc", "background", "along", "at", "frames", "fps", "blend", "floats"),
    *("chunks", "shards", "workers", "scheduler", "part", "sample", "version", "device", "port"),
    *("Budget.bytes", "Budget.ratio", "Budget.bpv", "Budget.psnr", "Budget.max_error"),
    *("Budget.robust_psnr", "Budget.quality"),
    *("Budget.range_error", "Budget.rel_error", "Budget.pointwise_error"),
    *("Budget.noise_sigma", "Budget.noise", "Budget.gain", "Budget.read_noise"),
)
OTHERS = {
    "variables": "--variable NAME",
    "variable": "--variable NAME",
    "offset": "--header-bytes",
    "Budget.offset": "--dark-offset",
    "parameters": "--parameter NAME",
    "files": "--file-column NAME",
    "through": "--path",
}


def in_options(text: str) -> str:
    """Return a message of the package with parameters written as command-line options.

    >>> in_options("choose with `variables`, or use `force=True`; see `rho`")
    'choose with --variable NAME, or use --force; see `rho`'
    """
    return PARAMETER.sub(_option, text)


def _option(match: re.Match[str]) -> str:
    name, value = match["name"], match["value"]
    if name in OTHERS:
        return OTHERS[name]
    if name not in SAME:
        return match[0]
    flag = "--" + name.removeprefix("Budget.").replace("_", "-")
    return flag if value in (None, "True") else f"{flag} {value.strip(QUOTES)}"
