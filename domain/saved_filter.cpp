#include "domain/saved_filter.hpp"

#include "domain/filter/parser.hpp"
#include "domain/utf8.hpp"

namespace daybook::domain {

bool is_about_filter(event_type type) noexcept {
    return type == event_type::filter_saved || type == event_type::filter_deleted;
}

std::optional<filter_id> filter_of(const event& e) {
    if (!is_about_filter(e.type)) return std::nullopt;
    const auto* id = e.data.if_contains("filter_id");
    if (id == nullptr || !id->is_string()) return std::nullopt;
    return filter_id::parse(std::string_view(id->get_string()));
}

result<void> check_saved_query(std::string_view text, std::string_view field) {
    if (text.find_first_not_of(' ') == std::string_view::npos || !is_plain_text(text))
        return make_problem(errc::field_invalid, "A query of one line is expected", std::string(field));
    const auto parsed = filter::parse(text);
    if (parsed) return {};
    auto why = parsed.error();
    why.field = field;
    return why;
}

}  // namespace daybook::domain
