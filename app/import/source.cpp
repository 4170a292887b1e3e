#include "app/import/mapping.hpp"
#include "domain/limits.hpp"
#include "platform/http/json_strict.hpp"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>

namespace daybook::app::import {
namespace {

namespace json = boost::json;

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

void add_record(source_file& out, std::string_view text, std::int64_t line) {
    std::vector<std::string> numbers;
    auto value = platform::http::parse_json_foreign(text, domain::limits::json_depth_max, numbers);
    if (!value) {
        const auto& why = value.error();
        return out.refused.push_back(
            {line, why.field.empty() ? why.detail : fmt::format("{} [{}]", why.detail, why.field)});
    }
    if (!value->is_object()) return out.refused.push_back({line, "no JSON object"});
    for (const auto& path : numbers)
        out.notes.push_back({line, fmt::format("{}: a number beyond 64 bits is kept as its text", path)});
    out.records.push_back({line, {}, std::move(value->get_object())});
}

void read_lines(source_file& out, std::string_view text) {
    std::int64_t line = 0;
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto one = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        ++line;
        if (one.ends_with('\r')) one.remove_suffix(1);
        if (one.find_first_not_of(" \t") == std::string_view::npos) continue;
        add_record(out, one, line);
    }
}

/// The elements of one array, each with the line on which it begins.
void read_array(source_file& out, std::string_view text) {
    std::int64_t line = 1;
    std::int64_t begins_on = 0;
    std::size_t begins = 0;
    int depth = 0;
    bool in_text = false;
    const auto end_element = [&](std::size_t end) {
        if (begins_on == 0) return;
        add_record(out, text.substr(begins, end - begins), begins_on);
        begins_on = 0;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\n') ++line;
        if (in_text) {
            if (c == '\\') ++i;
            if (c == '"') in_text = false;
            continue;
        }
        if (depth == 1 && begins_on == 0 && c != ',' && c != ']' && c != ' ' && c != '\t' && c != '\r' &&
            c != '\n') {
            begins = i;
            begins_on = line;
        }
        if (c == '"') in_text = true;
        if (c == '[' || c == '{') ++depth;
        if (c == ',' && depth == 1) end_element(i);
        if (c == ']' || c == '}') {
            --depth;
            if (depth == 0) {
                end_element(i);
                if (text.find_first_not_of(" \t\r\n", i + 1) != std::string_view::npos)
                    out.refused.push_back({line, "there is text behind the array"});
                return;
            }
        }
    }
    end_element(text.size());
    out.refused.push_back({line, "the array has no end"});
}

struct source_rules {
    std::string_view name;
    std::string_view id_member;
    std::optional<wanted_task> (*map)(const source_record&, std::vector<note>&, const domain::zone_table&);
    std::vector<std::string> owned;
};

const std::vector<source_rules>& sources() {
    static const std::vector<source_rules> all{
        {"beads",
         "id",
         map_beads,
         {"title", "description", "priority", "tags", "assignee", "estimate", "due"}},
        {"taskwarrior", "uuid", map_taskwarrior, {"title", "priority", "tags", "start", "due", "project"}},
        {"daybook",
         "task_id",
         map_daybook,
         {"title", "description", "priority", "tags", "start", "due", "deadline", "assignee", "duration",
          "estimate", "percent", "recurrence", "reminders", "project"}}};
    return all;
}

}  // namespace

domain::task_id task_id_of(const std::string& source, const std::string& source_id) {
    if (source == "daybook")
        if (const auto own = domain::task_id::parse(source_id)) return *own;
    return domain::task_id(
        domain::uuid::v5(domain::daybook_namespace, "import\n" + source + "\n" + source_id));
}

domain::project_id project_id_of(const std::string& name) {
    return domain::project_id(domain::uuid::v5(domain::daybook_namespace, "import\nproject\n" + name));
}

source_file read_source(std::string_view text) {
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    source_file out;
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && text[first] == '[')
        read_array(out, text);
    else
        read_lines(out, text);
    return out;
}

domain::result<wanted_book> map_records(const std::string& source, source_file file,
                                        const domain::zone_table& zones) {
    const source_rules* rules = nullptr;
    for (const auto& one : sources())
        if (one.name == source) rules = &one;
    if (rules == nullptr)
        return domain::make_problem(domain::errc::config_invalid,
                                    fmt::format("there is no source \"{}\"", source), "from",
                                    "Use daybook, beads or taskwarrior.");
    wanted_book book;
    book.source = source;
    book.owned = rules->owned;
    book.read = static_cast<std::int64_t>(file.records.size() + file.refused.size());
    book.refused = std::move(file.refused);
    book.notes = std::move(file.notes);

    std::unordered_map<std::string, std::size_t> last_of;
    for (std::size_t i = 0; i < file.records.size(); ++i) {
        auto& record = file.records[i];
        record.id = member_text(record.members, rules->id_member);
        // Lines of our own form that name no task are tasks of their own: their place in the file is their
        // name.
        if (record.id.empty() && source == "daybook") record.id = fmt::format("line {}", record.line);
        if (record.id.empty()) {
            const auto* there = record.members.if_contains(rules->id_member);
            const bool is_text = there == nullptr || there->is_null() || there->is_string();
            book.refused.push_back({record.line, is_text ? fmt::format("there is no {}", rules->id_member)
                                                         : fmt::format("{} is no text", rules->id_member)});
        } else
            last_of[record.id] = i;
    }
    for (std::size_t i = 0; i < file.records.size(); ++i) {
        const auto& record = file.records[i];
        if (record.id.empty()) continue;
        if (last_of[record.id] != i) {
            ++book.skipped;
            book.notes.push_back(
                {record.line, fmt::format("{}: stands in line {} again, the last one counts", record.id,
                                          file.records[last_of[record.id]].line)});
            continue;
        }
        if (auto task = rules->map(record, book.notes, zones))
            book.tasks.push_back(std::move(*task));
        else
            ++book.skipped;
    }
    return book;
}

}  // namespace daybook::app::import
