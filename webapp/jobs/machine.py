"""This machine's name, under which jobs hold its slots."""

from __future__ import annotations

import os
import socket


def machine_name() -> str:
    """FORESIGHT_MACHINE, else the host name. Containers that share a process namespace share a name."""
    return os.environ.get("FORESIGHT_MACHINE") or socket.gethostname()
