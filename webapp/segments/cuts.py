"""The segments of one document as its page shows them: the splitter's, or those a person set."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from training.contract.boundaries_file import fault_of, text_sha256
from training.contract.segments_report import read_document_segments
from training.contract.settings.segments import SegmentsConfig
from webapp.corpora.documents import DocumentText
from webapp.corpora.models import Corpus
from webapp.segments.models import Adjustment, Segmentation

_DRAWN = {"\n": "↵", "\t": "⇥"}


@dataclass(frozen=True, slots=True)
class ShownSegment:
    """One segment."""

    index: int  # 0-based place in the document
    text: str  # without the whitespace at its end
    tail: str  # the ends of lines and tabs at its end, drawn
    characters: int  # without the whitespace around
    why_not: str  # why it is never predicted: first, last, short or long; "" where it may be

    @property
    def html(self) -> SafeString:
        """The text as it is, ends of lines too: a browser would read CR LF as one character."""
        return mark_safe(escape(self.text).replace("\r", "&#13;"))


@dataclass(frozen=True, slots=True)
class DocumentCut:
    """Where a document's segments end now."""

    document: DocumentText
    sha256: str
    ends: tuple[int, ...]
    changes: int  # that a person made and that can be undone
    revision: int  # of the last change, 0 for none: a page that shows another one is out of date

    @property
    def texts(self) -> list[str]:
        """The text of each segment. Joined they are the document."""
        data = self.document.text.encode()
        return [data[start:end].decode() for start, end in pairwise((0, *self.ends))]

    def segments(self, settings: SegmentsConfig) -> list[ShownSegment]:
        """All of them, with what the settings say of each."""
        texts = self.texts
        return [_shown(index, text, len(texts), settings) for index, text in enumerate(texts)]


def document_cut(segmentation: Segmentation, document: DocumentText) -> DocumentCut | None:
    """The document's boundaries; None where the corpus has changed since it was cut."""
    sha256 = text_sha256(document.text)
    (found,) = read_document_segments(segmentation.folder_path, [document.index])
    if found is None or found.sha256 != sha256:
        return None
    changes = Adjustment.objects.filter(corpus=segmentation.corpus, sha256=sha256)
    last = changes.last()
    ends = tuple(last.ends) if last else found.ends
    return DocumentCut(document, sha256, ends, changes.count(), last.pk if last else 0)


def adjusted_texts(corpus: Corpus) -> dict[str, tuple[int, ...]]:
    """The boundaries people set: sha256 of a text -> where its segments end."""
    rows = Adjustment.objects.filter(corpus=corpus).newest().values_list("sha256", "ends")
    return {sha256: tuple(ends) for sha256, ends in rows}


def fits(document: DocumentText, ends: tuple[int, ...]) -> bool:
    """Whether these can be the ends of the document's segments."""
    return not fault_of(document.text.encode(), ends)


def _shown(index: int, text: str, count: int, settings: SegmentsConfig) -> ShownSegment:
    characters = len(text.strip())
    why_not = ""
    if index in (0, count - 1):
        why_not = "first" if index == 0 else "last"
    elif characters < settings.min_characters:
        why_not = "short"
    elif characters > settings.max_characters:
        why_not = "long"
    seen = text.rstrip()
    tail = "".join(_DRAWN.get(character, "") for character in text[len(seen) :])
    return ShownSegment(index, seen, tail, characters, why_not)
