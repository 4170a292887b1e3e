#include "app/import/fields.hpp"

#include "domain/canonical_input.hpp"
#include "domain/date.hpp"
#include "domain/limits.hpp"
#include "domain/utf8.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace daybook::app::import {
namespace {

namespace json = boost::json;
namespace limits = domain::limits;

void append_code_point(std::string& out, std::string_view before, std::string_view after) {
    out.append(before.substr(0, before.size() - after.size()));
}

/// Custom members keep their text as it came (V1): no NFC.
std::string without_controls(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto before = text;
        const auto c = domain::take_code_point(text);
        if (!c)
            text.remove_prefix(1);
        else if (!domain::is_control(*c))
            append_code_point(out, before, text);
    }
    return out;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\n") == std::string_view::npos; }

std::size_t bytes_of(const json::object& members) {
    std::size_t bytes = 0;
    for (const auto& m : members) {
        if (!m.key().starts_with("x_")) continue;
        bytes +=
            m.key().size() + (m.value().is_string() ? m.value().get_string().size() : sizeof(std::int64_t));
    }
    return bytes;
}

std::size_t count_extras(const json::object& members) {
    return static_cast<std::size_t>(
        std::ranges::count_if(members, [](const auto& m) { return m.key().starts_with("x_"); }));
}

}  // namespace

std::string clean_text(std::string_view text, bool lines, bool& changed) {
    std::string out;
    out.reserve(text.size());
    auto rest = text;
    while (!rest.empty()) {
        const auto before = rest;
        const auto c = domain::take_code_point(rest);
        if (!c) {
            rest.remove_prefix(1);
            changed = true;
            out += "\xef\xbf\xbd";
        } else if (*c == U'\r') {
            // CR LF and a lone CR are a line end.
            if (!rest.starts_with('\n')) out += lines ? '\n' : ' ';
            changed = changed || !lines;
        } else if (*c == U'\n' || *c == U'\t') {
            out += lines ? static_cast<char>(*c) : ' ';
            changed = changed || !lines;
        } else if (domain::is_control(*c)) {
            changed = true;
        } else {
            append_code_point(out, before, rest);
        }
    }
    return domain::to_nfc(out).value_or(out);
}

std::string cut_to_code_points(std::string_view text, std::size_t count) {
    auto rest = text;
    while (!rest.empty() && count > 0) {
        if (!domain::take_code_point(rest)) break;
        --count;
    }
    return std::string(text.substr(0, text.size() - rest.size()));
}

std::string cut_to_bytes(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return std::string(text);
    auto end = bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return std::string(text.substr(0, end));
}

std::string date_text(domain::instant at) {
    domain::date_value date;
    date.kind = domain::date_kind::absolute;
    date.at = at;
    return date.text();
}

std::optional<domain::instant> read_instant(std::string_view text) {
    const auto usual = [](std::optional<domain::instant> at) {
        return at && domain::is_within_years(*at) ? at : std::nullopt;
    };
    if (text.size() == 16 && text[8] == 'T' && text[15] == 'Z') {
        const auto part = [&](std::size_t at, std::size_t count) {
            return std::string(text.substr(at, count));
        };
        return usual(domain::parse_instant(part(0, 4) + '-' + part(4, 2) + '-' + part(6, 2) + 'T' +
                                           part(9, 2) + ':' + part(11, 2) + ':' + part(13, 2) + 'Z'));
    }
    return usual(domain::parse_instant(text));
}

field_mapper::field_mapper(const source_record& record, wanted_task& task, std::vector<note>& notes)
    : record_(record), task_(task), notes_(notes) {
    task_.line = record.line;
    task_.source_id = record.id;
}

void field_mapper::say(std::string reason) {
    notes_.push_back({record_.line, record_.id + ": " + std::move(reason)});
}

const json::value* field_mapper::peek(std::string_view name) const {
    return record_.members.if_contains(name);
}

std::string field_mapper::text(std::string_view name) {
    const auto* value = peek(name);
    if (value == nullptr || !value->is_string()) return {};
    take(name);
    return std::string(value->get_string());
}

