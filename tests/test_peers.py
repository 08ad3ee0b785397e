"""The classical codecs of the benchmarks: never above the limit, with correct statistics."""

import numpy as np
import pytest

from benchmarks import peers, peers_slices
from benchmarks.quality import Judge
from vcore.errors import InputError, MissingExtraError
from vcore.metrics import ErrorStatistics, ssim

pytest.importorskip("imagecodecs")


def blobs(shape, dtype) -> np.ndarray:
    """Smooth values with noise, over a quarter of the dtype's range, negative if signed."""
    grid = np.meshgrid(*(np.linspace(0, 3 + n / 30, n) for n in shape[-3:]), indexing="ij")
    values = np.sin(sum(grid)) * np.cos(grid[0] - grid[2])
    values = values + 0.02 * np.random.default_rng(3).normal(size=shape)
    values = (values - values.min()) / np.ptp(values)
    if np.dtype(dtype).kind == "f":
        return (40 * values - 7).astype(dtype)
    limits = np.iinfo(dtype)
    return (limits.min / 4 + values * limits.max / 4).astype(dtype)


def needs(codec: str) -> None:
    if codec == "hevc":
        try:
            peers_slices.hevc_depths()
        except MissingExtraError as error:
            pytest.skip(str(error))


@pytest.mark.slow
@pytest.mark.parametrize("codec", peers.NAMES)
@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((9, 35, 41), "u1"), ((5, 40, 33), "u2"), ((4, 37, 50), "i2"), ((4, 36, 36), "f4"),
     ((3, 4, 31, 30), "u1")],
)  # fmt: skip
def test_streams_stay_within_the_limit_and_decode(codec, shape, dtype):
    needs(codec)
    volume = blobs(shape, dtype)
    limit = volume.size // 4
    best = peers.code(codec, volume, limit)
    assert isinstance(best, peers.Coded)
    assert 0.5 * limit < best.bytes <= limit
    assert (best.decoded.shape, best.decoded.dtype) == (volume.shape, volume.dtype)
    assert best.decoded.min() >= volume.min()
    assert best.decoded.max() <= volume.max()
    statistics = ErrorStatistics()
    statistics.add(volume, best.decoded)
    assert statistics.psnr > 28
    assert abs(statistics.bias) < 0.01 * np.ptp(volume.astype(float))


@pytest.mark.slow
@pytest.mark.parametrize("codec", peers.NAMES)
def test_figures_are_those_of_the_decoded_volume(codec):
    needs(codec)
    volume = blobs((6, 40, 40), "u2")
    figures, best = peers.at_bytes(codec, volume, 3000), peers.code(codec, volume, 3000)
    assert figures is not None
    assert isinstance(best, peers.Coded)
    assert figures.bytes == best.bytes
    error = best.decoded.astype(np.float64) - volume
    assert figures.mse == pytest.approx(np.mean(error**2))
    peak = float(volume.max()) - float(volume.min())
    assert figures.psnr == pytest.approx(20 * np.log10(peak) - 10 * np.log10(np.mean(error**2)))


@pytest.mark.parametrize("codec", peers.NAMES)
def test_too_few_bytes_give_the_smallest_size(codec):
    needs(codec)
    volume = blobs((6, 40, 40), "u1")
    least = peers.code(codec, volume, 20)
    assert isinstance(least, peers.OverLimit)
    assert least.smallest > 20
    assert peers.at_bytes(codec, volume, 20) is None
    assert isinstance(peers.code(codec, volume, least.smallest), peers.Coded)


def test_mapping_to_codes_is_exact_where_the_bits_suffice():
    volume = blobs((4, 20, 20), "i2")
    for mapping in (peers_slices.Mapping.shifted(volume), peers_slices.Mapping.spread(volume, 16)):
        codes = mapping.codes(volume)
        assert codes.min() == 0
        assert np.array_equal(np.rint(mapping.values(codes)), volume)
    floats = blobs((4, 20, 20), "f4")
    mapping = peers_slices.Mapping.shifted(floats)
    worst = np.abs(mapping.values(mapping.codes(floats)) - floats).max()
    assert worst <= np.ptp(floats) / 65535 / 2 * 1.001


def test_comments_of_jpeg2000_are_left_out_and_nothing_else():
    import imagecodecs

    image = blobs((1, 40, 40), "u2")[0]
    stream = imagecodecs.jpeg2k_encode(image, codecformat="j2k", reversible=True)
    short = peers_slices.without_comments(stream)
    assert len(stream) - len(short) > 20
    assert b"OpenJPEG" not in short
    assert np.array_equal(imagecodecs.jpeg2k_decode(short), image)


def test_judge_agrees_with_the_metrics():
    volume = blobs((3, 12, 30, 30), "u1")
    decoded = np.clip(volume.astype(int) + np.arange(30) % 3, 0, 255).astype("u1")
    judge = Judge(volume)
    figures = judge.figures(decoded)
    span = float(np.ptp(volume))
    bright = volume > judge.foreground
    error = (decoded.astype(float) - volume) ** 2
    assert figures["psnr"] == pytest.approx(10 * np.log10(span**2 / error.mean()))
    assert figures["foreground_psnr"] == pytest.approx(
        10 * np.log10(span**2 / error[bright].mean())
    )
    assert judge.foreground_share == pytest.approx(bright.mean())
    frames = [ssim(volume[i], decoded[i], span) for i in range(3)]
    assert figures["ssim"] == pytest.approx(np.mean(frames))
    flat = [ssim(volume[i].max(0)[None], decoded[i].max(0)[None], span) for i in range(3)]
    assert figures["ssim_projection"] == pytest.approx(np.mean(flat))


def test_what_cannot_be_coded_is_refused():
    with pytest.raises(InputError, match="codecs"):
        peers.code("mp3", np.zeros((2, 2, 2), "u1"), 100)
    with pytest.raises(InputError, match="finite"):
        peers.code("sz3", np.full((2, 2, 2), np.nan, "f4"), 100)


def test_a_missing_ffmpeg_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    peers_slices.hevc_depths.cache_clear()
    try:
        with pytest.raises(MissingExtraError, match="apt install ffmpeg"):
            peers.code("hevc", np.zeros((2, 40, 40), "u1"), 1000)
    finally:
        peers_slices.hevc_depths.cache_clear()
