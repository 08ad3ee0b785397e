"""How a variable becomes a file, and comes back."""
