"""Lazy import of the optional packages in the ``metrics`` extra."""

from importlib import import_module
from typing import Any

from vcore.errors import MissingExtraError


def metrics_extra(module: str, purpose: str) -> Any:
    """Import and return ``module``.

    Raises
    ------
    MissingExtraError
        The package is not installed; the message names the extra to install.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = {"skimage": "scikit-image", "scipy": "SciPy"}[module.partition(".")[0]]
        raise MissingExtraError(
            f"Expected {package} for {purpose}. Got an installation without it instead: "
            f"run pip install 'vcore-volumes[metrics]'."
        ) from error
