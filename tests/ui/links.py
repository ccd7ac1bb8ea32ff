"""What a page fetches or leads to."""

import json
from html.parser import HTMLParser
from pathlib import Path

FETCHING = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "a": "href"}


class Addresses(HTMLParser):
    """All of them, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if value and name == FETCHING.get(tag)]


def addresses(page: str) -> list[str]:
    reader = Addresses()
    reader.feed(page)
    return [address for address in reader.found if not address.startswith("data:")]


def check_folder(folder: Path) -> None:
    """Every link of a report leads to a file of it, every file is linked, and a browser may fetch nothing else."""
    page = (folder / "index.html").read_text()
    linked = {(folder / address).resolve() for address in addresses(page)} | {(folder / "index.html").resolve()}
    assert linked == {path.resolve() for path in folder.rglob("*") if path.is_file()}
    assert "Content-Security-Policy\" content=\"default-src 'none';" in page
    content = json.loads((folder / "report.json").read_text())
    assert content["kind"] and all((folder / f"{name}.csv").is_file() for name in content["tables"])
