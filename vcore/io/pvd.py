"""ParaView collections (.pvd): one file per time step."""

from vcore.errors import InputError
from vcore.io import series
from vcore.io.outside import named_file
from vcore.io.request import ReadRequest, check_file, reading
from vcore.io.xml_files import parsed
from vcore.model.volume import Volume


def read(source: ReadRequest) -> Volume:
    """Read the listed files as the frames of a time series."""
    check_file(source.path)
    with reading(source.path, "ParaView collection"):
        sets = list(parsed(source.path).iter("DataSet"))
        steps = [
            (float(s.get("timestep", "0")), named_file(source, s.attrib["file"])) for s in sets
        ]
    steps.sort(key=lambda step: step[0])
    if not steps:
        raise InputError(f"Expected a collection of files in {source.path}. Got none instead.")
    times = [time for time, _ in steps]
    if len(set(times)) < len(times):
        raise InputError(
            f"Expected one file for each time step in {source.path}. Got several for one step "
            f"instead: merge their blocks in ParaView with Resample To Image."
        )
    return series.stack(source, [path for _, path in steps], times)
