"""What no file of the project may say: sleeps in tests, unfinished business, places of one machine."""
import re

from tests.tidy.sources import blank, line_of, none, read, tracked

SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|\b(time|asyncio)\s*\.\s*sleep\b|(?<![.\w])sleep\s*\(")
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
PLACES = re.compile(r"(?<![\w.])/(work|root|home)/|\bdeb\.debian\.org|\brepo\d?\.maven|\bpypi\.org|\bregistry\.npm"
                    r"|\bproxy\.golang\.org|\bartifactregistry\b")
TEXT = ["*.cpp", "*.hpp", "*.py", "*.sql", "*.txt", "*.json", "*.xml", "*.ini", "scripts/x", ".ci/run"]


def hits(pattern: re.Pattern, name: str, text: str) -> list[str]:
    return [f"{name}:{line_of(text, hit.start())}: {hit.group()}" for hit in pattern.finditer(text)]


def code(name: str) -> str:
    return blank(read(name)) if name.endswith(("pp",)) else read(name)


def test_no_test_sleeps():
    names = [name for name in tracked("tests/*.cpp", "tests/*.hpp", "tests/*.py")
             if not name.startswith("tests/tidy/") and name != "tests/support/wait_until.hpp"]
    none([line for name in names for line in hits(SLEEP, name, code(name))])


def test_nothing_is_left_for_later():
    none([line for name in tracked(*TEXT) for line in hits(UNFINISHED, name, read(name))])


def test_no_file_names_a_place_of_one_machine():
    none([line for name in tracked(*TEXT, "*.md") for line in hits(PLACES, name, read(name))])


def test_such_words_are_noticed():
    for text in ("std::this_thread::sleep_for(1s);", "time.sleep(1)", "usleep(10)", "sleep(1)"):
        assert hits(SLEEP, "a", text), text
    assert hits(SLEEP, "a", "pg_sleep; asleep(1)") == []
    assert hits(UNFINISHED, "a", "// TO" "DO: later") and not hits(UNFINISHED, "a", "todo.txt")
    for text in ("see /wo" "rk/shared", "https://pypi" ".org/x", "/ho" "me/x/y"):
        assert hits(PLACES, "a", text), text
    assert hits(PLACES, "a", "/v1/wo" "rk/x ./wo" "rk/x") == []
