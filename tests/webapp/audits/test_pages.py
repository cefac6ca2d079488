"""The judge's tab, the queue of a sample, invitations, and judging again: what pages say and who may see them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests.webapp.audits.made import finish, make_judged_run
from tests.webapp.made_run import MadeRun, make_run
from training.contract.events import Envelope, Progress
from training.contract.experiment import load_experiment
from training.contract.rejudge_result import FLIPS_FILE
from webapp.audits.models import Audit, AuditAnswer, AuditPair, Rejudging
from webapp.audits.projection import project, snapshot
from webapp.audits.services.draw import draw_audit
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder
from webapp.runs.models import Run


@pytest.fixture
def run(home: Path, user: Any) -> Run:
    cache.clear()
    return make_judged_run(user)


@pytest.fixture
def audit(run: Run) -> Audit:
    return draw_audit(run, 20)


def page(client: Client, name: str, *arguments: Any) -> str:
    response = client.get(reverse(name, args=arguments))
    assert response.status_code == 200
    text: str = response.content.decode()
    return text


def answer(client: Client, audit: Audit, pair: AuditPair, said: str, **headers: Any) -> Any:
    url = reverse("audit-answer", args=[audit.pk])
    return client.post(url, {"pair": pair.pk, "answer": said}, **headers)


def judge_all(client: Client, audit: Audit, wrong: int = 0) -> None:
    """Answer as the judge did, but for the first `wrong` pairs it calls right."""
    for pair in audit.pairs.all():
        said = "right" if pair.call == "right" else "wrong"
        if said == "right" and wrong:
            said, wrong = "wrong", wrong - 1
        answer(client, audit, pair, said)


def test_tab_stands_on_runs_that_a_judge_rewards_alone(run: Run, user: Any, client_signed_in: Client) -> None:
    assert reverse("run-judge", args=[run.pk]) in page(client_signed_in, "run", run.pk)
    other = make_run(user, MadeRun("rpt", steps=2, steps_asked=2))
    assert reverse("run-judge", args=[other.pk]) not in page(client_signed_in, "run", other.pk)
    assert client_signed_in.get(reverse("run-judge", args=[other.pk])).status_code == 404


def test_verdicts_are_counted_over_the_run_and_by_length(run: Run, client_signed_in: Client) -> None:
    text = page(client_signed_in, "run-verdicts", run.pk)
    counted = run.groups.filter(rollouts__reason__in=["match", "mismatch", "malformed"]).count()
    assert f"<dd>{counted}</dd>" in text
    assert '"label": "41 to 80"' in text
    assert "all 12 groups with a judged prediction" in text


def test_verdicts_of_a_replaced_attempt_do_not_count(run: Run, client_signed_in: Client) -> None:
    before = page(client_signed_in, "run-verdicts", run.pk)
    cache.clear()
    run.groups.filter(step=3).update(attempt=2)
    row = run.groups.filter(step=3).first()
    old = run.groups.create(
        attempt=1,
        step=3,
        group=9,
        file=row.file,
        offset=row.offset,
        length=row.length,
        document=0,
        byte_start=0,
        entropy=0.0,
        context_tail="",
        truth="",
        mean_reward=1.0,
    )
    old.rollouts.create(sample=0, reward=1.0, advantage=0.0, reason="match", length=3)
    assert page(client_signed_in, "run-verdicts", run.pk) == before


def test_rollouts_that_are_gone_leave_the_counts(run: Run, client_signed_in: Client) -> None:
    for path in (run.folder_path / "rollouts").iterdir():
        path.unlink()
    text = page(client_signed_in, "run-verdicts", run.pk)
    assert "Predictions judged" in text
    assert "The rollouts of this run are not on this machine any more" in text
    response = client_signed_in.post(reverse("audit-start", args=[run.pk]), {"size": "20"})
    assert response.status_code == 422
    assert "The rollouts of this run are not on this machine any more." in response.content.decode()


def test_run_without_a_step_says_when_verdicts_come(run: Run, client_signed_in: Client) -> None:
    run.groups.all().delete()
    assert "No prediction was judged" in page(client_signed_in, "run-verdicts", run.pk)
    cache.clear()
    Job.objects.filter(pk=run.job_id).update(state="running")
    assert "No verdict yet" in page(client_signed_in, "run-verdicts", run.pk)
    response = client_signed_in.post(reverse("audit-start", args=[run.pk]), {"size": "20"})
    assert "There is no judged prediction to show." in response.content.decode()


def test_drawn_sample_holds_every_sort_and_opens(run: Run, client_signed_in: Client) -> None:
    response = client_signed_in.post(reverse("audit-start", args=[run.pk]), {"size": "20"})
    (audit,) = Audit.objects.all()
    assert response["Location"] == reverse("audit", args=[audit.pk])
    pairs = list(audit.pairs.all())
    assert 5 < len(pairs) <= 20
    assert {pair.call for pair in pairs} == {"right", "wrong", "malformed"}
    assert sum(audit.strata.values()) == audit.judged
    assert {pair.stratum for pair in pairs} == set(audit.strata)
    assert len({(pair.reference, pair.predicted) for pair in pairs}) == len(pairs)


def test_second_sample_is_another_one(run: Run, audit: Audit) -> None:
    second = draw_audit(run, 20)
    assert (audit.number, second.number) == (1, 2)
    places = [[(pair.step, pair.group, pair.sample) for pair in one.pairs.all()] for one in (audit, second)]
    assert places[0] != places[1]


def test_queue_is_blind_until_the_pair_is_answered(audit: Audit, client_signed_in: Client) -> None:
    first = audit.pairs.first()
    text = page(client_signed_in, "audit", audit.pk)
    assert first.predicted in text and first.reference in text
    assert "The judge:" not in text and "malformed" not in text and first.reply not in text
    shown = answer(client_signed_in, audit, first, "right", HTTP_HX_REQUEST="true").content.decode()
    assert shown.startswith('<div id="queue"')
    assert f"You: <b>right</b>. The judge: <b>{first.call}</b>" in shown
    assert ("agreed" in shown) == (first.call == "right")
    assert f'name="pair" value="{audit.pairs.all()[1].pk}"' in shown


def test_answer_counts_once_and_can_be_taken_back(audit: Audit, user: Any, client_signed_in: Client) -> None:
    first = audit.pairs.first()
    for said in ("right", "wrong"):
        assert answer(client_signed_in, audit, first, said).status_code == 302
    assert AuditAnswer.objects.get().answer == "right"
    client_signed_in.post(reverse("audit-undo", args=[audit.pk]))
    assert not AuditAnswer.objects.exists()
    assert f'name="pair" value="{first.pk}"' in page(client_signed_in, "audit", audit.pk)
    client_signed_in.post(reverse("audit-undo", args=[audit.pk]))  # nothing left to take back


def test_answers_that_are_none_are_refused(audit: Audit, run: Run, client_signed_in: Client) -> None:
    first = audit.pairs.first()
    assert answer(client_signed_in, audit, first, "perhaps").status_code == 400
    foreign = draw_audit(run, 20).pairs.first()
    assert answer(client_signed_in, audit, foreign, "right").status_code == 404
    assert client_signed_in.post(reverse("audit-answer", args=[audit.pk]), {"pair": "x"}).status_code == 404
    assert not AuditAnswer.objects.exists()


def test_finished_sample_shows_kappa_and_where_they_part(
    audit: Audit, run: Run, client_signed_in: Client
) -> None:
    judge_all(client_signed_in, audit, wrong=1)
    text = page(client_signed_in, "audit", audit.pk)
    assert f"All {audit.pairs.count()} pairs are judged" in text
    apart = audit.pairs.filter(call="right").first()
    assert f"{reverse('run-group', args=[run.pk, apart.step, apart.group])}?rollout={apart.sample}" in text
    n, right = audit.pairs.count(), audit.pairs.filter(call="right").count()
    expected = (right * (right - 1) + (n - right) * (n - right + 1)) / n**2
    kappa = ((n - 1) / n - expected) / (1 - expected)
    assert f"<dd>{kappa:.2f}</dd>" in text
    tab = page(client_signed_in, "run-judge", run.pk)
    assert f"{n} of {n}" in tab and f">{kappa:.2f}<" in tab


def test_skipped_pairs_do_not_count(audit: Audit, client_signed_in: Client) -> None:
    for pair in audit.pairs.all():
        answer(client_signed_in, audit, pair, "skipped")
    assert "No pair was judged by both." in page(client_signed_in, "audit", audit.pk)


def test_same_answer_throughout_has_no_kappa(audit: Audit, client_signed_in: Client) -> None:
    audit.pairs.exclude(call="right").delete()
    judge_all(client_signed_in, audit)
    text = page(client_signed_in, "audit", audit.pk)
    assert "not defined" in text
    assert "chance alone would agree as well" in text


def test_one_answer_to_all_pairs_is_said_where_kappa_is_0_for_it(
    audit: Audit, client_signed_in: Client
) -> None:
    for pair in audit.pairs.all():
        answer(client_signed_in, audit, pair, "wrong")
    text = page(client_signed_in, "audit", audit.pk)
    assert "<dd>0.00</dd>" in text
    assert "0.00 to 0.00" not in text
    assert "One of the two gave the same answer to every pair" in text


def test_another_person_judges_by_invitation_alone(
    audit: Audit, run: Run, other_user: Any, client_signed_in: Client
) -> None:
    other = Client()
    other.force_login(other_user)
    assert other.get(reverse("audit", args=[audit.pk])).status_code == 404
    assert other.post(reverse("audit-invite", args=[audit.pk])).status_code == 404
    client_signed_in.post(reverse("audit-invite", args=[audit.pk]))
    link = re.search(r"/audits/join/[\w-]{43}/", page(client_signed_in, "audit", audit.pk))
    assert link
    assert other.get("/audits/join/" + "x" * 43 + "/").status_code == 404
    assert other.get(link.group()).status_code == 302
    text = page(other, "audit", audit.pk)
    assert "Ask a second person" not in text and link.group() not in text
    assert reverse("run-judge", args=[run.pk]) not in text
    assert other.get(reverse("run-judge", args=[run.pk])).status_code == 404
    judge_all(other, audit, wrong=2)
    judge_all(client_signed_in, audit)
    both = page(client_signed_in, "audit", audit.pk)
    assert "grace and judge" in both and "ada and grace" in both
    assert "step 1, #" not in page(other, "audit", audit.pk)  # no way into the run


def test_invitation_stays_the_same(audit: Audit, client_signed_in: Client) -> None:
    secrets = set()
    for _ in range(2):
        client_signed_in.post(reverse("audit-invite", args=[audit.pk]))
        audit.refresh_from_db()
        secrets.add(audit.invitation)
    assert len(secrets) == 1


def rejudge(client: Client, run: Run, **asked: str) -> Any:
    return client.post(reverse("rejudge-start", args=[run.pk]), {"rule": "prefix", "kind": "run", **asked})


def test_other_rule_is_judged_by_a_job_and_shows_what_flips(
    run: Run, client_signed_in: Client, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("FORESIGHT_HOME", str(home))
    response = rejudge(client_signed_in, run, rule="strict")
    (found,) = Rejudging.objects.all()
    assert response["Location"] == reverse("rejudging", args=[found.pk])
    assert (found.job.kind, found.job.state, found.rule) == ("rejudge", "queued", "strict")
    assert "Waits until the machine is free" in page(client_signed_in, "rejudging", found.pk)
    finish(found)
    found.refresh_from_db()
    result = found.typed_result
    assert result is not None
    assert result.to_wrong > 0 and result.judge == "deterministic_for_tests"
    text = page(client_signed_in, "rejudging", found.pk)
    assert "Flipped predictions" in text
    flipped = re.findall(r'href="(/runs/\d+/steps/\d+/groups/\d+/\?rollout=\d+)"', text)
    assert len(flipped) == result.to_right + result.to_wrong
    assert client_signed_in.get(flipped[0]).status_code == 200
    tab = page(client_signed_in, "run-judge", run.pk)
    assert f"{result.reward_before:.3f} → {result.reward_after:.3f}" in tab
    disputed = draw_audit(run, 100).pairs.filter(stratum="disputed")
    flips = result.to_right + result.to_wrong
    assert 0 < disputed.count() <= flips
    (job_folder(found.job) / FLIPS_FILE).unlink()
    assert "is not on this machine any more" in page(client_signed_in, "rejudging", found.pk)


def test_progress_and_result_reach_the_row(run: Run, client_signed_in: Client) -> None:
    rejudge(client_signed_in, run, rule="strict")
    (found,) = Rejudging.objects.all()
    event = Progress(stage="judging", done=2, total=3, unit="steps")
    project(found.job, 1, [Envelope(seq=1, time=1.0, event=event)])
    assert snapshot(found.job) == {
        "rejudging": found.pk,
        "stage": "Judging",
        "done": 2,
        "total": 3,
        "unit": "steps",
        "finished": False,
    }
    found.delete()
    project(found.job, 1, [Envelope(seq=2, time=1.0, event=event)])
    assert snapshot(found.job) is None


def test_another_judge_is_written_into_the_jobs_experiment(run: Run, client_signed_in: Client) -> None:
    typed = {
        "kind": "endpoint",
        "url": "http://judge.example/v1",
        "model": "--events=/etc/x",
        "key_variable": "JUDGE_API_KEY",
    }
    rejudge(client_signed_in, run, **typed)
    (found,) = Rejudging.objects.all()
    judge = load_experiment(job_folder(found.job) / "experiment.yaml").judge
    assert (judge.kind, judge.url, judge.model) == ("endpoint", typed["url"], typed["model"])
    assert (judge.key_variable, judge.max_reply_tokens) == ("JUDGE_API_KEY", 16)
    assert found.job.arguments == [
        "judge",
        "--run",
        str(run.folder_path),
        "--config",
        "{folder}/experiment.yaml",
        "--rule",
        "prefix",
        "--out",
        "{folder}",
        "--events",
        "{spool}",
    ]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({}, "That is the judge and the rule of the run itself."),
        ({"rule": "loose"}, "There is no rule &#x27;loose&#x27;."),
        ({"kind": "oracle"}, "Input should be"),
        ({"kind": "endpoint"}, "An endpoint needs url"),
        (
            {"kind": "endpoint", "url": "http://x/v1", "model": "m", "key_variable": "FORESIGHT_SECRET_KEY"},
            "an environment variable that ends in API_KEY",
        ),
        ({"kind": "local", "model": "no-such-model"}, "There is no model &#x27;no-such-model&#x27;"),
        ({"kind": "local", "max_reply_tokens": "many"}, "valid integer"),
    ],
)
def test_form_says_what_is_wrong_and_keeps_what_was_typed(
    run: Run, client_signed_in: Client, typed: dict[str, str], message: str
) -> None:
    response = rejudge(client_signed_in, run, **typed)
    assert response.status_code == 422
    text = response.content.decode()
    assert message in text
    for name in ("url", "model", "key_variable", "max_reply_tokens"):
        if name in typed:
            assert re.search(rf'name="{name}" [^>]*value="{typed[name]}"', text)
    assert not Rejudging.objects.exists()


def test_run_without_rollouts_is_not_judged_again(run: Run, client_signed_in: Client) -> None:
    Run.objects.filter(pk=run.pk).update(step=0)
    assert "The run has no rollouts yet." in rejudge(client_signed_in, run, rule="strict").content.decode()


def test_stopping_a_rejudging_is_asked_of_its_job(run: Run, client_signed_in: Client) -> None:
    rejudge(client_signed_in, run, rule="strict")
    (found,) = Rejudging.objects.all()
    client_signed_in.post(reverse("rejudging-cancel", args=[found.pk]))
    found.job.refresh_from_db()
    assert found.job.desired == "cancel" or found.job.state == "cancelled"
    Job.objects.filter(pk=found.job_id).update(state="cancelled")
    assert "Nothing was judged" in page(client_signed_in, "rejudging", found.pk)


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("run-judge", "get"),
        ("run-verdicts", "get"),
        ("audit-start", "post"),
        ("rejudge-start", "post"),
        ("audit", "get"),
        ("audit-answer", "post"),
        ("audit-undo", "post"),
        ("audit-invite", "post"),
        ("rejudging", "get"),
        ("rejudging-cancel", "post"),
    ],
)
def test_another_users_pages_do_not_exist(
    run: Run, audit: Audit, client_signed_in: Client, other_user: Any, name: str, method: str
) -> None:
    rejudge(client_signed_in, run, rule="strict")
    of = {
        "run": run.pk,
        "rejudge-start": run.pk,
        "audit-start": run.pk,
        "rejudging": Rejudging.objects.get().pk,
    }
    pk = of.get(name, of.get(name.split("-")[0], audit.pk))
    other = Client()
    other.force_login(other_user)
    assert getattr(other, method)(reverse(name, args=[pk])).status_code == 404
    assert AuditAnswer.objects.count() == 0


def test_what_a_model_wrote_is_escaped(run: Run, audit: Audit, client_signed_in: Client) -> None:
    evil = "<img src=x onerror=alert(1)>"
    AuditPair.objects.filter(audit=audit).update(predicted=evil, reference=evil, context=evil, reply=evil)
    first = audit.pairs.first()
    texts = [page(client_signed_in, "audit", audit.pk)]
    texts.append(answer(client_signed_in, audit, first, "right", HTTP_HX_REQUEST="true").content.decode())
    judge_all(client_signed_in, audit, wrong=3)
    texts.append(page(client_signed_in, "audit", audit.pk))
    assert all(evil not in text and "&lt;img src=x" in text for text in texts)
