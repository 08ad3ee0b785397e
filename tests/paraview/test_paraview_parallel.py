"""Several processes: pvbatch under MPI, and a client with its pvserver."""

import json

import numpy as np
import pytest

import vcore

pytestmark = pytest.mark.slow

RANKS = 4


@pytest.fixture
def mpi(mpi_command):
    """Return the command that starts pvbatch on RANKS processes, each running the script."""
    return mpi_command(RANKS, symmetric=True)


CONTOUR = """
    reader = OpenDataFile(arguments[0])
    contour = Contour(Input=reader, ContourBy=["POINTS", "density"], Isosurfaces=[0.8])
    contour.UpdatePipeline()
"""
BORDER = """
    from vtkmodules.vtkFiltersCore import vtkCleanPolyData, vtkFeatureEdges
    clean, edges = vtkCleanPolyData(), vtkFeatureEdges()
    clean.SetInputData(servermanager.Fetch(contour))
    clean.SetTolerance(1e-7)
    edges.SetInputConnection(clean.GetOutputPort())
    edges.FeatureEdgesOff()
    edges.NonManifoldEdgesOff()
    edges.Update()
    found = [contour.GetDataInformation().GetNumberOfCells(), edges.GetOutput().GetNumberOfCells()]
"""


def test_a_contour_has_no_seams(pvpython, mpi, big):
    """Closed surfaces have no boundary edges, not even between pieces."""
    triangles, border = pvpython(CONTOUR + BORDER, big).found
    assert triangles > 10_000
    assert border == 0
    on_ranks, border = pvpython(CONTOUR + BORDER, big, launch=mpi[:-1]).found
    assert on_ranks >= triangles  # 5.11 counts ghosts too
    assert border == 0


def test_the_pieces_of_a_contour_are_the_whole(pvpython, mpi, big, tmp_path):
    script = (
        CONTOUR
        + """
    data = output(contour)
    ghosts = data.GetCellData().GetArray("vtkGhostType")
    own = int((vtk_to_numpy(ghosts) == 0).sum()) if ghosts else data.GetNumberOfCells()
    from vcore_pv import ranks
    with open(f"{arguments[1]}/{ranks.processes()}-{ranks.rank()}", "w") as file:
        file.write(str(own))
"""
    )
    pvpython(script, big, tmp_path)
    pvpython(script, big, tmp_path, launch=mpi)
    pieces = [int((tmp_path / f"{RANKS}-{rank}").read_text()) for rank in range(RANKS)]
    assert min(pieces) > 0
    assert sum(pieces) == int((tmp_path / "1-0").read_text())


def test_each_rank_decodes_its_own_extent_and_ghosts(pvpython, mpi, big, tmp_path):
    script = """
    from vcore_pv.ranks import rank
    calls = counted()
    reader = OpenDataFile(arguments[0])
    reader.UpdatePipeline()
    plain = [list(output(reader).GetExtent()), [s for _, s in calls]]
    gradient = Gradient(Input=reader, ScalarArray=["POINTS", "density"])
    gradient.UpdatePipeline()
    data = output(reader)
    ghosts = data.GetCellData().GetArray("vtkGhostType")
    with open(f"{arguments[1]}/{rank()}.json", "w") as file:
        json.dump([plain, list(data.GetExtent()), int((vtk_to_numpy(ghosts) != 0).sum())], file)
    np.save(f"{arguments[1]}/{rank()}.npy", vtk_to_numpy(data.GetPointData().GetArray("density")))
"""
    pvpython(script, big, tmp_path, launch=mpi)
    whole = vcore.open(big).decode()
    cells = 0
    for rank in range(RANKS):
        (extent, shapes), wide, ghosts = json.loads((tmp_path / f"{rank}.json").read_text())
        size = [b - a + 1 for a, b in zip(extent[::2], extent[1::2], strict=True)]
        assert sum(s[0] for s in shapes) == size[2]
        assert all(s[1:] == size[1::-1] for s in shapes)
        cells += np.prod([n - 1 for n in size])
        assert ghosts > 0
        assert np.prod([b - a for a, b in zip(wide[::2], wide[1::2], strict=True)]) == (
            np.prod([n - 1 for n in size]) + ghosts
        )
        part = whole[wide[4] : wide[5] + 1, wide[2] : wide[3] + 1, wide[0] : wide[1] + 1]
        assert np.array_equal(np.load(tmp_path / f"{rank}.npy"), part.ravel())
    assert cells == 129 * 99 * 69


def test_filters_and_writer_work_on_all_ranks(pvpython, mpi, big, tmp_path):
    options = 'Method="gaussian", Budget="Bytes", BudgetValue=3000, Settings="steps=2"'
    script = f"""
        reader = OpenDataFile(arguments[0])
        made = vcoreCompress(Input=reader, {options})
        error = vcoreError(Input=reader, Decoded=made)
        error.UpdatePipeline()
        SaveData(arguments[1], proxy=reader, {options})
        found = [field(made, "PSNR of density (dB)"), field(error, "PSNR of density (dB)"),
                 field(made, "bytes")]
    """
    compressed, compared, size = pvpython(script, big, tmp_path / "out.vcore", launch=mpi).found
    assert compared == pytest.approx(compressed, rel=1e-9)
    written = vcore.open(tmp_path / "out.vcore")
    assert written.shape == (70, 100, 130)
    assert written.info["bytes"] == size
    assert written.decoder().header.achieved["psnr"] == pytest.approx(compressed, rel=1e-4)


def test_the_cache_is_shared_out_and_threads_follow_affinity(pvpython, mpi, big):
    script = """
        import os
        from vcore.runtime import executor
        from vcore_pv import decode, ranks
        reader = OpenDataFile(arguments[0], MemoryLimit=20)
        reader.UpdatePipeline()
        limit = 20_000_000 // 2 // 4
        found = [ranks.processes(), decode.cache.nbytes <= limit, decode.cache.nbytes > 0,
                 executor.threads() == len(os.sched_getaffinity(0))]
    """
    assert pvpython(script, big, launch=mpi, VCORE_THREADS="").found == [4, True, True, True]


def test_a_client_reads_and_saves_through_its_server(
    pvpython, pvserver, mpi_command, big, tmp_path
):
    """A server of three processes; the client holds no data."""
    script = """
        Connect("127.0.0.1", int(arguments[1]))
        reader = OpenDataFile(arguments[0], VOI=[0, 9, 0, 9, 0, 9])
        reader.UpdatePipeline()
        SaveData(arguments[2], proxy=reader, Method="bounded", Budget=5, BudgetValue=0)
        data = reader.GetDataInformation()
        found = [data.GetExtent(), list(data.GetPointDataInformation().GetArrayInformation(
                 "density").GetComponentRange(0)), reader.SMProxy.GetClientSideObject() is None]
    """
    port = pvserver(*mpi_command(3, program="pvserver"))
    extent, limits, remote = pvpython(script, big, port, tmp_path / "out.vcore").found
    assert extent == [0, 9, 0, 9, 0, 9]
    part = vcore.open(big).decode((slice(0, 10),) * 3)
    assert limits == [part.min(), part.max()]
    assert remote
    assert np.array_equal(vcore.open(tmp_path / "out.vcore").decode(), part)
