"""Per-viewer state that outlives a dock: runs, form, running job. No Qt."""

import weakref
from dataclasses import dataclass, field
from typing import Any

from napari_vcore.batch import Outcome
from napari_vcore.jobs import Job
from napari_vcore.runs import Run


@dataclass
class Session:
    """State of the docks of one viewer.

    Parameters
    ----------
    form
        Values of the Compress dock's form, by name.
    job
        The running compression and its layer.
    batch, outcomes
        The running compression of a folder, and what became of its files so far.
    bound
        Whether the session already ends with the viewer's window.
    """

    form: dict[str, Any] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    job: Job | None = None
    layer: Any = None
    batch: Job | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    bound: bool = False

    def cancel(self) -> None:
        """Cancel running jobs."""
        for job in (self.job, self.batch):
            if job is not None:
                job.cancel()


_sessions: dict[int, Session] = {}


def session_of(viewer: Any) -> Session:
    """Return the session of a viewer, created on first use."""
    viewer = getattr(viewer, "__wrapped__", viewer)  # napari hands plugins a proxy
    key = id(viewer)
    if key not in _sessions:
        _sessions[key] = Session()
        weakref.finalize(viewer, _ended, key)
    return _sessions[key]


def _ended(key: int) -> None:
    session = _sessions.pop(key, None)
    if session is not None:
        session.cancel()
