"""Answer a download request: whole or in part, resumable, never read into memory.

Not Django's FileResponse: under ASGI that one reads the whole file and ignores Range.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from webapp.checkpoints.archive import Download
from webapp.checkpoints.ranges import Part, UnsatisfiableError, asked_part, known_already, still_the_same
from webapp.checkpoints.segments import stream, total_length


def download_response(request: HttpRequest, download: Download) -> HttpResponseBase:
    """200, 206, 304 or 416 by the request's Range, If-Range and If-None-Match; HEAD sends no body."""
    size = total_length(download.segments)
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": download.etag,
        "Content-Disposition": content_disposition_header(True, download.filename) or "attachment",
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    if known_already(request.headers.get("If-None-Match", ""), download.etag):
        return HttpResponse(status=304, headers=headers)
    part = None
    if still_the_same(request.headers.get("If-Range", ""), download.etag):
        try:
            part = asked_part(request.headers.get("Range", ""), size)
        except UnsatisfiableError:
            return HttpResponse(status=416, headers=headers | {"Content-Range": f"bytes */{size}"})
    whole = part is None
    sent = part or Part(0, size)
    headers["Content-Length"] = str(sent.length)
    if not whole:
        headers["Content-Range"] = f"bytes {sent.start}-{sent.end - 1}/{size}"
    status = 200 if whole else 206
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers, content_type=download.content_type)
    return StreamingHttpResponse(
        stream(download.segments, sent), status=status, headers=headers, content_type=download.content_type
    )
