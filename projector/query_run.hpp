// One query on its way: how long it may still run and what it has done so far.
#pragma once

#include "domain/errc.hpp"
#include "domain/filter/limits.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace daybook::projector {

/// The plan of a query, line by line, on an error as its member `plan`.
[[nodiscard]] inline domain::problem with_plan(domain::problem p, const std::vector<std::string>& plan) {
    boost::json::array lines;
    for (const auto& line : plan) lines.emplace_back(line);
    p.extra["plan"] = std::move(lines);
    return p;
}

/// Threads: one.
class query_run {
 public:
    using clock = std::chrono::steady_clock;
    explicit query_run(clock::duration may_take = domain::limits::query_deadline)
        : deadline_(clock::now() + may_take) {}

    [[nodiscard]] clock::time_point deadline() const noexcept { return deadline_; }
    /// Ask it in every loop: the clock is read at every 64th call. False for good once it was false.
    [[nodiscard]] bool in_time() {
        constexpr std::uint64_t calls_between = 64;
        if (!late_ && ++calls_ % calls_between == 0) late_ = clock::now() >= deadline_;
        return !late_;
    }
    /// The same, asking the clock now.
    [[nodiscard]] bool in_time_now() {
        late_ = late_ || clock::now() >= deadline_;
        return !late_;
    }
    /// What was done counts for nothing: it is done once more.
    void start_over() { plan_.clear(); }
    /// Says what was done, in a line with its count.
    void did(std::string step) { plan_.push_back(std::move(step)); }
    [[nodiscard]] const std::vector<std::string>& plan() const noexcept { return plan_; }
    /// query_timeout with what was done; `doing`: where it stopped.
    [[nodiscard]] domain::problem timeout(std::string doing) const {
        auto plan = plan_;
        plan.push_back("ended while " + doing);
        return with_plan(
            domain::make_problem(domain::errc::query_timeout, "The query was ended while " + std::move(doing),
                                 {}, "Add a tag, a date or a state to the query."),
            plan);
    }

 private:
    clock::time_point deadline_;
    std::uint64_t calls_ = 0;
    bool late_ = false;
    std::vector<std::string> plan_{};
};

}  // namespace daybook::projector
