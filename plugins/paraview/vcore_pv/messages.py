"""Error reporting: one sentence in ParaView's Output Messages, without traceback."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from vtkmodules.vtkCommonCore import vtkOutputWindow

from vcore.errors import VcoreError


class Aborted(Exception):
    """Cancellation requested by ParaView."""


def show_error(text: Any) -> None:
    """Show an error message."""
    vtkOutputWindow.GetInstance().DisplayErrorText(f"vcore: {text}\n")


def show_warning(text: Any) -> None:
    """Show a warning."""
    vtkOutputWindow.GetInstance().DisplayWarningText(f"vcore: {text}\n")


def show_note(text: Any) -> None:
    """Show a message that is neither an error nor a warning."""
    vtkOutputWindow.GetInstance().DisplayText(f"vcore: {text}\n")


def reported(request: Callable[..., int]) -> Callable[..., int]:
    """Decorate a pipeline pass to show vcore errors as messages and leave the output empty.

    The pass still reports success, because VTK would otherwise add an unreadable message.
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
