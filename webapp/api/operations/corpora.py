"""Corpora: add, check, read, remove."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Query, Router, Status, UploadedFile
from pydantic import Field

from webapp.api.errors import CONFLICT, Answer, answering, invalid
from webapp.api.schemas.common import Page, PageQuery, paged, replies
from webapp.api.schemas.corpora import (
    CorpusFields,
    CorpusOut,
    Document,
    DocumentText,
    ModelOut,
    NewDataset,
    NewSample,
    UploadForm,
    corpus_out,
)
from webapp.corpora import forms
from webapp.corpora.access import own_corpus
from webapp.corpora.documents import list_documents, read_document
from webapp.corpora.model_choices import model_choices
from webapp.corpora.models import Corpus
from webapp.corpora.services.check import check_if_waiting
from webapp.corpora.services.dataset import add_dataset
from webapp.corpora.services.delete import delete_corpus
from webapp.corpora.services.remap import remap
from webapp.corpora.services.sample import ensure_sample
from webapp.corpora.services.upload import add_corpus

router = Router(tags=["Corpora"])
A_PAGE = 50
CREATED, NO_CONTENT = 201, 204


class DocumentQuery(PageQuery):
    q: str = Field("", description="Keeps documents whose name or start holds this text.")


@router.get("/corpora", response=replies(Page[CorpusOut]), summary="List corpora")
def list_corpora(request: HttpRequest, query: Query[PageQuery]) -> Any:
    """Your corpora, newest first, 50 a page."""
    return paged(Corpus.objects.owned_by(request.user), query.page, A_PAGE, corpus_out)


@router.post("/corpora", response=replies(CorpusOut, status=CREATED), summary="Upload a corpus")
def upload_corpus(request: HttpRequest, file: File[UploadedFile], fields: Form[UploadForm]) -> Any:
    """A `.txt`, `.md`, `.jsonl`, `.csv` or `.parquet` file; all but parquet may be packed as `.gz` or `.zst`.

    The file is stored and checked: ask for the corpus until its state is no longer `checking`.
    """
    form = _valid(forms.UploadForm(request.POST, request.FILES))
    names = ("file", "name", "kind", "text_field", "join_fields", "template")
    return Status(
        CREATED, corpus_out(add_corpus(request.user, **{name: form.cleaned_data[name] for name in names}))
    )


@router.post(
    "/corpora/dataset", response=replies(CorpusOut, status=CREATED), summary="Add a dataset of the hub"
)
def add_hub_dataset(request: HttpRequest, body: NewDataset) -> Any:
    """Fetched once by the server, where it reaches the Hugging Face hub."""
    form = _valid(forms.DatasetForm({**_texts(body), "dataset": body.dataset}))
    return Status(CREATED, corpus_out(add_dataset(request.user, **form.cleaned_data)))


@router.post("/corpora/sample", response=replies(CorpusOut), summary="Add the built-in sample")
def add_sample(request: HttpRequest, query: Query[NewSample]) -> Any:
    """The topics of Python's language reference, or questions about them. Asking again gives the same corpus."""
    return corpus_out(ensure_sample(request.user, query.kind))


@router.get("/corpora/{int:corpus}", response=replies(CorpusOut), summary="Show a corpus")
def show_corpus(request: HttpRequest, corpus: int) -> Any:
    """Its state, and what its check found."""
    found = own_corpus(request.user, corpus)
    check_if_waiting(found)
    return corpus_out(found)


@router.post(
    "/corpora/{int:corpus}/check", response=replies(CorpusOut, CONFLICT), summary="Check a corpus again"
)
def check_corpus(request: HttpRequest, corpus: int, body: CorpusFields) -> Any:
    """Takes the text from these fields from now on. Scans go when the fields change: they point into other text."""
    found = own_corpus(request.user, corpus)
    form = _valid(forms.FieldsForm(_texts(body)))
    if found.state == Corpus.State.CHECKING:
        raise Answer(
            f"{found.name} is being checked.", status=CONFLICT, remedy="Wait for it.", retryable=True
        )
    remap(found, *(form.cleaned_data[name] for name in ("text_field", "join_fields", "template", "kind")))
    return corpus_out(found)


@router.delete(
    "/corpora/{int:corpus}", response=replies(None, CONFLICT, status=NO_CONTENT), summary="Remove a corpus"
)
def remove_corpus(request: HttpRequest, corpus: int) -> Any:
    """With its file, documents and scans. One that an experiment uses stays: 409."""
    with answering(CONFLICT):
        delete_corpus(own_corpus(request.user, corpus))
    return Status(NO_CONTENT, None)


@router.get(
    "/corpora/{int:corpus}/documents", response=replies(Page[Document]), summary="List a corpus' documents"
)
def list_corpus_documents(request: HttpRequest, corpus: int, query: Query[DocumentQuery]) -> Any:
    """In order, 50 a page. `q` keeps those whose name or start holds it."""
    found = own_corpus(request.user, corpus)
    documents = list_documents(found, query.q) if found.state == Corpus.State.READY else []
    return paged(documents, query.page, A_PAGE, lambda one: Document(**one.model_dump(exclude={"offset"})))


@router.get(
    "/corpora/{int:corpus}/documents/{int:index}",
    response=replies(DocumentText),
    summary="Read one document",
)
def show_document(request: HttpRequest, corpus: int, index: int) -> Any:
    """Its whole text."""
    found = read_document(own_corpus(request.user, corpus), index)
    if found is None:
        raise Answer(f"The corpus has no document {index}.", status=404)
    return DocumentText(index=found.index, name=found.name, text=found.text)


@router.get("/models", response=replies(list[ModelOut]), summary="List models")
def list_models(request: HttpRequest) -> Any:
    """Models that can be named: the catalogue, and the folders on the server. A Hugging Face id works as well."""
    return [ModelOut(name=one.name, label=one.label) for one in model_choices()]


def _texts(body: CorpusFields) -> dict[str, str]:
    return {
        "kind": body.kind,
        "text_field": body.text_field,
        "join_fields": ", ".join(body.join_fields),
        "template": body.template,
    }


def _valid(form: forms.FieldsForm) -> Any:
    """The form, checked. Raises Answer with every field at fault."""
    if not form.is_valid():
        raise invalid({name: " ".join(said) for name, said in form.errors.items()}, "The request")
    return form
