"""docs/http.md lists the routes of the code: method, path, scope, role, command; and the parameters that reads take."""
import re

from tests.tidy.sources import none, read, tracked

PAGE = "docs/http.md"
ROUTE = re.compile(r'\{(?:http::method::(\w+), )?"(/(?:v1|health|metrics)[\w/{}-]*)", '
                   r'(\{\}|scope::\w+(?: \| scope::\w+)*|command_type::\w+)([^}\n]*)\}')
LITERAL = re.compile(r'"(/(?:v1|health|metrics)[\w/{}-]*)"')
# Where the names of query parameters stand in the code.
NAMES = re.compile(r'(?:refuse_unknown\(\*context, |parameters_of\(from, |\w+_parameters)\{([^}]*)\}|\bknown =\s*((?:"[^"]*"\s*)+);')


def coded(sources: dict[str, str]) -> dict[tuple[str, str], tuple[str, str, str]]:
    """(method, path) -> (scope, role, command or ""), from the tables of the route files."""
    found = {}
    for name, text in sources.items():
        role = name.split("/")[0].replace("app", "every")
        for method, path, needs, rest in ROUTE.findall(re.sub(r"\s+", " ", text)):
            command = needs.removeprefix("command_type::") if needs.startswith("command_type") else ""
            scope = "write" if command else needs.replace("scope::", "").replace(" | ", " or ").replace("{}", "open")
            if rest.endswith(", true") and not command:
                scope += ", open here"
            found[(method or "get").rstrip("_").upper(), path] = (scope, role, command)
    return found


def documented(page: str) -> dict[tuple[str, str], tuple[str, str, str]]:
    found = {}
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) >= 5 and cells[1].startswith("`/"):
            command = re.match(r"`(\w+)`", cells[4])
            found[cells[0], cells[1].strip("`")] = (cells[2], cells[3], command[1] if command else "")
    return found


def parameters(page: str) -> set[str]:
    """The names in the sixth column, and ?name in the fifth."""
    found = set(re.findall(r"`\?(\w+)`", page))
    for line in page.splitlines():
        cells = line.strip("|").split("|")
        if len(cells) == 6 and "`/" in cells[1]:
            found |= set(re.findall(r"`(\w+)`", cells[5]))
    return found


def complaints(page: str, sources: dict[str, str]) -> list[str]:
    code, docs = coded(sources), documented(page)
    found = [f"{' '.join(route)} is in the code, not on the page: {code[route]}" for route in code.keys() - docs.keys()]
    found += [f"{' '.join(route)} is on the page, not in the code" for route in docs.keys() - code.keys()]
    found += [f"{' '.join(route)}: the page says {docs[route]}, the code {code[route]}"
              for route in code.keys() & docs.keys() if docs[route] != code[route]]
    paths = {path for _, path in code}
    return found + [f"{name}: {path} is in no table that this test can read" for name, text in sources.items()
                    for path in LITERAL.findall(text) if path not in paths and path.rstrip("/") not in paths]


def names_in_code(texts: list[str]) -> set[str]:
    return {name for text in texts for braced, words in NAMES.findall(text) for name in re.findall(r"\w+", braced + words)}


def route_files() -> dict[str, str]:
    return {name: read(name) for name in tracked("*_routes.cpp") if not name.startswith("tests/")}


def test_the_page_of_routes_says_what_the_code_has():
    none(complaints(read(PAGE), route_files()))


def test_the_parameters_on_the_page_are_those_of_the_code():
    code = names_in_code([read(name) for name in tracked("projector/*.cpp", "domain/list_parameters.cpp", "command-api/*_routes.cpp")])
    docs = parameters(read(PAGE))
    none([f"parameter {name} is in the code only" for name in sorted(code - docs)])
    none([f"parameter {name} is on the page only" for name in sorted(docs - code)])
    assert len(docs) > 20


def test_a_route_that_differs_is_noticed():
    sources = {"projector/a_routes.cpp": '{"/v1/a/{id}", scope::read | scope::admin, f},\n'
                                         '{http::method::delete_, "/v1/b", scope::admin, f, g},',
               "app/b_routes.cpp": 'push_back({http::method::get, "/health", scope::admin, whole, http::media_json, true});'}
    page = ("| GET | `/v1/a/{id}` | read or admin | projector | one |\n| DELETE | `/v1/b` | admin | projector | |\n"
            "| GET | `/health` | admin, open here | every | x |")
    assert complaints(page, sources) == []
    assert complaints(page.replace("read or", "write or"), sources)
    assert complaints(page.replace("DELETE", "POST"), sources)
    assert complaints(page, sources | {"app/c_routes.cpp": 'add("/v1/hidden")'})
    assert names_in_code(['known =\n "a b";', 'refuse_unknown(*context, {"c"})', 'x_parameters{"d"};']) == {"a", "b", "c", "d"}
