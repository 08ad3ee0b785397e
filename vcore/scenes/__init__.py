"""Scenes: radiance fields that are rendered from any view, compressed into one file."""
