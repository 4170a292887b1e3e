"""Every source file is built: an explicit list in a CMakeLists.txt names it."""
import re
from pathlib import PurePosixPath

from tests.tidy.sources import none, read, tracked


def unlisted(sources: list[str], lists: dict[str, str]) -> list[str]:
    """Sources that no CMakeLists.txt beside or above them names by its path from there."""
    def is_listed(source: str) -> bool:
        for folder in PurePosixPath(source).parents:
            text = lists.get(str(folder / "CMakeLists.txt"), "")
            relative = re.escape(str(PurePosixPath(source).relative_to(folder)))
            if re.search(rf"(?<![\w./-]){relative}(?![\w./-])", text):
                return True
        return False
    return [source for source in sources if not is_listed(source)]


def plain(text: str) -> str:
    return re.sub(r"#[^\n]*", "", text).replace("${CMAKE_CURRENT_SOURCE_DIR}/", "")


def test_every_source_file_is_listed():
    lists = {name: plain(read(name)) for name in tracked("CMakeLists.txt", "*/CMakeLists.txt")}
    none(unlisted(tracked("*.cpp"), lists))


def test_an_unlisted_file_is_noticed():
    lists = {"CMakeLists.txt": "add_subdirectory(a)", "a/CMakeLists.txt": plain("f(x.cpp b/y.cpp # z.cpp\n)")}
    assert unlisted(["a/x.cpp", "a/b/y.cpp", "a/z.cpp", "a/b/x.cpp", "c/x.cpp"], lists) == ["a/z.cpp", "a/b/x.cpp", "c/x.cpp"]
