"""The form that starts an evaluation on problems or on multiple-choice questions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.contract.errors import ForesightError
from webapp.corpora.models import DOCUMENTS, Corpus
from webapp.evaluations.services.start_tasks import Asking, Measured, named_model, of_checkpoint
from webapp.runs.references import find_checkpoint

MOST_SAMPLES = 1024


class TaskForm(forms.Form):
    """What both kinds of task share: the weights, the corpus, how responses are drawn."""

    model = forms.CharField(max_length=200, required=False)
    checkpoint = forms.CharField(max_length=40, required=False)
    corpus = forms.ModelChoiceField(
        Corpus.objects.none(), error_messages={"required": gettext_lazy("Choose a set.")}
    )
    samples = forms.IntegerField(min_value=1, max_value=MOST_SAMPLES, initial=8)
    temperature = forms.FloatField(min_value=0, max_value=4, initial=0.6)
    top_p = forms.FloatField(min_value=0.01, max_value=1, initial=0.95)
    max_tokens = forms.IntegerField(min_value=1, max_value=1_000_000, initial=2048)
    k = forms.CharField(max_length=60, required=False, initial="1, 8")
    instruction = forms.ChoiceField(choices=[("boxed", "boxed"), ("short", "short")])
    think = forms.BooleanField(required=False, initial=True)

    fields_of_a_row: tuple[tuple[str, str], ...] = ()
    """(name of the form's field, option of the command)."""

    def __init__(self, owner: Any, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._owner = owner
        self.fields["corpus"].queryset = task_corpora(owner)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("samples", 1) > 1 and data.get("temperature") == 0:
            self.add_error(
                "temperature",
                _("{samples} responses at temperature 0 are all the same.").format(samples=data["samples"]),
            )
        data["ks"] = self._ks(data)
        try:
            data["measured"] = self._measured(data)
        except ForesightError as error:
            at = "checkpoint" if data.get("checkpoint") else "model"
            self.add_error(at, f"{error.message} {error.remedy}".strip())
        return data

    @property
    def measured(self) -> Measured:
        found: Measured = self.cleaned_data["measured"]
        return found

    @property
    def asking(self) -> Asking:
        data = self.cleaned_data
        return Asking(
            **{name: data[name] for name in ("samples", "temperature", "top_p", "max_tokens", "ks")},
            instruction=data["instruction"],
            think=data["think"],
            fields=tuple((option, data[name]) for name, option in self.fields_of_a_row),
            mode=data.get("mode", ""),
        )

    def _ks(self, data: dict[str, Any]) -> tuple[int, ...]:
        parts = [part.strip() for part in data.get("k", "").split(",") if part.strip()]
        most = data.get("samples", MOST_SAMPLES)
        if not all(part.isdecimal() and 1 <= int(part) <= most for part in parts):
            self.add_error(
                "k",
                _("Give whole numbers from 1 to {most}, the responses to each, as 1, 8.").format(most=most),
            )
            return ()
        return tuple(sorted({int(part) for part in parts}))

    def _measured(self, data: dict[str, Any]) -> Measured:
        if data.get("checkpoint"):
            return of_checkpoint(find_checkpoint(self._owner, data["checkpoint"]))
        if not data.get("model", "").strip():
            raise ForesightError("Name a model, or choose a checkpoint.", field="model")
        return named_model(data["model"].strip())


class ProblemsForm(TaskForm):
    problem_field = forms.CharField(max_length=120, initial="problem")
    answer_field = forms.CharField(max_length=120, initial="answer")
    fields_of_a_row = (("problem_field", "--problem-field"), ("answer_field", "--answer-field"))


class QuestionsForm(TaskForm):
    mode = forms.ChoiceField(
        choices=[
            ("letter", gettext_lazy("Likeliest letter")),
            ("reasoning", gettext_lazy("After a thought")),
            ("both", gettext_lazy("Both")),
        ]
    )
    question_field = forms.CharField(max_length=120, initial="question")
    choices_field = forms.CharField(max_length=120, initial="choices")
    answer_field = forms.CharField(max_length=120, initial="answer")
    fields_of_a_row = (
        ("question_field", "--question-field"),
        ("choices_field", "--choices-field"),
        ("answer_field", "--answer-field"),
    )


def task_corpora(owner: Any) -> Any:
    """The owner's checked corpora of rows, arithmetic among them."""
    ready = Corpus.objects.owned_by(owner).ready().filter(kind=DOCUMENTS)
    rows = [corpus.pk for corpus in ready if corpus.has_rows]
    return ready.filter(pk__in=rows).order_by("name")


FORMS: dict[str, type[TaskForm]] = {"answers": ProblemsForm, "choices": QuestionsForm}
"""By task_result.TaskSet."""
