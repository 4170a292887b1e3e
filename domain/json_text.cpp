#include "domain/json_text.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace daybook::domain {
namespace {

namespace json = boost::json;

/// Builds values as json::parser does, but reads doubles from their text.
struct exact_handler {
    using code = boost::system::error_code;
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    unsigned char scratch[1024];  ///< most records need no more for what is open
    json::value_stack stack{{}, scratch, sizeof scratch};

    bool on_document_begin(code&) { return true; }
    bool on_document_end(code&) { return true; }
    bool on_object_begin(code&) { return true; }
    bool on_object_end(std::size_t count, code&) { return stack.push_object(count), true; }
    bool on_array_begin(code&) { return true; }
    bool on_array_end(std::size_t count, code&) { return stack.push_array(count), true; }
    bool on_key_part(json::string_view part, std::size_t, code&) { return stack.push_chars(part), true; }
    bool on_key(json::string_view last, std::size_t, code&) { return stack.push_key(last), true; }
    bool on_string_part(json::string_view part, std::size_t, code&) { return stack.push_chars(part), true; }
    bool on_string(json::string_view last, std::size_t, code&) { return stack.push_string(last), true; }
    bool on_number_part(json::string_view, code&) { return true; }
    bool on_int64(std::int64_t value, json::string_view, code&) { return stack.push_int64(value), true; }
    bool on_uint64(std::uint64_t value, json::string_view, code&) { return stack.push_uint64(value), true; }
    bool on_double(double, json::string_view text, code& error) {
        double exact = 0;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), exact);
        if (end != text.data() + text.size() || (failure != std::errc{} && !underflows(text)) ||
            !std::isfinite(exact)) {
            error = json::error::exponent_overflow;
            return false;
        }
        stack.push_double(failure == std::errc{} ? exact : 0.0);
        return true;
    }
    bool on_bool(bool value, code&) { return stack.push_bool(value), true; }
    bool on_null(code&) { return stack.push_null(), true; }
    bool on_comment_part(json::string_view, code&) { return true; }
    bool on_comment(json::string_view, code&) { return true; }

    /// from_chars says out of range for both ends of the scale; too small is zero, too large is an error.
    static bool underflows(json::string_view text) {
        const auto exponent = text.find_first_of("eE");
        if (exponent != json::string_view::npos) return text[exponent + 1] == '-';
        return text.starts_with("0.") || text.starts_with("-0.");
    }
};

/// Whether none of eight bytes needs an escape: below 0x20, a quote or a backslash is what a subtraction
/// turns negative, in the high bit of its byte. Bytes of 0x80 and up are masked out; a borrow can only say no
/// too often.
bool is_plain_word(const char* bytes) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t high = 0x8080808080808080;
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    const std::uint64_t quote = word ^ (ones * '"');
    const std::uint64_t backslash = word ^ (ones * '\\');
    return (((word - ones * 0x20) | (quote - ones) | (backslash - ones)) & ~word & high) == 0;
}

constexpr std::string_view hex = "0123456789abcdef";

void append_array(std::string& out, const json::array& values) {
    out += '[';
    bool first = true;
    for (const auto& value : values) {
        if (!first) out += ',';
        first = false;
        append_json(out, value);
    }
    out += ']';
}

}  // namespace

result<json::value> parse_json(std::string_view text, json::storage_ptr storage) {
    json::parse_options options;
    options.max_depth = json_text_depth_max;
    json::basic_parser<exact_handler> parser{options};
    parser.handler().stack.reset(std::move(storage));
    boost::system::error_code error;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    if (!error && used < text.size()) error = json::error::extra_data;
    if (error)
        return make_problem(errc::json_malformed,
                            "not JSON: " + error.message() + " at byte " + std::to_string(used + 1));
    return parser.handler().stack.release();
}

