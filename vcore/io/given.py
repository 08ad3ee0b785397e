"""Warnings about missing metadata, silenced for parameters that the caller gave."""

import logging
from contextvars import ContextVar

logger = logging.getLogger(__name__)

GIVEN: ContextVar[frozenset[str]] = ContextVar("GIVEN", default=frozenset())
"""Parameters of ``read`` that override the file's metadata and silence its warnings."""


def warn(parameter: str, message: str, *args: object) -> None:
    """Log a warning that names ``parameter`` as the remedy, unless the caller gave it."""
    if parameter not in GIVEN.get():
        logger.warning(f"{message} (see `{parameter}`)", *args)
