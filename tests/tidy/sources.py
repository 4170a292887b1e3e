"""The files of the project, and C++ text with comments and strings blanked out."""
import re
from functools import cache

from scripts.commands.common import ROOT, tracked

TOKEN = re.compile(r'''
    //[^\n]* | /\*.*?\*/                               # comments
  | R"([^(\s"]{0,16})\(.*?\)\1"                        # raw strings
  | "(?:\\.|[^"\\\n])*"                                # strings
  | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'                # characters, not the ' of 1'000
''', re.VERBOSE | re.DOTALL)


@cache
def read(name: str) -> str:
    return (ROOT / name).read_text(errors="replace")


def cpp_files() -> list[str]:
    return tracked("*.cpp", "*.hpp")


def blank(text: str) -> str:
    """The same text with comments and literals as spaces, so that offsets and line numbers stay."""
    return TOKEN.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def none(found: list[str]) -> None:
    """Fails with one complaint a line."""
    assert not found, "\n".join(["", *found])
