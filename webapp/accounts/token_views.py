"""The page of API tokens: the list, a new one, which is shown once, and revoking."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from training.contract.errors import ForesightError
from webapp.accounts.forms import TokenForm
from webapp.accounts.models import ApiToken
from webapp.accounts.tokens import make_token

CREATED, INVALID = 201, 422


@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    return _page(request, TokenForm())


@never_cache
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Make a token. The answer is the only page that ever holds it, so it is no redirect."""
    form = TokenForm(request.POST)
    if form.is_valid():
        try:
            token, secret = make_token(request.user, **form.cleaned_data)
        except ForesightError as error:
            form.add_error("name", f"{error.message} {error.remedy}")
        else:
            return _page(request, TokenForm(), CREATED, made=token, secret=secret)
    return _page(request, form, INVALID)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.owned_by(request.user), pk=pk)
    token.delete()
    messages.success(
        request, _("{name} is revoked: programs that use it are refused from now on.").format(name=token.name)
    )
    return redirect("api-tokens")


def _page(
    request: HttpRequest, form: TokenForm, status: int = 200, made: ApiToken | None = None, secret: str = ""
) -> HttpResponse:
    context = {
        "tokens": ApiToken.objects.owned_by(request.user),
        "form": form,
        "made": made,
        "secret": secret,
        "site": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "accounts/tokens.html", context, status=status)
