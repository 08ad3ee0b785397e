"""How code runs: threads, memory, compiled code."""
