"""Quantisation of a scale's networks to shared values, and fine-tuning of those, with torch."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.methods._networks.fitting.loop import optimise
from vcore.methods._networks.shrinking import Codebook, on_line, restore, share
from vcore.methods.ecnr.training import Fitted, Trainer

TUNING = 0.15
"""Share of the steps for fine-tuning shared values (section 4.1: 75 of 575 epochs)."""
LINE_TUNING, LINE_RATE = 0.3, 0.3
"""Share of the steps and relative learning rate for uniform quantisation, which takes longer and
changes all parameters."""
TUNING_RATE = 0.1
"""Learning rate of shared values relative to that of the parameters."""


def _with(fitted: Fitted, shared: dict[str, Any]) -> Fitted:
    arrays = {}
    for name, each in shared.items():
        pieces = each if isinstance(each, list) else [each]
        arrays[name] = np.concatenate(
            [np.asarray(restore(s.values, s.indices), np.float32) for s in pieces]
        )
    return Fitted(arrays, fitted.masks, fitted.codes, fitted.variables, fitted.loss, shared)


def quantised(trainer: Trainer, fitted: Fitted, kinds: int) -> Fitted:
    """Return ``fitted`` with ``kinds`` shared values per layer, separately for weights and
    biases."""
    local = trainer.settings.quantisation == "local"
    shared: dict[str, Any] = {}
    for name, values in fitted.parameters.items():
        alive = fitted.masks.get(name)
        alive_values = np.ones(values.shape, bool) if alive is None else alive
        if not local:
            shared[name] = share(values, kinds, alive_values)
            continue
        shared[name] = [
            share(values[j : j + 1], kinds, alive_values[j : j + 1])
            for j in range(trainer.shape.networks)
        ]
    return _with(fitted, shared)


def on_lines(trainer: Trainer, fitted: Fitted, bits: float, codes_step: float) -> Fitted:
    """Return ``fitted`` quantised uniformly, with a step per layer of its weights' spread /
    2**bits."""
    steps = tuple(
        float(np.float32(_spread(fitted, f"w{i}") / 2**bits))
        for i in range(trainer.shape.layers + 1)
    )
    return _rounded(trainer, fitted, steps, codes_step)


def _rounded(
    trainer: Trainer, fitted: Fitted, steps: tuple[float, ...], codes_step: float
) -> Fitted:
    shared = {
        n: on_line(v, steps[int(n[1:])], fitted.masks.get(n)) for n, v in fitted.parameters.items()
    }
    found = _with(fitted, shared)
    found.steps, found.codes_step = steps, codes_step
    if codes_step:
        found.integers = np.rint(fitted.codes / codes_step).astype(np.int32)
        found.codes = (found.integers * np.float64(codes_step)).astype(np.float32)
    return found


def tuned_on_lines(trainer: Trainer, fitted: Fitted, rounded: Fitted, time_share: float) -> Fitted:
    """Return ``rounded`` after quantisation-aware fine-tuning with straight-through gradients.

    Parameters
    ----------
    fitted
        Unquantised networks, from which the fit continues.
    """
    torch = trainer.torch
    leaves = {n: trainer.leaf(v) for n, v in fitted.parameters.items()}
    masks = {n: torch.from_numpy(v).to(trainer.device) for n, v in fitted.masks.items()}
    codes, variables = trainer.leaf(fitted.codes), trainer.leaf(fitted.variables)

    def stepped(values: Any, step: float) -> Any:
        return values + (torch.round(values / step) * step - values).detach()

    def loss_of(_step: int) -> Any:
        stack = {n: stepped(v, rounded.steps[int(n[1:])]) for n, v in leaves.items()}
        stack = {n: v * masks[n] if n in masks else v for n, v in stack.items()}
        own = stepped(codes, rounded.codes_step) if rounded.codes_step else codes
        return trainer.step_loss(stack, own, variables)

    optimise(
        [*leaves.values(), codes, variables],
        loss_of,
        steps=max(round(LINE_TUNING * trainer.steps), 1),
        learning_rate=LINE_RATE * trainer.learning_rate,
        optimiser=trainer.optimiser,
        context=trainer.context,
        time_share=time_share,
        stage="tuning",
    )
    found = Fitted(
        {n: (v * masks[n] if n in masks else v).detach().cpu().numpy()
         for n, v in leaves.items()},
        fitted.masks, codes.detach().cpu().numpy(), variables.detach().cpu().numpy(),
        trainer.loss.cpu().numpy().astype(np.float64),
    )  # fmt: skip
    return _rounded(trainer, found, rounded.steps, rounded.codes_step)


def tuned(trainer: Trainer, fitted: Fitted, time_share: float) -> Fitted:
    """Return ``fitted`` with fine-tuned shared values; indices and codes are unchanged."""
    torch = trainer.torch
    steps = max(round(TUNING * trainer.steps), 1)
    pieces = {n: s if isinstance(s, list) else [s] for n, s in fitted.shared.items()}
    leaves = {n: [trainer.leaf(s.values) for s in p] for n, p in pieces.items()}
    indices = {
        n: [torch.from_numpy(s.indices.astype(np.int64)).to(trainer.device) for s in p]
        for n, p in pieces.items()
    }
    codes = torch.from_numpy(fitted.codes).to(trainer.device)
    variables = torch.from_numpy(fitted.variables).to(trainer.device)

    def loss_of(step: int) -> Any:
        stacks = {
            n: torch.cat([restore(v, i) for v, i in zip(leaves[n], indices[n], strict=True)])
            for n in leaves
        }
        return trainer.step_loss(stacks, codes, variables)

    rate = 1e-5 if trainer.settings.preset == "paper" else TUNING_RATE * trainer.learning_rate
    optimise(
        [v for p in leaves.values() for v in p if len(v)],
        loss_of,
        steps=steps,
        learning_rate=rate,
        optimiser=trainer.optimiser,
        context=trainer.context,
        time_share=time_share,
        stage="tuning",
    )
    shared = {
        n: [
            Codebook(v.detach().cpu().numpy(), s.indices) for v, s in zip(leaves[n], p, strict=True)
        ]
        for n, p in pieces.items()
    }
    return _with(fitted, {n: v if isinstance(fitted.shared[n], list) else v[0]
                               for n, v in shared.items()})  # fmt: skip


def choose_codes_step(
    trainer: Trainer, fitted: Fitted, tolerance: float
) -> tuple[float, NDArray[np.int32]]:
    """Return the coarsest step of the latent codes that raises the error by at most ``tolerance``,
    and the integers."""
    limit = trainer.error(fitted.parameters, fitted.codes, fitted.variables) * (1 + tolerance)
    spread = float(fitted.codes.std()) or 1.0
    step, found = spread / 256, None
    for halvings in range(0, 9):
        step = float(np.float32(spread / (1 << halvings)))
        found = np.rint(fitted.codes / step).astype(np.int32)
        quantised = (found * np.float64(step)).astype(np.float32)
        if trainer.error(fitted.parameters, quantised, fitted.variables) <= limit:
            break
    assert found is not None
    return step, found


def _spread(fitted: Fitted, name: str) -> float:
    """Return the root mean square of the unpruned values of an array."""
    values, alive = fitted.parameters[name], fitted.masks.get(name)
    alive_values = values if alive is None else values[alive]
    return (
        float(np.sqrt(np.mean(np.square(alive_values, dtype=np.float64))))
        if alive_values.size
        else 1.0
    )
