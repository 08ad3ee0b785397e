"""``nerf``: neural radiance fields, after Isik 2021, "Neural 3D Scene Compression via Model
Compression", with quantisation, entropy coding and empty space skipped."""

from vcore.scenes.methods.nerf.method import Nerf

__all__ = ["Nerf"]
