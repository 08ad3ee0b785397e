"""Evaluation of compressed files: comparison, verification, pictures."""
