"""The forms of corpora: upload, dataset, fields of rows, scan."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from training.contract.settings.text import PLACEHOLDER, PositionsConfig
from webapp.corpora.model_choices import find_model, model_choices
from webapp.corpora.models import CONVERSATIONS, DOCUMENTS, KINDS


def split_fields(text: str) -> list[str]:
    """ "problem, solution" -> ["problem", "solution"]."""
    return [part.strip() for part in text.split(",") if part.strip()]


class FieldsForm(forms.Form):
    """What a row holds, and in which fields."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What a row holds"), choices=KINDS, required=False, initial=DOCUMENTS
    )
    text_field = forms.CharField(
        label=gettext_lazy("Text field"), max_length=120, required=False, initial="text"
    )
    join_fields = forms.CharField(
        label=gettext_lazy("Or several fields, joined"), max_length=500, required=False
    )
    template = forms.CharField(
        label=gettext_lazy("Or a template"), max_length=4000, required=False, strip=False
    )

    @classmethod
    def with_labels(cls, text: str) -> str:
        """`text` with the settings that its fields fill, as `data.text_field`, by the labels of the fields."""
        for name, field in cls.base_fields.items():
            text = text.replace(f"data.{name}", f"“{field.label}”")
        return text

    @property
    def said(self) -> str:
        """Every error, each after the label of its field."""
        labelled = {name: self.fields[name].label for name in self.errors if name in self.fields}
        return " ".join(
            f"{labelled[name]}: {sentence}" if labelled.get(name) else sentence
            for name, sentences in self.errors.items()
            for sentence in sentences
        )

    def clean_template(self) -> str:
        """As typed, with the line ends of the text itself; blank is none."""
        template: str = self.cleaned_data["template"].replace("\r\n", "\n")
        if not template.strip():
            return ""
        if not re.search(PLACEHOLDER, template):
            raise forms.ValidationError(_("Write at least one field's name in braces, as {problem}."))
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


def _number_of(name: str) -> forms.IntegerField:
    """A number of PositionsConfig, with its default; the schema judges it."""
    return forms.IntegerField(required=False, initial=PositionsConfig.model_fields[name].default)


class ScanForm(forms.Form):
    """The model that scores, how much of the corpus, and how."""

    model = forms.CharField(max_length=200)
    max_documents = forms.IntegerField(min_value=0, required=False, initial=0)
    entropy = forms.ChoiceField(
        choices=[
            ("renormalised", gettext_lazy("Top k, renormalised")),
            ("raw", gettext_lazy("Top k, raw")),
            ("full", gettext_lazy("Whole vocabulary")),
        ],
        initial="renormalised",
    )
    top_k = _number_of("top_k")
    min_context = _number_of("min_context")
    window = _number_of("window")
    window_overlap = _number_of("window_overlap")

    def clean_model(self) -> str:
        name: str = self.cleaned_data["model"].strip()
        finding = find_model(name)
        if finding.error:
            raise forms.ValidationError(finding.error)
        return name

    def clean_max_documents(self) -> int:
        return self.cleaned_data["max_documents"] or 0

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.positions()
            except ValidationError as error:
                for one in error.errors():
                    field = str(one["loc"][0]) if one["loc"] else "window_overlap"
                    self.add_error(field, one["msg"].removeprefix("Value error, "))
        return cleaned

    @property
    def models(self) -> Any:
        return model_choices()

    def positions(self) -> PositionsConfig:
        """The scan's settings; those that are not given keep their defaults."""
        asked = ("entropy", "top_k", "min_context", "window", "window_overlap")
        given = {name: self.cleaned_data[name] for name in asked if self.cleaned_data[name] is not None}
        return PositionsConfig.model_validate(given)
