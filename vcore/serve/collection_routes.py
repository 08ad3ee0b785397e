"""Request handlers of collections of images: page, description, cover, and single images."""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from vcore.serve.catalogue import Catalogue
from vcore.serve.collection_page import CollectionEntry

Computed = Callable[[Request, str, Callable[[], bytes]], Awaitable[bytes]]
"""Runs a decoding function in the server's bounded pool, with its cache."""
FOR_EVER = "private, max-age=31536000, immutable"
"""Caching of an image whose address names the version of the file."""


class CollectionHandlers:
    """Request handlers; each answers None where the path is no collection.

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

    async def entry(self, request: Request) -> CollectionEntry | None:
        """Return the collection of the request's path.

        Raises
        ------
        VcoreError
            The file is damaged or no longer exists.
        """
        path = request.path_params["path"].rstrip("/")
        served = await run_in_threadpool(self._catalogue.collection, path)
        if served is None:
            return None
        file = self._catalogue.file(path)
        return CollectionEntry(
            path, str(request.base_url).rstrip("/"), served, file.name if file else ""
        )

    async def about(self, request: Request) -> Response | None:
        """Return the description of a collection as JSON."""
        entry = await self.entry(request)
        if entry is None:
            return None
        return JSONResponse(entry.describe(), headers=self._headers)

    async def thumbnail(self, request: Request) -> Response | None:
        """Return a small picture of an image of a collection as PNG."""
        entry = await self.entry(request)
        if entry is None:
            return None
        key = f"{entry.served.serial}/cover"
        data = await self._computed(request, key, entry.served.cover)
        return Response(data, media_type="image/png", headers=self._headers)

    async def image(self, request: Request) -> Response | None:
        """Return one image as PNG.

        The query has the index of the image (``at``), the name of a channel (``channel``, the first
        by default), ``packed=1`` for 16-bit codes, and the version of the file (``v``).
        """
        entry = await self.entry(request)
        if entry is None:
            return None
        served, asked = entry.served, request.query_params
        if asked.get("v", served.tag) != served.tag:
            raise HTTPException(409, "The file has changed. Reload the page.")
        try:
            index = served.index(asked.get("at", ""))
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        channel = served.channel(asked.get("channel"))
        if channel is None:
            raise HTTPException(404, "There is no such channel.")
        if index is None:
            raise HTTPException(404, "There is no image at these values.")
        packed = asked.get("packed") == "1"
        key = f"{served.serial}/image/{channel.name}/{index}/{packed}"
        tag = f'"{served.tag}"'  # of this address, which names the image
        headers = self._headers | {"ETag": tag}
        if "v" in asked:
            headers["Cache-Control"] = FOR_EVER
        if tag in (request.headers.get("if-none-match") or ""):
            return Response(status_code=304, headers=headers)
        compute = partial(served.picture, index, channel, packed=packed)
        data = await self._computed(request, key, compute)
        return Response(data, media_type="image/png", headers=headers)
