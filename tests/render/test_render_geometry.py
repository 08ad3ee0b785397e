"""Depths, values and colours of rendered volumes against rays through analytic ones."""

import ctypes
import sys
import weakref
from dataclasses import replace

import numpy as np
import pytest
from scenes import (
    ANGLES,
    GRID,
    ORIGIN,
    RADIUS,
    SPACING,
    ball,
    centre,
    database,
    positions,
    renderer_of,
    turned,
)

from vcore.collections.camera import Turntable
from vcore.errors import MissingExtraError
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume
from vcore.render import contexts, window
from vcore.render.looks import Cloud
from vcore.render.rays import rays, unprojected
from vcore.render.transfer import TransferFunction

UNEVEN = Grid.from_coordinates(
    [
        np.linspace(20.0, 0.0, 24),  # falling
        np.concatenate([np.linspace(-3, 5, 12), np.linspace(5.5, 20, 26)]),
        np.linspace(100.0, 122.0, 36),
    ]
)
GRIDS = {
    "regular": GRID,
    "turned": replace(GRID, direction=turned()),
    "left-handed": replace(GRID, direction=((1, 0, 0), (0, 1, 0), (0, 0, -1))),
    "uneven": UNEVEN,
}
STEP = TransferFunction(
    "step",
    ((-30, 1, 0, 0), (10, 1, 0, 0)),
    ((-30, 0, 0.5, 0), (-0.05, 0, 0.5, 0), (0.05, 1, 0.5, 0), (10, 1, 0.5, 0)),
    "RGB",
)


def each_view(volume, folder, look=None, **choices):
    """Yield view, pose and pixels from every one of ANGLES."""
    made = database(volume, folder, theta="90", phi="0,30,200", depth=True, **choices)
    scene = made.subject if look is None else replace(made.subject, look=look)
    renderer = renderer_of(scene, made.view)
    for theta, phi in ANGLES:
        pose = made.view.camera.pose({"theta": theta, "phi": phi})
        yield made.view, pose, renderer.render((), pose)


def distance_to(point, view, pose):
    """Return the distance of each pixel's ray from a point x y z."""
    start, across = rays(view, pose)
    across = across / np.linalg.norm(across, axis=-1, keepdims=True)
    return np.linalg.norm(np.cross(start - point, across), axis=-1)


@pytest.mark.parametrize("view_angle", [30.0, 0.0])
@pytest.mark.parametrize("kind", GRIDS)
def test_depth_of_an_isosurface_is_that_of_the_sphere(tmp_path, kind, view_angle):
    grid = GRIDS[kind]
    middle = centre(grid)[::-1]
    for view, pose, pixels in each_view(
        ball(grid), tmp_path / "a", isosurface="0", view_angle=view_angle
    ):
        points = unprojected(pixels["depth"], view, pose)
        seen = np.isfinite(pixels["depth"])
        assert pixels["depth"].dtype == np.float32
        # chords of a mesh with edges of a voxel
        found = np.linalg.norm(points[seen] - middle, axis=-1)
        assert np.abs(found - RADIUS).max() < 0.06
        # the front of the sphere; at its outline, chords lie somewhat behind
        ahead = (points[seen] - middle) @ pose[2, :3]
        assert ahead.min() > -1.0
        assert ahead.max() > 0.99 * RADIUS
        off = distance_to(middle, view, pose)
        assert seen[off < RADIUS - 0.1].all()
        assert not seen[off > RADIUS].any()
        assert (pixels["rgba"][..., 3][seen] == 255).all()
        assert (pixels["rgba"][~seen] == 0).all()


@pytest.mark.parametrize("kind", ["turned", "uneven"])
def test_depth_of_a_volume_is_where_it_becomes_opaque(tmp_path, kind):
    grid = GRIDS[kind]
    middle = centre(grid)[::-1]
    for view, pose, pixels in each_view(ball(grid), tmp_path / "a", Cloud((STEP,), shade=False)):
        seen = np.isfinite(pixels["depth"])
        points = unprojected(pixels["depth"], view, pose)
        found = np.linalg.norm(points[seen] - middle, axis=-1)
        assert np.abs(found - RADIUS).max() < 0.5
        off = distance_to(middle, view, pose)
        assert seen[off < RADIUS - 0.5].all()
        assert not seen[off > RADIUS + 0.2].any()
        assert (pixels["rgba"][off < RADIUS - 0.5] == (255, 0, 0, 255)).all()
        assert (pixels["rgba"][off > RADIUS + 0.5] == 0).all()