const json::array* field_mapper::list(std::string_view name) {
    const auto* value = peek(name);
    if (value == nullptr || !value->is_array()) return nullptr;
    take(name);
    return &value->get_array();
}

std::optional<domain::instant> field_mapper::instant(std::string_view name) {
    const auto* value = peek(name);
    if (value == nullptr || !value->is_string() || value->get_string().empty()) return std::nullopt;
    const auto parsed = read_instant(value->get_string());
    if (parsed)
        take(name);
    else
        say(fmt::format("{} is no instant: kept as x_{}", name, name));
    return parsed;
}

void field_mapper::put_title(std::string text) {
    bool changed = false;
    auto clean = clean_text(text, false, changed);
    if (changed) say("the title held line breaks or control characters: spaces stand for them");
    if (is_blank(clean)) {
        say("there is no title: \"(no title)\" stands for it");
        clean = "(no title)";
    }
    if (domain::count_code_points(clean).value_or(0) > limits::title_length_max) {
        say(fmt::format("the title is longer than {} characters: cut, the whole text is in x_title",
                        limits::title_length_max));
        put_extra("title", json::value(clean));
        clean = cut_to_code_points(clean, limits::title_length_max);
    }
    task_.members["title"] = clean;
}

void field_mapper::put_description(std::string text) {
    bool changed = false;
    auto clean = clean_text(text, true, changed);
    if (changed) say("the description held control characters: left out");
    if (clean.size() > limits::description_bytes_max) {
        say(fmt::format("the description is longer than {} bytes: cut", limits::description_bytes_max));
        clean = cut_to_bytes(clean, limits::description_bytes_max);
    }
    if (!clean.empty()) task_.members["description"] = clean;
}

void field_mapper::put_tags(const std::vector<std::string>& labels) {
    json::array tags;
    std::string more;
    for (const auto& label : labels) {
        auto tag = domain::canonical_tag(label, "tags");
        if (!tag) {
            std::string replaced;
            std::string_view rest = label;
            while (!rest.empty()) {
                const auto before = rest;
                const auto c = domain::take_code_point(rest);
                if (!c) rest.remove_prefix(1);
                const auto one = before.substr(0, before.size() - rest.size());
                replaced += c && domain::canonical_tag(one, "tags") ? std::string(one) : std::string("-");
            }
            tag = domain::canonical_tag(cut_to_code_points(replaced, limits::tag_length_max), "tags");
            if (!tag) {
                say(fmt::format("the label \"{}\" cannot be a tag: left out", label));
                continue;
            }
            say(fmt::format("the label \"{}\" became the tag {}", label, *tag));
        }
        const bool doubled = std::ranges::any_of(
            tags, [&](const json::value& t) { return domain::same_tag(t.get_string(), *tag); });
        if (doubled) continue;
        if (tags.size() < limits::tags_max)
            tags.emplace_back(*tag);
        else
            more += (more.empty() ? "" : " ") + *tag;
    }
    if (!more.empty()) {
        say(fmt::format("more than {} labels: the others are in x_more_tags", limits::tags_max));
        put_extra("more_tags", json::value(more));
    }
    if (!tags.empty()) task_.members["tags"] = std::move(tags);
}

void field_mapper::put_name(std::string_view member, std::string text) {
    bool changed = false;
    auto clean = clean_text(text, false, changed);
    if (is_blank(clean)) return;
    if (changed || domain::count_code_points(clean).value_or(0) > limits::name_length_max) {
        say(fmt::format("{} held control characters or was longer than {} characters: cut", member,
                        limits::name_length_max));
        clean = cut_to_code_points(clean, limits::name_length_max);
    }
    task_.members[member] = clean;
}

void field_mapper::put_project(std::string name) {
    bool changed = false;
    auto clean = cut_to_code_points(clean_text(name, false, changed), limits::name_length_max);
    if (is_blank(clean)) return;
    if (changed || clean.size() < name.size()) say(fmt::format("the project became \"{}\"", clean));
    task_.project = std::move(clean);
}

