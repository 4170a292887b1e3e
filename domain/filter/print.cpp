#include "domain/filter/print.hpp"

#include "domain/filter/dates.hpp"
#include "domain/filter/fields.hpp"
#include "domain/filter/lexer.hpp"

#include <algorithm>
#include <vector>

namespace daybook::domain::filter {
namespace {

constexpr std::string_view comparator_starts = "=<>!";
/// No character of a query: tells a last word from one that somebody finished.
constexpr char also_prefix_mark = '\1';

template <class... Visitors>
struct overloaded : Visitors... {
    using Visitors::operator()...;
};

std::string bare_or_quoted(const std::string& text) {
    const bool plain = can_stand_bare(text) &&
                       comparator_starts.find(text.front()) == std::string_view::npos && text != "none";
    return plain ? text : quoted(text);
}

class printer {
 public:
    explicit printer(bool sorted) : sorted_(sorted) {}

    [[nodiscard]] std::string text(const node& n) const {
        return std::visit(overloaded{
                              [&](const comparison& c) { return text(c); },
                              [&](const text_term& t) { return text(t); },
                              [&](const conjunction& c) { return joined(c.parts, " ", true); },
                              [&](const disjunction& d) { return joined(d.parts, " OR ", false); },
                              [&](const negation& of) {
                                  const auto& inside = of.of.front();
                                  return is_leaf(inside) ? "-" + text(inside) : "-(" + text(inside) + ")";
                              },
                          },
                          n.is);
    }

 private:
    static bool is_leaf(const node& n) {
        return std::holds_alternative<comparison>(n.is) || std::holds_alternative<text_term>(n.is);
    }

    [[nodiscard]] std::string joined(const std::vector<node>& parts, std::string_view between,
                                     bool in_and) const {
        std::vector<std::string> texts;
        for (const auto& part : parts) {
            const bool grouped = std::holds_alternative<disjunction>(part.is) ||
                                 (in_and && std::holds_alternative<conjunction>(part.is));
            texts.push_back(grouped ? "(" + text(part) + ")" : text(part));
        }
        if (sorted_) {
            std::ranges::sort(texts);
            texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
        }
        std::string out;
        for (const auto& each : texts) {
            if (!out.empty()) out += between;
            out += each;
        }
        return out;
    }

    [[nodiscard]] std::string text(const comparison& c) const {
        const auto* tag = std::get_if<std::string>(&c.value);
        if (c.field == field::tag && c.how == comparator::equal && tag != nullptr) return *tag;
        const auto* level = std::get_if<priority>(&c.value);
        if (c.field == field::priority && c.how == comparator::equal && level != nullptr)
            return "p" + std::string(domain::to_text(*level)).substr(1);
        std::string out(row_of(c.field).name);
        out += ':';
        out += to_text(c.how);
        return out + std::visit(overloaded{
                                    [](const none_value&) { return std::string("none"); },
                                    [&](const std::string& s) {
                                        return c.field == field::tag ? s : bare_or_quoted(s);
                                    },
                                    [](priority p) { return std::string(domain::to_text(p)); },
                                    [](const between<priority>& r) {
                                        return std::string(domain::to_text(r.first)) + ".." +
                                               std::string(domain::to_text(r.last));
                                    },
                                    [](status s) { return std::string(domain::to_text(s)); },
                                    [](const date_point& d) { return filter::to_text(d); },
                                    [](const between<date_point>& r) {
                                        return filter::to_text(r.first) + ".." + filter::to_text(r.last);
                                    },
                                    [](const uuid& id) { return id.text(); },
                                    [](trait t) { return std::string(to_text(t)); },
                                },
                                c.value);
    }

    [[nodiscard]] std::string text(const text_term& t) const {
        std::string out;
        if (t.in) {
            out += row_of(*t.in).name;
            out += ':';
            const bool like_comparator = comparator_starts.find(t.text.front()) != std::string_view::npos;
            if (like_comparator && t.kind != text_kind::phrase) out += '=';
        }
        if (t.kind == text_kind::phrase) return out + quoted(t.text);
        out += t.text;
        if (t.kind == text_kind::prefix) out += '*';
        if (sorted_ && t.also_prefix) out += also_prefix_mark;
        return out;
    }

    bool sorted_;
};

/// The leaf whose text ends the text of the node; null where a parenthesis does.
const text_term* last_text(const node& n) {
    const auto* at = &n;
    if (const auto* any = std::get_if<disjunction>(&at->is)) at = &any->parts.back();
    if (const auto* every = std::get_if<conjunction>(&at->is)) at = &every->parts.back();
    if (const auto* of = std::get_if<negation>(&at->is)) at = &of->of.front();
    return std::get_if<text_term>(&at->is);
}

}  // namespace

std::string to_text(const sort_order& order) {
    std::string out;
    for (const auto& by : order) {
        if (!out.empty()) out += ',';
        out += domain::to_text(by.field);
        if (by.descending != (by.field == sort_field::rank)) out += '-';
    }
    return out;
}

std::string to_text(const query& q) {
    const auto order = q.order.empty() ? std::string() : "sort:" + to_text(q.order);
    if (!q.where) return order;
    const auto where = printer(false).text(*q.where);
    const auto* last = last_text(*q.where);
    if (last != nullptr && last->also_prefix) return order.empty() ? where : order + ' ' + where;
    if (!order.empty()) return where + ' ' + order;
    // A word that ends the text would be a prefix too.
    return last != nullptr && last->kind == text_kind::word ? where + ' ' : where;
}

std::string canonical_text(const query& q) {
    const auto where = q.where ? printer(true).text(*q.where) : std::string();
    return where + '\n' + to_text(q.order);
}

}  // namespace daybook::domain::filter
