// save_filter, delete_filter.
#include "domain/canonical_input.hpp"
#include "domain/decide/draft.hpp"
#include "domain/limits.hpp"

#include <fmt/format.h>

namespace daybook::domain::deciding {
namespace {

namespace json = boost::json;

/// Errors: not_found, version_mismatch.
result<saved_filter> find_filter(const draft& d) {
    const auto id = filter_id::parse(text_argument(d.cmd.args, "filter_id"));
    auto found = id ? d.reader.find_filter(*id) : std::nullopt;
    if (!found)
        return make_problem(errc::not_found,
                            fmt::format("There is no filter {}", text_argument(d.cmd.args, "filter_id")),
                            "args.filter_id");
    if (d.cmd.if_version && *d.cmd.if_version != found->version)
        return make_problem(
            errc::version_mismatch,
            fmt::format("The filter has version {}, not {}", found->version, *d.cmd.if_version),
            "if_version");
    return *std::move(found);
}

problem name_taken(std::string_view name) {
    return make_problem(errc::name_taken, fmt::format("There is a filter `{}` already", name), "args.name",
                        "Name it by filter_id to change it.");
}

struct wished {
    std::optional<std::string> name{};
    std::optional<std::string> query{};
};

result<wished> read_wishes(const draft& d) {
    wished out;
    if (d.cmd.args.contains("name")) {
        auto name = canonical_text(text_argument(d.cmd.args, "name"), name_rule, "args.name");
        if (!name) return name.error();
        out.name = *std::move(name);
    }
    // As it was written: quotes, spaces and letters of a query are its author's.
    if (d.cmd.args.contains("query")) out.query = std::string(text_argument(d.cmd.args, "query"));
    return out;
}

decision create_filter(draft& d, const wished& wish) {
    if (const auto taken = d.reader.filter_named(*wish.name)) {
        const auto found = d.reader.find_filter(*taken);
        if (found && found->query == *wish.query) return no_op{std::nullopt, *taken};
        return name_taken(*wish.name);
    }
    if (d.reader.filter_count() >= limits::filters_max)
        return make_problem(errc::limit_exceeded,
                            fmt::format("A book has at most {} saved filters", limits::filters_max), "args");
    const auto id = filter_id(uuid::v7(d.context.now, d.context.entropy()));
    d.add_book_event(event_type::filter_saved, 1,
                     {{"filter_id", id.text()}, {"name", *wish.name}, {"query", *wish.query}});
    return d.finish(std::nullopt);
}

}  // namespace

decision save_filter(draft& d) {
    const auto wish = read_wishes(d);
    if (!wish) return wish.error();
    if (!d.cmd.args.contains("filter_id")) return create_filter(d, *wish);
    const auto found = find_filter(d);
    if (!found) return found.error();
    if (found->deleted) return make_problem(errc::status_conflict, "The filter is deleted", "args.filter_id");
    json::object patch{{"filter_id", found->id.text()}};
    if (wish->name && *wish->name != found->name) {
        if (d.reader.filter_named(*wish->name)) return name_taken(*wish->name);
        patch["name"] = *wish->name;
    }
    if (wish->query && *wish->query != found->query) patch["query"] = *wish->query;
    if (patch.size() == 1) return no_op{std::nullopt, found->id};
    d.add_book_event(event_type::filter_saved, found->version + 1, std::move(patch));
    return d.finish(std::nullopt);
}

decision delete_filter(draft& d) {
    const auto found = find_filter(d);
    if (!found) return found.error();
    if (found->deleted) return no_op{std::nullopt, found->id};
    d.add_book_event(event_type::filter_deleted, found->version + 1, {{"filter_id", found->id.text()}});
    return d.finish(std::nullopt);
}

}  // namespace daybook::domain::deciding
