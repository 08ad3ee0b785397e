"""The contract suite, applied to every registered method."""

import pytest
from contract import AMPLE, Case, MethodContract

import vcore
from vcore import methods

QUICK = {"steps": 4, "batch": 1, "overlap": 1}
PAPER = {"preset": "paper", "epochs": 1}
TRAINED = {"epochs": 40}
SOLID = ("gaussian",)
"""Methods of 3D primitives, which refuse axes of one voxel."""
BUDGETS = {"bounded": vcore.Budget(range_error=0.02)}
"""Budgets for methods that would become lossless with an ample one."""
SCALES = {"ecnr": (5.0, {"steps": 300, "learning_rate": 0.003})}
"""Case.level_error and training for methods whose coarse levels are coded independently."""


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
            if name == "wavelet":
                found.append(Case(name, {**settings, "effort": "fast"}))
            continue
        found.append(Case(name, {**settings, **QUICK}))
        found.append(Case(name, {**settings, **PAPER}, TRAINED, vcore.Budget(bytes=200_000)))
    return found


class TestEveryMethod(MethodContract):
    """Every registered method."""

    @pytest.fixture(params=cases(), ids=str)
    def case(self, request: pytest.FixtureRequest) -> Case:
        """Return a method and small settings."""
        return request.param
