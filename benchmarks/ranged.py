"""An HTTP server of one file, with range requests, that counts the bytes sent."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Served:
    """A served file, its address and its traffic.

    Attributes
    ----------
    sent
        Body size in bytes of the response to each GET.
    """

    data: bytes
    url: str = ""
    sent: list[int] = field(default_factory=list)


@contextmanager
def serving(data: bytes, name: str = "v.vcore") -> Iterator[Served]:
    """Serve ``data`` as ``name`` on a port of the loopback interface."""
    served = Served(data)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # headers and body are two packets, and clients delay acknowledgements
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._answer(body=True)

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def _answer(self, *, body: bool) -> None:
            if self.path != f"/{name}":
                self.send_error(404)
                return
            asked, part = self.headers.get("Range"), served.data
            if asked:
                first, last = asked.removeprefix("bytes=").split("-")
                part = served.data[int(first) : int(last or len(served.data)) + 1]
            self.send_response(206 if asked else 200)
            if asked:
                end = int(first) + len(part) - 1
                self.send_header("Content-Range", f"bytes {first}-{end}/{len(served.data)}")
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(part)))
            self.end_headers()
            if body:
                served.sent.append(len(part))
                self.wfile.write(part)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_port}/{name}"
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
