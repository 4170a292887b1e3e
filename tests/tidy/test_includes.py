"""Include directions (the table in docs/architecture.md, section 7) and where heavy headers may appear."""
import re
from fnmatch import fnmatch

from tests.tidy.sources import ROOT, cpp_files, none, read, tracked

PAGE = "docs/architecture.md"


def allowed(page: str) -> dict[str, list[str]]:
    """Folder -> patterns of what it may include, from the table in section 7 of the page."""
    section = page[page.index("\n## 7."):page.index("\n## 8.")]
    basics = re.findall(r"`([\w/.]+\.hpp)`", section[section.index("\nThe basics:"):].split("Why")[0])
    rows = re.findall(r"^\| `([\w-]+)` \| (.+) \|$", section, re.MULTILINE)
    return {folder: ["*"] if text == "everything" else
            re.findall(r"`([^`]+)`", text) + (basics if "the basics" in text else []) for folder, text in rows}


ALLOWED = allowed(read(PAGE))
# Header -> the files that may include it. Each costs seconds a file, or ties us to one library.
HEAVY = {
    "boost/beast*": ["platform/http/*.cpp", "tests/*.cpp"],
    "librdkafka/*": ["eventlog/kafka_*.cpp", "tests/*.cpp"],
    "libpq-fe.h": ["platform/pg/*.cpp", "tests/*.cpp"],
    "rocksdb/*": ["platform/rocks/*.cpp"],
    "CLI/*": ["app/*.cpp"],
    "prometheus/*": ["platform/obs/*.cpp"],
    "spdlog/*": ["platform/obs/*.cpp"],
}
NOT_IN_DOMAIN = ["boost/asio*", "rocksdb/*", "librdkafka/*", "spdlog/*", "fstream", "thread", "mutex", "iostream"]
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)


def complaints(name: str, text: str) -> list[str]:
    """What is wrong with the includes of one file."""
    folder = name.split("/")[0]
    found = []
    for quote, header in INCLUDE.findall(text):
        if quote == '"':
            if not any(fnmatch(header, pattern) for pattern in ALLOWED.get(folder, [])):
                found.append(f"{name}: {folder} may not include {header}")
            if not (ROOT / header).is_file():
                found.append(f'{name}: "{header}" is no path from the root')
        for pattern, places in HEAVY.items():
            if fnmatch(header, pattern) and not any(fnmatch(name, place) for place in places):
                found.append(f"{name}: <{header}> belongs in {' '.join(places)} only")
        if folder == "domain" and any(fnmatch(header, pattern) for pattern in NOT_IN_DOMAIN):
            found.append(f"{name}: domain is pure, it may not include <{header}>")
    return found


def unused(headers: list[str], texts: dict[str, str]) -> list[str]:
    """Headers that no file but the .cpp of their own name includes."""
    included = {header for name, text in texts.items() for _, header in INCLUDE.findall(text)
                if name.removesuffix(".cpp") != header.removesuffix(".hpp")}
    return [header for header in headers if header not in included]


def test_every_include_goes_in_an_allowed_direction():
    none([line for name in cpp_files() for line in complaints(name, read(name))])


def test_every_header_is_of_use_to_another_file():
    texts = {name: read(name) for name in cpp_files()}
    none([f"{header}: nobody else includes it" for header in unused([name for name in texts if name.endswith(".hpp")], texts)])


def test_no_pattern_of_the_heavy_headers_is_out_of_date():
    none([f"{place} is no file" for places in HEAVY.values() for place in places
          if not any(fnmatch(name, place) for name in cpp_files())])


def test_the_table_is_read():
    assert set(ALLOWED) == {"domain", "eventlog", "platform", "command-api", "projector", "reactors", "app", "tests"}
    assert ALLOWED["domain"] == ["domain/*"] and ALLOWED["app"] == ["*"]
    assert "domain/ids.hpp" in ALLOWED["eventlog"] and "domain/zone.hpp" in ALLOWED["platform"]
    assert "domain/ids.hpp" not in ALLOWED["projector"]


def test_a_wrong_include_is_noticed():
    assert complaints("domain/x.cpp", '#include "eventlog/claim.hpp"')
    assert complaints("platform/http/x.cpp", '#include "domain/task.hpp"')
    assert complaints("projector/x.cpp", '#include "command-api/decision_store.hpp"')
    assert complaints("projector/x.cpp", '#include "no_such_file.hpp"')
    assert complaints("projector/view.hpp", "#include <rocksdb/db.h>")
    assert complaints("eventlog/rocks_log.cpp", "#  include <librdkafka/rdkafka.h>")
    assert complaints("domain/x.cpp", "#include <boost/asio/post.hpp>")
    assert complaints("eventlog/rocks_log.cpp", "#include <rocksdb/db.h>")
    assert complaints("platform/rocks/store.cpp", '#include "domain/errc.hpp"\n#include <rocksdb/db.h>') == []
    assert unused(["a/b.hpp"], {"a/c.cpp": '#include "a/d.hpp"', "a/b.cpp": '#include "a/b.hpp"'}) == ["a/b.hpp"]
    assert unused(["a/b.hpp"], {"a/c.cpp": '#include "a/b.hpp"'}) == []
