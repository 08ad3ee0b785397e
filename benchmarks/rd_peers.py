"""Peers of the rate-distortion benchmark: their variants, versions and roughly their speed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of

import numpy as np

from benchmarks import ecnr_peers, peers, peers_slices, peers_video, peers_wasm
from benchmarks.codec import Array, Codec, import_imagecodecs
from vcore.errors import MissingExtraError


@dataclass(frozen=True)
class Peer:
    """A codec to compare with.

    Parameters
    ----------
    label
        Name in tables.
    cost
        Seconds per million voxels of one encoding, roughly: the cheap ones are run first.
    make
        Factory of the codec's variants for ``(..., z, y, x)``; the best at each rate counts.
    version
        Function that returns names and versions; raises MissingExtraError.
    film
        Whether it is a film codec, run as a program.
    """

    label: str
    cost: float
    make: Callable[[Array], Sequence[Codec]]
    version: Callable[[], str]
    film: bool = False


def _slices(values: Array) -> Array:
    return values.reshape(-1, *values.shape[-2:])


def _imagecodecs(library: str) -> Callable[[], str]:
    def version() -> str:
        found = import_imagecodecs().version(dict)
        return f"{library} {found[library]}, imagecodecs {found['imagecodecs']}"

    return version


def _package(name: str) -> Callable[[], str]:
    def version() -> str:
        peers_wasm.import_wasm(name.replace("-", "_"))
        try:
            return f"{name} {version_of(name)}"
        except PackageNotFoundError:
            return f"{name} of unknown version"

    return version


def _tthresh() -> str:
    ecnr_peers.Tthresh(np.arange(8, dtype="f4").reshape(2, 2, 2))
    return "TTHRESH, which tells no version"


def _film(label: str, cost: float, encoder: peers_video.Encoder, bits: int) -> Peer:
    return Peer(
        label, cost, lambda values: peers_video.film(values, encoder, bits),
        lambda: peers_video.version(encoder, bits), film=True,
    )  # fmt: skip


PEERS = {
    "sperr": Peer("SPERR", 0.05, lambda v: [peers.Sperr(_slices(v))], _imagecodecs("sperr")),
    "sz3": Peer("SZ3", 0.02, lambda v: [peers.Sz3(v)], _imagecodecs("sz3")),
    "zfp": Peer("ZFP", 0.01, lambda v: [peers.Zfp(v)], _imagecodecs("zfp")),
    "qpet-sperr": Peer(
        "QPET-SPERR", 0.3, peers_wasm.qpet_sperr, _package("numcodecs-wasm-qpet-sperr")
    ),
    "ebcc": Peer("EBCC", 15, peers_wasm.ebcc, _package("numcodecs-wasm-ebcc")),
    "tthresh": Peer("TTHRESH", 0.3, lambda v: [ecnr_peers.Tthresh(v)], _tthresh),
    "jpeg2000": Peer(
        "JPEG2000", 0.2, lambda v: peers_slices.jpeg2000(_slices(v)), _imagecodecs("openjpeg")
    ),
    "jpegxl": Peer(
        "JPEG XL", 1, lambda v: [peers_slices.JpegXl(_slices(v))], _imagecodecs("libjxl")
    ),
    "hevc": Peer(
        "HEVC", 1.5, peers_video.hevc, lambda: peers_video.version(peers_video.X265), film=True
    ),
    "svt-av1": _film("AV1 (SVT)", 0.3, peers_video.SVT, 10),
    "libaom": _film("AV1 (libaom)", 12, peers_video.AOM, 10),
    "libaom-12": _film("AV1 (libaom, 12 bit)", 14, peers_video.AOM, 12),
    "vvc": _film("VVC", 10, peers_video.VVENC, 10),
}
"""By name. SZ3, ZFP, TTHRESH, QPET-SPERR and EBCC take series, SPERR and the codecs of pictures
their frames stacked along z, film codecs both orders of the slices and the best axis."""
METHOD_COST = 0.7
"""Cost of a method of vcore, as ``Peer.cost``."""


def label_of(codec: str) -> str:
    """Return the name of a peer or method in tables."""
    return PEERS[codec].label if codec in PEERS else codec


def missing(codecs: Sequence[str]) -> dict[str, str]:
    """Print the versions of the peers among ``codecs``; return why others are not available."""
    reasons = {}
    for codec in codecs:
        if codec in PEERS:
            try:
                print(f"{PEERS[codec].label}: {PEERS[codec].version()}", flush=True)
            except MissingExtraError as error:
                reasons[codec] = str(error)
                print(f"{PEERS[codec].label}: not available. {error}", flush=True)
    return reasons
