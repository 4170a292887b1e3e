// A book in memory that takes the commands of an import as a server would: checked, decided, folded.
#pragma once

#include "app/import/mapping.hpp"
#include "app/import/plan.hpp"
#include "domain/codec/task_json.hpp"
#include "domain/command.hpp"
#include "domain/decide.hpp"
#include "domain/project.hpp"
#include "tests/support/given.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace daybook::tests {

class import_book {
 public:
    import_book() : book_(domain::user_id("me")) {}

    struct counts {
        int applied = 0;
        int nothing = 0;
        int replayed = 0;
        std::vector<std::string> refused{};
    };

    counts run(const app::import::import_plan& plan) {
        counts out;
        for (const auto& planned : plan.commands) run_one(planned.command, out);
        return out;
    }

    [[nodiscard]] app::import::current_book current() const {
        app::import::current_book out;
        for (const auto& [id, task] : book_.tasks()) {
            if (task->status == domain::status::purged) continue;
            // A version that was rendered before is not rendered again: histories ask for every task hundreds
            // of times.
            const auto text = around(*task);
            auto& known = rendered_[id];
            if (known.task != task || known.project != text.project_name)
                known = {task, text.project_name,
                         boost::json::parse(domain::render_task(*task, text)).as_object()};
            out.tasks[id] = known.json;
            if (task->project && around(*task).project_name)
                out.projects[*around(*task).project_name] = task->project->text();
        }
        for (const auto& e : events_)
            if (e.type == domain::event_type::task_commented) out.comments.insert(e.command.text());
        return out;
    }

    [[nodiscard]] const domain::folded_book& book() const noexcept { return book_; }
    [[nodiscard]] const std::vector<domain::event>& events() const noexcept { return events_; }
    domain::instant now = at("2026-08-22T08:00:00Z");

 private:
    domain::task_surroundings around(const domain::task& t) const {
        domain::task_surroundings out;
        if (t.project) out.project_name = domain::shown_name(book_.find_project(*t.project));
        return out;
    }

    void run_one(const boost::json::object& sent, counts& out) {
        domain::command c;
        c.id = domain::parse_command_id(std::string_view(sent.at("id").as_string()), false).value();
        c.type = *domain::parse_command_type(std::string_view(sent.at("type").as_string()));
        c.args = sent.at("args").as_object();
        c.occurred_at = domain::parse_instant(std::string_view(sent.at("occurred_at").as_string()));
        const auto told = [&](const domain::problem& p) {
            out.refused.push_back(std::string(domain::row_of(p.code).code) + " " + p.detail + " in " +
                                  boost::json::serialize(sent).substr(0, 400));
        };
        if (const auto fits = domain::check_schema(c); !fits) return told(fits.error());
        const auto hash = domain::command_hash(c, book_.book().user);
        if (const auto known = remembered_.find(c.id.text()); known != remembered_.end()) {
            if (known->second == hash)
                ++out.replayed;
            else
                out.refused.push_back("command.id_reused in " + boost::json::serialize(sent).substr(0, 400));
            return;
        }
        domain::decide_context context;
        context.now = now;
        context.actor = {"user", "me"};
        context.zones = &test_zones();
        context.entropy = [this] {
            std::array<std::uint8_t, 10> bytes{};
            ++entropy_;
            for (std::size_t i = 0; i < 8; ++i) bytes[9 - i] = static_cast<std::uint8_t>(entropy_ >> (8 * i));
            return bytes;
        };
        const auto decided = domain::decide(book_, c, context);
        if (!decided) return told(decided.error());
        const auto* accepted = std::get_if<domain::accepted>(&*decided);
        if (accepted == nullptr) {
            ++out.nothing;
            return;
        }
        ++out.applied;
        remembered_[c.id.text()] = hash;
        for (const auto& e : accepted->events) {
            book_.apply(e);
            events_.push_back(e);
        }
    }

    struct rendered {
        std::shared_ptr<const domain::task> task;
        std::optional<std::string> project;
        boost::json::object json;
    };
    mutable std::unordered_map<domain::task_id, rendered> rendered_;
    domain::folded_book book_;
    std::vector<domain::event> events_;
    std::unordered_map<std::string, std::string> remembered_;
    std::uint64_t entropy_ = 0;
};

}  // namespace daybook::tests