void field_mapper::put_comment(std::string key, std::string text, std::optional<domain::instant> at) {
    bool changed = false;
    auto clean = clean_text(text, true, changed);
    if (changed) say("a comment held control characters: left out");
    if (is_blank(clean)) return;
    if (clean.size() > limits::comment_bytes_max) {
        say(fmt::format("a comment is longer than {} bytes: cut", limits::comment_bytes_max));
        clean = cut_to_bytes(clean, limits::comment_bytes_max);
    }
    if (task_.comments.size() == limits::comments_max) {
        say(fmt::format("more than {} comments: one is left out", limits::comments_max));
        return;
    }
    task_.comments.push_back({std::move(key), std::move(clean), at});
}

void field_mapper::put_extra(std::string_view name, const json::value& value) {
    std::string member = "x_";
    member += cut_to_code_points(without_controls(name), 98);
    if (member.size() == 2) member += "member";
    if (member.substr(2) != name)
        say(fmt::format("{} is the nearest name that a custom member can have", member));
    json::value flat = value;
    if (value.is_object() || value.is_array()) {
        flat = json::serialize(value);
    } else if (value.is_double()) {
        // What has no fraction is an integer, as create_task stores it; all are within 64 bits (read_source).
        const auto number = value.get_double();
        if (number == std::floor(number)) flat = static_cast<std::int64_t>(number);
    }
    if (flat.is_string()) {
        std::string text(flat.get_string());
        if (std::erase(text, '\0') > 0) say(fmt::format("{} held U+0000: left out", member));
        flat = text;
    }
    if (const auto* there = task_.members.if_contains(member)) {
        if (*there != flat) say(fmt::format("{} is there already: the other is left out", member));
        return;
    }
    if (count_extras(task_.members) >= limits::extras_max) {
        say(fmt::format("more than {} custom members: {} is left out", limits::extras_max, member));
        return;
    }
    const auto room = limits::extras_bytes_max -
                      std::min(limits::extras_bytes_max, bytes_of(task_.members) + member.size());
    if (flat.is_string() && flat.get_string().size() > room) {
        say(fmt::format("custom members are longer than {} bytes together: {} is cut",
                        limits::extras_bytes_max, member));
        flat = cut_to_bytes(flat.get_string(), room);
    } else if (!flat.is_string() && room < sizeof(std::int64_t)) {
        say(fmt::format("custom members are longer than {} bytes together: {} is left out",
                        limits::extras_bytes_max, member));
        return;
    }
    task_.members[member] = std::move(flat);
}

void field_mapper::put_rest(bool zero_is_absent) {
    std::vector<std::pair<std::string_view, const json::value*>> rest;
    for (const auto& m : record_.members) {
        if (std::ranges::find(taken_, std::string_view(m.key())) != taken_.end()) continue;
        const auto& v = m.value();
        if (v.is_null() || (v.is_string() && v.get_string().empty())) continue;
        if ((v.is_array() && v.get_array().empty()) || (v.is_object() && v.get_object().empty())) continue;
        if (zero_is_absent &&
            ((v.is_number() && v.to_number<double>() == 0) || (v.is_bool() && !v.get_bool())))
            continue;
        rest.emplace_back(m.key(), &v);
    }
    // The short ones first, so that a long text does not push them out; then by name, whatever the file's
    // order was.
    const auto size = [](const json::value& v) {
        return v.is_string() ? v.get_string().size() : v.is_structured() ? json::serialize(v).size() : 0;
    };
    std::ranges::sort(rest, [&](const auto& a, const auto& b) {
        return std::pair(size(*a.second), a.first) < std::pair(size(*b.second), b.first);
    });
    for (const auto& [name, value] : rest) {
        // A member that is custom already keeps its name.
        put_extra(name.starts_with("x_") && name.size() > 2 ? name.substr(2) : name, *value);
    }
}

}  // namespace daybook::app::import
