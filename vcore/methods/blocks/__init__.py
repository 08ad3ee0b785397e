"""Block autoencoders (Kristan, Marolt, Bohak, Lesar: Neural-network-based Volume Compression)."""

from vcore.methods.blocks.method import CoordVarSvd, Linear1, Linear2, Svd1, Svd2

__all__ = ["CoordVarSvd", "Linear1", "Linear2", "Svd1", "Svd2"]
