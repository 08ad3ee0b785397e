"""A read-only HTTP server: compressed volumes as the OME-Zarr hierarchies that they are not."""
