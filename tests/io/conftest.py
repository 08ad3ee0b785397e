"""Volumes to write, and the real files beside the repository."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

LENGTHS = {"t": 3, "c": 2, "z": 5, "y": 6, "x": 7}
COS, SIN = float(np.cos(0.3)), float(np.sin(0.3))
TURNED = ((1.0, 0.0, 0.0), (0.0, COS, -SIN), (0.0, SIN, COS))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real volumes; skip if it is missing."""
    folder = Path(__file__).parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real volumes are not there: {folder}")
    return folder


@pytest.fixture
def make() -> Callable[..., Volume]:
    """Return a function that makes a small volume using every field of Volume."""

    def make_volume(
        axes: str = "zyx",
        dtype: str = "uint16",
        names: tuple[str, ...] = ("density",),
        variable: dict[str, Any] | None = None,
        **grid: Any,
    ) -> Volume:
        rng = np.random.default_rng(7)
        shape = tuple(LENGTHS[a] for a in axes)
        described: dict[str, Any] = {
            "unit": "kg m-3",
            "components": ("u", "v") if "c" in axes else (),
            "fill_value": 3,
        }
        variables = tuple(
            Variable(
                name,
                (rng.random(shape) * 100).astype(dtype),
                tuple(axes),
                **{**described, **(variable or {})},
            )
            for name in names
        )
        fields: dict[str, Any] = {
            "spacing": (0.5, 0.25, 0.88),
            "origin": (1.0, -2.0, 3.5),
            "direction": TURNED,
            "unit": "micrometer",
            "axis_names": ("depth", "row", "column"),
        }
        if "t" in axes:
            fields |= {"times": (0.0, 0.1, 0.5), "time_unit": "minute"}
        return Volume(Grid(shape=shape[-3:], **{**fields, **grid}), variables)  # type: ignore[arg-type]

    return make_volume
