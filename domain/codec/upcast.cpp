#include "domain/codec/upcast.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace daybook::domain {
namespace {

namespace json = boost::json;

struct major_minor {
    int major_part = 0;
    int minor_part = 0;
};

std::optional<major_minor> parse_version(std::string_view text) noexcept {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto number = [](std::string_view digits) -> std::optional<int> {
        if (digits.empty() || digits.front() < '0' || digits.front() > '9') return std::nullopt;
        int value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
        return value;
    };
    const auto major_part = number(text.substr(0, dot));
    const auto minor_part = number(text.substr(dot + 1));
    if (!major_part || !minor_part) return std::nullopt;
    return major_minor{*major_part, *minor_part};
}

std::string_view priority_of_0_9(std::string_view word) {
    std::string folded(word);
    for (char& c : folded)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (folded == "urgent") return "P1";
    if (folded == "high") return "P2";
    if (folded == "medium") return "P3";
    if (folded == "low") return "P4";
    return word;
}

/// 0.9 wrote the priority as people say it.
void from_0_9(json::object& data) {
    const auto found = data.find("priority");
    if (found == data.end() || !found->value().is_string()) return;
    found->value() = std::string(priority_of_0_9(found->value().get_string()));
}

}  // namespace

result<void> upcast(std::string& version, json::object& data) {
    const auto parsed = parse_version(version);
    if (!parsed)
        return make_problem(errc::log_damaged, "`schema_version` is not major.minor but " + version,
                            "schema_version");
    if (parsed->major_part > 1)
        return make_problem(errc::format_newer,
                            "schema_version " + version + " is newer than " +
                                std::string(schema_version_current) + " of this program",
                            "schema_version");
    if (parsed->major_part == 1) return {};
    if (parsed->minor_part != 9)
        return make_problem(errc::log_damaged, "there never was a schema_version " + version,
                            "schema_version");
    from_0_9(data);
    version = schema_version_current;
    return {};
}

}  // namespace daybook::domain
