"""How good a file is: comparing, verifying, pictures."""
