"""Presets of one's own: keep the settings of the form under a name, remove one."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from training.contract.errors import ForesightError
from webapp.experiments.models import OwnPreset
from webapp.experiments.services.delete_preset import delete_preset
from webapp.experiments.services.save_preset import save_preset
from webapp.experiments.views import INVALID, form_page, posted_draft


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the form's settings and open the form as it was, now compared with the new preset."""
    draft = posted_draft(request)
    if draft.config is None:
        return form_page(request, draft, status=INVALID)
    try:
        preset = save_preset(
            request.user,
            request.POST.get("preset_name", ""),
            draft.config,
            help_text=request.POST.get("preset_help", ""),
            replace="preset_replace" in request.POST,
        )
    except ForesightError as error:
        return form_page(request, draft, preset_error=error, status=INVALID)
    messages.success(request, _("Your preset %(name)s is saved.") % {"name": preset.name})
    query = {"preset": preset.name} | ({"corpus": draft.corpus.pk} if draft.corpus else {})
    return redirect(f"{reverse('experiment-new')}?{urlencode(query)}")


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove one of the user's own presets."""
    preset = get_object_or_404(OwnPreset.objects.owned_by(request.user), pk=pk)
    delete_preset(preset)
    messages.success(request, _("Your preset %(name)s was removed.") % {"name": preset.name})
    return redirect("experiment-new")
