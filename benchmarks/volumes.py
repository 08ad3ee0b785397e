"""Location of the benchmark volumes: ``VCORE_DATA``, or ``../shared/data`` beside the project."""

import os
from pathlib import Path

from vcore import io
from vcore.errors import InputError
from vcore.model.threshold import thresholded
from vcore.model.volume import Volume

SAMPLES = Path(__file__).parents[1] / "tests" / "data"
TOOTH = "scivis/tooth_103x94x161_uint8.raw"
BONSAI = "scivis/bonsai_256x256x256_uint8.nrrd"
THRESHOLDS = {TOOTH: 105.0, BONSAI: 50.0}
"""Thresholds below which values are set to 0, as in Kristan et al., section 4."""


def folder() -> Path:
    """Return the folder of the benchmark volumes.

    Raises
    ------
    InputError
        It is not there.
    """
    default = Path(__file__).parents[2] / "shared" / "data"
    found = Path(os.environ.get("VCORE_DATA", default))
    if not found.is_dir():
        raise InputError(
            f"Expected the benchmark volumes in {found}. There is no such folder: set "
            f"VCORE_DATA to one with {TOOTH} and {BONSAI} (Open SciVis Datasets)."
        )
    return found


def load(name: str) -> Volume:
    """Return a benchmark volume, thresholded as in the paper."""
    volume = io.read(folder() / name)
    return thresholded(volume, THRESHOLDS[name]) if name in THRESHOLDS else volume


def sample_head() -> Volume:
    """Return the sample CT of a head shipped with the project."""
    return io.read(
        SAMPLES / "headsq_64x64x93_int16.raw.gz", spacing=(1.5, 3.2, 3.2), unit="millimeter"
    )
