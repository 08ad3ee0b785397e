"""Warnings about what a file does not tell, which the caller may have told instead."""

import logging
from contextvars import ContextVar

logger = logging.getLogger(__name__)

GIVEN: ContextVar[frozenset[str]] = ContextVar("GIVEN", default=frozenset())
"""Parameters of ``read`` that win over what a file tells: no warning is due about that."""


def warn(parameter: str, message: str, *args: object) -> None:
    """Log a warning about what ``parameter`` could tell, and its name, unless it is given."""
    if parameter not in GIVEN.get():
        logger.warning(f"{message} (see `{parameter}`)", *args)
