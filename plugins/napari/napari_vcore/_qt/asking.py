"""Question before layers are saved with loss."""

from qtpy.QtWidgets import QApplication, QMessageBox

from napari_vcore.answers import CANCEL, SAVE, WITHOUT_LOSS

QUESTION = "Saving in this type of file loses detail."
DETAIL = (
    "It has the quality good: a robust PSNR of 42 dB, that is, a typical error of 1/126 of the "
    "range of the foreground. Files without loss are several times larger.\n\nThis is asked once. "
    "Labels never lose anything; other qualities are in Plugins > vcore > Compress."
)


def ask() -> str:
    """Return what the user chooses: SAVE, WITHOUT_LOSS or CANCEL."""
    box = QMessageBox(QApplication.activeWindow())
    box.setWindowTitle("vcore")
    box.setIcon(QMessageBox.Question)
    box.setText(QUESTION)
    box.setInformativeText(DETAIL)
    save = box.addButton("&Save", QMessageBox.AcceptRole)
    exact = box.addButton("&Without loss", QMessageBox.ActionRole)
    box.setDefaultButton(save)
    box.setEscapeButton(box.addButton(QMessageBox.Cancel))
    box.exec_()
    return {save: SAVE, exact: WITHOUT_LOSS}.get(box.clickedButton(), CANCEL)
