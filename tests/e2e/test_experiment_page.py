"""The experiment form in a browser: find, change, see what it means, keep, clone, copy, launch; by keyboard too."""

from __future__ import annotations

import pytest
import yaml
from playwright.sync_api import Locator, Page, expect

from tests.e2e.site import Site

SEED = """
from pathlib import Path
from django.conf import settings
from django.contrib.auth.models import User
from tests.webapp.corpora.made_scan import made_corpus
print(made_corpus(Path(settings.HOME), User.objects.get(username={user!r}), name="made for the form").pk)
"""


@pytest.fixture(scope="module")
def corpus(site: Site) -> int:
    return site.seed(SEED)


@pytest.fixture
def form(signed_in: Page, site: Site, corpus: int) -> Page:
    """The form as it opens, with the preset demo-cpu."""
    signed_in.goto(f"{site.url}/experiments/new/?preset=demo-cpu&corpus={corpus}")
    ready(signed_in)
    return signed_in


def ready(page: Page) -> None:
    """Wait until the page listens."""
    expect(page.locator("#below-words")).not_to_be_empty()


def setting(page: Page, name: str) -> Locator:
    return page.locator(f'[id="field-{name}"]')


def control(page: Page, name: str) -> Locator:
    return page.locator(f'[id="id_{name}"]')


def fill(page: Page, name: str, value: str) -> None:
    """Type a value and leave the setting, as the panel then answers."""
    with page.expect_response("**/experiments/check/"):
        control(page, name).fill(value)
        control(page, name).blur()


def test_search_finds_folded_settings_by_label_key_and_help(form: Page) -> None:
    form.keyboard.press("/")
    expect(form.locator("#find")).to_be_focused()
    for words, name in (
        ("adam beta 2", "optimisation.adam_beta2"),
        ("checkpoints.best_by", "checkpoints.best_by"),
        ("dr. grpo", "optimisation.normalise_by_std"),
    ):
        form.locator("#find").fill(words)
        expect(form.locator("[data-setting]:visible")).to_have_count(1)
        expect(control(form, name)).to_be_visible()
        expect(form.locator("#found")).to_have_text("1 setting found")
    form.reload()
    expect(form.locator("[data-setting]:visible")).to_have_count(1)
    form.locator("#find").fill("no such thing")
    expect(form.locator("#none-found")).to_contain_text("No setting matches.")
    form.get_by_role("button", name="Show all settings").click()
    expect(control(form, "sampling.temperature")).to_be_visible()
    expect(control(form, "optimisation.adam_beta2")).to_be_hidden()  # folded again


def test_changed_setting_shows_what_it_was_and_is_set_back(form: Page) -> None:
    expect(setting(form, "sampling.temperature").locator(".was")).to_be_hidden()
    fill(form, "sampling.temperature", "0.95")
    expect(setting(form, "sampling.temperature").locator(".was")).to_contain_text("was 0.8")
    form.get_by_role("button", name="Changed only").click()
    expect(form.locator("[data-setting]:visible")).to_have_count(1)
    form.get_by_role("tab", name="Changes").click()
    expect(form.locator("#view-changes")).to_contain_text("1 changed from demo-cpu")
    expect(form.locator(".changes tr", has_text="sampling.temperature").locator("td")).to_have_text(
        ["0.8", "0.95"]
    )
    with form.expect_response("**/experiments/check/"):
        setting(form, "sampling.temperature").locator(".was").click()
    expect(control(form, "sampling.temperature")).to_have_value("0.8")
    expect(form.locator("#view-changes")).to_contain_text("0 changed from demo-cpu")


def test_arithmetic_follows_the_typing_and_offers_what_divides(form: Page) -> None:
    expect(form.locator(".flow")).to_have_text("8 contexts x 8 = 64 rollouts → 1 update a step")
    fill(form, "optimisation.mini_batch_contexts", "3")
    expect(form.locator(".divisions")).to_contain_text("8 contexts / 3 a mini-batch = 2 updates, 2 left over")
    expect(setting(form, "optimisation.contexts_per_step").locator(".error")).to_contain_text(
        "does not divide"
    )
    with form.expect_response("**/experiments/check/"):
        form.get_by_role("button", name="Take 2").click()
    expect(form.locator(".flow")).to_have_text("8 contexts x 8 = 64 rollouts → 4 updates a step")
    expect(setting(form, "optimisation.contexts_per_step").locator(".error")).to_be_hidden()


def test_error_waits_until_the_setting_is_left(form: Page) -> None:
    box = control(form, "sampling.group_size")
    with form.expect_response("**/experiments/check/"):
        box.fill("1")
    expect(form.locator("#view-summary .problems")).to_contain_text("Group size G")
    expect(setting(form, "sampling.group_size").locator(".error")).to_be_hidden()
    box.blur()
    expect(setting(form, "sampling.group_size").locator(".error")).to_have_text(
        "Input should be greater than or equal to 2"
    )
    form.get_by_role("button", name="Launch").click()
    expect(form.locator("#refused")).to_be_focused()
    expect(box).to_have_value("1")
    form.locator("#refused").get_by_role("link", name="Group size G").click()
    expect(box).to_be_focused()


