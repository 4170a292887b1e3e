// change_tags and its halves add_tags and remove_tags (settled 6): at most one task.untagged and one
// task.tagged (EV1).
#include "domain/canonical_input.hpp"
#include "domain/decide/task_members.hpp"
#include "domain/limits.hpp"

#include <boost/json/value_from.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace daybook::domain::deciding {
namespace {

namespace json = boost::json;
using tag_list = std::vector<std::string>;

bool holds(const tag_list& tags, const std::string& tag) {
    return std::any_of(tags.begin(), tags.end(), [&](const auto& known) { return same_tag(known, tag); });
}

result<tag_list> read_list(const draft& d, std::string_view name, bool strict) {
    const auto* value = d.cmd.args.if_contains(name);
    if (value == nullptr || !value->is_array()) return tag_list{};
    const auto field = fmt::format("args.{}", name);
    if (strict)
        if (auto marked = check_strict_tags(d.reader.book(), value->get_array(), field); !marked)
            return marked.error();
    return canonical_tags(value->get_array(), field);
}

}  // namespace

decision change_tags(draft& d) {
    const bool both = d.cmd.type == command_type::change_tags;
    const auto none = result<tag_list>(tag_list{});
    const auto added =
        d.cmd.type == command_type::remove_tags ? none : read_list(d, both ? "add" : "tags", true);
    if (!added) return added.error();
    const auto removed =
        d.cmd.type == command_type::add_tags ? none : read_list(d, both ? "remove" : "tags", false);
    if (!removed) return removed.error();
    const auto found = find_subject(d);
    if (!found) return found.error();
    const auto& subject = **found;
    if (subject.status == status::deleted) return status_refusal(subject, "tagged");

    auto kept = subject.tags;
    std::erase_if(kept, [&](const auto& tag) { return holds(*removed, tag); });
    auto after = kept;
    for (const auto& tag : *added)
        if (!holds(after, tag)) after.push_back(tag);
    if (after.size() > limits::tags_max && after.size() > kept.size())
        return make_problem(errc::limit_exceeded,
                            fmt::format("The task would have {} tags, at most {} are possible", after.size(),
                                        limits::tags_max),
                            both ? "args.add" : "args.tags");
    if (kept != subject.tags) d.add(event_type::task_untagged, subject, {{"tags", json::value_from(kept)}});
    if (after != kept) d.add(event_type::task_tagged, subject, {{"tags", json::value_from(after)}});
    return d.finish(subject.id);
}

}  // namespace daybook::domain::deciding