result<json::object> parse_json_object(std::string_view text, json::storage_ptr storage) {
    auto value = parse_json(text, std::move(storage));
    if (!value) return value.error();
    if (!value->is_object()) return make_problem(errc::json_malformed, "not a JSON object");
    return std::move(value->get_object());
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        while (i + 8 <= text.size() && is_plain_word(text.data() + i)) i += 8;
        if (i == text.size()) break;
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text, plain, i - plain);
        plain = i + 1;
        out += '\\';
        switch (c) {
            case '"': out += '"'; break;
            case '\\': out += '\\'; break;
            case '\b': out += 'b'; break;
            case '\t': out += 't'; break;
            case '\n': out += 'n'; break;
            case '\f': out += 'f'; break;
            case '\r': out += 'r'; break;
            default:
                out += "u00";
                out += hex[c >> 4];
                out += hex[c & 0x0f];
        }
    }
    out.append(text, plain);
    out += '"';
}

void append_json_integer(std::string& out, std::int64_t value) {
    char digits[24];
    const auto [end, error] = std::to_chars(std::begin(digits), std::end(digits), value);
    static_cast<void>(error);
    out.append(digits, end);
}

void append_ecmascript_number(std::string& out, double value) {
    if (value == 0) {
        out += '0';
        return;
    }
    if (value < 0) {
        out += '-';
        value = -value;
    }
    // "d.ddde±xx" with the fewest digits that read back as the same value, taken apart.
    char text[40];
    const auto [end, error] =
        std::to_chars(std::begin(text), std::end(text), value, std::chars_format::scientific);
    static_cast<void>(error);
    const std::string_view scientific(text, static_cast<std::size_t>(end - text));
    const auto mark = scientific.find('e');
    std::string digits(1, scientific[0]);
    if (mark > 2) digits += scientific.substr(2, mark - 2);
    int exponent = 0;
    const std::size_t from = mark + (scientific[mark + 1] == '+' ? 2 : 1);
    std::from_chars(scientific.data() + from, scientific.data() + scientific.size(), exponent);

    const int count = static_cast<int>(digits.size());
    const int point = exponent + 1;
    if (count <= point && point <= 21) {
        out += digits;
        out.append(static_cast<std::size_t>(point - count), '0');
    } else if (0 < point && point <= 21) {
        out.append(digits, 0, static_cast<std::size_t>(point));
        out += '.';
        out.append(digits, static_cast<std::size_t>(point));
    } else if (-6 < point && point <= 0) {
        out += "0.";
        out.append(static_cast<std::size_t>(-point), '0');
        out += digits;
    } else {
        out += digits[0];
        if (count > 1) {
            out += '.';
            out.append(digits, 1);
        }
        out += 'e';
        out += exponent < 0 ? '-' : '+';
        append_json_integer(out, exponent < 0 ? -exponent : exponent);
    }
}

void append_json_double(std::string& out, double value) {
    if (!std::isfinite(value)) {
        out += "null";
        return;
    }
    const std::size_t from = out.size();
    if (value == 0 && std::signbit(value)) out += '-';
    append_ecmascript_number(out, value);
    if (out.find_first_of(".e", from) == std::string::npos) out += ".0";
}

void append_json(std::string& out, const json::value& value) {
    switch (value.kind()) {
        case json::kind::null: out += "null"; break;
        case json::kind::bool_: out += value.get_bool() ? "true" : "false"; break;
        case json::kind::int64: append_json_integer(out, value.get_int64()); break;
        case json::kind::uint64: {
            char digits[24];
            const auto [end, error] = std::to_chars(std::begin(digits), std::end(digits), value.get_uint64());
            static_cast<void>(error);
            out.append(digits, end);
            break;
        }
        case json::kind::double_: append_json_double(out, value.get_double()); break;
        case json::kind::string: append_json_string(out, value.get_string()); break;
        case json::kind::array: append_array(out, value.get_array()); break;
        case json::kind::object: append_json(out, value.get_object()); break;
    }
}

void append_json(std::string& out, const json::object& object) {
    out += '{';
    bool first = true;
    for (const auto& member : object) {
        if (!first) out += ',';
        first = false;
        append_json_string(out, member.key());
        out += ':';
        append_json(out, member.value());
    }
    out += '}';
}

}  // namespace daybook::domain
