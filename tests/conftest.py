"""Files compressed once per session, and the real volumes beside the repository."""

import os
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np
import pytest
from volumes import blobs, frames, holes

import vcore
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

pytest.register_assert_rewrite("gaussians")
collect_ignore = ["data"]
"""Packages of outside methods and readers, whose tests run where these are installed."""

# torch in two test processes on two cores: its threads would spin while waiting for each other
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# gsply's parallel loops, through numba's OpenMP, set the number of torch's threads, too
os.environ.setdefault("NUMBA_NUM_THREADS", "1")
numba.core.config.reload_config()  # napari's plugin of pytest has imported numba before

QUICK = {"k": 4, "s": 3, "steps": 4}
"""Settings with which block methods encode a small volume in a fraction of a second."""


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real volumes; skip if it is missing."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real volumes are not there: {folder}")
    return folder


@pytest.fixture(scope="session")
def compressed() -> Callable[[str], bytes]:
    """Return a function that gives the bytes of one of FILES, compressed once each."""
    made: dict[str, bytes] = {}

    def bytes_of(name: str) -> bytes:
        if name not in made:
            volume, options = FILES[name]()
            made[name] = vcore.compress(volume, None, **options).data
        return made[name]

    return bytes_of


@pytest.fixture(scope="session")
def many_chunks(
    tmp_path_factory: pytest.TempPathFactory, compressed: Callable[[str], bytes]
) -> Path:
    """Return a file of 70 x 130 x 70 voxels: 2 x 3 x 2 chunks at level 0, with a pyramid."""
    path = tmp_path_factory.mktemp("files") / "many.vcore"
    path.write_bytes(compressed("many"))
    return path


def _constant() -> tuple[Volume, dict]:
    return Volume.from_array(np.full((6, 5, 4), 7, "u2")), {}


def _compact() -> tuple[Volume, dict]:
    return Volume.from_array(blobs((13, 17, 9))), {
        "method": "linear2",
        "settings": QUICK,
        "budget": vcore.Budget(bytes=4000),
    }


def _paper() -> tuple[Volume, dict]:
    settings = {"preset": "paper", "epochs": 1, "s": 3}
    return Volume.from_array(blobs((13, 17, 9))), {"method": "linear2", "settings": settings}


def _siren() -> tuple[Volume, dict]:
    settings = {"layers": 2, "width": 6, "steps": 4, "batch": 64}
    values = np.stack([blobs((7, 9, 8)), -blobs((7, 9, 8))])
    return Volume(Grid((7, 9, 8)), (Variable("v", values, tuple("czyx")),)), {
        "method": "siren",
        "settings": settings,
        "budget": vcore.Budget(bytes=2000),
    }


def _ecnr() -> tuple[Volume, dict]:
    values = np.stack([frames((3, 7, 9, 8)), -frames((3, 7, 9, 8))], axis=1)
    grid = Grid((7, 9, 8), (2.0, 0.5, 0.25), times=(0.0, 0.5, 2.0), time_unit="second")
    return Volume(grid, (Variable("v", values, tuple("tczyx")),)), {
        "method": "ecnr",
        "settings": {
            "steps": 10,
            "scales": 2,
            "scales_time": 2,
            "block": 4,
            "components": "shared",
        },
        "budget": vcore.Budget(bytes=3000),
    }


def _ecnr_tables() -> tuple[Volume, dict]:
    return Volume.from_array(blobs((9, 8, 11))), {
        "method": "ecnr",
        "settings": {"steps": 10, "scales": 2, "block": 4, "bits": 3, "sharing": 4, "width": 6},
    }


def _gaussian() -> tuple[Volume, dict]:
    values = np.stack([frames((3, 9, 11, 10)), -frames((3, 9, 11, 10))], axis=1)
    grid = Grid((9, 11, 10), (2.0, 0.5, 0.25), times=(0.0, 0.5, 2.0), time_unit="second")
    return Volume(grid, (Variable("v", values, tuple("tczyx")),)), {
        "method": "gaussian",
        "settings": {"steps": 20, "group": 2, "shared": False, "background": 2},
        "budget": vcore.Budget(bytes=2500),
    }


def _gaussian_paper() -> tuple[Volume, dict]:
    return Volume.from_array(blobs((13, 17, 9))), {
        "method": "gaussian",
        "settings": {"preset": "paper", "steps": 20},
        "budget": vcore.Budget(bytes=2000),
    }


def _bound() -> tuple[Volume, dict]:
    values = holes(frames((3, 9, 11, 10)))
    grid = Grid((9, 11, 10), times=(0.0, 0.5, 2.0), time_unit="second")
    return Volume(grid, (Variable("p", values, tuple("tzyx")),)), {
        "method": "svd2",
        "settings": {"k": 4, "steps": 4},
        "budget": vcore.Budget(range_error=0.02),
    }


def _vectors() -> tuple[Volume, dict]:
    values = np.stack([frames((2, 12, 10, 14)), -frames((2, 12, 10, 14))], axis=1)
    grid = Grid(
        (12, 10, 14),
        spacing=(2.0, 0.5, 0.25),
        origin=(1.0, 2.0, 3.0),
        unit="micrometer",
        times=(1.0, 1.5),
        time_unit="second",
    )
    variable = Variable("velocity", values, tuple("tczyx"), "m/s", ("u", "v"))
    return Volume(grid, (variable,)), {
        "method": "linear2",
        "settings": QUICK,
        "budget": vcore.Budget(bytes=6000),
    }


def _several() -> tuple[Volume, dict]:
    shape = (12, 10, 14)
    variables = (
        Variable("density", blobs(shape)),
        Variable("tempe/ratur ü", (blobs(shape, seed=4) * 1000).astype("u2"), unit="kelvin"),
        Variable("flag", np.zeros(shape, "u1")),
    )
    return Volume(Grid(shape), variables), {
        "method": "linear2",
        "settings": QUICK,
        "budget": vcore.Budget(bytes=9000),
    }


def _many() -> tuple[Volume, dict]:
    return Volume.from_array((blobs((70, 130, 70), count=60) * 200).astype("u1")), {
        "method": "linear2",
        "settings": QUICK,
        "budget": vcore.Budget(bytes=20_000),
    }


FILES = {
    "constant": _constant,
    "compact": _compact,
    "paper": _paper,
    "siren": _siren,
    "ecnr": _ecnr,
    "ecnr_tables": _ecnr_tables,
    "gaussian": _gaussian,
    "gaussian_paper": _gaussian_paper,
    "bound": _bound,
    "vectors": _vectors,
    "several": _several,
    "many": _many,
}
