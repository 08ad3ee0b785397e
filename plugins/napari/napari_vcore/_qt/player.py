"""Player of a collection: decodes the pictures to show on threads, and plays along a parameter."""

import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from qtpy.QtCore import QObject, Qt, QTimer, Signal

from napari_vcore.pictures import Array, Key, Pictures
from napari_vcore.playing import LOOP, ONCE, advanced, last_position, upcoming
from napari_vcore.shown import Place, Shown, View
from vcore.errors import VcoreError

logger = logging.getLogger(__name__)

AHEAD = 12
"""Images that are decoded ahead of playing."""
BESIDE = 3
"""Images that are decoded to both sides along the parameter that was moved last."""
SPEED, FASTEST = 15, 60
"""Default and largest speed of playing, in images a second."""
SMOOTH = 30
"""Pictures a second while playing blends between images."""
PATIENCE_MS = 400
"""Time after which it is told that a picture is being decoded, in milliseconds."""
RATE_SECONDS = 1.0
"""Time over which the speed reached is measured, in seconds."""


class Player(QObject):
    """Shows a collection at its present values.

    A picture is made at once if all that it needs is cached, else on a thread: the newest one that
    was asked for in the meantime follows, those between are left out. Playing leaves none out.

    Parameters
    ----------
    views
        Callback that returns what is visible, and the channel whose errors are told.
    """

    placed = Signal(object)
    """Place, as soon as it is asked for."""
    made = Signal(object, object, str)
    """Place, data by view and the line of errors of pictures."""
    failed = Signal(str)
    """Why pictures cannot be made."""
    stopped = Signal()
    """Playing has stopped."""
    delayed = Signal()
    """The pictures take a noticeable time."""
    reached = Signal(float)
    """Images a second that playing reaches."""
    _loaded = Signal(object, object, object)

    def __init__(self, parent: QObject, views: Callable[[], tuple[list[View], str]]) -> None:
        super().__init__(parent)
        self._views = views
        self.shown: Shown | None = None
        self.speed, self.mode = SPEED, LOOP
        self.is_playing = self.is_loading = False
        self._waiting = False
        self._axis, self._way, self._due = 0, 1, 0.0
        self._times: deque[float] = deque(maxlen=2 * FASTEST)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.PreciseTimer)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tick)
        self._loaded.connect(self._finished)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self.delayed)

    def move(self, axis: int, position: float) -> None:
        """Show another position along a parameter."""
        if self.shown is None:
            return
        self.shown.positions[axis] = position
        if not self.is_playing:
            self._axis = axis
        self.refresh()

    def play(self, axis: int) -> None:
        """Play along a parameter."""
        shown = self.shown
        if shown is None:
            return
        self.stop()
        if self.mode == ONCE and shown.positions[axis] >= self._last(axis):
            shown.positions[axis] = 0.0
        self._axis, self._way, self.is_playing = axis, 1, True
        self._times.clear()
        self._due = time.perf_counter()
        self._timer.start(0)

    def stop(self) -> None:
        """Stop playing."""
        self._timer.stop()
        if self.is_playing:
            self.is_playing = False
            self.stopped.emit()

    def _last(self, axis: int) -> float:
        assert self.shown is not None
        return last_position(self.shown.collection.parameters[axis], blend=self.shown.blend)

    def _wraps(self, axis: int) -> bool:
        shown = self.shown
        return shown is not None and shown.blend and shown.collection.parameters[axis].goes_around

    def _tick(self) -> None:
        """Show the next picture of playing."""
        shown, axis = self.shown, self._axis
        if not self.is_playing or self.is_loading or shown is None:
            return
        speed, step = float(self.speed), 1.0
        if shown.blend and not shown.collection.parameters[axis].is_label and speed < SMOOTH:
            speed, step = SMOOTH, speed / SMOOTH
        last, wraps = self._last(axis), self._wraps(axis)
        found = advanced(shown.positions[axis], self._way, step, last, self.mode, wraps=wraps)
        if found is None:
            self.stop()
            return
        shown.positions[axis], self._way = found
        # a late picture delays those after it: none is left out
        self._due = max(self._due + 1 / speed, time.perf_counter())
        self.refresh()

    def refresh(self) -> None:
        """Show the pictures at the present values."""
        shown = self.shown
        if shown is None:
            return
        place = shown.place()
        self.placed.emit(place)
        views, channel = self._views()
        if self.is_loading:
            self._waiting = True
        elif shown.original is None and all(shown.is_ready(view, place) for view in views):
            self._put(shown, place, {view: shown.picture(view, place) for view in views}, "")
        else:
            self._load(shown, place, views, channel)

    def _load(self, shown: Shown, place: Place, views: list[View], channel: str) -> None:
        self.is_loading, self._waiting = True, False
        self._patience.start()

        def work() -> tuple[dict[View, Array], str]:
            pictures = {view: shown.picture(view, place) for view in views}
            return pictures, shown.figures(channel, place)

        def done(future: Future[Any]) -> None:
            with suppress(RuntimeError):  # the dock was closed
                self._loaded.emit(shown, place, future)

        shown.pictures.submit(work).add_done_callback(done)

    def _finished(self, shown: Shown, place: Place, future: Future[Any]) -> None:
        self.is_loading = False
        self._patience.stop()
        if shown is self.shown and not future.cancelled():
            error = future.exception()
            if error is None:
                self._put(shown, place, *future.result())
            else:
                if not isinstance(error, VcoreError):
                    logger.error("a picture failed", exc_info=error)
                self.stop()
                self.failed.emit(str(error))
        if self._waiting:
            self.refresh()

    def _put(self, shown: Shown, place: Place, pictures: dict[View, Array], figures: str) -> None:
        self.made.emit(place, pictures, figures)
        if not self._waiting:
            self._prefetch(shown, place, list(pictures))
        if not self.is_playing:
            return
        now = time.perf_counter()
        self._times.append(now)
        while len(self._times) > 2 and now - self._times[0] > RATE_SECONDS:
            self._times.popleft()
        if len(self._times) > 1:
            self.reached.emit((len(self._times) - 1) / (now - self._times[0]))
        self._timer.start(max(round(1000 * (self._due - now)), 0))

    def _prefetch(self, shown: Shown, place: Place, views: list[View]) -> None:
        """Decode what is likely shown next, on threads."""
        keys = [
            need
            for index in self._next(shown, place)
            for view in views
            for need in shown.needs(view, shown.place_of(index))
        ]
        if not self.is_playing:  # for the line of the pixel
            names = [c.name for c in shown.collection.channels]
            keys += [(shown.pictures, (name, i)) for name in names for i, _ in place.corners]
        by_source: dict[Pictures, list[Key]] = {shown.pictures: []}
        for pictures, key in keys:
            by_source.setdefault(pictures, []).append(key)
        for pictures, wanted in by_source.items():
            pictures.prefetch(wanted)

    def _next(self, shown: Shown, place: Place) -> list[tuple[int, ...]]:
        """Return the images that are likely shown next: those that playing comes to, else the
        neighbours, first of the parameter that was moved last."""
        parameters = shown.collection.parameters
        steps: list[tuple[int, int]] = []
        if self.is_playing:
            position, last = shown.positions[self._axis], self._last(self._axis)
            wraps = self._wraps(self._axis)
            ahead = upcoming(position, self._way, last, self.mode, AHEAD, wraps=wraps)
            steps = [(self._axis, at) for at in ahead]
        else:
            for axis in sorted(range(len(parameters)), key=lambda axis: axis != self._axis):
                for far in range(1, 1 + (BESIDE if axis == self._axis else 1)):
                    steps += [(axis, place.index[axis] + far), (axis, place.index[axis] - far)]
        found = []
        for axis, at in steps:
            length = len(parameters[axis])
            if 0 <= at < length or parameters[axis].goes_around:
                beside = ((*i[:axis], at % length, *i[axis + 1 :]) for i, _ in place.corners)
                found += [i for i in beside if shown.collection.has(i)]
        return found