def test_pixels_of_one_view_lie_on_those_of_another(tmp_path):
    """Depth and pose reproject: what prediction between views relies on."""
    shown = list(each_view(ball(GRIDS["turned"]), tmp_path / "a", isosurface="0", zoom=1.5))
    view, pose, pixels = shown[1]
    near = view.camera.pose({"theta": 55.0, "phi": 36.0})
    renderer = renderer_of(
        database(
            ball(GRIDS["turned"]),
            tmp_path / "b",
            isosurface="0",
            theta="90",
            phi="0,30,200",
            depth=True,
            zoom=1.5,
        ).subject,
        view,
    )
    other = renderer.render((), near)["depth"]
    points = unprojected(pixels["depth"], view, pose)[np.isfinite(pixels["depth"])]
    x, y, z = (points @ near[:3, :3].T + near[:3, 3]).T
    focal = view.camera.focal_length(view.size[0])
    column = x / -z * focal + view.size[1] / 2 - 0.5
    row = view.size[0] / 2 - 0.5 - y / -z * focal
    i, j = np.rint(row).astype(int), np.rint(column).astype(int)
    there = np.isfinite(other[i, j])
    # points that face the other camera, which sees them too
    facing = (points - centre(GRIDS["turned"])[::-1]) @ near[2, :3] > 0.5 * RADIUS
    assert facing.sum() > 100
    assert there[facing].all()
    assert np.abs(other[i, j] + z)[facing].max() < 1.0
    assert np.abs(np.mean((other[i, j] + z)[facing])) < 0.03


def test_values_are_those_where_the_surface_is(tmp_path):
    grid = GRIDS["turned"]
    x = positions(grid)[2].astype("f4")
    components = np.stack([3 * x, 4 * x])
    volume = ball(grid, Variable("w", x, unit="m"), Variable("v", components, tuple("czyx")))
    for name, factor, unit in (("w", 1, "m"), ("v", 5, "")):
        chosen = {"values": name, "isosurface": "0"}
        if name == "v":
            chosen = {"variable": "v", "channel": "0", "values": "magnitude", "isosurface": "320"}
        made = database(volume, tmp_path / "a", **chosen)
        assert made.subject.channels[-1].unit == unit
        pose = made.view.camera.pose({})
        pixels = renderer_of(made.subject, made.view).render((), pose)
        assert "depth" not in pixels
        found = pixels[made.subject.channels[-1].name]
        seen = np.isfinite(found)
        assert (seen == (pixels["rgba"][..., 3] > 0)).all()
        if name == "v":
            assert np.allclose(found[seen], 320 / 3 * 5, atol=0.1)
        else:
            depths = renderer_of(replace(made.subject, depth=True), made.view)
            points = unprojected(depths.render((), pose)["depth"], made.view, pose)
            assert np.allclose(found[seen], points[seen][:, 0] * factor, atol=0.01)


@pytest.mark.parametrize("look", ["isosurface", "volume", "slice"])
def test_missing_voxels_are_empty(tmp_path, look):
    volume = ball(GRID)
    values = volume.variables[0].data.copy()
    values[:, :, 17:] = np.nan  # x > 111.9
    holed = replace(volume, variables=(replace(volume.variables[0], data=values),))
    chosen = {"isosurface": {"isosurface": "0"}, "volume": {}, "slice": {"slices": ("y=50%",)}}
    made = database(holed, tmp_path / "a", phi="90", depth=True, **chosen[look])
    scene = made.subject
    if look == "volume":
        scene = replace(scene, look=Cloud((STEP,), shade=False))
    pose = made.view.camera.pose({})
    pixels = renderer_of(scene, made.view).render((), pose)
    points = unprojected(pixels["depth"], made.view, pose)
    seen = np.isfinite(pixels["depth"])
    border = ORIGIN[2] + 16 * SPACING[2]
    assert seen.sum() > 100
    assert points[seen][:, 0].max() < border + SPACING[2]
    coloured = pixels["rgba"][..., 3] > 0
    assert (coloured & ~seen).sum() < 0.1 * seen.sum()
    assert (seen & ~coloured).sum() == 0


