"""Starting ParaView so that it opens `.vcore` files: which one, with which environment."""
