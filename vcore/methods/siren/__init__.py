"""Coordinate networks: COIN (Dupont et al. 2021) with SIREN layers (Sitzmann et al. 2020)."""

from vcore.methods.siren.method import Siren

__all__ = ["Siren"]
