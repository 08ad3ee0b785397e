"""Errors for users; each message states what was expected, what was found and what to do."""


class VcoreError(Exception):
    """Base class of all vcore errors."""


class InputError(VcoreError, ValueError):
    """An invalid argument, source file or volume."""


class SourceError(InputError, OSError):
    """A source with nothing at its path, or that may not be read."""


class RegionError(InputError, IndexError):
    """An index or region outside the array."""


class BudgetError(VcoreError, ValueError):
    """A contradictory budget, or one that the method cannot meet.

    Attributes
    ----------
    needed
        Smallest sufficient size in bytes, if the size was too small.
    """

    def __init__(self, message: str, needed: int | None = None) -> None:
        super().__init__(message)
        self.needed = needed


class FormatError(VcoreError, ValueError):
    """A compressed file that is damaged, malicious or of an unknown version."""


class VersionError(FormatError):
    """A compressed file of a format version that this release cannot read."""


class TruncatedError(FormatError):
    """A compressed file that ends before the requested bytes."""


class BoundError(FormatError):
    """A compressed file whose errors exceed what it guarantees."""


class MissingExtraError(VcoreError, ImportError):
    """A missing optional dependency; the message names the extra to install."""


class MemoryLimitError(VcoreError, MemoryError):
    """An operation that needs more memory than available; the message suggests alternatives."""


class OutputExistsError(VcoreError, FileExistsError):
    """An existing output, without permission to overwrite it."""


class OutputError(VcoreError, OSError):
    """A failure to write the output; no partial file remains."""


class Cancelled(VcoreError):
    """Cancellation by the caller; no partial output remains."""
