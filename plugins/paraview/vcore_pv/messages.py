"""How failures are told: a sentence in ParaView's Output Messages, no traceback."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from vtkmodules.vtkCommonCore import vtkOutputWindow

from vcore.errors import VcoreError


class Aborted(Exception):
    """ParaView asked to stop."""


def show_error(text: Any) -> None:
    """Show a sentence as an error."""
    vtkOutputWindow.GetInstance().DisplayErrorText(f"vcore: {text}\n")


def show_warning(text: Any) -> None:
    """Show a sentence as a warning."""
    vtkOutputWindow.GetInstance().DisplayWarningText(f"vcore: {text}\n")


def reported(request: Callable[..., int]) -> Callable[..., int]:
    """Wrap a pass of the pipeline: what a user can act on is shown, the output stays empty.

    The pass then counts as done, else VTK would add its own, unreadable message.
    """

    @wraps(request)
    def wrapped(self: Any, *arguments: Any) -> int:
        try:
            return request(self, *arguments)
        except Aborted:
            pass
        except (VcoreError, OSError, MemoryError) as error:
            show_error(error)
        return 1

    return wrapped
