#include "projector/tag_counter.hpp"

#include "domain/list_query.hpp"

namespace daybook::projector {

void tag_counter::add(std::span<const std::string> tags, domain::status status) {
    if (status == domain::status::deleted || status == domain::status::purged) return;
    for (const auto& tag : tags) add_folded(domain::fold_text(tag), tag, domain::is_open(status));
}

void tag_counter::add_folded(const std::string& folded, const std::string& spelling, bool open,
                             std::int64_t tasks) {
    auto& row = by_folded_[folded];
    if (row.tag.empty() || spelling < row.tag) row.tag = spelling;
    row.total += tasks;
    if (open) row.open += tasks;
}

std::vector<tag_count> tag_counter::counts() const {
    std::vector<tag_count> out;
    out.reserve(by_folded_.size());
    for (const auto& [folded, row] : by_folded_) out.push_back(row);
    return out;
}

}  // namespace daybook::projector
