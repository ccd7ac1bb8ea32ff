"""What the documentation's site takes from outside docs/, and how the links between all of it are told there."""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
FROM_OUTSIDE = {  # file of the repository: what it is called on the site
    "README.md": "index.md",
    "checkpoints/README.md": "model-card.md",
    "CHANGELOG.md": "changelog.md",
    "LICENSE": "LICENSE.txt",
    "NOTICE": "NOTICE.txt",
}
IN_THE_REPOSITORY = {name: source for source, name in FROM_OUTSIDE.items()}
LINK = re.compile(r"(?<=\]\()(?!https?:|#)[^)\s#]+")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what stands outside docs/."""
    for source, name in FROM_OUTSIDE.items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let the links, which hold between the files of the repository, hold between the pages of the site."""
    here = page.file.src_uri
    folder = posixpath.dirname(IN_THE_REPOSITORY.get(here, f"docs/{here}"))

    def on_the_site(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, link[0]))
        named = FROM_OUTSIDE.get(target, target.removeprefix("docs/"))
        return posixpath.relpath(named, posixpath.dirname(here) or ".")

    return LINK.sub(on_the_site, markdown)
