"""Launching ParaView with the vcore plugin: finding an installation, preparing its environment."""
