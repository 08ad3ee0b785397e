"""Effort ``fast``: the same pyramid, in single precision and with one adaptive bit a decision."""
