"""Takes the pictures of the documents from a running site, in light, dark and 375 px.

`python -m tests.e2e.pictures http://127.0.0.1:8000 admin PASSWORD --run 1 --corpus 1` writes docs/images/. With
`--only panels,judge --panels 1,2 --judged 1` it takes those alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.browser import find, launch_arguments
from tests.e2e.site import sign_in

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
LOOKS = {"light": ("light", 1280), "dark": ("dark", 1280), "narrow": ("light", 375)}

WHOLE = ("panels", "after-rlvr")
"""Tables and figures, of which the whole is wanted."""


def addresses(page: Page, url: str, options: argparse.Namespace) -> dict[str, str]:
    """Name of a picture -> address of its page. The group shown is the first of the last step with signal."""
    found = {"home": f"{url}/", "corpora": f"{url}/corpora/", "experiment": f"{url}/experiments/new/"}
    found |= {"tokens": f"{url}/account/tokens/", "api": f"{url}/api/docs/"}
    if options.corpus:
        found["corpus"] = f"{url}/corpora/{options.corpus}/"
        found["atlas"] = f"{url}/corpora/{options.corpus}/documents/0/"
    if options.corpus and options.run:
        found["atlas-pass"] = f"{found['atlas']}?colour=pass&run={options.run}"
    if options.run:
        run = f"{url}/runs/{options.run}/"
        found |= {"run": run, "groups": f"{run}?tab=groups", "checkpoints": f"{run}checkpoints/"}
        page.goto(found["groups"])
        link = page.locator("#steps a, main table a[href*='/steps/']").first
        if link.count():
            link.click()
            found["step"] = page.url
            group = page.locator("main a[href*='/groups/']").first
            if group.count():
                group.click()
                found["group"] = page.url
    if options.panels:
        found["panels"] = f"{url}/evaluations/panels/?runs={options.panels}"
        found["after-rlvr"] = f"{url}/evaluations/after-rlvr/"
    if options.judged:
        found["judge"] = f"{url}/runs/{options.judged}/judge/"
    only = [name for name in options.only.split(",") if name]
    return {name: found[name] for name in only} if only else found


def take(browser: Browser, options: argparse.Namespace) -> None:
    for look, (scheme, width) in LOOKS.items():
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        sign_in(page, options.url, options.user, options.password)
        for name, address in addresses(page, options.url, options).items():
            page.goto(address)
            page.wait_for_timeout(2500)  # charts below the fold mount when they are seen
            whole = name in WHOLE or (look == "narrow" and name == "run")
            page.screenshot(path=IMAGES / f"{name}-{look}.png", full_page=whole)
        context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Take the pictures of the documents.")
    parser.add_argument("url")
    parser.add_argument("user")
    parser.add_argument("password")
    parser.add_argument("--run", type=int, default=0)
    parser.add_argument("--corpus", type=int, default=0)
    parser.add_argument("--panels", default="", metavar="RUNS", help="numbers of the runs to overlay: 1,2")
    parser.add_argument(
        "--judged", type=int, default=0, metavar="RUN", help="a run whose tab Judge is wanted"
    )
    parser.add_argument("--only", default="", metavar="NAMES", help="these pictures alone: panels,judge")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=launch_arguments())
        take(browser, parser.parse_args())
        browser.close()


if __name__ == "__main__":
    main()
