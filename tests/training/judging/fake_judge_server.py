"""A fake of a judge's server: a real HTTP server on this machine that answers as it is told, faults and all."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0  # s before it is sent
    cut: bool = False  # the connection is closed after half of the body


def says(text: str | None) -> Answer:
    """A chat completion with `text`."""
    return Answer(body=json.dumps({"choices": [{"message": {"content": text}}]}).encode())


def error(status: int, message: str = "", **headers: str) -> Answer:
    """An error as OpenAI-compatible servers write it."""
    body = json.dumps({"error": {"message": message}}).encode() if message else b""
    return Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


class FakeJudgeServer:
    """Listens on a port of its own until it is stopped; can be started again on the same port.

    Args:
        script: answers to the first requests, in order.
        judge: says what the reply to a question is, after the script; by default always `Score: 1`.
    """

    def __init__(self, script: Iterable[Answer] = (), judge: Callable[[str], str | Answer] | None = None):
        self.script = list(script)
        self.judge = judge or (lambda question: "Score: 1")
        self.requests: list[dict[str, Any]] = []  # bodies, in the order they came
        self.keys: list[str | None] = []  # their Authorization headers
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def questions(self) -> list[str]:
        return [request["messages"][0]["content"] for request in self.requests]

    def start(self) -> None:
        """Listen, on the same port as before."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self))
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}).start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> FakeJudgeServer:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def answer(self, request: dict[str, Any], key: str | None) -> Answer:
        with self._lock:
            self.requests.append(request)
            self.keys.append(key)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            scripted = self.script.pop(0) if self.script else None
        found = scripted or self.judge(request["messages"][0]["content"])
        answer = found if isinstance(found, Answer) else says(found)
        time.sleep(answer.delay)
        with self._lock:
            self._at_once -= 1
        return answer


def _handler(fake: FakeJudgeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/v1/chat/completions":
                answer = error(404, "Not Found")
            else:
                answer = fake.answer(request, self.headers.get("Authorization"))
            try:
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(answer.body)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body[: len(answer.body) // 2] if answer.cut else answer.body)
            except OSError:  # who asked has gone
                pass

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    return Handler
