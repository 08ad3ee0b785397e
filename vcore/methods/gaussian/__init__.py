"""Gaussian mixtures (VolMicro): sparse volumes as lists of anisotropic 3D Gaussians."""

from vcore.methods.gaussian.method import Gaussian

__all__ = ["Gaussian"]
