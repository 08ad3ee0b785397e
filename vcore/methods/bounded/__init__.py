"""Error-bounded and lossless coding: interpolation, adaptive prediction and context mixing."""

from vcore.methods.bounded.method import Bounded

__all__ = ["Bounded"]
