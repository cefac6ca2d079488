"""Ask a second person to judge a sample: a link that opens this sample and nothing else of the run."""

from __future__ import annotations

import secrets
from typing import Any

from webapp.audits.models import Audit


def invite(audit: Audit) -> str:
    """The sample's secret; made at the first call."""
    if not audit.invitation:
        Audit.objects.filter(pk=audit.pk, invitation="").update(invitation=secrets.token_urlsafe(32))
        audit.refresh_from_db()
    return audit.invitation


def accept(invitation: str, user: Any) -> Audit | None:
    """The sample a secret opens; the person may answer it from now on. None: no sample has this secret."""
    audit: Audit | None = Audit.objects.filter(invitation=invitation).first() if invitation else None
    if audit is not None and audit.run.owner != user:
        audit.readers.add(user)
    return audit
