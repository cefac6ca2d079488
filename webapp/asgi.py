"""The ASGI entry: pages through the upload guard, websockets of the same origin with a session."""

from __future__ import annotations

import gc
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
pages = get_asgi_application()  # sets Django up: the imports below need its models

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from webapp.accounts.upload_guard import UploadGuard  # noqa: E402
from webapp.live.origin import OwnOrigin  # noqa: E402
from webapp.live.routing import websocket_urlpatterns  # noqa: E402

# What was imported stays: unfrozen, every full collection walks through all of it, 100 ms in the middle of a request.
# And a request makes tens of thousands of tuples: to look for cycles after each 700 of them takes a sixth of its time.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)

application = ProtocolTypeRouter(
    {
        "http": UploadGuard(pages),
        "websocket": OwnOrigin(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)
