"""The sign-in form: Django's own, behind the throttle. And the form of a new API token."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from webapp.accounts import throttle

THROTTLED = "throttled"


class SignInForm(AuthenticationForm):
    """Checks name and password; too many bad ones give an error with the code `throttled`."""

    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username") or ""
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        if not throttle.admit(username, address):
            raise ValidationError(
                "Too many sign-ins with a wrong password. Wait 15 minutes, then try again.", code=THROTTLED
            )
        cleaned = super().clean()
        throttle.forgive(username, address)
        return cleaned


class TokenForm(forms.Form):
    """What a token is for, and how long it holds."""

    name = forms.CharField(max_length=80, error_messages={"required": _("Say what will use the token.")})
    days = forms.TypedChoiceField(
        choices=[
            ("30", _("30 days")),
            ("90", _("90 days")),
            ("365", _("a year")),
            ("", _("until it is revoked")),
        ],
        coerce=int,
        empty_value=None,
        required=False,
        initial="90",
    )
