"""The form that starts to cut a corpus."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from training.contract.experiment import field_errors
from training.contract.settings.segments import SegmentsConfig

SPLITTERS = (
    ("sentences", gettext_lazy("sentences")),
    ("atomic_steps", gettext_lazy("atomic steps, marked by a model")),
)


class CutForm(forms.Form):
    """Settings of the section `segments`; the schema says what is wrong with them."""

    splitter = forms.ChoiceField(choices=SPLITTERS, initial="sentences")
    splitter_model = forms.CharField(required=False, max_length=200)
    min_characters = forms.IntegerField(initial=SegmentsConfig().min_characters)
    max_characters = forms.IntegerField(initial=SegmentsConfig().max_characters)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("splitter") == "atomic_steps" and not cleaned.get("splitter_model"):
            self.add_error("splitter_model", _("Name the model that marks the steps."))
        if not self.errors:
            try:
                self.settings = SegmentsConfig.model_validate(cleaned)
            except ValidationError as error:
                for name, message in field_errors(error).items():
                    self.add_error(name or "min_characters", message)
        return cleaned
