"""napari plugin for opening, compressing, comparing and exploring vcore volumes."""
