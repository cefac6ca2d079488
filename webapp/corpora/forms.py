"""The forms of corpora: upload, dataset, fields of rows, scan."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.contract.settings.text import PLACEHOLDER, PositionsConfig
from webapp.corpora.model_choices import find_model, model_choices
from webapp.corpora.models import CONVERSATIONS, DOCUMENTS, KINDS


def split_fields(text: str) -> list[str]:
    """ "problem, solution" -> ["problem", "solution"]."""
    return [part.strip() for part in text.split(",") if part.strip()]


class FieldsForm(forms.Form):
    """What a row holds, and in which fields."""

    kind = forms.ChoiceField(choices=KINDS, required=False, initial=DOCUMENTS)
    text_field = forms.CharField(max_length=120, required=False, initial="text")
    join_fields = forms.CharField(max_length=500, required=False)

    template = forms.CharField(max_length=4000, required=False, strip=False)

    def clean_template(self) -> str:
        """As typed, with the line ends of the text itself; blank is none."""
        template: str = self.cleaned_data["template"].replace("\r\n", "\n")
        if not template.strip():
            return ""
        if not re.search(PLACEHOLDER, template):
            raise forms.ValidationError("Write at least one field's name in braces, as {problem}.")
        return template

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or DOCUMENTS

    def clean_text_field(self) -> str:
        return self.cleaned_data["text_field"] or "text"

    def clean_join_fields(self) -> list[str]:
        return split_fields(self.cleaned_data["join_fields"])

    def clean(self) -> dict[str, Any]:
        """Conversations are made of messages, or of two fields."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("kind") == CONVERSATIONS and len(data.get("join_fields", ())) not in (0, 2):
            self.add_error("join_fields", _("Name two fields: the prompt and the response."))
        return data


class UploadForm(FieldsForm):
    """A file and the corpus' name; what the file holds is checked later, by reading it."""

    name = forms.CharField(max_length=120, required=False)
    file = forms.FileField(
        allow_empty_file=True,
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "missing": gettext_lazy("Choose a file."),
        },
    )


class DatasetForm(FieldsForm):
    """A dataset of the hub; whether it is there is found out by its check."""

    dataset = forms.CharField(max_length=200, error_messages={"required": gettext_lazy("Name a dataset.")})


class ScanForm(forms.Form):
    """The model that scores, how much of the corpus, and how."""

    model = forms.CharField(max_length=200)
    max_documents = forms.IntegerField(min_value=0, required=False, initial=0)
    entropy = forms.ChoiceField(
        choices=[
            ("renormalised", "Top 16, renormalised"),
            ("raw", "Top 16, raw"),
            ("full", gettext_lazy("Whole vocabulary")),
        ],
        initial="renormalised",
    )

    def clean_model(self) -> str:
        name: str = self.cleaned_data["model"].strip()
        finding = find_model(name)
        if finding.error:
            raise forms.ValidationError(finding.error)
        return name

    def clean_max_documents(self) -> int:
        return self.cleaned_data["max_documents"] or 0

    @property
    def models(self) -> Any:
        return model_choices()

    def positions(self) -> PositionsConfig:
        """The scan's settings; those the form does not ask for keep their defaults."""
        return PositionsConfig(entropy=self.cleaned_data["entropy"])
