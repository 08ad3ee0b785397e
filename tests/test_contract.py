"""The contract suite, applied to every registered method."""

import pytest
from contract import Case, MethodContract

import vcore
from vcore import methods

QUICK = {"steps": 4, "batch": 1, "overlap": 1}
PAPER = {"preset": "paper", "epochs": 1}
TRAINED = {"epochs": 40}
SOLID = ("gaussian",)
"""Methods of 3D primitives, which refuse volumes of one voxel along an axis."""


def cases() -> list[Case]:
    """Return every method with its smallest settings; the block methods in both presets."""
    found = []
    for name in methods.names():
        settings = methods.get(name).Settings.smallest().to_json()
        if "k" not in settings:  # not one of the block methods
            found.append(Case(name, settings, flat=name not in SOLID))
            continue
        found.append(Case(name, {**settings, **QUICK}))
        found.append(Case(name, {**settings, **PAPER}, TRAINED, vcore.Budget(bytes=200_000)))
    return found


class TestEveryMethod(MethodContract):
    """Every method, as registered."""

    @pytest.fixture(params=cases(), ids=str)
    def case(self, request: pytest.FixtureRequest) -> Case:
        """Return a method and small settings."""
        return request.param
