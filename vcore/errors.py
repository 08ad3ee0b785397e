"""Errors that a user can act on: each message says what was expected, what came, and what to do."""


class VcoreError(Exception):
    """Base class of every error that vcore raises on purpose."""


class InputError(VcoreError, ValueError):
    """An argument, a source file or a volume that cannot be used as it is."""


class RegionError(InputError, IndexError):
    """An index or a region that the array has not."""


class BudgetError(VcoreError, ValueError):
    """A budget that the method cannot meet, or that contradicts itself.

    Attributes
    ----------
    needed
        The bytes that would do, where a size was too small.
    """

    def __init__(self, message: str, needed: int | None = None) -> None:
        super().__init__(message)
        self.needed = needed


class FormatError(VcoreError, ValueError):
    """A compressed file that is damaged, hostile, or of an unknown version."""


class VersionError(FormatError):
    """A compressed file of a version that this vcore does not read."""


class TruncatedError(FormatError):
    """A compressed file that ends before the bytes that were asked for."""


class MissingExtraError(VcoreError, ImportError):
    """An optional dependency is needed; the message names the extra that brings it."""


class MemoryLimitError(VcoreError, MemoryError):
    """The work would need more memory than there is; the message says what to do instead."""


class OutputExistsError(VcoreError, FileExistsError):
    """The output exists and overwriting was not asked for."""


class OutputError(VcoreError, OSError):
    """The output could not be written; nothing was left under its name."""


class Cancelled(VcoreError):
    """The caller cancelled the work; nothing was left behind."""
