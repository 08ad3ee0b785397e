"""Networks for image collections: NeRVI (Gu, Chen, Wang 2023) and the systems it is compared
with."""

from vcore.collections.methods.nervi.method import Nervi

__all__ = ["Nervi"]
