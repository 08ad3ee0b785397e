"""The docks: everything that imports Qt."""
