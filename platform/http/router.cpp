#include "platform/http/router.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

namespace daybook::platform::http {

// One place in the tree of segments. Names of segments belong to the routes, which may differ in them.
struct router::node {
    std::vector<std::pair<std::string_view, std::unique_ptr<node>>> literals;
    std::unique_ptr<node> named;
    std::array<std::size_t, static_cast<std::size_t>(method::other)> route_number{};  // from 1; 0 = none
    std::string_view elsewhere_role;
    bool has_routes = false;

    [[nodiscard]] bool is_end() const noexcept { return has_routes || !elsewhere_role.empty(); }
    [[nodiscard]] std::size_t number_of(method m) const noexcept {
        return m == method::other ? 0 : route_number[static_cast<std::size_t>(m)];
    }

    node* child(std::string_view literal) const noexcept {
        for (const auto& [text, next] : literals)
            if (text == literal) return next.get();
        return nullptr;
    }

    // The end node for the segments, literals first. Depth is bounded by the longest pattern.
    const node* end_for(std::span<const std::string> segments) const noexcept {
        if (segments.empty()) return is_end() ? this : nullptr;
        if (const node* next = child(segments.front())) {
            if (const node* end = next->end_for(segments.subspan(1))) return end;
        }
        if (named == nullptr || segments.front().empty()) return nullptr;
        return named->end_for(segments.subspan(1));
    }
};

namespace {

bool is_named(std::string_view segment) noexcept {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::vector<std::string_view> split_pattern(std::string_view pattern) {
    if (pattern.empty() || pattern.front() != '/')
        throw std::logic_error(fmt::format("route pattern '{}' does not start with '/'", pattern));
    std::vector<std::string_view> segments;
    if (pattern == "/") return segments;
    std::size_t begin = 1;
    while (begin <= pattern.size()) {
        const std::size_t end = std::min(pattern.find('/', begin), pattern.size());
        const auto segment = pattern.substr(begin, end - begin);
        const bool braces = segment.find_first_of("{}") != std::string_view::npos;
        if (segment.empty() || (braces && !is_named(segment)))
            throw std::logic_error(fmt::format("route pattern '{}' has a malformed segment", pattern));
        segments.push_back(segment);
        begin = end + 1;
    }
    return segments;
}

template <class Node>
Node* grow(Node* at, std::string_view pattern) {
    for (const auto segment : split_pattern(pattern)) {
        if (is_named(segment)) {
            if (at->named == nullptr) at->named = std::make_unique<Node>();
            at = at->named.get();
        } else if (Node* next = at->child(segment)) {
            at = next;
        } else {
            at = at->literals.emplace_back(segment, std::make_unique<Node>()).second.get();
        }
    }
    return at;
}

}  // namespace

router::router() : root_(std::make_unique<node>()) {}
router::~router() = default;
router::router(router&&) noexcept = default;
router& router::operator=(router&&) noexcept = default;

void router::add(route r) {
    if (r.method == method::other || r.method == method::head || !r.handler)
        throw std::logic_error(fmt::format("route {} {}: no handler, or a method that is not routed",
                                           to_string(r.method), r.pattern));
    node* end = grow(root_.get(), r.pattern);
    auto& number = end->route_number[static_cast<std::size_t>(r.method)];
    if (number != 0)
        throw std::logic_error(fmt::format("route {} {} stands twice", to_string(r.method), r.pattern));
    routes_.push_back(std::make_unique<route>(std::move(r)));
    number = routes_.size();
    end->has_routes = true;
}

void router::add(std::vector<route> routes) {
    for (auto& r : routes) add(std::move(r));
}

void router::add_elsewhere(std::string_view pattern, std::string_view role) {
    grow(root_.get(), pattern)->elsewhere_role = role;
}

std::variant<router::match, router::miss> router::find(http::method m,
                                                       std::span<const std::string> segments) const {
    const node* end = root_->end_for(segments);
    if (end == nullptr) return miss{};
    if (!end->has_routes) return miss{false, {}, end->elsewhere_role};
    const std::size_t number = end->number_of(m == method::head ? method::get : m);
    if (number == 0) {
        miss other{true, {}, {}};
        for (std::size_t i = 0; i < end->route_number.size(); ++i) {
            if (end->route_number[i] == 0) continue;
            if (!other.allow.empty()) other.allow += ", ";
            other.allow += to_string(static_cast<method>(i));
            if (static_cast<method>(i) == method::get) other.allow += ", HEAD";
        }
        return other;
    }
    match found{routes_[number - 1].get(), {}, number - 1};
    std::string_view rest = found.found->pattern.substr(1);
    for (const auto& segment : segments) {
        const auto piece = rest.substr(0, rest.find('/'));
        rest.remove_prefix(std::min(piece.size() + 1, rest.size()));
        if (is_named(piece)) found.path_parameters.emplace_back(piece.substr(1, piece.size() - 2), segment);
    }
    return found;
}

std::span<const std::unique_ptr<route>> router::routes() const noexcept { return routes_; }

}  // namespace daybook::platform::http
