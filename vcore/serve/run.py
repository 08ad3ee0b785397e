"""Starting and stopping the server."""

import socket

import uvicorn
from starlette.applications import Starlette

from vcore.errors import InputError

GRACE = 2
"""Grace period for running requests when the server stops, in seconds."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket listening on ``host`` and ``port`` (0 for any free port).

    Raises
    ------
    InputError
        The port is in use, or the host is not an address of this machine.
    """
    if not 0 <= port < 1 << 16:
        raise InputError(f"Expected `port` from 0 to 65535 (0: any free port). Got {port}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise InputError(
            f"Expected a free port of this machine. Got {error} for {host}, port {port}: "
            f"choose another with `port` (0: any free port)."
        ) from error


def address(sock: socket.socket) -> str:
    """Return the URL of a listening socket, as seen from this machine."""
    host, port = sock.getsockname()[:2]
    host = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(app: Starlette, sock: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE,
    )
    try:
        uvicorn.Server(config).run(sockets=[sock])
    except KeyboardInterrupt:
        pass  # the server has already stopped and re-raises the signal
    finally:
        sock.close()
