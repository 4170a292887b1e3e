#include "app/import/mapping.hpp"
#include "domain/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace daybook::app::import {
namespace {

namespace limits = domain::limits;
constexpr std::size_t none = static_cast<std::size_t>(-1);

class linker {
 public:
    explicit linker(wanted_book& book)
        : book_(book),
          parent_(book.tasks.size(), none),
          children_(book.tasks.size()),
          waits_for_(book.tasks.size()) {
        for (std::size_t i = 0; i < book.tasks.size(); ++i) place_[book.tasks[i].source_id] = i;
    }

    void link_all() {
        for (std::size_t i = 0; i < book_.tasks.size(); ++i) {
            link_parent(i);
            link_dependencies(i);
        }
    }

 private:
    void say(std::size_t i, std::string reason) {
        book_.notes.push_back({book_.tasks[i].line, book_.tasks[i].source_id + ": " + std::move(reason)});
    }

    /// Null: it is there and can be referred to; otherwise why not.
    const char* trouble(std::size_t i, const std::string& target) const {
        const auto at = place_.find(target);
        if (at == place_.end()) return "is not in the file";
        if (at->second == i) return "is the task itself";
        if (book_.tasks[at->second].status == domain::status::deleted) return "is deleted";
        if (book_.tasks[i].status == domain::status::deleted) return "is wanted by a deleted task";
        return nullptr;
    }

    void link_parent(std::size_t i) {
        auto wanted = std::move(book_.tasks[i].parents);
        book_.tasks[i].parents.clear();
        for (const auto& target : wanted) {
            if (const auto* why = trouble(i, target)) {
                say(i, fmt::format("the parent {} {}: left out", target, why));
                continue;
            }
            const auto parent = place_[target];
            if (parent_[i] == parent) continue;
            if (parent_[i] != none) {
                say(i, fmt::format("{} would be a second parent: left out", target));
            } else if (is_above(i, parent)) {
                say(i, fmt::format("the parent {} stands below the task: left out", target));
            } else if (children_[parent].size() == limits::children_max) {
                say(i, fmt::format("the parent {} has {} subtasks already: left out", target,
                                   limits::children_max));
            } else if (depth_of(parent) + 1 + height_of(i) > limits::depth_max) {
                say(i, fmt::format("below the parent {} the tree would be deeper than {}: left out", target,
                                   limits::depth_max));
            } else {
                parent_[i] = parent;
                children_[parent].push_back(i);
                book_.tasks[i].parents.push_back(target);
            }
        }
    }

    void link_dependencies(std::size_t i) {
        auto wanted = std::move(book_.tasks[i].depends_on);
        auto& kept = book_.tasks[i].depends_on;
        kept.clear();
        for (const auto& target : wanted) {
            if (std::ranges::find(kept, target) != kept.end()) continue;
            if (const auto* why = trouble(i, target)) {
                say(i, fmt::format("the dependency {} {}: left out", target, why));
            } else if (waits_for(place_[target], i)) {
                say(i, fmt::format("the dependency {} would close a circle: left out", target));
            } else if (kept.size() == limits::depends_on_max) {
                say(i,
                    fmt::format("more than {} dependencies: {} is left out", limits::depends_on_max, target));
            } else {
                waits_for_[i].push_back(place_[target]);
                kept.push_back(target);
            }
        }
    }

    /// Whether `top` is `from` or stands above it.
    [[nodiscard]] bool is_above(std::size_t top, std::size_t from) const {
        for (auto at = from; at != none; at = parent_[at])
            if (at == top) return true;
        return false;
    }
    [[nodiscard]] std::size_t depth_of(std::size_t i) const {
        std::size_t depth = 0;
        for (auto at = i; at != none; at = parent_[at]) ++depth;
        return depth;
    }
    /// Levels below; a tree is never deeper than the limit here.
    [[nodiscard]] std::size_t height_of(std::size_t i) const {
        std::size_t height = 0;
        for (const auto child : children_[i]) height = std::max(height, 1 + height_of(child));
        return height;
    }
    [[nodiscard]] bool waits_for(std::size_t from, std::size_t target) const {
        std::vector<std::size_t> open{from};
        std::unordered_set<std::size_t> seen;
        while (!open.empty()) {
            const auto at = open.back();
            open.pop_back();
            if (at == target) return true;
            if (!seen.insert(at).second) continue;
            open.insert(open.end(), waits_for_[at].begin(), waits_for_[at].end());
        }
        return false;
    }

    wanted_book& book_;
    std::unordered_map<std::string, std::size_t> place_;
    std::vector<std::size_t> parent_;
    std::vector<std::vector<std::size_t>> children_;
    std::vector<std::vector<std::size_t>> waits_for_;
};

}  // namespace

void link(wanted_book& book) { linker(book).link_all(); }

}  // namespace daybook::app::import
