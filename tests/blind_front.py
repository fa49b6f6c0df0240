"""A front of a management API that keeps one thing to itself, as a proxy with rules of its own would."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def blind_front(url: str, hidden: str) -> Iterator[str]:
    """Its address; a path that ends with ``hidden`` is answered with 503. In a thread: it serves other processes."""

    class Front(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = (503, b"{}") if self.path.partition("?")[0].endswith(hidden) else self._passed_on()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _passed_on(self) -> tuple[int, bytes]:
            headers = {"Authorization": self.headers.get("Authorization", "")}
            request = urllib.request.Request(f"{url}{self.path}", headers=headers)
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return answer.status, answer.read()
            except urllib.error.HTTPError as error:
                return error.code, error.read()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Front)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
