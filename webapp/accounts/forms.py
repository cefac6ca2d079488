"""The sign-in form: Django's own, behind the throttle."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

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
