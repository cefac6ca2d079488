"""Table 2, the panels, groups of runs and thresholds, by the client against the real site."""

from __future__ import annotations

from typing import Any

from foresight import Client
from tests.webapp.compare.test_numbers import write
from tests.webapp.evaluations.made_tasks import make_rlvr_run
from tests.webapp.made_run import MadeRun, make_bare_run
from tests.webapp.papers.test_pages import tell


def test_table_panels_and_groups_are_read(client_of_site: Client, user: Any) -> None:
    run = make_rlvr_run(user, "from the base")
    tell(run, 0, (1, 0, 1, 4))
    tell(run, 20, (4, 4, 2, 4))
    one = make_bare_run(user, MadeRun("one"))
    write(one, {1: 0.25, 2: 0.5})
    (table,) = client_of_site.papers.after_rlvr().tables
    (line,) = table.rows[0].runs
    assert (line.run, line.before and line.before[0], line.after and line.after[0]) == (run.pk, 0.375, 0.875)
    reward = client_of_site.papers.panels([one.pk])[0]
    assert (reward.key, reward.lines[0].value) == ("reward/mean", (0.25, 0.5))
    (group,) = client_of_site.compare.groups([one.pk], "method.kind", "reward/mean", first=2).groups
    assert (group.label, group.runs, group.step, group.mean) == ("rpt", 1, (2,), (0.5,))


def test_thresholds_are_changed_and_reset(client_of_site: Client) -> None:
    thresholds = client_of_site.thresholds
    usual = thresholds.list()
    changed = {one.name: one.value for one in thresholds.change(kl_bad=7.5)}
    assert changed == {one.name: one.value for one in usual} | {"kl_bad": 7.5}
    assert thresholds.reset() == usual
