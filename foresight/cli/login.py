"""`foresight login`: try a token and keep it."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from urllib.parse import urlsplit

from foresight.cli.site import TOKEN, Site, keep
from foresight.client import Client
from foresight.errors import ForesightClientError

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def register(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    parser = commands.add_parser(
        "login",
        parents=[common],
        help="keep a site's address and a token",
        description="Asks for a token of the page API tokens, tries it, and keeps it in a file that only you can "
        f"read. Without a terminal the token is read from standard input, or from {TOKEN}.",
    )
    parser.add_argument("url", help="the site's address, https://foresight.example.org")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    url = arguments.url if "://" in arguments.url else f"http://{arguments.url}"
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ForesightClientError(
            f"{arguments.url!r} is no address of a site.", remedy="Write https://host."
        )
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        print(f"warning: {url} is not encrypted: others on the way can read the token.", file=sys.stderr)
    token = _token(url)
    if not token:
        raise ForesightClientError(
            "There is no token.", remedy=f"Make one on {url.rstrip('/')}/account/tokens/."
        )
    with Client(url, token) as client:
        me = client.me()
        path = keep(Site(client.url, token))
    print(f"Signed in to {client.url} as {me.user}. The token is kept in {path}.")
    return 0


def _token(url: str) -> str:
    if os.environ.get(TOKEN):
        return os.environ[TOKEN].strip()
    if sys.stdin.isatty():
        return getpass.getpass(f"Token (make one on {url.rstrip('/')}/account/tokens/): ").strip()
    return sys.stdin.readline().strip()
