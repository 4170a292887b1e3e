// daybook search: GET /v1/search as a table for people or as JSON lines.
#include "app/tools/client_calls.hpp"
#include "app/tools/tools.hpp"
#include "domain/utf8.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <unistd.h>
#include <vector>

namespace daybook::app {
namespace {

using boost::json::object;

constexpr std::size_t title_shown_max = 60;
constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view plain = "\x1b[0m";

struct cell {
    std::string text{};     ///< with marks around what was found
    std::size_t width = 0;  ///< code points of it without marks
};

/// Code points [from, to), from 1, that were found in the title.
using spans = std::vector<std::pair<std::int64_t, std::int64_t>>;

spans found_in_title(const object& item) {
    spans out;
    const auto* fields = item.if_contains("highlights");
    const auto* title =
        fields != nullptr && fields->is_object() ? fields->get_object().if_contains("title") : nullptr;
    if (title == nullptr || !title->is_array()) return out;
    for (const auto& each : title->get_array())
        out.emplace_back(each.at("from").to_number<std::int64_t>(), each.at("to").to_number<std::int64_t>());
    return out;
}

cell shown(std::string_view text, const spans& found, bool colour) {
    cell out;
    for (std::int64_t column = 1; !text.empty(); ++column) {
        if (out.width == title_shown_max) {
            out.text += "…";
            ++out.width;
            break;
        }
        const auto begins = [&](const auto& s) { return s.first == column; };
        const auto ends = [&](const auto& s) { return s.second == column; };
        if (colour && std::ranges::any_of(found, ends)) out.text += plain;
        if (colour && std::ranges::any_of(found, begins)) out.text += bold;
        const auto before = text;
        if (!domain::take_code_point(text)) break;
        out.text += before.substr(0, before.size() - text.size());
        ++out.width;
    }
    if (colour) out.text += plain;
    return out;
}

std::string tags_of(const object& task) {
    std::string out;
    for (const auto& tag : task.at("tags").as_array())
        out += (out.empty() ? "" : " ") + std::string(tag.as_string());
    return out;
}

void print_table(const boost::json::array& items, bool colour) {
    std::vector<std::pair<cell, const object*>> rows;
    std::size_t width = 0;
    for (const auto& item : items) {
        const auto& row = item.as_object();
        rows.emplace_back(shown(text_of(row.at("task").as_object(), "title"), found_in_title(row), colour),
                          &row.at("task").as_object());
        width = std::max(width, rows.back().first.width);
    }
    for (const auto& [title, task] : rows) {
        auto due = text_of(*task, "due");
        if (due == "null") due.clear();
        fmt::print("{}  {}  {:<11}  {:<16}  {}{}  {}\n", text_of(*task, "task_id"),
                   text_of(*task, "priority"), text_of(*task, "status"), due.substr(0, 16), title.text,
                   std::string(width - title.width, ' '), tags_of(*task));
    }
}

/// The query again, and a mark below the place that is meant.
int report_query(const domain::problem& p, const std::string& query) {
    const auto status = report(p);
    if (p.field == "q" && p.column && query.find('\n') == std::string::npos)
        fmt::print(stderr, "  {}\n  {}^\n", query,
                   std::string(static_cast<std::size_t>(std::max<std::int64_t>(*p.column - 1, 0)), ' '));
    return status;
}

/// What was found instead of what was asked for.
void report_likeness(const object& page) {
    if (page.contains("fuzzy")) fmt::print(stderr, "nothing holds these words; these look like them\n");
    if (const auto* meant = page.if_contains("did_you_mean"))
        fmt::print(stderr, "did you mean: {}\n", std::string_view(meant->as_string()));
}

}  // namespace

int run_search(const installation& where, const search_options& o) {
    auto server = connect(where);
    if (!server) return report(server.error());
    std::int64_t left = o.limit;
    std::int64_t shown_so_far = 0;
    for (std::string cursor; left > 0;) {
        std::string target = "/v1/search?limit=" + std::to_string(std::min<std::int64_t>(left, 200));
        add_parameter(target, "q", o.query);
        add_parameter(target, "store", o.store);
        add_parameter(target, "cursor", cursor);
        if (o.explain) add_parameter(target, "explain", "1");
        const auto page = get_object(**server, target);
        if (!page) return report_query(page.error(), o.query);
        const auto& items = page->at("items").as_array();
        if (where.json)
            for (const auto& item : items) fmt::print("{}\n", boost::json::serialize(item));
        else
            print_table(items, ::isatty(STDOUT_FILENO) != 0);
        if (!where.json && shown_so_far == 0) report_likeness(*page);
        left -= static_cast<std::int64_t>(items.size());
        shown_so_far += static_cast<std::int64_t>(items.size());
        cursor = page->at("next_cursor").is_string() ? std::string(page->at("next_cursor").as_string())
                                                     : std::string();
        if (const auto* plan = page->if_contains("plan"); plan != nullptr && cursor.empty())
            for (const auto& line : plan->as_array())
                fmt::print(stderr, "{}\n", std::string_view(line.as_string()));
        if (!cursor.empty() && left > 0) continue;
        if (!where.json)
            fmt::print(stderr, "{} of {}{}\n", shown_so_far,
                       page->contains("total_is_lower_bound") ? "more than " : "",
                       page->at("total_count").to_number<std::int64_t>());
        break;
    }
    return exit_done;
}

}  // namespace daybook::app
