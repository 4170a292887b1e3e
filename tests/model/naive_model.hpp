// What a book of a few tasks should do, written down a second time from semantics §0 and §7, as plainly as it
// goes: whole-state searches instead of walks, no events. The property test compares it with decide and
// evolve.
#pragma once

#include "domain/task.hpp"

#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace daybook::tests::model {

inline constexpr int task_count = 10;
inline constexpr int nobody = -1;  ///< null where a task is named

enum class verb {
    create,
    update,
    start,
    stop,
    complete,
    reopen,
    cancel,
    skip,
    reschedule,
    remove,
    restore,
    purge,
    tags,
    move,
    comment
};

/// A command about task number `task`. Members that the verb does not take are passed over.
struct step {
    model::verb verb = verb::create;
    int task = 0;
    std::string children{};             ///< empty: the default
    std::optional<int> seen_version{};  ///< if_version
    std::optional<std::string> title{};
    std::optional<int> priority{};  ///< 1 to 4
    std::optional<int> parent{};    ///< may be `nobody`
    std::optional<int> project{};   ///< 0 exists, 1 is deleted, 2 never was; may be `nobody`
    std::optional<std::vector<int>> depends_on{};
    std::optional<std::string> start{};  ///< all-day; empty: null
    std::optional<std::string> due{};
    std::vector<std::string> add{};
    std::vector<std::string> remove{};
};
std::ostream& operator<<(std::ostream&, const step&);

struct naive_task {
    domain::status status = domain::status::open;
    std::string title{};
    int priority = 3;
    std::vector<std::string> tags{};
    int parent = nobody;
    int project = nobody;
    std::vector<int> depends_on{};
    std::string start{};
    std::string due{};
    int comments = 0;
    int version = 0;
    bool has_started_at = false;
    bool has_completed_at = false;
    domain::status before_delete = domain::status::open;
    int deleted_in = 0;  ///< number of the step
};

class naive_model {
 public:
    /// `applied`, `no_op`, `422` for references and limits, or the code of the refusal.
    std::string apply(const step&);
    [[nodiscard]] const std::map<int, naive_task>& tasks() const { return tasks_; }

 private:
    using status = domain::status;

    [[nodiscard]] bool usable(int task) const;  ///< there, and neither deleted nor purged
    [[nodiscard]] bool blocked(const naive_task&) const;
    [[nodiscard]] bool is_below(int task, int top) const;
    [[nodiscard]] bool waits_for(int task, int target) const;
    [[nodiscard]] int depth(int task) const;
    [[nodiscard]] bool too_deep() const;
    std::string create(const step&);
    std::string update(const step&);
    std::string set_dates(naive_task&, const step&, bool& changed);
    std::string change_status(const step&, std::vector<status> from, status target);
    std::string close(const step&, status target);
    std::string remove(const step&);
    std::string restore(const step&);
    std::string purge(const step&);
    std::string tags(const step&);
    std::string move(const step&);
    void close_all(const std::vector<int>& closed, status target);

    std::map<int, naive_task> tasks_;
    int steps_ = 0;
};

}  // namespace daybook::tests::model
