"""The wavelet method's temporal basis: when it is used, what it saves, how often it is decoded."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import vcore
from vcore.container import SectionReader, Writer
from vcore.methods.base import Sink
from vcore.methods.source import VariableSource
from vcore.methods.wavelet.encoder import Encoder
from vcore.methods.wavelet.method import Wavelet, group_size
from vcore.methods.wavelet.scratch import Scratch
from vcore.methods.wavelet.settings import WaveletSettings
from vcore.methods.wavelet.stream import StreamHead
from vcore.methods.wavelet.temporal import Pyramid, to_components
from vcore.model.context import Context

SHAPE = (10, 9, 70)


def fading(frames: int, shape: tuple[int, int, int] = SHAPE) -> NDArray[np.float32]:
    """Return two patterns that fade in and out, with a little noise."""
    rng = np.random.default_rng(5)
    t = np.arange(frames)[:, None, None, None] / frames
    first, second = rng.random((2, *shape)) > 0.7
    noise = rng.normal(0, 0.01, (frames, *shape))
    return (np.cos(2 * t) * first + np.sin(3 * t) * second + noise).astype("f4")


def encoder_of(values: NDArray[Any], group: int) -> Encoder:
    volume = vcore.Volume.from_array(values)
    limits = float(values.min()), float(values.max())
    return Encoder(VariableSource(volume.variables[0], volume.grid, limits), Context(), group)


def compressed(values: NDArray[Any], psnr: float, **settings: Any) -> tuple[Any, vcore.Dataset]:
    report = vcore.compress(
        values, None, method="wavelet", budget=vcore.Budget(psnr=psnr), settings=settings
    )
    return report, vcore.open(report.data)


def test_a_group_takes_less_than_half_of_frames_one_by_one() -> None:
    values = fading(8)
    together, alone = compressed(values, 35)[0], compressed(values, 35, group=1)[0]
    assert together.bytes < 0.5 * alone.bytes
    assert 35 <= together.psnr < 35.05


def test_frames_that_come_again_are_found() -> None:
    values = np.random.default_rng(5).normal(size=(18, 6, 9, 12)).astype("f4")
    twice = compressed(np.concatenate([values, values]), 30)[0]
    assert twice.bytes < 1.3 * compressed(values, 30)[0].bytes


def test_noise_has_no_basis() -> None:
    noise = np.random.default_rng(1).normal(size=(6, 8, 9, 10)).astype("f4")
    assert all(frame.weights is None for frame in encoder_of(noise, 6).frames)
    assert all(frame.weights is not None for frame in encoder_of(fading(6), 6).frames)


def test_components_without_coefficients_are_left_out() -> None:
    encoder = encoder_of(fading(8), 8)
    quantised, _ = encoder.quantise(0.2)
    kept = [any(level.any() for level in levels) for levels in quantised]
    with Writer(None) as writer:
        encoder.code(quantised, Sink(writer, 0))
        units = writer.reader(0).read_units(encoder.first, "coarse", range(8))
    heads = [StreamHead.unpack(unit, 8, [1] * encoder.first)[0] for unit in units]
    assert [h.weights is not None for h in heads] == kept == [True] * 2 + [False] * 6


def test_components_give_the_frames_back() -> None:
    rng = np.random.default_rng(2)
    mixed = rng.normal(size=(4, 2)) @ rng.normal(size=(2, 300))
    frames = [Pyramid([row.astype("f4").reshape(3, 10, 10)], 0.0, np.zeros(3)) for row in mixed]
    assert to_components(frames, 0.0)
    weights = np.array([c.weights for c in frames])
    again = np.einsum("kf,kzyx->fzyx", weights, [c.levels[0] for c in frames])
    np.testing.assert_allclose(again.reshape(4, -1), mixed, atol=1e-5)
    assert np.square(frames[2].levels[0]).sum() < 1e-6 * np.square(mixed).sum()


def test_groups_are_runs_of_frames_of_one_channel() -> None:
    volume = vcore.Volume.from_array(fading(5))
    variable = volume.variables[0]
    channels = np.stack([fading(5), fading(5)], 1)
    both = type(variable)("v", channels, tuple("tczyx"))
    encoder = Encoder(VariableSource(both, volume.grid, (-1.0, 2.0)), Context(), 3)
    assert encoder.groups == [(0, 2, 4), (1, 3, 5), (6, 8), (7, 9)]


def test_a_group_is_decoded_once(monkeypatch: Any) -> None:
    values = fading(6)
    _, dataset = compressed(values, 35, transform="wavelet")
    reads: list[tuple[int, int]] = []
    read = SectionReader.read_units

    def counted(self: SectionReader, level: int, name: str, wanted: Any) -> list[bytes]:
        wanted = list(wanted)
        if name == "details":
            reads.extend((level, unit) for unit in wanted)
        return read(self, level, name, wanted)

    monkeypatch.setattr(SectionReader, "read_units", counted)
    parts = [
        dataset.decode((slice(t, t + 1), slice(2, 7), slice(0, 9), slice(3, 9))) for t in range(6)
    ]
    left = [(0, unit) for unit in range(0, 12, 2)]  # of two tiles, of all components
    assert sorted(reads) == left + [(1, unit) for unit in range(6)]
    np.testing.assert_array_equal(np.concatenate(parts), dataset.decode()[:, 2:7, :, 3:9])


def test_groups_of_large_frames_are_shorter() -> None:
    assert group_size(1000) == 64
    assert group_size(64**3) == 32
    assert group_size(256**3) == 16
    assert group_size(512**3) == 2
    assert group_size(1 << 40) == 1


def test_large_volumes_are_coded_in_temporary_files(monkeypatch: Any) -> None:
    values = fading(3)
    data = compressed(values, 35)[0].data
    volume = vcore.Volume.from_array(values)
    source = VariableSource(
        volume.variables[0], volume.grid, (float(values.min()), float(values.max()))
    )
    in_memory = Wavelet().peak_memory(source, WaveletSettings())
    monkeypatch.setattr("vcore.methods.wavelet.scratch.SHARE", 0)
    assert isinstance(encoder_of(values, 3).frames[0].levels[1], np.memmap)
    assert Wavelet().peak_memory(source, WaveletSettings()) < in_memory
    assert compressed(values, 35)[0].data == data


def test_no_room_for_temporary_files_is_said(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setattr("vcore.methods.wavelet.scratch.SHARE", 0)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with pytest.raises(vcore.VcoreError, match="TMPDIR"):
        Scratch(1).array((1, 1, 1), np.float32)
