#include "domain/filter/ast.hpp"

#include <iterator>
#include <utility>

namespace daybook::domain::filter {
namespace {

void append(conjunction& to, node&& from) {
    if (auto* parts = std::get_if<conjunction>(&from.is))
        std::move(parts->parts.begin(), parts->parts.end(), std::back_inserter(to.parts));
    else
        to.parts.push_back(std::move(from));
}

}  // namespace

bool conjunction::operator==(const conjunction& other) const { return parts == other.parts; }
bool disjunction::operator==(const disjunction& other) const { return parts == other.parts; }
bool negation::operator==(const negation& other) const { return of == other.of; }

std::optional<node> both(std::optional<node> a, std::optional<node> b) {
    if (!a) return b;
    if (!b) return a;
    conjunction joined;
    append(joined, std::move(*a));
    append(joined, std::move(*b));
    return node{std::move(joined), {}};
}

std::optional<node> any_of(std::vector<node> parts) {
    if (parts.empty()) return std::nullopt;
    if (parts.size() == 1) return std::move(parts.front());
    return node{disjunction{std::move(parts)}, {}};
}

node compare(filter::field field, comparator how, operand value) {
    return node{comparison{field, how, std::move(value)}, {}};
}

bool has_positive_text(const query& q) {
    bool found = false;
    if (q.where)
        each_leaf(*q.where, [&](const node& leaf, bool negated) {
            found = found || (!negated && std::holds_alternative<text_term>(leaf.is));
        });
    return found;
}

}  // namespace daybook::domain::filter
