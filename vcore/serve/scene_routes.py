"""Request handler of the views of a scene, which are rendered until nobody waits for them."""

import asyncio
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from vcore.errors import Cancelled
from vcore.model.context import Context
from vcore.runtime.executor import threads
from vcore.runtime.served import aside
from vcore.serve.scenes import ServedScene

FOR_EVER = "private, max-age=31536000, immutable"
"""Caching of an image whose address names the version of the file."""
MAX_WAITING = 64
"""Maximum number of requests waiting for a view; further ones get status 503."""
LOOK = 0.05
"""Interval in seconds between looks whether the client still waits."""
DEPTHS = "Vcore-Depths"
"""Header with the smallest and largest depth of a view."""
CLOSED = 499
"""Status for requests closed by the client (nginx convention)."""


class SceneViews:
    """Renderer of views: half as many at once as there are threads, each with all of them.

    Parameters
    ----------
    headers
        Headers of every answer.
    """

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers = headers
        self._turns = asyncio.Semaphore(max(threads() // 2, 1))
        self._waiting = 0

    async def view(self, request: Request, served: ServedScene) -> Response:
        """Return a view as PNG; see ``ServedScene.view`` for the query, what it shows (``shown``)
        and the version of the file (``v``). A client that disconnects stops the rendering."""
        headers, known = versioned(request, served.tag, self._headers)
        try:
            orbit, size = served.view(request.query_params)
            shown = served.shown(request.query_params)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        if known:
            return Response(status_code=304, headers=headers)
        if self._waiting >= MAX_WAITING:
            raise HTTPException(503, "Too many requests wait.", {"Retry-After": "1"})
        self._waiting += 1
        try:
            async with self._turns:
                context = Context()
                work = asyncio.ensure_future(aside(served.picture, orbit, size, context, shown))
                try:
                    await _awaited(request, work)
                finally:
                    context.cancelled.set()  # for nobody any more, if it still runs
                data, ends = await work
        except Cancelled as error:
            raise HTTPException(CLOSED) from error
        finally:
            self._waiting -= 1
        headers = headers | {DEPTHS: ",".join(f"{v:.7g}" for v in ends)}
        return Response(data, media_type="image/png", headers=headers)


async def _awaited(request: Request, work: "asyncio.Future[Any]") -> None:
    """Wait until the work is done, or the client has gone."""
    while not work.done() and not await request.is_disconnected():
        await asyncio.wait([work], timeout=LOOK)


def versioned(request: Request, tag: str, headers: dict[str, str]) -> tuple[dict[str, str], bool]:
    """Return the headers of an image, and whether the client has it already.

    Raises
    ------
    HTTPException
        The address names another version of the file.
    """
    if request.query_params.get("v", tag) != tag:
        raise HTTPException(409, "The file has changed. Reload the page.")
    quoted = f'"{tag}"'  # of this address, which names the image
    found = headers | {"ETag": quoted}
    if "v" in request.query_params:
        found["Cache-Control"] = FOR_EVER
    return found, quoted in (request.headers.get("if-none-match") or "")
