"""vcore: neural and Gaussian compression of scientific volumes, opened lazily as Zarr arrays."""
