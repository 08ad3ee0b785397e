"""Wavelet pyramid with context-mixing entropy coding."""

from vcore.methods.wavelet.method import Wavelet

__all__ = ["Wavelet"]
