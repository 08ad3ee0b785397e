"""File > Open Sample: two small volumes with permissive licences (see tests/data/README.md)."""

from pathlib import Path
from typing import Any

from vcore import io

FOLDERS = (Path(__file__).parent / "samples", Path(__file__).parents[3] / "tests" / "data")
"""Sample folders of an installed package and of a checkout."""


def neuron() -> list[tuple[Any, dict[str, Any], str]]:
    """Return a fluorescent neuron, z y x (BSD-3-Clause, the University of Sydney)."""
    return _read("rivulet_neuron_409x415x119_uint8.tif", "neuron")


def droplet() -> list[tuple[Any, dict[str, Any], str]]:
    """Return a droplet over time, t z y x (BSD-3-Clause, TU Dresden and UC)."""
    return _read("napari_stress_droplet_t21_31x30x16_uint8.tif", "droplet")


def _read(file: str, name: str) -> list[tuple[Any, dict[str, Any], str]]:
    path = next(f / file for f in FOLDERS if (f / file).exists())
    values = io.read(path).variables[0].read()
    limits = (float(values.min()), float(values.max()))
    return [(values, {"name": name, "contrast_limits": limits}, "image")]
