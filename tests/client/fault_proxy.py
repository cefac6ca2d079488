"""A proxy that injects faults between the client and the site: connections that die, answers from a broken gateway."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

GATEWAY = b"HTTP/1.1 %d Bad\r\nContent-Length: 4\r\nConnection: close\r\n%s\r\noops"


@dataclass
class Faults:
    """What goes wrong with the next requests, in order; afterwards all goes well.

    None lets a request pass; `"drop"` closes the connection before any answer; a number lets so many bytes of
    the answer through and then closes it; `(status, header)` is answered by the proxy itself.
    """

    plan: list[str | int | tuple[int, str] | None] = field(default_factory=list)
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)


@contextmanager
def fault_proxy(site: str) -> Iterator[tuple[str, Faults]]:
    """The proxy's address and its faults."""
    faults = Faults()
    host, port = urlsplit(site).hostname or "", urlsplit(site).port or 80
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    stopped = threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            try:
                caller, _ = listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=_connection, args=(caller, (host, port), faults), daemon=True).start()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", faults
    finally:
        stopped.set()
        thread.join()
        listener.close()


def _connection(caller: socket.socket, site: tuple[str, int], faults: Faults) -> None:
    faults.connections += 1
    fault = faults.plan.pop(0) if faults.plan else None
    with caller:
        first = caller.recv(65536)
        faults.requests.append(first)
        if fault == "drop":
            return
        if isinstance(fault, tuple):
            status, header = fault
            caller.sendall(GATEWAY % (status, f"{header}\r\n".encode() if header else b""))
            return
        with socket.create_connection(site) as behind:
            # One request for each connection, so that each has its own fault.
            behind.sendall(first.replace(b"Connection: keep-alive", b"Connection: close", 1))
            threading.Thread(target=_pump, args=(caller, behind), daemon=True).start()
            _pump(behind, caller, fault)


def _pump(source: socket.socket, target: socket.socket, limit: str | int | None = None) -> None:
    """Carry bytes over until the source ends, or `limit` of them have passed."""
    left = limit if isinstance(limit, int) else None
    try:
        while left != 0 and (data := source.recv(65536 if left is None else min(left, 65536))):
            target.sendall(data)
            left = None if left is None else left - len(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return  # one side has gone
