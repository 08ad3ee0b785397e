"""Request handlers of collections and scenes: entry, description, cover, and single images."""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from vcore.serve.catalogue import Catalogue
from vcore.serve.entries import FileEntry
from vcore.serve.page import entry_of
from vcore.serve.scene_routes import SceneViews, versioned
from vcore.serve.scenes import ServedScene

Computed = Callable[[Request, str, Callable[[], bytes]], Awaitable[bytes]]
"""Runs a decoding function in the server's bounded pool, with its cache."""


class FileHandlers:
    """Request handlers; each answers None where the path is a volume.

    Parameters
    ----------
    catalogue
        The served files.
    computed
        Runs decoding functions.
    headers
        Headers of every answer.
    """

    def __init__(self, catalogue: Catalogue, computed: Computed, headers: dict[str, str]) -> None:
        self._catalogue, self._computed, self._headers = catalogue, computed, headers
        self._views = SceneViews(headers)

    async def entry(self, request: Request) -> FileEntry | None:
        """Return the collection or the scene of the request's path.

        Raises
        ------
        VcoreError
            The file is damaged or no longer exists.
        """
        path = request.path_params["path"].rstrip("/")
        base = str(request.base_url).rstrip("/")
        return await run_in_threadpool(entry_of, self._catalogue, path, base)

    async def about(self, request: Request) -> Response | None:
        """Return the description of a file as JSON."""
        entry = await self.entry(request)
        if entry is None:
            return None
        return JSONResponse(entry.describe(), headers=self._headers)

    async def thumbnail(self, request: Request) -> Response | None:
        """Return a small picture of a file as PNG."""
        entry = await self.entry(request)
        if entry is None:
            return None
        key = f"{entry.served.serial}/cover"
        data = await self._computed(request, key, entry.served.cover)
        return Response(data, media_type="image/png", headers=self._headers)

    async def image(self, request: Request) -> Response | None:
        """Return one image as PNG: of a collection, or a view of a scene (``SceneViews``).

        Of a collection, the query has the index of the image (``at``), the name of a channel
        (``channel``, the first by default), ``packed=1`` for 16-bit codes, and the version of the
        file (``v``).
        """
        entry = await self.entry(request)
        if entry is None:
            return None
        if isinstance(entry.served, ServedScene):
            return await self._views.view(request, entry.served)
        served, asked = entry.served, request.query_params
        headers, known = versioned(request, served.tag, self._headers)
        try:
            index = served.index(asked.get("at", ""))
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        channel = served.channel(asked.get("channel"))
        if channel is None:
            raise HTTPException(404, "There is no such channel.")
        if index is None:
            raise HTTPException(404, "There is no image at these values.")
        if known:
            return Response(status_code=304, headers=headers)
        packed = asked.get("packed") == "1"
        key = f"{served.serial}/image/{channel.name}/{index}/{packed}"
        compute = partial(served.picture, index, channel, packed=packed)
        data = await self._computed(request, key, compute)
        return Response(data, media_type="image/png", headers=headers)
