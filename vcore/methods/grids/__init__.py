"""Grid networks: features on grids of several resolutions, read out by a small function."""

from vcore.methods.grids.method import Grids

__all__ = ["Grids"]
