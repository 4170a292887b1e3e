"""g++ 12 destroys temporaries twice inside co_await expressions: no brace, no capturing lambda in them."""
import re

from tests.tidy.sources import blank, cpp_files, line_of, none, read

CONDITION = re.compile(r"\b(if|while|for|switch)\s*(constexpr\s*)?$")


def expression(code: str, start: int) -> str:
    """From a co_await to the end of its full expression: the `;`, or the `)` of an enclosing if, while, for, switch."""
    depth = 0
    for at in range(start, len(code)):
        if code[at] in "([{":
            depth += 1
        elif code[at] in ")]}":
            depth -= 1
            if depth < 0 and closes_condition(code, at):
                return code[start:at]
        elif code[at] == ";" and depth <= 0:
            return code[start:at]
    return code[start:]


def closes_condition(code: str, at: int) -> bool:
    """Whether the bracket at `at` closes a condition (or, as `}`, the block around us)."""
    if code[at] == "}":
        return True
    depth = 0
    for back in range(at, -1, -1):
        depth += (code[back] in ")]}") - (code[back] in "([{")
        if depth == 0:
            return CONDITION.search(code[max(0, back - 32):back]) is not None
    return True


def complaints(name: str, text: str) -> list[str]:
    code = blank(text)
    found = []
    for hit in re.finditer(r"\bco_await\b", code):
        body = expression(code, hit.end())
        if "{" in body:
            found.append(f"{name}:{line_of(code, hit.start())}: a brace in a co_await expression")
        if re.search(r"(?<![\w)\]])\s*\[[^\[\]]+\]\s*(\(|\{|mutable|noexcept)", body):
            found.append(f"{name}:{line_of(code, hit.start())}: a capturing lambda in a co_await expression")
    return found


def test_no_co_await_expression_has_a_brace_or_a_capture():
    none([line for name in cpp_files() for line in complaints(name, read(name))])


def test_a_brace_or_a_capture_is_noticed():
    assert complaints("a.cpp", "auto x = co_await f(options{1});")
    assert complaints("a.cpp", "co_await f([this](int) { return 1; });")
    assert complaints("a.cpp", "co_await\n  g(1,\n std::vector<int>{});") == ["a.cpp:1: a brace in a co_await expression"]
    assert complaints("a.cpp", "if (co_await f(a{}) > 1) { b(); }")
    assert complaints("a.cpp", "h(co_await f(), point{1, 2});")


def test_what_is_allowed_stays_allowed():
    assert complaints("a.cpp", "if (auto x = co_await f(a); x) { b(); }") == []
    assert complaints("a.cpp", "while (!(co_await f(a[1]))) { b(); }") == []
    assert complaints("a.cpp", 'co_await f("{", \'{\'); // co_await {}\n auto y = z{};') == []
    assert complaints("a.cpp", "for (;;) { if (co_await f()) { break; } }") == []
