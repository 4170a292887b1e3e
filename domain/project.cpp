#include "domain/project.hpp"

namespace daybook::domain {

bool is_about_project(event_type type) noexcept {
    return type == event_type::project_created || type == event_type::project_updated ||
           type == event_type::project_deleted;
}

std::optional<project_id> project_of(const event& e) {
    if (!is_about_project(e.type)) return std::nullopt;
    const auto* id = e.data.if_contains("project_id");
    if (id == nullptr || !id->is_string()) return std::nullopt;
    return project_id::parse(std::string_view(id->get_string()));
}

std::optional<std::string> shown_name(const std::optional<project>& of) {
    return of && !of->deleted ? std::optional(of->name) : std::nullopt;
}

}  // namespace daybook::domain
