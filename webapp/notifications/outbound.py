"""POST to an address that a user typed, without reaching into this server's own network.

The name is resolved once, every address it has is checked, and the connection is made to an address that was
checked, so that a name which changes its mind leads nowhere. Redirects are not followed. Hosts that
`FORESIGHT_WEBHOOK_HOSTS` names may lie anywhere.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from training.contract.errors import ForesightError

Places = Sequence[tuple[int, tuple[Any, ...]]]
"""Address family and socket address of each."""
SECONDS = 10.0
"""From the first packet to the answer's status. A receiver that answers drop by drop gets no more."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_REDIRECTS = range(300, 400)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it: the HTTP status, None where there was no answer; and what was wrong, "" for nothing."""

    status: int | None
    wrong: str

    @property
    def ok(self) -> bool:
        return not self.wrong


def checked_url(url: str) -> SplitResult:
    """The parts of an address that may be posted to. Raises ForesightError, field `url`."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise _refused("This is no address.", "Give it as https://hooks.example.org/path.") from None
    if parts.scheme not in {"https", "http"} or not host or url != url.strip() or not url.isascii():
        raise _refused("This is no address of the web.", "Give it as https://hooks.example.org/path.")
    if parts.username is not None or parts.password is not None:
        raise _refused("The address holds a user name.", "Leave it out; the signature says who sends.")
    if port == 0 or any(char in url for char in " \t\r\n\\"):
        raise _refused("This is no address of the web.", "Give it as https://hooks.example.org/path.")
    if parts.scheme == "http" and not _listed(host):
        raise _refused("The address is not encrypted.", "Use https://.")
    with suppress(ValueError):
        literal = ipaddress.ip_address(host)
        if not _listed(host) and not is_public(literal):
            raise _refused(_PRIVATE, _ASK)
    return parts


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether anybody on the internet could have it. An IPv6 address that carries an IPv4 one is not, or is as that."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.sixtofour is not None or address.teredo is not None or address in _NAT64:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send it, and say what came of it. Raises nothing that the network or the receiver does."""
    try:
        parts = checked_url(url)
        places = _resolve(parts)
    except ForesightError as error:
        return Answer(None, f"{error.message} {error.remedy}".strip())
    try:
        return _send(parts, places, body, headers)
    except TimeoutError:
        return Answer(None, f"No answer within {SECONDS:.0f} s.")
    except (OSError, http.client.HTTPException) as error:
        return Answer(None, f"No connection: {error or type(error).__name__}"[:300])


def _resolve(parts: SplitResult) -> Places:
    """Family and address of every place the host names. Raises ForesightError unless all of them may be reached."""
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _refused(f"The name {host} leads nowhere.", "Is it spelled right?") from None
    places = [(family, address) for family, _, _, _, address in found]
    if not _listed(host):
        for _, address in places:
            if not is_public(ipaddress.ip_address(str(address[0]).partition("%")[0])):
                raise _refused(_PRIVATE, _ASK)
    return places


def _send(
    parts: SplitResult,
    places: Places,
    body: bytes,
    headers: Mapping[str, str],
) -> Answer:
    held = _Held(_connect(places))
    watch = threading.Timer(SECONDS, held.cut)
    watch.daemon = True
    watch.start()
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    try:
        if parts.scheme == "https":
            held.encrypt(parts.hostname or "")
        connection.sock = held.socket
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request("POST", target, body, {**headers, "Host": parts.netloc})
        return _judged(connection.getresponse())
    except (OSError, http.client.HTTPException):
        if held.late:
            raise TimeoutError from None
        raise
    finally:
        watch.cancel()
        held.socket.close()


class _Held:
    """A connected socket that can be cut from another thread, whatever it waits for."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.late = False

    def encrypt(self, host: str) -> None:
        """Raises OSError when the receiver does not prove to be `host`."""
        context = ssl.create_default_context()
        self.socket = context.wrap_socket(self.socket, server_hostname=host, do_handshake_on_connect=False)
        self.socket.do_handshake()

    def cut(self) -> None:
        self.late = True
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)


def _judged(response: http.client.HTTPResponse) -> Answer:
    status = response.status
    if 200 <= status < 300:
        return Answer(status, "")
    if status in _REDIRECTS:
        target = str(response.headers.get("Location", ""))[:120]
        return Answer(
            status, f"The address sends on to {target or 'another one'}. Give the last address itself."
        )
    return Answer(status, f"The receiver answered {status} {response.reason}"[:200])


def _connect(places: Places) -> socket.socket:
    """A connection to the first place that answers. Raises OSError for none."""
    last: OSError = OSError("no address")
    for family, address in places[:3]:
        raw = socket.socket(family, socket.SOCK_STREAM)
        raw.settimeout(SECONDS / 2)
        try:
            raw.connect(address)
        except OSError as error:
            raw.close()
            last = error
        else:
            return raw
    raise last


def _listed(host: str) -> bool:
    return host.lower() in settings.WEBHOOK_HOSTS


_PRIVATE = "The address leads into a private network, and this site does not go there."
_ASK = (
    "Use a public address, or ask the person who runs the site to list the host in FORESIGHT_WEBHOOK_HOSTS."
)


def _refused(message: str, remedy: str) -> ForesightError:
    return ForesightError(message, field="url", remedy=remedy)
