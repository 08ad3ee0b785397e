"""Collections of images over parameters: renderings of a simulation, compressed into one file."""