def test_preset_is_saved_started_from_and_removed(form: Page) -> None:
    fill(form, "sampling.temperature", "0.95")
    form.get_by_role("button", name="Save as preset").click()
    form.get_by_label("Name", exact=True).locator("visible=true").last.fill("hot")
    form.get_by_label("What it is for").fill("Warmer.")
    form.get_by_role("button", name="Save preset").click()
    expect(form.get_by_text("Your preset hot is saved.")).to_be_visible()
    expect(form.get_by_role("link", name="hot", exact=True)).to_have_attribute("aria-current", "true")
    expect(control(form, "sampling.temperature")).to_have_value("0.95")
    expect(form.locator("#only-changed")).to_contain_text("0")
    form.get_by_role("button", name="Remove this preset").click()
    form.get_by_role("button", name="Remove", exact=True).click()
    expect(form.get_by_text("Your preset hot was removed.")).to_be_visible()
    expect(form.get_by_role("link", name="hot", exact=True)).to_have_count(0)


def test_yaml_is_downloaded_and_imported_with_its_differences(form: Page) -> None:
    fill(form, "sampling.temperature", "0.95")
    form.get_by_role("tab", name="YAML").click()
    with form.expect_download() as loading:
        form.get_by_role("button", name="Download YAML").click()
    assert loading.value.suggested_filename == "made-for-the-form-Next-token-demo.yaml"
    text = loading.value.path().read_text(encoding="utf-8")
    assert yaml.safe_load(text)["sampling"]["temperature"] == 0.95
    form.reload()
    ready(form)
    expect(control(form, "sampling.temperature")).to_have_value("0.8")
    form.get_by_role("button", name="Import YAML").click()
    form.get_by_label("Paste an experiment file").fill(text)
    form.get_by_role("button", name="Fill the form from it").click()
    expect(control(form, "sampling.temperature")).to_have_value("0.95")
    expect(setting(form, "sampling.temperature").locator(".was")).to_contain_text("was 0.8")


def test_verl_configuration_can_be_copied(form: Page) -> None:
    form.context.grant_permissions(["clipboard-read", "clipboard-write"])
    fill(form, "sampling.temperature", "0.65")
    form.get_by_role("tab", name="verl").click()
    expect(form.locator("#verl-text")).to_contain_text("temperature: 0.65", timeout=60_000)
    form.locator("#view-verl").get_by_role("button", name="Copy").click()
    expect(form.locator("#view-verl").get_by_role("button", name="Copied")).to_be_visible()
    copied = yaml.safe_load(form.evaluate("navigator.clipboard.readText()"))
    assert copied["actor_rollout_ref"]["rollout"]["temperature"] == 0.65
    assert copied["algorithm"]["adv_estimator"] == "grpo"


def test_speed_that_is_declared_changes_the_time(form: Page) -> None:
    # By an assumed speed, or that of a run which another test has left on the site.
    expect(form.locator(".estimates")).to_contain_text("Time")
    expect(form.locator(".estimates")).not_to_contain_text("By the speed that you gave below.")
    form.locator("#assumptions summary").click()
    with form.expect_response("**/experiments/check/"):
        form.get_by_label("Speed of one device").fill("20")
    expect(form.locator(".estimates")).to_contain_text("By the speed that you gave below.")
    expect(form.get_by_label("Speed of one device")).to_be_focused()


def test_launch_and_clone_by_keyboard_alone(form: Page) -> None:
    form.keyboard.press("/")
    form.keyboard.type("what people will call it")
    expect(form.locator("[data-setting]:visible")).to_have_count(1)
    form.keyboard.press("Enter")  # to the first that was found
    expect(control(form, "name")).to_be_focused()
    form.keyboard.press("ControlOrMeta+A")
    form.keyboard.type("by keys")
    form.keyboard.press("Enter")  # launches nothing
    expect(form.get_by_role("heading", name="New experiment")).to_be_visible()
    control(form, "name").press("Escape")
    form.locator("#find").fill("")
    form.locator("#tab-summary").focus()
    form.keyboard.press("ArrowRight")
    expect(form.get_by_role("tab", name="Changes")).to_be_focused()
    expect(form.locator("#view-changes")).to_be_visible()
    form.keyboard.press("Control+Enter")
    expect(form.get_by_role("heading", name="by keys")).to_be_visible()
    form.get_by_role("link", name="Clone").press("Enter")
    expect(form.locator("#start-about")).to_contain_text("A clone of by keys.")
    ready(form)
    expect(control(form, "name")).to_have_value("by keys copy")
    expect(form.locator("#only-changed")).to_contain_text("0")
    control(form, "sampling.group_size").focus()
    form.keyboard.press("ControlOrMeta+A")
    form.keyboard.type("4")
    form.keyboard.press("Shift+Tab")
    was = setting(form, "sampling.group_size").locator(".was")
    expect(was).to_be_focused()
    form.keyboard.press("Enter")
    expect(control(form, "sampling.group_size")).to_have_value("8")


def test_form_fits_a_phone_and_leads_to_the_launch(form: Page) -> None:
    form.set_viewport_size({"width": 375, "height": 800})
    assert form.evaluate("() => document.documentElement.scrollWidth") <= 375
    form.get_by_role("link", name="Check and launch").click()
    expect(form.get_by_role("button", name="Launch")).to_be_in_viewport()
