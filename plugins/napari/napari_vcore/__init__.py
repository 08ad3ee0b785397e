"""The napari plugin: opens, compresses, compares and explores volumes of vcore."""
