"""Entropy coding of integer lattices; integer arithmetic throughout, so it decodes alike
everywhere."""

from vcore.entropy.lattice import decode_lattice, encode_lattice, predict, unpredict

__all__ = ["decode_lattice", "encode_lattice", "predict", "unpredict"]
