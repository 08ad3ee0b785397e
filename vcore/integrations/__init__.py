"""Other libraries' doors: fsspec and xarray."""
