"""Noise model of counting detectors, and its estimation from data."""

from vcore.noise.detector import Detector
from vcore.noise.estimating import detector_of, unmeasured

__all__ = ["Detector", "detector_of", "unmeasured"]
