"""Wavelet pyramid whose coefficients are coded by mixed contexts."""

from vcore.methods.wavelet.method import Wavelet

__all__ = ["Wavelet"]
