"""Benchmarks: commands that print every figure in README and docs."""
