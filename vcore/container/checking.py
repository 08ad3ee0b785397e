"""Check of a written file before it gets its name."""

from vcore.container.reader import Container
from vcore.errors import BudgetError


def check_written(container: Container, variables: int, limit: int | None) -> None:
    """Verify the checksums of all sections, and the size of the file.

    Parameters
    ----------
    container
        The written file.
    variables
        Number of variables, channels or fields that have sections.
    limit
        Bytes of the file at most, None for any number.

    Raises
    ------
    BudgetError
        The file is larger.
    FormatError
        A checksum does not match.
    """
    for number in range(variables):
        container.sections_of(number).check()
    if limit is not None and container.complete_size > limit:
        raise BudgetError(
            f"Expected a budget that a file can meet. Instead of {limit} bytes, the file takes "
            f"{container.complete_size}.",
            container.complete_size,
        )
