"""``write_scene``: a scene as what it came from."""

import os
from typing import TYPE_CHECKING

from vcore.errors import InputError
from vcore.io import nerf_weights
from vcore.runtime.atomic import replacing

if TYPE_CHECKING:
    from vcore.scenes.field import RadianceField

NERF = (nerf_weights.NPZ, nerf_weights.SAFETENSORS)


def write_scene(
    field: "RadianceField", path: str | os.PathLike[str], *, force: bool = False
) -> None:
    """Write a scene, completely or not at all.

    Parameters
    ----------
    field
        Field of an open file: ``Scene.field``.
    path
        Of a NeRF: `.npz` or `.safetensors` with the weights under the names that they had. Of
        splats: `.ply`, or `.spz`, which rounds them.

    Raises
    ------
    InputError
        The suffix is of no format for such scenes.
    OutputExistsError, OutputError
        ``path`` exists and ``force`` is not set, or it cannot be written.
    """
    from vcore.io.splat_reading import write_splats
    from vcore.scenes.methods.nerf.field import NerfField
    from vcore.scenes.methods.splats.field import SplatField

    target = os.fspath(path)
    suffix = os.path.splitext(target)[1].lower()
    if isinstance(field, SplatField):
        write_splats(field.splats, target, force=force)
        return
    if not isinstance(field, NerfField) or suffix not in NERF:
        raise InputError(
            f"Expected an output that ends with {' or '.join(NERF)} for a scene of the method "
            f"{field.method}. Got {target} instead."
        )
    with replacing(target, force=force) as part:
        # the suffix selects the format
        beside = part.with_name(part.name + suffix)
        try:
            nerf_weights.write(str(beside), field.network, field.layout)
            beside.replace(part)
        finally:
            beside.unlink(missing_ok=True)
