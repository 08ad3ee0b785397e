"""Entropy coding of integer lattices, in integer arithmetic only, so decoding gives the same values
on every machine."""

from vcore.entropy.lattice import decode_lattice, encode_lattice, predict, unpredict

__all__ = ["decode_lattice", "encode_lattice", "predict", "unpredict"]
