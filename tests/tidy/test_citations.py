"""Rules are cited by number or name; each citation leads to a heading or a line of a page in docs/ (docs/index.md says which)."""
import re

from tests.tidy.sources import ROOT, TOKEN, line_of, none, read, tracked

# Where the numbers and names of a word stand. Sections are headings (`## 2.`), settled points and rules bold (`**6a**`).
PAGES = {
    "settled": ["docs/rules/settled.md"],
    "counterexample": ["docs/rules/counterexamples.md"],
    "architecture": ["docs/architecture.md"],
    "api": ["docs/rules/api.md"],
    "semantics": ["docs/semantics.md", "docs/rules/time.md", "docs/rules/search.md"],
}
TEXT = ["*.cpp", "*.hpp", "*.py", "*.md", "*.sql", "*.txt", "*.cmake"]
GAP = r"[ \t]*(?:\n[ \t]*(?://+<?|\*|#)?)?[ \t]*"  # a space, or a line break inside a comment
NUMBERS = r"\d+[a-z]?\b(?:(?:, | and |-|–)\d+[a-z]?\b)*"
LISTED = re.compile(rf"\b(settled|[Cc]ounterexample|[Rr]ule|[Dd]ecision)s?(?: points?)?{GAP}({NUMBERS})")
STAGED = re.compile(r"\b(counterexample|row)_(\d+)_\w+")
SECTION = re.compile(rf"\b(architecture|api|semantics)(?:\.md)?{GAP}§ ?(\d+(?:\.\d+)?)")
NAMED = re.compile(r"(?<![\w.:%+-])((?:ST|EV|PG|[RMSQUBYELKGDVAHIXNFZ])[1-9]\d?a?|C[1-9])(?![\w:%-])")
PATH = re.compile(r"(?<![\w./-])docs/[\w/.-]*\w")


def known() -> dict[str, set[str]]:
    """What can be cited: the numbers of each word of PAGES, of the rules of the log, and all names."""
    texts = {word: "\n".join(read(page) for page in pages) for word, pages in PAGES.items()}
    found = {word: set(re.findall(r"^#+ (\d+(?:\.\d+)?)\.? ", texts[word], re.MULTILINE))
             for word in ("architecture", "api", "semantics")}
    found["settled"] = set(re.findall(r"^- \*\*(\d+[a-e]?)\*\*", texts["settled"], re.MULTILINE))
    found["counterexample"] = set(re.findall(r"^\| (\d+) \|", texts["counterexample"], re.MULTILINE))
    found["rule"] = set(re.findall(r"^(\d)\. \*\*", texts["architecture"], re.MULTILINE))
    found["decision"] = {page.rpartition("/")[2].partition("-")[0].lstrip("0") for page in tracked("docs/decisions/*.md")}
    headings = " ".join(re.findall(r"^#+ .*\((.*)\)$", texts["semantics"], re.MULTILINE))
    found["name"] = set(re.findall(r"^- \*\*([A-Z]+\d+a?)\b", texts["semantics"], re.MULTILINE)) | set(NAMED.findall(headings))
    return found


def prose(name: str, text: str) -> str:
    """What people read, at the same offsets: comments of C++ and pages without their code."""
    def spaces(found: re.Match) -> str:
        return re.sub(r"[^\n]", " ", found.group())
    if name.endswith(".md"):
        return re.sub(r"```.*?```|`[^`\n]*`", spaces, text, flags=re.DOTALL)
    out, last = [], 0
    for token in TOKEN.finditer(text):
        if token.group().startswith(("//", "/*")):
            out += [re.sub(r"[^\n]", " ", text[last:token.start()]), token.group()]
            last = token.end()
    return "".join(out) + re.sub(r"[^\n]", " ", text[last:])


def unresolved(name: str, text: str, there: dict[str, set[str]]) -> list[str]:
    found = []
    for hit in LISTED.finditer(text):
        word = hit[1].lower()
        found += [(hit.start(), f"{word} {n}") for n in re.findall(r"\d+[a-z]?", hit[2]) if n not in there[word]]
    found += [(hit.start(), hit[0]) for hit in STAGED.finditer(text)
              if name.startswith("tests/unit/") and hit[2] not in there["counterexample"]]
    found += [(hit.start(), f"{hit[1]} §{hit[2]}") for hit in SECTION.finditer(text) if hit[2] not in there[hit[1]]]
    if name.endswith((".cpp", ".hpp", ".md")):
        found += [(hit.start(), hit[1]) for hit in NAMED.finditer(prose(name, text)) if hit[1] not in there["name"]]
    found += [(hit.start(), hit[0]) for hit in PATH.finditer(text)
              if not any((ROOT / (hit[0] + end)).exists() for end in ("", ".md"))]
    return [f"{name}:{line_of(text, at)}: {what} stands nowhere" for at, what in found]


def test_every_citation_leads_somewhere():
    there = known()
    none([line for name in tracked(*TEXT) if not name.startswith("tests/tidy/")
          for line in unresolved(name, read(name), there)])


def test_the_pages_hold_what_can_be_cited():
    there = known()
    assert {"6a", "14", "25a", "37"} <= there["settled"]
    assert there["counterexample"] == {str(n) for n in range(1, 21)}
    assert there["rule"] == {"1", "2", "3", "4", "5"}
    assert {"1", "12"} <= there["decision"]
    assert {"2", "2.1", "8"} <= there["architecture"] and {"1", "5"} <= there["api"]
    assert {str(n) for n in range(8)} <= there["semantics"]
    assert {"B2", "ST1", "PG1", "S2a", "R4", "M3", "C5", "V1", "EV1", "N1"} <= there["name"]


def test_a_citation_of_nothing_is_noticed():
    there = known()
    for text in ("// as settled 99 says", "// (settled\n/// 6f)", "// settled 3, 98", "// counterexample 21", "// rule 6", "// decision 99",
                 "// architecture §9", "// api.md §6", "// semantics §8", "// (R99)", "/// an id (S7, C7)", "# docs/gone.md"):
        assert unresolved("a.cpp", text, there), text
    assert unresolved("tests/unit/a.cpp", "BOOST_AUTO_TEST_CASE(row_21_a_thing_happens)", there)
    fine = "// settled 6a, 31 and 33-35; architecture §2.1 rules 1, 2; decision 12; counterexample 12 (B2, R4); docs/formats, docs/commands"
    assert unresolved("a.cpp", fine + '\nauto a = "R99"; x = M13; // GAP+1 v2:R77', there) == []
    assert unresolved("a.md", "`R99` says", there) == []
