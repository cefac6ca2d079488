"""The pages of the API in a browser: a token from its making to its revoking, and the documentation by keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from foresight import ApiError, Client
from tests.e2e.site import Site


def test_token_works_until_it_is_revoked(signed_in: Page, site: Site) -> None:
    signed_in.get_by_text(site.user, exact=True).click()
    signed_in.get_by_role("link", name="API tokens").click()
    signed_in.get_by_role("textbox", name="Name").fill("notebook")
    signed_in.get_by_label("Holds for").select_option("until it is revoked")
    signed_in.get_by_role("button", name="Make the token").click()
    secret = signed_in.get_by_label("The token", exact=True).inner_text()
    expect(signed_in.get_by_label("The command to sign in with")).to_have_text(f"foresight login {site.url}")
    with Client(site.url, secret) as client:
        assert client.me().user == site.user
        signed_in.goto(f"{site.url}/account/tokens/")
        row = signed_in.get_by_role("row").filter(has_text="notebook")
        expect(row).to_contain_text("it is revoked")
        expect(row).not_to_contain_text("never")
        assert secret not in signed_in.content()
        row.get_by_role("button", name="Revoke").click()
        dialog = signed_in.get_by_role("dialog")
        expect(dialog.get_by_role("heading", name="Revoke notebook?")).to_be_visible()
        dialog.get_by_role("button", name="Revoke").click()
        expect(signed_in.get_by_role("list", name="Messages").get_by_role("status")).to_contain_text(
            "notebook is revoked"
        )
        with pytest.raises(ApiError, match="was revoked"):
            client.me()


def test_documentation_is_filtered_and_read_by_keyboard(signed_in: Page, site: Site) -> None:
    signed_in.goto(f"{site.url}/api/docs/")
    signed_in.get_by_label("Filter").focus()
    signed_in.keyboard.type("post cancel run")
    shown = signed_in.locator("[data-operation]:visible")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("/api/runs/{run}/cancel")
    shown.locator("summary").focus()
    signed_in.keyboard.press("Enter")
    expect(signed_in.locator("#curl-cancel_run")).to_be_visible()
    link = shown.get_by_role("link", name="Changed")
    link.focus()
    signed_in.keyboard.press("Enter")
    fields = signed_in.locator("#schema-Changed")
    expect(fields).to_be_visible()
    expect(fields).to_contain_text("What happens now, or why nothing does.")
    expect(signed_in.get_by_label("Filter")).to_have_value("")
    signed_in.get_by_label("Filter").fill("no such operation")
    expect(signed_in.get_by_text("No operation matches the filter.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_the_api_fit_a_phone_and_pass_axe(signed_in: Page, site: Site, scheme: Any) -> None:
    signed_in.emulate_media(color_scheme=scheme)
    signed_in.set_viewport_size({"width": 375, "height": 800})
    for path in ("/account/tokens/", "/api/docs/", "/api/docs/#launch_run"):
        signed_in.goto(f"{site.url}{path}")
        if path == "/account/tokens/":
            signed_in.get_by_role("textbox", name="Name").fill("a token with a long name")
            signed_in.get_by_role("button", name="Make the token").click()
        assert signed_in.evaluate("() => document.documentElement.scrollWidth") <= 375, path
        found = Axe().run(signed_in).response["violations"]
        grave = [
            (one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}
        ]
        assert grave == [], path
