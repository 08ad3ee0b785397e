"""Colours of image collections and scenes shown as they are, not through a colour map.

ParaView maps every array through a colour map at first, pictures included, and draws a legend. No
property of a source changes that, so the client watches for their displays: the window,
pvpython, pvbatch, also when they are connected to a server.

Observers must not hold what they observe: Python would collect both while VTK still calls them.
"""

from collections.abc import Iterator
from typing import Any

from paraview.modules.vtkRemotingCore import vtkProcessModule
from paraview.modules.vtkRemotingServerManager import (
    vtkSMPropertyHelper,
    vtkSMProxyManager,
    vtkSMSession,
)
from vtkmodules.vtkCommonCore import vtkWeakReference

from vcore_pv.names import DIRECT, IMAGES, SCENE

STRAIGHT = (0.0, 0.0, 0.5, 0.0, 255.0, 1.0, 0.5, 0.0)
"""Curve of opacity over stored opacity: value, opacity, midpoint and sharpness of each point."""


def watch() -> None:
    """Show the colours of collections directly, in this session and later ones."""
    module = vtkProcessModule.GetProcessModule()
    module.AddObserver("ConnectionCreatedEvent", lambda caller, _: _watch(_created(caller)))
    sessions = module.NewSessionIterator()
    sessions.InitTraversal()
    while not sessions.IsDoneWithTraversal():
        _watch(sessions.GetCurrentSession())
        sessions.GoToNextItem()


def _created(module: Any) -> Any:
    return module.GetSession(module.GetEventCallDataSessionId())


def _watch(session: Any) -> None:
    manager = vtkSMProxyManager.GetProxyManager()
    if isinstance(session, vtkSMSession) and manager is not None:
        watched = _Session()
        proxies = manager.GetSessionProxyManager(session)
        if proxies is not None:  # ranks of a batch but the first have none
            proxies.AddObserver("RegisterEvent", lambda caller, _: watched.look(caller))


class _Session:
    """Displays and legends of one session, each looked at once."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def look(self, proxies: Any) -> None:
        """Attend to the readers, displays and legends that are new."""
        chosen = proxies.GetInLoadXMLState()  # a state says itself what is shown, and how
        for source in self._new(proxies, "sources"):
            if source.GetXMLName() == IMAGES:
                source.AddObserver("UpdateDataEvent", lambda caller, _: _tell(caller))
        for display in self._new(proxies, "representations"):
            if _colours_of(display):
                _on_change(display, "ColorArrayName", _map_values_only)
                if _source_of(display) == IMAGES:
                    _on_change(display, "LookupTable", _clear_missing)
                if not chosen:
                    _map_values_only(display)
                    _stored_opacity(display)
        for legend in self._new(proxies, "scalar_bars"):
            if not chosen and _of_direct_colours(proxies, legend):
                _Hidden(legend)

    def _new(self, proxies: Any, group: str) -> Iterator[Any]:
        for number in range(proxies.GetNumberOfProxies(group)):
            proxy = proxies.GetProxy(group, proxies.GetProxyName(group, number))
            if proxy is not None and proxy.GetGlobalID() not in self._seen:
                self._seen.add(proxy.GetGlobalID())
                yield proxy


def _tell(source: Any) -> None:
    """Update the line on the image that is shown: ParaView would do so before the next one."""
    source.UpdatePropertyInformation(source.GetProperty("Showing"))


class _Hidden:
    """A legend of direct colours, hidden when ParaView shows it by itself, but not later."""

    def __init__(self, legend: Any) -> None:
        self._waiting = True
        self._hide(legend)
        _on_change(legend, "Visibility", self._shown)

    def _shown(self, legend: Any) -> None:
        if self._waiting:
            self._waiting = False
            self._hide(legend)

    def _hide(self, legend: Any) -> None:
        for name in ("Visibility", "Enabled"):
            vtkSMPropertyHelper(legend, name).Set(0)


def _on_change(proxy: Any, name: str, act: Any) -> None:
    """Call ``act`` with ``proxy`` whenever its property changes."""
    kept = vtkWeakReference()
    kept.Set(proxy)
    proxy.GetProperty(name).AddObserver(
        "ModifiedEvent", lambda *_: None if kept.Get() is None else act(kept.Get())
    )


def _source_of(display: Any) -> str:
    """Return the name of the proxy that a display shows."""
    source = vtkSMPropertyHelper(display, "Input").GetAsProxy(0)
    return str(source.GetXMLName()) if source is not None else ""


def _colours_of(display: Any) -> tuple[str, ...]:
    """Return the arrays that a display shows directly; none of other sources."""
    needed = ("Input", "ColorArrayName", "LookupTable", "MapScalars")
    if any(display.GetProperty(name) is None for name in needed):
        return ()
    return DIRECT.get(_source_of(display), ())


def _of_direct_colours(proxies: Any, legend: Any) -> bool:
    """Return whether the colour map of a legend is that of direct colours."""
    group = "representations"
    found = [
        proxies.GetProxy(group, proxies.GetProxyName(group, number))
        for number in range(proxies.GetNumberOfProxies(group))
    ]
    colours = vtkSMPropertyHelper(legend, "LookupTable").GetAsProxy(0)
    return any(
        _coloured_by(display) in _colours_of(display)
        and vtkSMPropertyHelper(display, "LookupTable").GetAsProxy(0) == colours
        for display in found
    )


def _coloured_by(display: Any) -> str:
    return str(vtkSMPropertyHelper(display, "ColorArrayName").GetInputArrayNameToProcess())


def _map_values_only(display: Any) -> None:
    """Map the scalars of a display through its colour map, unless they are colours."""
    mapped = int(_coloured_by(display) not in _colours_of(display))
    found = vtkSMPropertyHelper(display, "MapScalars")
    if found.GetAsInt(0) != mapped:
        found.Set(mapped)
        display.UpdateProperty("MapScalars")


class _Straight:
    """Curve of opacity over stored opacity, kept when ParaView fits it to the data by itself, but
    not later: its range would be that of the length of colour vectors."""

    def __init__(self, curve: Any) -> None:
        self._waiting = True
        self._setting = False
        self._set(curve)
        _on_change(curve, "Points", self._fitted)

    def _fitted(self, curve: Any) -> None:
        if self._waiting and not self._setting:
            self._waiting = False
            self._set(curve)

    def _set(self, curve: Any) -> None:
        self._setting = True
        vtkSMPropertyHelper(curve, "Points").Set(STRAIGHT, len(STRAIGHT))
        curve.UpdateVTKObjects()
        self._setting = False


def _stored_opacity(display: Any) -> None:
    """Draw the opacity of a scene's voxels as it is."""
    if display.GetProperty("ScalarOpacityFunction") is None:
        return
    if _source_of(display) == SCENE and _coloured_by(display) in _colours_of(display):
        curve = vtkSMPropertyHelper(display, "ScalarOpacityFunction").GetAsProxy(0)
        if curve is not None:
            _Straight(curve)


def _clear_missing(display: Any) -> None:
    """Make pixels without a value transparent: ParaView draws them in a glaring yellow."""
    colours = vtkSMPropertyHelper(display, "LookupTable").GetAsProxy(0)
    if colours is not None and _coloured_by(display) not in _colours_of(display):
        vtkSMPropertyHelper(colours, "NanOpacity").Set(0.0)
        colours.UpdateVTKObjects()
