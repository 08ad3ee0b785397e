"""The classical codecs of the benchmarks: never above the limit, with correct statistics."""

import shutil

import numpy as np
import pytest

from benchmarks import ffmpeg, peers, peers_slices, peers_video
from benchmarks.codec import Bounded
from benchmarks.quality import Judge
from benchmarks.rd_peers import PEERS
from vcore.errors import InputError, MissingExtraError, VcoreError
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
            peers_video.hevc_depths()
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
    monkeypatch.setattr(ffmpeg, "programs", lambda: [str(tmp_path / "ffmpeg")])
    with pytest.raises(MissingExtraError, match="apt install ffmpeg"):
        peers.code("hevc", np.zeros((2, 40, 40), "u1"), 1000)
    with pytest.raises(MissingExtraError, match="libvvenc for yuv420p10le"):
        PEERS["vvc"].make(np.zeros((2, 40, 40), "u1"))
    assert peers_video.best_order(np.zeros((2, 40, 40), "u1")) == (0, 1, 2)


def test_a_failing_ffmpeg_is_an_error_with_its_words():
    if not (found := shutil.which("ffmpeg")):
        pytest.skip("there is no ffmpeg")
    with pytest.raises(VcoreError, match="Invalid data"):
        ffmpeg.run(found, ["-f", "hevc", "-i", "-", "-f", "null", "-"], b"no stream")


@pytest.mark.parametrize("shape", [(3, 4, 5), (2, 3, 4, 5), (2, 2, 3, 4, 5)])
def test_values_become_frames_in_every_order_and_come_back(shape):
    values = np.arange(np.prod(shape)).reshape(shape)
    for order in peers_video.orders(len(peers_video.stacked(shape))):
        frames = peers_video.Frames(shape, order)
        made = frames.of(values)
        assert made.ndim == 3
        assert np.array_equal(frames.back(made), values)


def test_frames_of_a_series_run_back_and_forth():
    values = np.arange(6).reshape(2, 3, 1, 1)
    assert peers_video.Frames(values.shape, (0, 1, 2, 3)).of(values).ravel().tolist() == [
        0, 1, 2, 5, 4, 3
    ]  # fmt: skip
    frames = peers_video.Frames(values.shape, (1, 0, 2, 3))
    assert frames.of(values).ravel().tolist() == [0, 3, 4, 1, 2, 5]
    assert frames.axis == "zt"


@pytest.mark.parametrize("bits", [10, 12])
def test_rounding_to_the_bits_of_a_film_codec_is_within_half_a_step(bits):
    for dtype in ("u1", "i2", "f4"):
        volume = blobs((4, 20, 20), dtype)
        mapping = peers_slices.Mapping.spread(volume, bits)
        codes = mapping.codes(volume)
        assert (codes.min(), codes.max()) == (0, 2**bits - 1)
        step = float(np.ptp(volume.astype(float))) / (2**bits - 1)
        error = np.abs(mapping.values(codes) - volume).max()
        assert error <= step / 2 * (1 + 1e-9)
        assert dtype != "u1" or np.array_equal(np.rint(mapping.values(codes)), volume)


@pytest.mark.parametrize("name", [n for n in PEERS if n != "tthresh"])
@pytest.mark.parametrize(("shape", "dtype"), [((9, 35, 41), "u1"), ((3, 4, 33, 34), "f4")])
def test_every_peer_decodes_what_it_encoded(name, shape, dtype):
    volume = blobs(shape, dtype)
    try:
        codec = PEERS[name].make(volume)[-1]
    except MissingExtraError as error:
        pytest.skip(str(error))
    middle = round((2 * codec.coarse + codec.fine) / 3)
    streams = [codec.encode(level) for level in (codec.coarse, middle)]
    assert sum(map(len, streams[0])) < sum(map(len, streams[1])) < volume.nbytes
    decoded = codec.decode(streams[1]).reshape(shape)
    error = decoded.astype(float) - volume
    assert np.sqrt(np.mean(error**2)) < 0.04 * np.ptp(volume.astype(float))
    if isinstance(codec, Bounded) and name != "ebcc":  # whose errors are up to 1.3 times the bound
        assert np.abs(error).max() <= codec.bound(middle) * (1 + 1e-6)


def test_slices_are_those_along_the_best_axis():
    try:
        peers_video.hevc_depths()
    except MissingExtraError as error:
        pytest.skip(str(error))
    y, x = np.mgrid[:64, :64]
    image = 127 + 100 * np.sin(x * y / 60)
    noise = np.random.default_rng(0).normal(0, 2, (64, 64, 64))
    for axis, order in ((0, (0, 1, 2)), (2, (2, 0, 1))):
        volume = np.stack([image] * 64, axis) + noise  # the same picture all along
        assert peers_video.best_order(volume.astype("u1")) == order
