"""The scene lego: a trained network with its test views, and what pruning leaves of it."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import volumes
from vcore.io.nerf_weights import FINE, read_npz
from vcore.io.scene_reading import read_scene
from vcore.methods._networks.shrinking import magnitude_masks
from vcore.model.context import Context
from vcore.runtime.atomic import replacing
from vcore.scenes.cameras import Camera
from vcore.scenes.methods.nerf import retraining
from vcore.scenes.methods.nerf.field import NerfField
from vcore.scenes.methods.nerf.layouts import network_of
from vcore.scenes.methods.nerf.network import Network
from vcore.scenes.methods.nerf.occupancy import Occupancy, occupancy_of

WEIGHTS = "nerf/nerf_mlp_lego_lowres.npz"
IMAGES = "nerf/lego_rgba_200x200_train100_test25.npz"
SHIFT = 0.25
"""Half a pixel at the 400 pixels of the network's training."""
Array = NDArray[Any]


class Lego:
    """The trained scene and its test views."""

    def __init__(self, chosen: tuple[int, ...]) -> None:
        folder = volumes.folder()
        self.field: NerfField = read_scene(
            folder / WEIGHTS, poses=folder / IMAGES, pixel_shift=SHIFT
        )  # type: ignore[assignment]
        arrays = read_npz(str(folder / IMAGES))
        first = self.field.cameras[0]
        self.cameras = [
            Camera(
                arrays["poses_test"][i].astype(np.float64),
                first.size,
                first.focal,
                first.near,
                first.far,
                str(arrays["names_test"][i]),
                first.centre,
            )
            for i in chosen
        ]
        straight = arrays["images_test"][list(chosen)].astype(np.float64) / 255
        self.images = straight[..., :3] * straight[..., 3:] + 1 - straight[..., 3:]
        self.weights = read_npz(str(folder / WEIGHTS))
        self.step = float(self.field.bounds.extent.max()) / 320
        self._occupancy: Occupancy | None = None

    @property
    def occupancy(self) -> Occupancy:
        """Cells that the exact network fills."""
        if self._occupancy is None:
            self._occupancy = occupancy_of(
                self.field.network, self.field.bounds, 64, self.step, Context()
            )
        return self._occupancy

    def skipping(self, network: Network) -> NerfField:
        """Return a network rendered in the cells that the exact one fills."""
        field = self.field
        return NerfField(
            network,
            None,
            field.bounds,
            field.background,
            field.cameras,
            occupancy=self.occupancy,
            step=self.step,
            posed=field.posed,
            nbytes=field.nbytes,
            name=field.name,
        )

    def dense(self, network: Network) -> NerfField:
        """Return a network rendered densely, with the coarse one of the scene."""
        field = self.field
        return NerfField(network, field.coarse, field.bounds, field.background, field.cameras)

    def errors(self, field: NerfField) -> dict[str, float]:
        """Return the mean PSNR of the test views, and the mean squared error."""
        found = [
            float(np.mean((field.render(c).rgb - image) ** 2))
            for c, image in zip(self.cameras, self.images, strict=True)
        ]
        return {
            "psnr": float(np.mean([-10 * np.log10(e) for e in found])),
            "mse": float(np.mean(found)),
        }


class Pruned:
    """The network after global pruning by magnitude, as in the paper, and after retraining."""

    def __init__(self, lego: Lego, iterations: int, output: Path, *, fresh: bool = False) -> None:
        self.lego, self.iterations, self.output = lego, iterations, output
        self._fresh, self._trained = fresh, set[Path]()

    def arrays(self, share: float, *, per_layer: bool = False) -> dict[str, Array]:
        """Return the weights of both networks, the smallest of all, or of each layer, being 0."""
        weights = self.lego.weights
        candidates = {n: v for n, v in weights.items() if n.endswith(".weight")}
        masks = magnitude_masks(candidates, share, per_layer=per_layer)
        return {n: v * masks[n] if n in masks else v for n, v in weights.items()}

    def network(self, share: float, *, per_layer: bool = False) -> Network:
        """Return the fine network."""
        prefix = FINE[0]
        arrays = self.arrays(share, per_layer=per_layer)
        return network_of({n[len(prefix) :]: v for n, v in arrays.items() if n.startswith(prefix)})

    def retrained(self, share: float) -> Network:
        """Return the fine network after retraining: the weights that were not pruned, where the
        product of two layers is one. It is kept in the folder of results."""
        network = self.network(share)
        path = self.output / f"lego-pruned-{share:g}-{self.iterations}.npz"
        if path.exists() and (path in self._trained or not self._fresh):
            return Network(network.architecture, read_npz(str(path)))
        source = self.lego.skipping(network)
        trainer = retraining.trainer_of(source, self.lego.occupancy, self.lego.step, Context())
        masks = {n: v != 0 for n, v in network.weights.items() if n.endswith(".weight")}
        found = retraining.pruned(network, masks, trainer, self.iterations, Context())
        self.output.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part, part.open("wb") as file:
            np.savez(file, **found.weights)  # type: ignore[arg-type]
        self._trained.add(path)
        return found
