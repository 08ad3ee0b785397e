"""Settings of the views method."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vcore.errors import InputError, VersionError
from vcore.methods.base import Settings

VERSION = 2
"""Version of the coder, in the state of a header; 1 if absent."""
MAX_GROUP = 64
"""Most images along a parameter that depend on one another."""
MAX_STEP = 1 << 13
"""Largest quantiser step, in sixteenths of a grey level: beyond, all coefficients are 0."""


@dataclass(frozen=True)
class ViewsSettings(Settings):
    """Settings of ``views``."""

    group: int = field(
        default=10,
        metadata={
            "help": "most images along each parameter that depend on the same independent one: "
            "large groups take fewer bytes, small ones decode fewer images for one"
        },
    )
    depth: bool | None = field(
        default=None,
        metadata={
            "help": "predict along viewpoints by the depth, where it and the camera are known: "
            "colours take about a sixth fewer bytes, but an image that is decoded alone takes "
            "many times as long, as the depths of all that it depends on are decoded first; auto: "
            "no"
        },
    )
    step: int | None = field(
        default=None,
        metadata={
            "help": "quantiser step in sixteenths of a grey level; auto: follows from the budget"
        },
    )

    @classmethod
    def smallest(cls) -> "ViewsSettings":
        return cls(group=2)

    def check(self) -> None:
        """Validate group and step.

        Raises
        ------
        InputError
            A value is out of range.
        """
        if not 1 <= self.group <= MAX_GROUP:
            raise InputError(
                f"Expected groups of 1 to {MAX_GROUP} images. Got {self.group} instead."
            )
        if self.step is not None and not 1 <= self.step <= MAX_STEP:
            raise InputError(
                f"Expected a step of 1 to {MAX_STEP} sixteenths of a grey level. Got {self.step} "
                f"instead."
            )


def check_version(state: Mapping[str, Any]) -> None:
    """Check the version in a header's state.

    Raises
    ------
    VersionError
        It is another one.
    """
    found = state.get("version", 1)
    if found != VERSION:
        raise VersionError(
            f"Expected version {VERSION} of the method views. Got version {found!r:.20}: compress "
            f"the images again, or decode them with the vcore-volumes that wrote them."
        )
