// Random but real histories for tests of views: tasks that are made, changed, tagged, moved, closed, deleted,
// purged.
#pragma once

#include "eventlog/memory_log.hpp"
#include "tests/support/event_writer.hpp"

#include <boost/json/array.hpp>

#include <memory>
#include <random>
#include <string>
#include <vector>

namespace daybook::tests {

inline put_record into(eventlog::memory_log& log) {
    return [&log](std::int32_t partition, eventlog::new_record r) {
        return log.append_foreign(partition, std::move(r));
    };
}

/// Writes commits of random events for a few users. The seed decides everything.
class random_books {
 public:
    random_books(event_writer& writer, std::uint64_t seed, int users = 3) : writer_(writer), random_(seed) {
        for (int u = 0; u < users; ++u) users_.push_back({"user-" + std::to_string(u), {}, 0});
    }

    /// One commit of 1 to 4 events; returns the offset of its last part.
    std::int64_t commit(std::size_t parts_landed = SIZE_MAX) {
        auto& user = users_[pick(users_.size())];
        std::vector<domain::event> events;
        const auto count = 1 + pick(4);
        for (std::size_t i = 0; i < count; ++i) events.push_back(next(user));
        return writer_.commit(std::move(events), parts_landed);
    }

    [[nodiscard]] std::vector<domain::user_id> users() const {
        std::vector<domain::user_id> out;
        for (const auto& u : users_) out.emplace_back(u.name);
        return out;
    }
    std::size_t pick(std::size_t below) {
        return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
    }

 private:
    struct user_state {
        std::string name;
        std::vector<domain::task_id> tasks;
        std::int64_t projects = 0;
    };

    boost::json::object some_members() {
        static const std::vector<std::string> words{"Rent",   "rent", "Éclair", "straße", "backup",
                                                    "Server", "über", "zoo",    "Ärger"};
        boost::json::object data;
        data["title"] = words[pick(words.size())] + " " + std::to_string(pick(50));
        if (pick(2) == 0) data["description"] = "about " + words[pick(words.size())];
        if (pick(2) == 0) data["priority"] = "P" + std::to_string(1 + pick(4));
        if (pick(2) == 0) {
            static const std::vector<std::string> tags{"#work", "#Work", "#home", "#größe", "#phase:2"};
            data["tags"] = boost::json::array{boost::json::string(tags[pick(tags.size())])};
        }
        if (pick(2) == 0) {
            const auto day = fmt::format("2026-09-{:02}", 1 + pick(28));
            data["due"] = day;
            data["due_at"] = day + "T09:00:00.000Z";
        }
        return data;
    }

    domain::event next(user_state& user) {
        using enum domain::event_type;
        if (pick(20) == 0) {
            ++user.projects;
            return writer_.book_event(user.name, project_created, 1,
                                      {{"project_id", project_number(user.projects).text()},
                                       {"name", "Project " + std::to_string(user.projects)}});
        }
        if (user.tasks.empty() || pick(3) == 0) {
            user.tasks.push_back(task_number(++made_));
            return writer_.task_event(user.name, task_created, user.tasks.back(), some_members());
        }
        const auto task = user.tasks[pick(user.tasks.size())];
        switch (pick(9)) {
            case 0: return writer_.task_event(user.name, task_started, task);
            case 1: return writer_.task_event(user.name, task_completed, task);
            case 2: return writer_.task_event(user.name, task_reopened, task);
            case 3: return writer_.task_event(user.name, task_deleted, task);
            case 4: return writer_.task_event(user.name, task_commented, task, {{"comment", "so what"}});
            case 5: {
                boost::json::object data;
                if (user.projects > 0) {
                    data["project_id"] =
                        project_number(
                            1 + static_cast<std::int64_t>(pick(static_cast<std::size_t>(user.projects))))
                            .text();
                }
                return writer_.task_event(user.name, task_moved, task, data);
            }
            case 6: {
                const auto on = user.tasks[pick(user.tasks.size())].text();
                return writer_.task_event(user.name, task_updated, task,
                                          {{"depends_on", boost::json::array{boost::json::string(on)}}});
            }
            case 7:
                if (pick(6) == 0) return writer_.task_event(user.name, task_purged, task);
                [[fallthrough]];
            default: return writer_.task_event(user.name, task_updated, task, some_members());
        }
    }

    event_writer& writer_;
    std::mt19937_64 random_;
    std::vector<user_state> users_;
    std::int64_t made_ = 0;
};

}  // namespace daybook::tests
