"""Folder READMEs, links between pages, and the walk through the code."""
import re
from pathlib import Path

from tests.tidy.sources import ROOT, none, read, tracked

WALK = "docs/walk.md"
README_LINES_MAX = 25
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.\w+)`")


def readme_complaints(root: Path, folders: list[str]) -> list[str]:
    """Folders without a README.md (docs has index.md instead), or with one that is too long to be read first."""
    found = []
    for folder in folders:
        readme = root / folder / ("index.md" if folder == "docs" else "README.md")
        if not readme.is_file():
            found.append(f"{folder} has no {readme.name}")
        elif readme.name == "README.md" and len(readme.read_text().splitlines()) > README_LINES_MAX:
            found.append(f"{folder}/README.md has more than {README_LINES_MAX} lines")
    return found


def dead_links(root: Path, name: str, text: str) -> list[str]:
    """Relative links of a page whose file, or whose heading in that file, does not exist."""
    found = []
    for target in LINK.findall(CODE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (root / name).parent / path if path else root / name
        if not file.exists():
            found.append(f"{name}: {target}")
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text() if path else text):
            found.append(f"{name}: {target} (no such heading)")
    return found


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def unlisted(index: str, pages: list[str]) -> list[str]:
    """Pages that the index does not link to; decisions are found by their folder."""
    linked = {target.partition("#")[0] for target in LINK.findall(index)}
    return [page for page in pages if page.removeprefix("docs/") not in linked
            and not page.startswith("docs/decisions/") and page != "docs/index.md"]


def walk_complaints(root: Path, text: str) -> list[str]:
    """Each step (`## … `file``) names a file that exists, and none is entered twice."""
    steps = [path for heading in re.findall(r"^##+ .*$", text, re.MULTILINE) for path in PATH.findall(heading)]
    missing = [f"no such file: {path}" for path in dict.fromkeys(PATH.findall(text)) if not (root / path).is_file()]
    twice = [f"entered twice: {path}" for path in dict.fromkeys(steps) if steps.count(path) > 1]
    return missing + twice + ([] if PATH.search(text) else ["names no file at all"])


def test_every_folder_says_what_it_is_for():
    folders = sorted({name.split("/")[0] for name in tracked() if "/" in name and not name.startswith(".")})
    none(readme_complaints(ROOT, folders))


def test_every_link_leads_somewhere():
    none([line for name in tracked("*.md") for line in dead_links(ROOT, name, read(name))])


def test_the_index_leads_to_every_page():
    none([f"docs/index.md does not link to {page}" for page in unlisted(read("docs/index.md"), tracked("docs/*.md"))])


def test_the_walk_names_files_that_exist_and_enters_each_once():
    if (ROOT / WALK).exists():
        none(walk_complaints(ROOT, read(WALK)))


def test_bad_pages_are_noticed(tmp_path):
    (tmp_path / "long").mkdir()
    (tmp_path / "long/README.md").write_text("line\n" * 26)
    (tmp_path / "page.md").write_text("# One heading\n")
    assert len(readme_complaints(tmp_path, ["long", "none", "docs"])) == 3
    assert dead_links(tmp_path, "a.md", "[x](gone.md) [y](page.md#two) [z](page.md#one-heading) `[q](code.md)`") == [
        "a.md: gone.md", "a.md: page.md#two (no such heading)"]
    assert unlisted("[a](a.md#x) [b](decisions/)", ["docs/a.md", "docs/decisions/1.md", "docs/rules/c.md"]) == ["docs/rules/c.md"]
    assert walk_complaints(tmp_path, "## 1 `long/README.md`\n## 2 `long/README.md`\nthen `a/gone.cpp`") == [
        "no such file: a/gone.cpp", "entered twice: long/README.md"]
    assert walk_complaints(tmp_path, "Nothing here.") == ["names no file at all"]
