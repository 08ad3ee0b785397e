"""Weighted sums of rows of features, for torch."""

from functools import cache
from typing import Any

import numpy as np

from vcore.methods._networks.fitting.device import import_torch


def weighted_rows(corners: Any, parts: Any, rows: Any) -> Any:
    """Return (n, features): the sum of the rows (entries, features) at ``corners`` (n, k) int64
    times ``parts`` (n, k).

    On a CPU compiled loops take a tenth of the time of ``embedding_bag``, whose gradient sorts.
    """
    if rows.device.type == "cpu":
        return _compiled().apply(corners, parts, rows)
    torch = import_torch()
    return torch.nn.functional.embedding_bag(corners, rows, mode="sum", per_sample_weights=parts)


@cache
def _compiled() -> Any:
    from vcore.methods.grids.network_loops import gather, scatter

    torch = import_torch()
    base: Any = torch.autograd.Function

    class Rows(base):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, corners: Any, parts: Any, rows: Any) -> Any:
            parts, rows = parts.contiguous(), rows.contiguous()
            ctx.save_for_backward(corners, parts, rows)
            out = np.empty((len(corners), rows.shape[1]), np.float32)
            gather(corners.numpy(), parts.detach().numpy(), rows.detach().numpy(), out)
            return torch.from_numpy(out)

        @staticmethod
        def backward(ctx: Any, slopes: Any) -> tuple[None, Any, Any]:
            corners, parts, rows = (t.detach().numpy() for t in ctx.saved_tensors)
            to_rows, to_parts = np.zeros_like(rows), np.empty_like(parts)
            scatter(corners, parts, rows, slopes.contiguous().numpy(), to_rows, to_parts)
            return None, torch.from_numpy(to_parts), torch.from_numpy(to_rows)

    return Rows
