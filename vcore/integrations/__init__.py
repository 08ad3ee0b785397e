"""Integrations with fsspec and xarray."""
