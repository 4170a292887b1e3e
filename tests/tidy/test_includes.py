"""Include directions (docs/architecture.md, folders) and where heavy headers may appear."""
import re
from fnmatch import fnmatch

from tests.tidy.sources import ROOT, cpp_files, none, read, tracked

BASICS = ["domain/errc.hpp", "domain/ids.hpp", "domain/json_text.hpp", "domain/limits.hpp", "domain/log_proof.hpp",
          "domain/time.hpp", "domain/utf8.hpp"]
ROLE = ["domain/*", "eventlog/*", "platform/*"]
ALLOWED = {
    "domain": ["domain/*"],
    "eventlog": ["eventlog/*", "platform/rocks/*", *BASICS],  # the embedded log stands on the RocksDB adapter
    "platform": ["platform/*", *BASICS, "domain/zone.hpp"],
    "command-api": ["command-api/*", *ROLE],
    "projector": ["projector/*", *ROLE],
    "reactors": ["reactors/*", *ROLE],
    "app": ["*"],
    "tests": ["*"],
}
# Header -> the files that may include it. Each costs seconds a file, or ties us to one library.
HEAVY = {
    "boost/beast*": ["platform/http/*.cpp", "tests/*.cpp"],
    "librdkafka/*": ["eventlog/kafka_*.cpp", "tests/*.cpp"],
    "libpq-fe.h": ["platform/pg/*.cpp", "tests/*.cpp"],
    "rocksdb/*": ["platform/rocks/*.cpp", "eventlog/rocks_*.cpp", "command-api/decision_store*.cpp",
                  "projector/rocks_*.cpp", "tests/*.cpp"],
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
    """Headers that no file includes."""
    included = {header for text in texts.values() for _, header in INCLUDE.findall(text)}
    return [header for header in headers if header not in included]


def test_every_include_goes_in_an_allowed_direction():
    none([line for name in cpp_files() for line in complaints(name, read(name))])


def test_a_wrong_include_is_noticed():
    assert complaints("domain/x.cpp", '#include "eventlog/claim.hpp"')
    assert complaints("platform/http/x.cpp", '#include "domain/task.hpp"')
    assert complaints("projector/x.cpp", '#include "command-api/decision_store.hpp"')
    assert complaints("projector/x.cpp", '#include "no_such_file.hpp"')
    assert complaints("projector/view.hpp", "#include <rocksdb/db.h>")
    assert complaints("eventlog/rocks_log.cpp", "#  include <librdkafka/rdkafka.h>")
    assert complaints("domain/x.cpp", "#include <boost/asio/post.hpp>")
    assert complaints("eventlog/rocks_log.cpp", '#include "domain/errc.hpp"\n#include <rocksdb/db.h>') == []
    assert unused(["a/b.hpp"], {"a/c.cpp": '#include "a/d.hpp"'}) == ["a/b.hpp"]
