"""What a compression lost: figures, pictures and an HTML document for a methods section."""

from vcore.assess.assessment import assess

__all__ = ["assess"]
