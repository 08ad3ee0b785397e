"""`python -m benchmarks lossless`: file sizes, lossless and error-bounded, against other codecs."""

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

import vcore
from benchmarks import volumes
from benchmarks.codec import import_imagecodecs
from vcore import io

NAMES = {
    "tooth": volumes.TOOTH,
    "neghip": "scivis/neghip_64x64x64_uint8.raw",
    "headsq": "medical/headsq_64x64x93_int16.raw.gz",
    "chris_t1": "medical/chris_t1_188x256x190_uint8.nii.gz",
    "droplet": "timeseries/napari_stress_droplet_t21_31x30x16_uint8.tif",
    "pcasl": "timeseries/pcasl_t10_52x68x20_int16.nii.gz",
    "bonsai": volumes.BONSAI,
    "neuron": "microscopy/rivulet_neuron_409x415x119_uint8.tif",
    "cellfinder": "microscopy/cellfinder_signal_627x1116x26_uint16.tif",
    "fingers": "timeseries/viscous_fingers_run01",
    "tornado": "timeseries/tornado_speed_t16_64x64x64_float32.npy.gz",
}
BOUNDS = (1e-2, 1e-3, 1e-4)
"""Error bounds as fractions of the data range."""


def main(
    only: Annotated[list[str] | None, typer.Option(help="Volumes to run; all by default.")] = None,
    json_path: Annotated[Path | None, typer.Option("--json", help="Output file.")] = None,
) -> None:
    """Print lossless and error-bounded file sizes in bytes, next to those of common codecs."""
    found: dict[str, dict[str, int]] = {}
    for name in only or NAMES:
        source = io.read(volumes.folder() / NAMES[name]).variables[0].read()
        if source.dtype.kind != "f":
            _show(found, f"{name}, no loss", _lossless(source))
        span = float(source.max()) - float(source.min())
        for share in BOUNDS:
            if source.dtype.kind == "f" or share * span >= 1:
                _show(found, f"{name}, {share:g}", _bounded(source, share * span))
    if json_path is not None:
        json_path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _show(found: dict[str, dict[str, int]], name: str, sizes: dict[str, int]) -> None:
    found[name] = sizes
    best = min(size for codec, size in sizes.items() if codec != "bounded")
    cells = "  ".join(f"{codec} {size:,}" for codec, size in sizes.items())
    typer.echo(f"{name}: {cells}  ({100 * (sizes['bounded'] / best - 1):+.1f} % of the best)")


def _ours(values: NDArray[Any], bound: float) -> int:
    budget = vcore.Budget(max_error=bound)
    return vcore.compress(values, None, method="bounded", budget=budget).bytes


def _lossless(values: NDArray[Any]) -> dict[str, int]:
    codecs = import_imagecodecs()
    slices = values.reshape(-1, *values.shape[-2:])
    if slices.min() >= 0 and slices.dtype.kind == "i":
        slices = slices.view(f"u{slices.itemsize}")
    plain = np.ascontiguousarray(values)
    return {
        "bounded": _ours(values, 0.0),
        "JPEG XL": sum(len(codecs.jpegxl_encode(s, lossless=True, effort=7)) for s in slices),
        "blosc2-zstd": len(
            codecs.blosc2_encode(
                plain, compressor="zstd", level=9, shuffle=1, typesize=values.itemsize
            )
        ),
        "zstd": len(codecs.zstd_encode(plain.tobytes(), 19)),
    }


def _bounded(values: NDArray[Any], bound: float) -> dict[str, int]:
    codecs = import_imagecodecs()
    plain = np.ascontiguousarray(values, np.float32)
    slab = plain.reshape(-1, *plain.shape[-2:])
    return {
        "bounded": _ours(values, bound),
        "SZ3": len(codecs.sz3_encode(plain, mode="abs", abs=bound)),
        "SPERR": len(codecs.sperr_encode(slab, mode="pwe", level=bound)),
    }
