"""Error bounds down to 0: interpolation, adaptive prediction and context mixing."""

from vcore.methods.bounded.method import Bounded

__all__ = ["Bounded"]
