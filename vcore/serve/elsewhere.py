"""Links to web viewers elsewhere, with the display settings of the image."""

import json
from urllib.parse import quote, urlsplit

from vcore.serve.describe import Description


def viewers(name: str, urls: dict[str, str], described: Description | None) -> dict[str, str]:
    """Return the URL of an image in each web viewer.

    Parameters
    ----------
    name
        Displayed name.
    urls
        Address by OME-Zarr version.
    described
        Display settings, for viewers that take them from the link; the others read them from the
        metadata.
    """
    new, old = urls["0.5"], urls["0.4"]
    state = quote(json.dumps(_neuroglancer(name, new, described)))
    return {
        "neuroglancer": f"https://neuroglancer-demo.appspot.com/#!{state}",
        "vizarr": f"https://hms-dbmi.github.io/vizarr/?source={quote(old, safe=':/')}",
        "itk-vtk-viewer": "https://kitware.github.io/itk-vtk-viewer/app/"
        f"?fileToLoad={quote(old, safe=':/')}",
        "validator": f"https://ome.github.io/ome-ngff-validator/?source={quote(new, safe=':/')}",
    }


def viewer_origins() -> list[str]:
    """Return the origins of the linked viewers' pages."""
    addresses = viewers("", {"0.5": "", "0.4": ""}, None).values()
    return ["{0.scheme}://{0.netloc}".format(urlsplit(address)) for address in addresses]


def _neuroglancer(name: str, url: str, described: Description | None) -> dict[str, object]:
    """Return a state with a layer per active channel, in its colour and window."""
    source = f"zarr://{url}"
    if described is not None and described.labels:
        layer = {"name": name, "type": "segmentation", "source": source}
        return {"layers": [layer], "layout": "4panel"}
    plain = {"name": name, "type": "image", "source": source}
    if described is None or not any(c.window or c.colour != "FFFFFF" for c in described.channels):
        return {"layers": [plain], "layout": "4panel"}
    names = [axis.name for axis in described.axes if axis.kind == "channel"]
    layers: list[dict[str, object]] = []
    for index, channel in enumerate(described.channels):
        low, high = channel.window or (None, None)
        red, green, blue = (int(channel.colour[k : k + 2], 16) / 255 for k in (0, 2, 4))
        layers.append(
            {
                **plain,
                "name": channel.label if names else name,
                "blend": "additive",
                "visible": channel.active,
                "shader": "#uicontrol invlerp normalized\nvoid main() { emitRGB("
                f"normalized() * vec3({red:.3f}, {green:.3f}, {blue:.3f})); }}",
            }
            | ({"shaderControls": {"normalized": {"range": [low, high]}}} if channel.window else {})
            | ({"localDimensions": {"c'": [1, ""]}, "localPosition": [index]} if names else {})
        )
    return {"layers": layers, "layout": "4panel"}
