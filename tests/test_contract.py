"""The contract suite, applied to every registered method."""

import math
from dataclasses import replace

import pytest

import vcore
from vcore import methods
from vcore.testing.methods import AMPLE, LONG_NAMES, REACHED, Case, MethodContract
from vcore.testing.methods_case import SHAPE

QUICK = {"steps": 4, "batch": 1, "overlap": 1}
PAPER = {"preset": "paper", "epochs": 1}
TRAINED = {"epochs": 40}
SOLID = ("gaussian",)
"""Methods of 3D primitives, which refuse axes of one voxel."""
BUDGETS = {"bounded": vcore.Budget(range_error=0.02)}
"""Budgets for methods that would become lossless with an ample one."""
SCALES = {"ecnr": (5.0, {"steps": 300, "learning_rate": 0.003})}
"""Case.level_error and training for methods whose coarse levels are coded independently."""

LIMITS = {
    "coordvarsvd": (3300, 22),
    "coordvarsvd-paper": (13_100, 13),
    "ecnr": (0, 40),
    "gaussian": (0, 36),
    "grids-apmgsrn": (0, 50),
    "grids-fvsrn": (0, 50),
    "grids-mht": (0, 50),
    "linear1": (2300, 20),
    "linear1-paper": (13_000, 13),
    "linear2": (1300, 20),
    "linear2-paper": (4400, 13),
    "siren": (1100, 23),
    "siren-neurcomp": (1600, 27),
    "svd1": (2600, 20),
    "svd1-paper": (12_200, 13),
    "svd2": (1000, 21),
    "svd2-paper": (4400, 13),
}
"""Bytes of the smallest network of a case, and the PSNR in dB that its few steps reach."""


def refusals(case: Case) -> dict[vcore.Budget, str]:
    """Return the budgets that a case of few steps refuses, with the reasons."""
    if str(case) not in LIMITS:
        return {}
    least, psnr = LIMITS[str(case)]
    found = {}
    for budget in REACHED:
        size = math.prod(SHAPE)
        limit = budget.limit_bytes(4 * size, size)
        if limit is not None and limit < least:
            found[budget] = f"its smallest network takes {least} bytes"
        if (budget.psnr or 0) > psnr:
            found[budget] = f"its few steps reach {psnr} dB"
    if 3 * least > (LONG_NAMES.bytes or 0):
        found[LONG_NAMES] = "the networks of two variables take most of it"
    return found


def cases() -> list[Case]:
    """Return every method with its smallest settings; the block methods with both presets."""
    found = []
    for name in methods.names():
        settings = methods.get(name).Settings.smallest().to_json()
        if "k" not in settings:  # not one of the block methods
            factor, training = SCALES.get(name, (1.5, {}))
            flat, budget = name not in SOLID, BUDGETS.get(name, AMPLE)
            found.append(Case(name, settings, training, budget, flat, factor))
            if name == "siren":
                found.append(Case(name, {**settings, "preset": "neurcomp"}))
            if name == "grids":
                presets = ("mht", "fvsrn", "apmgsrn")
                found += [Case(name, {**settings, "preset": preset}) for preset in presets]
            if name == "wavelet":
                found.append(Case(name, {**settings, "effort": "fast"}))
            continue
        found.append(Case(name, {**settings, **QUICK}))
        found.append(Case(name, {**settings, **PAPER}, TRAINED, vcore.Budget(bytes=200_000)))
    return [replace(case, refuses=refusals(case)) for case in found]


class TestEveryMethod(MethodContract):
    """Every registered method."""

    @pytest.fixture(params=cases(), ids=str)
    def case(self, request: pytest.FixtureRequest) -> Case:
        """Return a method and small settings."""
        return request.param
