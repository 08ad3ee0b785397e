"""Read-only HTTP server that presents compressed volumes as virtual OME-Zarr hierarchies."""
