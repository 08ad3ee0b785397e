"""OME-Zarr hierarchies of any size: compressed, audited and exported chunk by chunk."""

from vcore.hierarchy.audit import Audit, audit
from vcore.hierarchy.compress import compress
from vcore.hierarchy.export import export
from vcore.hierarchy.outcome import Outcome

__all__ = ["Audit", "Outcome", "audit", "compress", "export"]
