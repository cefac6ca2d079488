"""Mail is in the language that its reader has chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.webapp.made_run import MadeRun, make_bare_run
from webapp.accounts.languages import keep_language
from webapp.notifications.messages import mail
from webapp.notifications.models import Notification


def test_mail_of_a_finished_run_is_in_the_language_of_its_owner(home: Path, user: Any) -> None:
    run = make_bare_run(user, MadeRun("mine", "succeeded", 8, 8))
    one = Notification(run=run, event="finished", attempt=1, step=8, detail="8 steps are done.")
    assert mail(one)[0] == "Foresight: mine has finished"
    keep_language(user, "zh-hans")
    subject, text = mail(one)
    assert subject == "Foresight: mine 已完成"
    assert text.startswith("mine 已完成：第 1 次尝试，第 8 步，共 8 步。") and "已完成 8 步。" in text
