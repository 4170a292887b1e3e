// create_project, update_project, delete_project. Tasks keep the project_id of a project that is deleted.
#include "domain/canonical_input.hpp"
#include "domain/decide/draft.hpp"

#include <fmt/format.h>

namespace daybook::domain::deciding {
namespace {

namespace json = boost::json;

/// Errors: not_found, version_mismatch.
result<project> find_project(const draft& d) {
    const auto id = project_argument(d.cmd.args, "project_id");
    auto found = id ? d.reader.find_project(*id) : std::nullopt;
    if (!found)
        return make_problem(errc::not_found,
                            fmt::format("There is no project {}", text_argument(d.cmd.args, "project_id")),
                            "args.project_id");
    if (auto expected = check_version(d, "The project", found->version); !expected) return expected.error();
    return *std::move(found);
}

problem name_taken(std::string_view name) {
    return make_problem(errc::name_taken, fmt::format("There is a project `{}` already", name), "args.name");
}

}  // namespace

decision create_project(draft& d) {
    const auto name = canonical_text(text_argument(d.cmd.args, "name"), name_rule, "args.name");
    if (!name) return name.error();
    const auto asked = project_argument(d.cmd.args, "project_id");
    const auto id = asked ? *asked : project_id(uuid::v7(d.context.now, d.context.entropy()));
    if (const auto existing = d.reader.find_project(id))
        return make_problem(errc::status_conflict, fmt::format("There is a project {} already", id.text()),
                            "args.project_id");
    if (d.reader.project_named(*name)) return name_taken(*name);
    d.add_book_event(event_type::project_created, 1, {{"project_id", id.text()}, {"name", *name}});
    return d.finish(std::nullopt);
}

decision update_project(draft& d) {
    const auto name = canonical_text(text_argument(d.cmd.args, "name"), name_rule, "args.name");
    if (!name) return name.error();
    const auto found = find_project(d);
    if (!found) return found.error();
    if (found->deleted)
        return make_problem(errc::status_conflict, "The project is deleted", "args.project_id");
    if (found->name == *name) return no_op{};
    if (d.reader.project_named(*name)) return name_taken(*name);
    d.add_book_event(event_type::project_updated, found->version + 1,
                     {{"project_id", found->id.text()}, {"name", *name}});
    return d.finish(std::nullopt);
}

decision delete_project(draft& d) {
    const auto found = find_project(d);
    if (!found) return found.error();
    if (found->deleted) return no_op{};
    d.add_book_event(event_type::project_deleted, found->version + 1, {{"project_id", found->id.text()}});
    return d.finish(std::nullopt);
}

}  // namespace daybook::domain::deciding