def test_opacity_of_a_volume_follows_its_thickness(tmp_path):
    """alpha = 1 - (1 - opacity) ** (length / unit distance), and depth where that is a half."""
    volume = Volume(
        Grid((20, 30, 30), (0.5, 0.5, 0.5)), (Variable("v", np.full((20, 30, 30), 5, "u1")),)
    )
    opacity, thick = 0.1, 0.5 * 29
    function = TransferFunction(
        "fog", ((0, 0, 1, 0), (10, 0, 1, 0)), ((0, opacity, 0.5, 0), (10, opacity, 0.5, 0)), "RGB"
    )
    made = database(volume, tmp_path / "a", depth=True, view_angle=0.0)
    scene = replace(made.subject, look=Cloud((function,), shade=False), unit=2.0)
    pixels = renderer_of(scene, made.view).render((), made.view.camera.pose({}))
    middle = pixels["rgba"][20:28, 26:34]
    assert np.allclose(middle[..., 3], 255 * (1 - (1 - opacity) ** (thick / 2)), atol=6)
    assert (np.abs(middle[..., 1].astype(int) - 255) <= 3).all()
    assert (middle[..., [0, 2]] == 0).all()
    half = 2 * np.log(0.5) / np.log(1 - opacity)
    front = made.view.camera.distance - thick / 2
    assert np.allclose(pixels["depth"][20:28, 26:34], front + half, atol=0.05)


def test_slices_have_the_colours_of_their_values(tmp_path):
    grid = Grid((3, 4, 5))
    values = np.arange(60, dtype="f4").reshape(3, 4, 5)
    made = database(
        Volume(grid, (Variable("v", values),)),
        tmp_path / "a",
        slices=("z=50%",),
        theta="0",
        view_angle=0.0,
        values="v",
        size=(100, 100),
    )
    pixels = renderer_of(made.subject, made.view).render((), made.view.camera.pose({}))
    found = pixels["v"]
    seen = np.isfinite(found)
    assert (seen == (pixels["rgba"][..., 3] == 255)).all()
    assert 20 <= found[seen].min() < 20.5
    assert 38.5 < found[seen].max() <= 39
    low, high = made.subject.look.colours.range
    for i, j in np.argwhere(seen)[::97]:
        expected = made.subject.look.colours.colours_of([found[i, j]])[0] * 255
        assert np.abs(pixels["rgba"][i, j, :3] - expected).max() < 12
    assert low < 20 < 39 < high


def test_supersampling_smooths_edges_and_keeps_depths(tmp_path):
    plain, fine = (
        database(ball(GRID), tmp_path / "a", isosurface="0", depth=True, supersample=n)
        for n in (1, 3)
    )
    pose = plain.view.camera.pose({})
    first = renderer_of(plain.subject, plain.view).render((), pose)
    second = renderer_of(fine.subject, fine.view).render((), pose)
    assert np.array_equal(first["depth"], second["depth"], equal_nan=True)
    assert set(np.unique(first["rgba"][..., 3])) == {0, 255}
    partial = (second["rgba"][..., 3] > 0) & (second["rgba"][..., 3] < 255)
    assert 20 < partial.sum() < 300
    # straight alpha: edges are not darker than what they are edges of
    inside = second["rgba"][second["rgba"][..., 3] == 255][:, :3].mean()
    assert second["rgba"][partial][:, :3].mean() > 0.5 * inside


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems need no library")
def test_where_nothing_renders_it_is_said_what_to_install(monkeypatch):
    pytest.importorskip("vtkmodules")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr(window, "_loads", lambda library: False)
    with pytest.raises(MissingExtraError, match=r"libegl1 .*libosmesa6.* xvfb-run"):
        window.off_screen()


def test_no_context_of_opengl_stays_current():
    look = looked_at()
    assert look._window.GetClassName() != contexts.EGL[0] or not _current()
    assert not look.colours().any()
    assert np.isnan(look.depths()).all()
    assert look._window.GetClassName() != contexts.EGL[0] or not _current()


def test_a_context_that_was_current_is_so_again():
    look, other = looked_at(), looked_at()
    if other._window.GetClassName() != contexts.EGL[0]:
        pytest.skip("VTK renders without EGL")
    other.colours()
    other._window.MakeCurrent()
    try:
        before = _current()
        if not before:  # the thread has one of GLX, such as Qt's: see tests/napari
            pytest.skip("a context of another library is current")
        assert not look.colours().any()
        assert _current() == before
        gone = weakref.ref(look)
        del look
        assert gone() is None  # at once: collected later, it would meet other contexts
        assert _current() == before
    finally:
        contexts.release(other._window)


def looked_at():
    """Return an empty window with its camera placed."""
    camera = Turntable((0.5, 0.5, 0.5), 4, 30)
    try:
        found = window.Window((20, 30), 1, np.array([[0.0, 0, 0], [1, 1, 1]]))
    except MissingExtraError as error:
        pytest.skip(str(error))
    found.look(camera, camera.pose({}))
    return found


def _current():
    egl = ctypes.CDLL(contexts.EGL[1])
    egl.eglGetCurrentContext.restype = ctypes.c_void_p
    return egl.eglGetCurrentContext()
