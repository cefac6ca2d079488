"""Takes a picture of every page of the site for docs/pages.md, in light, dark and 375 px.

`python -m tests.e2e.gallery` starts a site of its own, fills it with one made object of each kind, and writes
docs/images/pages/ and docs/pages.md. The pages come from the URL configuration, so none is forgotten; what they show
is made up, unlike in the pictures that `tests.e2e.pictures` takes of real runs.
"""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.browser import find, launch_arguments
from tests.e2e.pictures import LOOKS
from tests.e2e.site import Site, running_site, sign_in
from tests.training.tiny import make_tiny_model

DOCS = Path(__file__).resolve().parents[2] / "docs"
FOLDER = DOCS / "images" / "pages"
COLOURS = 64  # a page of flat colours loses nothing that is seen, and two thirds of its bytes
HEAD = """# Every page

Taken by `python -m tests.e2e.gallery` from a site that tests fill: the numbers are made up.

| page | light | dark | 375 px |
|---|---|---|---|
"""


def take(browser: Browser, site: Site, pages: dict[str, str]) -> None:
    for look, (scheme, width) in LOOKS.items():
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        for name, path in pages.items():
            if name == "sign-in":
                page.goto(site.url + path)
                shoot(page, name, look)
        sign_in(page, site.url, site.user, site.password)
        for name, path in pages.items():
            if name not in {"sign-in", "sign-out"}:
                page.goto(site.url + path)
                shoot(page, name, look)
        context.close()


def shoot(page: Page, name: str, look: str) -> None:
    page.wait_for_load_state("load")
    page.wait_for_timeout(1500)  # charts mount when they are seen
    file = FOLDER / f"{slug(name)}-{look}.png"
    page.screenshot(path=file)
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(COLOURS).save(file, optimize=True)


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())


def table(pages: dict[str, str]) -> str:
    rows = [
        f"| {name} | "
        + " | ".join(
            f'<img src="images/pages/{slug(name)}-{look}.png" alt="{name}, {look}" width="240">'
            for look in LOOKS
        )
        + " |\n"
        for name in pages
        if (FOLDER / f"{slug(name)}-light.png").exists()
    ]
    return HEAD + "".join(rows)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        make_tiny_model(Path(folder, "models", "tiny"))
        with running_site(Path(folder)) as site:
            pages = site.fill()
            browser = playwright.chromium.launch(executable_path=find(), args=launch_arguments())
            take(browser, site, pages)
            browser.close()
    (DOCS / "pages.md").write_text(table(pages))


if __name__ == "__main__":
    main()
