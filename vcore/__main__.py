"""`python -m vcore`."""

from vcore.cli import main

main()
