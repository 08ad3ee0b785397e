"""Implementation of the ParaView plugin classes."""
