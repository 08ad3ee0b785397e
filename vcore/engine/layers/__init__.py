"""Layers around a method's decoder: averaged levels, the error bound's residual, missing
values."""
