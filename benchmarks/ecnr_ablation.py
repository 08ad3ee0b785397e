"""ECNR's ablations (section 4.3 and appendix), and of vcore's additions."""

from typing import Any

from benchmarks.ecnr_cases import CASES, Array, Case, of_method
from benchmarks.kristan import show
from benchmarks.report import Results

HEAD = ["what", "bytes", "PSNR dB", "encode s", "decode s"]
RATIO = 200
"""Compression ratio."""
STEPS = 300
"""Training steps of every fit, without a time limit: results do not depend on machine load."""
QUICK_STEPS = 100
"""Training steps of every fit in the quick run."""
BASE: dict[str, Any] = {"block": 12, "block_t": 1, "sharing": 8, "width": 24}
"""Base settings, with a fixed number of networks, so that sizes show the effect of each part."""

FIXED: dict[str, dict[str, dict[str, Any]]] = {
    "Pruning and quantisation (appendix, Table 4)": {
        "neither": {"sparsity": 0.0, "bits": 0},
        "pruning": {"sparsity": 0.5, "bits": 0},
        "quantisation": {"sparsity": 0.0, "bits": 8},
        "both": {"sparsity": 0.5, "bits": 8},
    },
    "Sparse and dense networks of the same size (Table 3)": {
        "sparse: 24 units, 50 % pruned": {"sparsity": 0.5, "bits": 0, "scales": 1},
        "dense: 16 units": {"sparsity": 0.0, "bits": 0, "scales": 1, "width": 16},
    },
    "Block-guided pruning (Tables 5 and 8)": {
        "plain, local quantisation": {
            "sparsity": 0.5, "bits": 7, "pruning": "plain", "quantisation": "local",
        },
        "plain": {"sparsity": 0.5, "bits": 8, "pruning": "plain"},
        "guided, weight 0.01": {"sparsity": 0.5, "bits": 8, "guidance": 0.01},
        "guided, weight 0.1": {"sparsity": 0.5, "bits": 8, "guidance": 0.1},
        "guided, weight 1": {"sparsity": 0.5, "bits": 8, "guidance": 1.0},
    },
    "One block a network: MINER (Table 7)": {
        "ECNR": {"sparsity": 0.5, "bits": 8},
        "MINER: one block a network": {"sharing": 0, "sparsity": 0.0, "bits": 0},
        "MINER+: with pruning and shared values": {"sharing": 0, "sparsity": 0.5, "bits": 8},
    },
}  # fmt: skip
BUDGETED: dict[str, dict[str, dict[str, Any]]] = {
    "Number of scales (Table 7 of the appendix)": {
        f"{n} scales": {"scales": n} for n in (1, 2, 3, 4)
    },
    "Side of a block (Table 6)": {f"side {n}": {"block": n} for n in (8, 12, 16, 24)},
    "The network against block boundaries (Table 8)": {
        "without": {},
        "8 channels": {"cnn": 8, "cnn_epochs": 2},
    },
    "Pruning at equal bytes": {f"{100 * s:g} % pruned": {"sparsity": s} for s in (0.0, 0.3, 0.5)},
}
BEYOND: dict[str, dict[str, dict[str, Any]]] = {
    "Frames of a block": {
        "1, as in the paper": {"block_t": 1},
        "6": {"block_t": 6},
        "about 32": {},
    },
    "Scales in time and space": {
        "3 in space, 3 in time": {"scales": 3, "scales_time": 3},
        "3 in space, 1 in time": {"scales": 3, "scales_time": 1},
        "3 in space, 2 in time": {"scales": 3, "scales_time": 2},
        "2 in space, 4 in time": {"scales": 2, "scales_time": 4},
    },
    "Shared values": {
        "on lines, entropy coded": {},
        "k-means, 2**6 values": {"bits": 6},
        "k-means, 2**8 values": {"bits": 8},
    },
    "Latent codes, 4 blocks a network at the coarsest scale": {
        "entropy coded": {"sharing": 4}, "float32": {"sharing": 4, "latents": "float"},
    },
    "Similarity of blocks, 4 a network at the coarsest scale": {
        n: {"sharing": 4, "similarity": n} for n in ("euclidean", "shape", "distribution")
    },
    "Start of a finer scale": {
        "random": {"width": 24}, "from the scale before": {"width": 24, "warm_start": True},
    },
}  # fmt: skip


def paper(results: Results, quick: bool) -> None:
    """Run the paper's ablations on one volume."""
    case = CASES[1]
    for title, variants in FIXED.items():
        table(results, case, title, {n: {**BASE, **v} for n, v in variants.items()}, None, quick)
    for title, variants in BUDGETED.items():
        table(results, case, title, variants, RATIO, quick)


def beyond(results: Results, quick: bool) -> None:
    """Compare each of vcore's additions with its default at equal file size."""
    for title, variants in BEYOND.items():
        table(results, CASES[1], title, variants, RATIO, quick)
    components(results, quick)


def table(
    results: Results,
    case: Case,
    title: str,
    variants: dict[str, dict[str, Any]],
    ratio: float | None,
    quick: bool,
) -> None:
    """Print one row per variant."""
    original: Array | None = None
    steps = QUICK_STEPS if quick else STEPS
    rows = []
    for name, settings in variants.items():
        key = f"{title} {name} {steps}"
        if key not in results:
            original = case.load(quick) if original is None else original
            limit = None if ratio is None else int(original.nbytes / ratio)
            used = {**settings, "steps": steps}
            results.add(key, of_method("ecnr", used, original, limit, None, None))
        rows.append(row_of(name, results[key]))
    at = "" if ratio is None else f", ratio {ratio:g}"
    show(f"{title}: {case.name}{at}", HEAD, rows)


def components(results: Results, quick: bool) -> None:
    """Measure several variables at once: a field and its rate of change, as two components."""
    import numpy as np

    steps = QUICK_STEPS if quick else STEPS
    rows = []
    for kind in ("apart", "shared"):
        key = f"components {kind} {steps}"
        if key not in results:
            values = CASES[1].load(quick)
            change = np.gradient(values, axis=0)
            change *= np.ptp(values) / np.ptp(change)
            both = np.stack([values, change + values.min() - change.min()], axis=1)
            limit = both.nbytes // RATIO
            used = {"steps": steps, "components": kind}
            results.add(key, of_method("ecnr", used, both, limit, None, None))
        rows.append(row_of(kind, results[key]))
    show(f"Two variables as components: {CASES[1].name} and its change", HEAD, rows)


def row_of(name: str, row: dict[str, Any]) -> list[Any]:
    """Return the cells of ``HEAD``."""
    if "bytes" not in row:
        return [name, f"- (at least {row['smallest']})", None, None, None]
    return [name, f"{row['bytes']:,}", row["psnr"], row["encode_seconds"],
            f"{row['decode_seconds']:.2f}"]  # fmt: skip
