"""Compression, audit and export of OME-Zarr hierarchies of any size, chunk by chunk."""

from vcore.hierarchy.audit import Audit, audit
from vcore.hierarchy.compress import compress
from vcore.hierarchy.export import export
from vcore.hierarchy.outcome import HierarchyReport

__all__ = ["Audit", "HierarchyReport", "audit", "compress", "export"]
