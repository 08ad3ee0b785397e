"""Dock widgets; all code that imports Qt."""
