"""Takes forms and throws them away: the server of the upload benchmark, in a process of its own.

It reads each form to its end, as fast as it comes, and answers 204; 400 to one that does not end as a form does. It is
ours and proves nothing about the storage. It serves until its standard input ends, so that no benchmark leaves it
behind.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress

__all__ = ["sink"]

BUFFER = 1024 * 1024


@contextmanager
def sink(delay: float = 0.0) -> Generator[str]:
    """The address of a sink for the time of the block. `delay`: seconds from a form's end to its answer."""
    command = [sys.executable, "-m", __name__, str(delay)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.stdin.close()
            server.wait(10)


def _serve(connection: socket.socket, delay: float) -> None:
    buffer = bytearray(BUFFER)
    with connection, suppress(ConnectionError):
        while head := _head(connection):
            fields, _, body = head.partition(b"\r\n\r\n")
            length = re.search(rb"\r\ncontent-length: *([0-9]+)", fields, re.IGNORECASE)
            boundary = re.search(rb"\r\ncontent-type: *multipart/form-data; *boundary=\"?([^\s\"]+)", fields, re.I)
            if length is None or boundary is None:
                connection.sendall(b"HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            if b"100-continue" in fields:
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            left, end = int(length[1]) - len(body), body[-256:]
            while left > 0 and (count := connection.recv_into(buffer, min(left, BUFFER))):
                left -= count
                end = (end + buffer[max(count - 256, 0) : count])[-256:]
            time.sleep(delay)
            complete = left == 0 and end.rstrip().endswith(b"--" + boundary[1] + b"--")
            status = b"204 No Content" if complete else b"400 Bad Request"
            connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")


def _head(connection: socket.socket) -> bytes:
    """The head of a request with what came along with it; nothing when the connection ends."""
    head = b""
    while b"\r\n\r\n" not in head:
        if not (more := connection.recv(65536)):
            return b""
        head += more
    return head


def main() -> None:
    """Serve on a free port, which is printed, until standard input ends."""
    delay = float(sys.argv[1])
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_serve, args=(connection, delay), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
