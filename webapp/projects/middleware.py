"""Who acts in a request: the person who is signed in, or the project that the person has entered.

`request.person` is always the person. `request.user` is the account that owns what the request sees and makes: the
person's own, or that of the project in which the session is; `request.membership` is None or says in which role.
Viewers may not change anything: what is no reading is answered with 403 before any view runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from webapp.projects.models import Membership

ENTERED = "project"
"""The session's key: the number of the project that the person has entered."""
READING = ("GET", "HEAD", "OPTIONS")
PERSONAL = (
    *("/projects/", "/people/", "/api/projects", "/api/people"),
    *("/account/password/", "/account/tokens/", "/sign-", "/language/", "/words/", "/audits/join/"),
)
"""What belongs to the person, whatever project the session is in."""
FORBIDDEN = 403


class ActInProject:
    """Comes after the authentication, and before whatever asks for the request's user."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.person, request.membership = request.user, None
        entered = self._entered(request)
        if request.path.startswith(PERSONAL):
            request.membership = entered  # the page says where one is, and does not act there
            return self.get_response(request)
        _act(request, entered)
        if entered is not None and entered.only_looks and request.method not in READING:
            return _refusal(request)
        response = self.get_response(request)
        return self._elsewhere(request, response) if response.status_code == 404 else response

    def _entered(self, request: HttpRequest) -> Membership | None:
        """The membership of the project that the session is in; a project that is no more is left."""
        number = request.session.get(ENTERED)
        if number is None:
            return None
        found: Membership | None = (
            Membership.objects.of_person(request.person.pk).filter(project=number).first()
        )
        if found is None:
            del request.session[ENTERED]
        return found

    def _elsewhere(self, request: HttpRequest, missing: HttpResponseBase) -> HttpResponseBase:
        """What is not here may be in another project of the person: a link that a colleague sent opens all the same.

        A page moves the session there. The parts that an open page asks for are answered alone: another tab may have
        entered another project since.
        """
        asks = request.method in READING and request.resolver_match is not None
        if not asks or "Authorization" in request.headers or not request.person.is_authenticated:
            return missing
        here, entered = request.user.pk, request.membership
        for other in self._others(request, here):
            _act(request, other)
            found = self.get_response(request)
            if found.status_code == 404:
                continue
            if not _opens_a_page(request):
                return found
            enter(request, other)
            return redirect(request.get_full_path())
        _act(request, entered)
        return missing

    @staticmethod
    def _others(request: HttpRequest, here: int) -> Iterator[Membership | None]:
        if here != request.person.pk:
            yield None
        for other in Membership.objects.of_person(request.person.pk):
            if other.project.account_id != here:
                yield other


def _act(request: HttpRequest, membership: Membership | None) -> None:
    request.membership = membership
    request.user = request.person if membership is None else membership.project.account


def enter(request: HttpRequest, membership: Membership | None) -> None:
    """The session is in this project from the next request on; None: in the person's own work."""
    if membership is None:
        request.session.pop(ENTERED, None)
    else:
        request.session[ENTERED] = membership.project_id


def _opens_a_page(request: HttpRequest) -> bool:
    mode = request.headers.get("Sec-Fetch-Mode", "navigate")
    return mode == "navigate" and "HX-Request" not in request.headers


def _refusal(request: HttpRequest) -> HttpResponse:
    """A page for people; one sentence for scripts, which show it."""
    if _opens_a_page(request):
        return render(request, "projects/looking.html", status=FORBIDDEN)
    words = _("You are a viewer of {project}: you see everything and change nothing. Ask an owner for more.")
    text = words.format(project=request.membership.project.name)
    return HttpResponse(text, status=FORBIDDEN, content_type="text/plain; charset=utf-8")
