// RFC 8785: members sorted by UTF-16 code units, ECMAScript numbers, the fewest escapes. Integers beyond 2^53
// are written exactly instead of being rounded to a double first, so that no two commands share a text by
// rounding.
#include "domain/command.hpp"
#include "domain/json_text.hpp"

#include <algorithm>
#include <vector>

namespace daybook::domain {
namespace {

namespace json = boost::json;

/// UTF-16 differs from the order of UTF-8 bytes in one point: surrogates (U+10000 and up, lead bytes F0 and
/// up) come before U+E000–U+FFFF (lead bytes EE and EF).
bool utf16_less(std::string_view a, std::string_view b) noexcept {
    const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    if (in_a == a.end() || in_b == b.end()) return in_a == a.end() && in_b != b.end();
    const auto left = static_cast<unsigned char>(*in_a);
    const auto right = static_cast<unsigned char>(*in_b);
    const bool left_supplementary = left >= 0xf0;
    const bool right_supplementary = right >= 0xf0;
    if (left_supplementary != right_supplementary && left >= 0xee && right >= 0xee) return left_supplementary;
    return left < right;
}

void append_canonical(std::string& out, const json::value& value);

void append_canonical(std::string& out, const json::object& object) {
    std::vector<const json::key_value_pair*> members;
    members.reserve(object.size());
    for (const auto& member : object) members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [](const auto* a, const auto* b) { return utf16_less(a->key(), b->key()); });
    out += '{';
    for (const auto* member : members) {
        if (member != members.front()) out += ',';
        append_json_string(out, member->key());
        out += ':';
        append_canonical(out, member->value());
    }
    out += '}';
}

void append_canonical(std::string& out, const json::value& value) {
    if (value.is_object()) {
        append_canonical(out, value.get_object());
    } else if (value.is_array()) {
        out += '[';
        bool first = true;
        for (const auto& element : value.get_array()) {
            if (!first) out += ',';
            first = false;
            append_canonical(out, element);
        }
        out += ']';
    } else if (value.is_double() && value.get_double() - value.get_double() == 0) {
        append_ecmascript_number(out, value.get_double());
    } else {
        append_json(out, value);
    }
}

}  // namespace

std::string canonical_json(const json::value& value) {
    std::string out;
    append_canonical(out, value);
    return out;
}

std::string canonical_json(const json::object& object) {
    std::string out;
    append_canonical(out, object);
    return out;
}

}  // namespace daybook::domain
