"""Grids of latents over the parameters of a collection and its image plane."""

from vcore.collections.methods.view_grids.method import ViewGrids

__all__ = ["ViewGrids"]
