"""Starting ParaView so that it opens `.vcz` files: which one, with which environment."""
