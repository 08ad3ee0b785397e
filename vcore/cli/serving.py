"""What `vcore serve` and `vcore view` share: the optional packages of the server."""

from dataclasses import dataclass
from typing import Any

from vcore.errors import MissingExtraError

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
"""Host names accepted from programs on the same machine."""


@dataclass(frozen=True)
class Parts:
    """Modules of the server."""

    app: Any
    run: Any
    catalogue: Any
    documents: Any
    elsewhere: Any
    page: Any
    scenes: Any


def parts() -> Parts:
    """Import the server.

    Raises
    ------
    MissingExtraError
        Its packages are not installed.
    """
    try:
        from vcore.serve import app, catalogue, documents, elsewhere, page, run, scenes
    except ImportError as error:
        raise MissingExtraError(
            f"Expected the packages of the server. Got '{error}' instead: install them with "
            f"pip install 'vcore-volumes[serve]'."
        ) from error
    return Parts(app, run, catalogue, documents, elsewhere, page, scenes)
