#include "domain/canonical_input.hpp"

#include "domain/limits.hpp"
#include "domain/utf8.hpp"

#include <fmt/format.h>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <utility>

namespace daybook::domain {
namespace {

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_tag_character(char32_t c) {
    if (c < 0x80) {
        const auto ch = static_cast<char>(c);
        return (ch >= '0' && ch <= '9') || (lower(ch) >= 'a' && lower(ch) <= 'z') ||
               std::string_view("_-/.:").find(ch) != std::string_view::npos;
    }
    // Marks belong to the letters before them (Devanagari vowels, for one).
    return (U_GET_GC_MASK(static_cast<UChar32>(c)) & (U_GC_L_MASK | U_GC_N_MASK | U_GC_M_MASK)) != 0;
}

bool is_blank(std::string_view text) {
    while (!text.empty()) {
        const auto c = take_code_point(text);
        if (!c || u_isUWhiteSpace(static_cast<UChar32>(*c)) == 0) return false;
    }
    return true;
}

std::string with_plain_newlines(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') plain.push_back(text[i]);
    return plain;
}

}  // namespace

const text_rule title_rule{.length_max = limits::title_length_max};
const text_rule description_rule{.length_min = 0, .bytes_max = limits::description_bytes_max, .lines = true};
const text_rule comment_rule{.bytes_max = limits::comment_bytes_max, .lines = true};
const text_rule name_rule{.length_max = limits::name_length_max};

std::optional<std::string> to_nfc(std::string_view text) {
    if (is_ascii(text)) return std::string(text);
    if (!count_code_points(text)) return std::nullopt;
    UErrorCode error = U_ZERO_ERROR;
    const auto* nfc = icu::Normalizer2::getNFCInstance(error);
    if (U_FAILURE(error)) return std::nullopt;
    std::string normal;
    icu::StringByteSink<std::string> sink(&normal);
    nfc->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink,
                       nullptr, error);
    if (U_FAILURE(error)) return std::nullopt;
    return normal;
}

std::string fold_case(std::string_view text) {
    std::string folded;
    if (is_ascii(text)) {
        folded.resize(text.size());
        std::transform(text.begin(), text.end(), folded.begin(), lower);
        return folded;
    }
    icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())))
        .foldCase()
        .toUTF8String(folded);
    return folded;
}

result<std::string> canonical_text(std::string_view text, const text_rule& rule, std::string_view field) {
    const auto too_long = [&](std::size_t max, std::string_view unit) {
        return make_problem(errc::field_too_long, fmt::format("At most {} {}", max, unit),
                            std::string(field));
    };
    // Composing at most triples the bytes saved, so a text this long cannot become short enough; and ICU
    // counts in int32.
    if (rule.bytes_max != 0 && text.size() > 4 * rule.bytes_max) return too_long(rule.bytes_max, "bytes");
    if (rule.length_max != 0 && text.size() > 64 * rule.length_max)
        return too_long(rule.length_max, "characters");

    auto normal = to_nfc(text);
    if (!normal) return make_problem(errc::field_invalid, "The text is not UTF-8", std::string(field));
    if (rule.lines) normal = with_plain_newlines(*normal);

    std::size_t length = 0;
    for (std::string_view rest = *normal; !rest.empty(); ++length) {
        const auto c = *take_code_point(rest);
        if (is_control(c) && !(rule.lines && (c == U'\n' || c == U'\t')))
            return make_problem(errc::field_invalid,
                                fmt::format("Control character U+{:04X} at character {}",
                                            static_cast<std::uint32_t>(c), length + 1),
                                std::string(field), "Remove it.");
    }
    if (rule.length_min > 0 && is_blank(*normal))
        return make_problem(errc::field_invalid, "The text is empty", std::string(field));
    if (rule.length_max != 0 && length > rule.length_max) return too_long(rule.length_max, "characters");
    if (rule.bytes_max != 0 && normal->size() > rule.bytes_max) return too_long(rule.bytes_max, "bytes");
    return *std::move(normal);
}

result<std::string> canonical_tag(std::string_view text, std::string_view field) {
    if (text.starts_with('#')) text.remove_prefix(1);
    if (text.size() > 64 * limits::tag_length_max)
        return make_problem(errc::field_too_long,
                            fmt::format("A tag has at most {} characters", limits::tag_length_max),
                            std::string(field));
    const auto normal = to_nfc(text);
    if (!normal) return make_problem(errc::field_invalid, "The tag is not UTF-8", std::string(field));
    std::size_t length = 0;
    for (std::string_view rest = *normal; !rest.empty(); ++length)
        if (!is_tag_character(*take_code_point(rest)))
            return make_problem(
                errc::field_invalid,
                fmt::format("Character {} of the tag `{}` is not allowed", length + 1, *normal),
                std::string(field), "Use letters, digits and _ - / . : only.");
    if (length == 0) return make_problem(errc::field_invalid, "The tag is empty", std::string(field));
    if (length > limits::tag_length_max)
        return make_problem(errc::field_too_long,
                            fmt::format("A tag has at most {} characters", limits::tag_length_max),
                            std::string(field));
    return "#" + *normal;
}

bool same_tag(std::string_view a, std::string_view b) { return a == b || fold_case(a) == fold_case(b); }

result<std::vector<std::string>> canonical_tags(const boost::json::array& list, std::string_view field) {
    std::vector<std::string> tags;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto place = fmt::format("{}[{}]", field, i);
        if (!list[i].is_string()) return make_problem(errc::field_invalid, "A tag is a text", place);
        auto tag = canonical_tag(std::string_view(list[i].get_string()), place);
        if (!tag) return tag.error();
        if (std::any_of(tags.begin(), tags.end(), [&](const auto& known) { return same_tag(known, *tag); }))
            continue;
        if (tags.size() == limits::tags_max)
            return make_problem(errc::limit_exceeded,
                                fmt::format("A task has at most {} tags", limits::tags_max),
                                std::string(field));
        tags.push_back(*std::move(tag));
    }
    return tags;
}

std::optional<priority> priority_from_habit(std::string_view text) noexcept {
    constexpr std::array<std::pair<std::string_view, priority>, 8> habits{{{"p1", priority::p1},
                                                                           {"p2", priority::p2},
                                                                           {"p3", priority::p3},
                                                                           {"p4", priority::p4},
                                                                           {"urgent", priority::p1},
                                                                           {"high", priority::p2},
                                                                           {"medium", priority::p3},
                                                                           {"low", priority::p4}}};
    for (const auto& [name, value] : habits)
        if (std::equal(name.begin(), name.end(), text.begin(), text.end(),
                       [](char a, char b) { return a == lower(b); }))
            return value;
    return std::nullopt;
}

std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text) noexcept {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    for (const std::size_t i : {0U, 1U, 3U, 4U})
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
    const int hour = (text[0] - '0') * 10 + (text[1] - '0');
    const int minute = (text[3] - '0') * 10 + (text[4] - '0');
    if (hour > 23 || minute > 59) return std::nullopt;
    return std::chrono::hours(hour) + std::chrono::minutes(minute);
}

}  // namespace daybook::domain
