"""ECNR (Tang and Wang 2024): small sine networks over the blocks of a space-time pyramid."""

from vcore.methods.ecnr.method import Ecnr

__all__ = ["Ecnr"]
