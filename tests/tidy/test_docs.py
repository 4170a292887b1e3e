"""Folder READMEs, links between pages, and the walk through the code."""
import re
from pathlib import Path

from scripts.dispatch import COMMANDS
from tests.tidy.sources import ROOT, blank, none, read, tracked

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


# A type and a name with its arguments, at most inside a class or behind a scope; or a class. A call has no type in front.
MAKES = (r"^ *(?:\[\[\w+\]\] )?(?!(?:co_)?(?:return|await)\b)(?:[\w:]+(?:<[^;=()]*>)?[&*]? )+[&*]?(?:\w+::)*{0}\("
         r"|\bclass {0}\b")
STEP = re.compile(r"^(\d+)\. (?:`([\w./-]+)`|\((\d+)\)) · ((?:`[\w:]+` ?)+)· \S", re.MULTILINE)


def walk_complaints(root: Path, text: str) -> list[str]:
    """Each numbered line is a step: a file, or the number of a step before, and functions that this file declares or
    defines. Steps count from 1, and no file is entered twice."""
    found = [f"no such file: {path}" for path in dict.fromkeys(PATH.findall(text)) if not (root / path).is_file()]
    numbered = re.findall(r"^\d+\..*$", text, re.MULTILINE)
    entered: dict[str, str] = {}
    steps = list(STEP.finditer(text))
    if not steps or len(steps) != len(numbered):
        found.append(f"{len(steps)} steps in {len(numbered)} numbered lines")
    for n, step in enumerate(steps, 1):
        number, path, again, functions = step.groups()
        if int(number) != n:
            found.append(f"step {number} stands in place {n}")
        if path and path in entered.values():
            found.append(f"entered twice: {path}")
        file = path or entered.get(again, "")
        entered[number] = file
        code = blank((root / file).read_text()) if (root / file).is_file() else ""
        found += [f"step {number}: {file} does not make {name}" for name in re.findall(r"[\w:]+", functions)
                  if not re.search(MAKES.format(name), code, re.MULTILINE)]
    return found


def test_every_folder_says_what_it_is_for():
    folders = sorted({name.split("/")[0] for name in tracked() if "/" in name and not name.startswith(".")})
    none(readme_complaints(ROOT, folders))


def test_every_link_leads_somewhere():
    none([line for name in tracked("*.md") for line in dead_links(ROOT, name, read(name))])


def test_the_index_leads_to_every_page():
    none([f"docs/index.md does not link to {page}" for page in unlisted(read("docs/index.md"), tracked("docs/*.md"))])


def test_the_steps_of_the_walk_are_files_with_the_functions_they_name():
    none(walk_complaints(ROOT, read(WALK)))


def test_the_page_in_front_lists_every_chore():
    listed = re.search(r"`scripts/x` lists every other chore: ([\w, ]+)", read("README.md"))
    assert sorted(listed[1].split(", ")) == sorted(set(COMMANDS) - {"run", "test"})


def test_bad_pages_are_noticed(tmp_path):
    (tmp_path / "long").mkdir()
    (tmp_path / "long/README.md").write_text("line\n" * 26)
    (tmp_path / "page.md").write_text("# One heading\n")
    assert len(readme_complaints(tmp_path, ["long", "none", "docs"])) == 3
    assert dead_links(tmp_path, "a.md", "[x](gone.md) [y](page.md#two) [z](page.md#one-heading) `[q](code.md)`") == [
        "a.md: gone.md", "a.md: page.md#two (no such heading)"]
    assert unlisted("[a](a.md#x) [b](decisions/)", ["docs/a.md", "docs/decisions/1.md", "docs/rules/c.md"]) == ["docs/rules/c.md"]
    (tmp_path / "a.cpp").write_text("void one::go() {\n    two();\n    return four();\n}\nstd::unique_ptr<a> two(int); // three()\n")
    fine = "1. `long/a.cpp` · `one::go` · does it.\n2. (1) · `two` · too."
    (tmp_path / "a.cpp").rename(tmp_path / "long/a.cpp")
    assert walk_complaints(tmp_path, fine) == []
    for bad in ("Nothing here.", fine.replace("`two`", "`three`"), fine.replace("`two`", "`four`"), fine.replace("2. (1)", "2. `long/a.cpp`"),
                fine.replace("2.", "3."), fine.replace("long/a.cpp", "long/gone.cpp"), fine + "\n3. no step",
                fine + "\nthen `a/gone.cpp`"):
        assert walk_complaints(tmp_path, bad), bad
