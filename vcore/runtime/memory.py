"""Available memory, and human-readable sizes."""

import os


def available_bytes() -> int:
    """Return the memory available to this process in bytes: ``VCORE_MEMORY_LIMIT``, else free
    memory."""
    asked = os.environ.get("VCORE_MEMORY_LIMIT", "")
    if asked.isdigit():
        return int(asked)
    try:
        with open("/proc/meminfo") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 1 << 34


def human_bytes(count: float) -> str:
    """Return a human-readable size in decimal units."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"
