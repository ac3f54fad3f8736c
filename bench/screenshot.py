"""Takes the README's picture: the report of a demo project in headless Chromium, saved as bench/report.png.

    python bench/screenshot.py [PROJECT]

PROJECT is a folder that `newstone demo` made; without it the demo is run into a temporary folder. Needs `chromium`.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from newstone.config import load_project
from newstone.reporting import write_report

PICTURE = Path(__file__).with_name("report.png")
MOST_BYTES = 300_000
"""The README loads it on every visit."""

WIDTH_PX = 1366
HEIGHT_PX = 1180
"""From the headline figures to the curves of the first competitors."""


def main(project_folder: Path) -> int:
    """Make the page and the picture; 1 where it is too large or the page reported an error."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        print("no Chromium on the path; install it (apt-get install chromium)")
        return 1
    errors: list[str] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = Path(folder) / "report.html"
        size_bytes = write_report(load_project(project_folder), page_file)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH_PX, "height": HEIGHT_PX}, color_scheme="light")
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text))
        page.goto(page_file.as_uri())
        page.wait_for_selector("html[data-ready]")
        page.screenshot(path=PICTURE)
        browser.close()
    for error in errors:
        print(f"the page reported: {error}")
    picture_bytes = PICTURE.stat().st_size
    print(f"page {size_bytes / 1e6:.2f} MB, picture {picture_bytes / 1e3:.0f} kB: {PICTURE}")
    return 1 if errors or picture_bytes > MOST_BYTES else 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(main(Path(sys.argv[1])))
    with tempfile.TemporaryDirectory() as made:
        demo = Path(made) / "demo"
        subprocess.run([sys.executable, "-m", "newstone", "demo", "--dir", str(demo)], check=True)
        sys.exit(main(demo))
