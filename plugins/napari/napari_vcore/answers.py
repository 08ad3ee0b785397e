"""Answers to the question before the first save with loss."""

SAVE, WITHOUT_LOSS, CANCEL = "save", "without loss", "cancel"
