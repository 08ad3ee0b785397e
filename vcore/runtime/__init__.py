"""Runtime support: threads, memory, compiled code, atomic output."""
