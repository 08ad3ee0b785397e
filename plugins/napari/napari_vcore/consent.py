"""The question before the first save with loss, asked only of people: in a running window."""

import sys

from napari_vcore.answers import SAVE

_agreed = False
"""Whether somebody has chosen to save with loss since napari started."""


def asked() -> str:
    """Return SAVE, WITHOUT_LOSS or CANCEL; SAVE in scripts, and once somebody has chosen that."""
    global _agreed
    if _agreed or not _is_watched():
        return SAVE
    from napari_vcore._qt.asking import ask

    answer = ask()
    _agreed = answer == SAVE
    return answer


def _is_watched() -> bool:
    """Return whether a window's event loop runs on this thread: a person chose Save, no script."""
    qtcore = sys.modules.get("qtpy.QtCore")
    if qtcore is None or (app := qtcore.QCoreApplication.instance()) is None:
        return False
    thread = qtcore.QThread.currentThread()
    if app.thread() != thread or thread.loopLevel() == 0:
        return False
    return bool(app.platformName() not in ("offscreen", "minimal"))
