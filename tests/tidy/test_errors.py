"""docs/errors.md says of each code whether anything raises it: the reserved ones are listed in one sentence."""
import re

from tests.tidy.sources import blank, cpp_files, none, read

PAGE = "docs/errors.md"


def raised(texts: list[str]) -> set[str]:
    """The enumerators that code names, as `errc::name`."""
    return {name for text in texts for name in re.findall(r"\berrc::(\w+)", blank(text))}


def reserved(page: str) -> set[str]:
    sentence = re.search(r"^Reserved, raised by nothing yet: (.*?)\.\n", page, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`([\w.]+)`", sentence[1])) if sentence else set()


def complaints(page: str, codes: dict[str, str], texts: list[str]) -> list[str]:
    """`codes`: enumerator -> code."""
    named = raised(texts)
    idle = {code for name, code in codes.items() if name not in named}
    listed = reserved(page)
    return ([f"{code} is raised by nothing, and {PAGE} does not list it as reserved" for code in sorted(idle - listed)]
            + [f"{code} is raised, and {PAGE} lists it as reserved" for code in sorted(listed - idle)])


def test_codes_that_nothing_raises_are_listed_as_reserved():
    codes = dict(re.findall(r'\{errc::(\w+), "([\w.]+)"', read("domain/errc.cpp")))
    assert len(codes) > 50
    texts = [read(name) for name in cpp_files() if not name.startswith(("tests/", "domain/errc."))]
    none(complaints(read(PAGE), codes, texts))


def test_a_code_that_is_wrongly_listed_is_noticed():
    codes = {"a_b": "a.b", "c": "c"}
    assert complaints("Reserved, raised by nothing yet: `c`.\n", codes, ["return errc::a_b;"]) == []
    assert complaints("nothing", codes, ["return errc::a_b; // errc::c"])
    assert complaints("Reserved, raised by nothing yet: `c`.\n", codes, ["errc::a_b errc::c"])
