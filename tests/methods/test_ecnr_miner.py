"""Preset miner of ecnr: one network per block, stopping block by block."""

from typing import Any

import numpy as np
import pytest

import vcore
from vcore.errors import InputError
from vcore.methods.ecnr.geometry import Block
from vcore.methods.ecnr.network import Shape
from vcore.methods.ecnr.settings import EcnrSettings
from vcore.methods.ecnr.stopping import fit_until
from vcore.methods.ecnr.training import Data, Trainer
from vcore.model.budget import Budget
from vcore.model.context import Context

BLOCK: Block = (1, 8, 8, 8)
QUICK = {"preset": "miner", "steps": 300, "batch": 64, "block": 8}


def bumps(side: int = 32) -> Any:
    """Return two bumps on an even background, a wide one and a narrow one, float32, 0 to 1."""
    z, y, x = np.meshgrid(*(np.arange(side),) * 3, indexing="ij")
    wide = np.exp(-((z - 9) ** 2 + (y - 9) ** 2 + (x - 9) ** 2) / 50)
    return np.float32(wide + np.exp(-((z - 24) ** 2 + (y - 24) ** 2 + (x - 24) ** 2) / 8))


def compress(budget: Budget, **settings: Any) -> vcore.Report:
    return vcore.compress(
        bumps(), None, method="ecnr", budget=budget, settings={**QUICK, **settings}
    )


def networks(data: bytes) -> list[Any]:
    """Return the map of blocks to networks of each scale, the finest first."""
    pyramid = vcore.open(data).decoder()._inner._pyramid  # type: ignore[attr-defined]
    return [b.head.blocks for b in pyramid.blocks]


def test_networks_stop_at_the_target_and_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    slope = np.linspace(-1, 1, 512)
    values = np.stack([slope, rng.standard_normal(512), 2 * slope]).astype("f4")
    data = Data(values, np.arange(3)[:, None], np.arange(3), np.zeros(3, int), BLOCK)
    settings = EcnrSettings(preset="miner", steps=400).resolved(1)
    trainer = Trainer(data, Shape(3, 8, 2, 0, 3), settings, Context(), 0)
    trained = []
    monkeypatch.setattr(
        Trainer,
        "step_loss",
        lambda self, *a, _loss=Trainer.step_loss: (
            trained.append(self.shape.networks),
            _loss(self, *a),
        )[1],
    )
    start = trainer.start(3, 0, None)
    found = fit_until(trainer, start, 0.03, 1.0)
    errors = trainer.errors(found.parameters, found.codes, found.variables)
    np.testing.assert_allclose(errors, found.loss, rtol=1e-5)
    assert max(errors[0], errors[2]) <= 0.03 < 0.3 < errors[1]
    assert trained[0] == 3
    assert trained[-1] == 1  # the noise
    assert sorted(trained, reverse=True) == trained
    trained.clear()
    fit_until(trainer, start, 9.0, 1.0)
    assert len(trained) == 20  # all are below the target at the first check


def test_blocks_below_the_target_have_no_network() -> None:
    report = compress(Budget())
    finest, middle, coarsest = networks(report.data)
    for blocks in (finest, middle, coarsest):
        used = blocks[blocks > 0]
        assert len(np.unique(used)) == len(used)  # one block each
    assert coarsest.size == (coarsest > 0).sum()
    assert 0 < (finest > 0).sum() < 0.5 * finest.size
    assert finest[0, 0, -1, -1, -1] > 0  # the narrow bump
    assert finest[0, 0, 0, 0, -1] == 0
    assert report.psnr > 38
    loose = compress(Budget(), threshold=0.05)
    assert loose.bytes < report.bytes
    assert loose.psnr < report.psnr


@pytest.mark.slow
def test_budgets_are_kept() -> None:
    report = compress(Budget(bytes=4000), block=None)
    assert 2000 < report.bytes <= 4000
    assert report.psnr > 31
    few = compress(Budget(bytes=1100), block=None)
    assert few.bytes <= 1100
    assert [(blocks > 0).any() for blocks in networks(few.data)] == [True] * 3
    report = compress(Budget(psnr=30), block=None)
    assert report.psnr >= 30
    header = vcore.open(report.data).decoder().header
    assert header.settings["threshold"] == pytest.approx(10**-1.5)


def test_bytes_that_are_left_make_networks_wider() -> None:
    report = compress(Budget(bytes=15_000), block=32, steps=60)
    pyramid = vcore.open(report.data).decoder()._inner._pyramid  # type: ignore[attr-defined]
    widths = [b.head.shape.width for b in pyramid.blocks if b.head.shape.networks]
    assert max(widths) > 24
    assert 9000 < report.bytes <= 15_000


def test_pruning_is_refused() -> None:
    with pytest.raises(InputError, match="no sparsity with preset miner"):
        compress(Budget(), sparsity=0.3)
