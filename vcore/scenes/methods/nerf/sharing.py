"""Networks whose weights share a few values in each layer: their encoding and bytes.

Han et al. 2015, "Deep compression", section 3 (docs/format.md, section 27).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from vcore.errors import BudgetError, FormatError, InputError
from vcore.methods._networks.shrinking import Codebook, pack_shared, restore, share, unpack_shared
from vcore.model.budget import Budget
from vcore.scenes.measure import rendered, view_errors
from vcore.scenes.methods.nerf import retraining
from vcore.scenes.methods.nerf.encoding import Encoding
from vcore.scenes.methods.nerf.network import Architecture, Network, Weights
from vcore.scenes.methods.nerf.quantising import joined

Codebooks = Mapping[str, Codebook]
"""For each layer, indices of shape (1, outputs, inputs + 1): weights, then the bias."""
FEWEST = 2
"""Smallest number of shared values that is tried for a budget."""
LARGEST = float(np.finfo(np.float16).max)


class SharedEncoding(Encoding):
    """Encoding of a network with shared values; budgets choose how many."""

    def within(self, budget: Budget) -> bytes:
        """Return the bytes of the network within ``budget``; without one, of as many values in each
        layer as the setting says.

        Raises
        ------
        BudgetError
            It cannot be met.
        """
        count, good = self.settings.share, self._good(budget)
        if good is not None:
            count = self._count(good, budget.bytes is not None)
        books: Codebooks = self._books(count)
        if self.settings.retrain:
            iterations = self.settings.retrain // self.settings.rounds
            books = halved(retraining.shared(books, self.trainer, iterations, self.context))
        if good is not None and not good(books):
            raise BudgetError(
                f"Expected a budget that the retrained network can meet. With {count} shared "
                f"values, it misses it: ask for less PSNR, or leave out retraining."
            )
        return pack(books)

    def _good(self, budget: Budget) -> Callable[[Codebooks], bool] | None:
        """Return whether shared values meet a budget."""
        if budget.bytes is not None:
            room = int(budget.bytes) - len(self.occupied)
            return lambda books: len(pack(books)) <= room
        if budget.psnr is None:
            return None
        wanted = budget.psnr
        reference = rendered(self.source, self.cameras, self.context, "rendering originals")

        def good(books: Codebooks) -> bool:
            views = self._views(restored(self.network.architecture, books))
            return view_errors(reference, views)[0] >= wanted

        return good

    def _count(self, good: Callable[[Codebooks], bool], most: bool) -> int:
        """Return the number of values that is ``good``: the largest, or the smallest."""
        low, high = FEWEST, self.settings.share
        found = None
        while low <= high:
            at = (low + high) // 2
            fits = good(self._books(at))
            if fits:
                found = at
            if fits == most:
                low = at + 1
            else:
                high = at - 1
        if found is None:
            wanted = "more bytes, or prune it (the setting prune)"
            if not most:
                wanted = "less PSNR, or for more values (the setting share)"
            raise BudgetError(
                f"Expected a budget that {FEWEST} to {self.settings.share} shared values in each "
                f"layer can meet. Got none: ask for {wanted}."
            )
        return found

    def _books(self, count: int) -> Codebooks:
        """Return at most ``count`` shared values for each layer, as a file holds them."""
        found = {}
        for layer, alive in self.alive.items():
            values = joined(self.network, layer)[None]
            found[layer] = share(values, count, alive[None])
        return halved(found)


def halved(books: Codebooks) -> Codebooks:
    """Return shared values rounded to float16, as they are stored."""
    return {
        layer: replace(
            book,
            values=np.clip(book.values, -LARGEST, LARGEST).astype(np.float16).astype(np.float32),
        )
        for layer, book in books.items()
    }


def restored(architecture: Architecture, books: Codebooks) -> Network:
    """Return the network of shared values."""
    weights: Weights = {}
    for layer, book in books.items():
        values = np.asarray(restore(book.values, book.indices[0]), np.float32)
        weights[f"{layer}.weight"], weights[f"{layer}.bias"] = values[:, :-1], values[:, -1]
    return Network(architecture, weights)


def pack(books: Codebooks) -> bytes:
    """Return shared values as bytes."""
    return pack_shared(list(books.values()), [True] * len(books))[0]


def unpack(data: bytes, architecture: Architecture) -> Network:
    """Decode the output of ``pack``.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    shapes = [(1, rows, columns + 1) for rows, columns in architecture.shapes.values()]
    books = unpack_shared(data, shapes, [True] * len(shapes))
    try:
        return restored(architecture, dict(zip(architecture.shapes, books, strict=True)))
    except InputError as error:
        raise FormatError(f"The network is damaged: {error}") from error
