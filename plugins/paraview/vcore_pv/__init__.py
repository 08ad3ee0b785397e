"""What the classes of the ParaView plugin do."""
