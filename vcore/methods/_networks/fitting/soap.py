"""SOAP optimiser, Adam in the eigenbasis of Shampoo's preconditioner, for stacks of small
matrices."""

from typing import TYPE_CHECKING, Any

from vcore.methods._networks.fitting.device import import_torch

if TYPE_CHECKING:
    from collections.abc import Iterable

    import torch

FIRST, SECOND, SPREAD = 0.95, 0.95, 0.95
"""Decay rates of the running means of gradients, their squares, and their products (Vyas et al.:
0.95)."""
EVERY = 10
"""Steps between updates of the eigenbases (Vyas et al., figure 4: 10)."""
TINY = 1e-8


class Soap:
    """SOAP, Vyas et al., "SOAP: Improving and stabilizing Shampoo using Adam" (2024, algorithm 3).

    For each matrix of a stack, running means of the row and column products of the gradients are
    kept, and Adam runs in their eigenbases; vectors are stepped by plain Adam. Cheap for small
    matrices.

    Parameters
    ----------
    parameters
        Stacks (m, rows, columns), or tensors of any other shape, which plain Adam steps.
    learning_rate
        Learning rate, as for Adam.
    """

    def __init__(self, parameters: "Iterable[torch.Tensor]", learning_rate: float) -> None:
        self.param_groups: list[dict[str, Any]] = [
            {"lr": learning_rate, "params": list(parameters)}
        ]
        self._known: dict[int, dict[str, Any]] = {}
        self._steps = 0

    def zero_grad(self, *, set_to_none: bool = True) -> None:
        """Clear the gradients."""
        for p in self.param_groups[0]["params"]:
            p.grad = None if set_to_none else p.grad.zero_()

    def step(self) -> None:
        """Update the parameters from their gradients."""
        torch = import_torch()
        self._steps += 1
        with torch.no_grad():
            for number, p in enumerate(self.param_groups[0]["params"]):
                if p.grad is not None and p.numel():
                    self._step(number, p, p.grad)

    def _step(self, number: int, p: Any, gradient: Any) -> None:
        torch = import_torch()
        matrices = p.ndim == 3 and min(p.shape[1:]) > 1
        known = self._known.get(number)
        if known is None:
            known = {"mean": torch.zeros_like(p), "square": torch.zeros_like(p)}
            if matrices:
                known["rows"], known["columns"] = gradient @ gradient.mT, gradient.mT @ gradient
                known["bases"] = [  # nearly rank one: eigh may not converge in float32
                    torch.linalg.eigh(known[n].double())[1].to(p.dtype) for n in ("rows", "columns")
                ]
            self._known[number] = known
            if matrices:  # skip: where the first gradient vanishes, the basis is noise
                return
        mean, square = known["mean"].lerp_(gradient, 1 - FIRST), known["square"]
        if matrices:
            left, right = known["bases"]
            known["rows"].lerp_(gradient @ gradient.mT, 1 - SPREAD)
            known["columns"].lerp_(gradient.mT @ gradient, 1 - SPREAD)
            gradient, mean = left.mT @ gradient @ right, left.mT @ mean @ right
        square.lerp_(gradient * gradient, 1 - SECOND)
        change = mean / (square / (1 - SECOND**self._steps)).sqrt_().add_(TINY)
        if matrices:
            change = left @ change @ right.mT
            if self._steps % EVERY == 0:
                # one step of power iteration, as the bases rotate slowly
                known["bases"] = [
                    torch.linalg.qr(known[n] @ basis)[0]
                    for n, basis in zip(("rows", "columns"), (left, right), strict=True)
                ]
        rate = self.param_groups[0]["lr"] / (1 - FIRST**self._steps)
        p.add_(change, alpha=-rate)
