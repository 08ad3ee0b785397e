"""Compression and decompression of variables, from volume to file and back."""
