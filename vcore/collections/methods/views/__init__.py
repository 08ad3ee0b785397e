"""Views: images predicted from decoded neighbours in the grid of parameters."""

from vcore.collections.methods.views.method import Views

__all__ = ["Views"]
