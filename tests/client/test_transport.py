"""What the client does when the connection or the site fails: it tries again where that is safe."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from foresight import ApiError, Client, Unreachable
from tests.client.fault_proxy import Faults
from tests.webapp.made_run import MadeRun, make_bare_run
from webapp.accounts.tokens import make_token
from webapp.corpora.models import Corpus
from webapp.runs.models import Run

Faulty = tuple[Client, Faults]


def test_reading_survives_dead_connections_and_a_broken_gateway(faulty: Faulty, waits: list[float]) -> None:
    client, faults = faulty
    faults.plan += ["drop", (502, ""), (504, "")]
    assert client.me().user == "ada"
    assert len(waits) == 3
    assert all(0.75 * base <= wait <= 1.25 * base for wait, base in zip(waits, (0.5, 1.0, 2.0), strict=True))


def test_client_waits_as_long_as_the_site_asks(faulty: Faulty, waits: list[float]) -> None:
    client, faults = faulty
    faults.plan += [(429, "Retry-After: 7"), (503, "Retry-After: 600")]
    assert client.me().user == "ada"
    assert waits == [7.0, 60.0]


def test_reading_gives_up_after_its_retries(faulty: Faulty) -> None:
    client, faults = faulty
    faults.plan += ["drop"] * 4
    with pytest.raises(Unreachable, match=r"does not answer") as caught:
        client.me()
    assert caught.value.remedy == "Is the site running, and the address right?"
    assert faults.connections == 4


def test_gateway_that_stays_broken_is_an_error_with_its_status(faulty: Faulty) -> None:
    client, faults = faulty
    faults.plan += [(502, "")] * 4
    with pytest.raises(ApiError, match=r"The answer was 502 Bad, and no page of the API.") as caught:
        client.me()
    assert caught.value.status == 502


def test_launch_is_not_repeated_when_its_answer_is_lost(faulty: Faulty, user: Any) -> None:
    client, faults = faulty
    run = make_bare_run(user)
    faults.plan += [10]  # the request reaches the site, its answer is cut off
    with pytest.raises(Unreachable):
        client.runs.launch(run.experiment_id)
    assert faults.connections == 1
    assert Run.objects.count() == 2


def test_launch_is_not_repeated_on_a_broken_gateway(faulty: Faulty, user: Any) -> None:
    client, faults = faulty
    faults.plan += [(502, "")]
    with pytest.raises(ApiError):
        client.runs.launch(make_bare_run(user).experiment_id)
    assert (faults.connections, Run.objects.count()) == (1, 1)


def test_launch_is_repeated_where_the_site_has_refused_to_look(faulty: Faulty, user: Any) -> None:
    client, faults = faulty
    faults.plan += [(429, "Retry-After: 1")]
    client.runs.launch(make_bare_run(user).experiment_id)
    assert Run.objects.count() == 2


def test_cancel_is_repeated(faulty: Faulty, user: Any) -> None:
    client, faults = faulty
    run = make_bare_run(user, MadeRun(state="queued"))
    faults.plan += [10]  # it is done, and its answer is lost
    assert client.runs.cancel(run.pk).changed is False
    run.job.refresh_from_db()
    assert run.job.state == "cancelled"


def test_removal_whose_answer_was_lost_is_no_error(faulty: Faulty) -> None:
    client, faults = faulty
    corpus = client.corpora.sample()
    faults.plan += [10]
    client.corpora.delete(corpus.id)
    assert not Corpus.objects.exists()
    with pytest.raises(ApiError, match=r"There is no such corpus."):
        client.corpora.delete(corpus.id)


def test_site_that_is_not_there_is_unreachable(token: str, waits: list[float]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with Client(f"http://127.0.0.1:{port}", token, retries=1) as client, pytest.raises(Unreachable):
            client.runs.launch(1)
    assert len(waits) == 1  # a request that was never sent may be sent again


def test_error_of_the_site_keeps_its_parts(client_of_site: Client) -> None:
    with pytest.raises(ApiError) as caught:
        client_of_site.experiments.create({"seed": -1, "sampling": {"group_size": 1}})
    error = caught.value
    assert (error.status, error.message) == (422, "The experiment has 2 mistakes.")
    assert set(error.errors) == {"seed", "sampling.group_size"}


def test_token_that_does_not_hold_is_an_error_with_its_remedy(site: str, token: str) -> None:
    with Client(site, "fs_wrong") as client, pytest.raises(ApiError) as caught:
        client.me()
    assert caught.value.status == 401
    assert str(caught.value).endswith("Make a new one on the page API tokens.")


def test_address_of_a_page_or_of_the_api_is_the_site(site: str, token: str) -> None:
    for address in (site, f"{site}/", f"{site}/api", f"{site}/api/"):
        with Client(address, token) as client:
            assert (client.me().user, client.url) == ("ada", site)


def test_site_that_sends_elsewhere_is_named(faulty: Faulty) -> None:
    client, faults = faulty
    faults.plan += [(301, "Location: https://other.example/api/me")]
    with pytest.raises(ApiError, match=r"The site sends this address on to https://other.example/api/me."):
        client.me()


def test_large_upload_needs_a_token_that_holds(site: str, token: str, tmp_path: Any) -> None:
    file = tmp_path / "large.txt"
    file.write_text("word " * 600_000)
    with Client(site, token) as client:
        found = client.corpora.upload(file)
        assert client.corpora.wait(found.id).state == "ready"
    with Client(site, "fs_wrong", retries=0) as client, pytest.raises((ApiError, Unreachable)):
        client.corpora.upload(file)
    assert Corpus.objects.count() == 1


def test_token_of_another_user_sees_nothing(
    site: str, client_of_site: Client, user: Any, other_user: Any
) -> None:
    run = make_bare_run(user)
    assert [one.id for one in client_of_site.runs.list()] == [run.pk]
    with Client(site, make_token(other_user, "x")[1]) as stranger:
        assert list(stranger.runs.list()) == []
        with pytest.raises(ApiError, match=r"There is no such run."):
            stranger.runs.show(run.pk)
