"""Gaussian splats: rendering, fitting, and compression without retraining."""
