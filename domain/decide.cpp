#include "domain/decide.hpp"

#include "domain/command_schema.hpp"
#include "domain/decide/draft.hpp"
#include "domain/decide/schedules.hpp"

#include <fmt/format.h>

namespace daybook::domain {

decision deciding::dispatch(draft& d) {
    switch (d.cmd.type) {
        case command_type::create_task: return deciding::create_task(d);
        case command_type::update_task: return deciding::update_task(d);
        case command_type::start_task: return deciding::start_task(d);
        case command_type::stop_task: return deciding::stop_task(d);
        case command_type::complete_task: return deciding::complete_task(d);
        case command_type::reopen_task: return deciding::reopen_task(d);
        case command_type::cancel_task: return deciding::cancel_task(d);
        case command_type::skip_task: return deciding::skip_task(d);
        case command_type::reschedule_task: return deciding::reschedule_task(d);
        case command_type::delete_task: return deciding::delete_task(d);
        case command_type::restore_task: return deciding::restore_task(d);
        case command_type::purge_task: return deciding::purge_task(d);
        case command_type::change_tags:
        case command_type::add_tags:
        case command_type::remove_tags: return deciding::change_tags(d);
        case command_type::move_task: return deciding::move_task(d);
        case command_type::add_comment: return deciding::add_comment(d);
        case command_type::configure_book: return deciding::configure_book(d);
        case command_type::create_project: return deciding::create_project(d);
        case command_type::update_project: return deciding::update_project(d);
        case command_type::delete_project: return deciding::delete_project(d);
        case command_type::save_filter: return deciding::save_filter(d);
        case command_type::delete_filter: return deciding::delete_filter(d);
        case command_type::create_reminder: return deciding::create_reminder(d);
        case command_type::update_reminder: return deciding::update_reminder(d);
        case command_type::cancel_reminder: return deciding::cancel_reminder(d);
        case command_type::snooze_reminder: return deciding::snooze_reminder(d);
        case command_type::ack_reminder: return deciding::ack_reminder(d);
        case command_type::end_series: return deciding::end_series(d);
        case command_type::update_series: return deciding::update_series(d);
        case command_type::split_series: return deciding::split_series(d);
        case command_type::create_recurring_task: return deciding::create_recurring_task(d);
        case command_type::complete_recurring_task: return deciding::complete_recurring_task(d);
        case command_type::create_schedule: return deciding::create_schedule(d);
        case command_type::update_schedule: return deciding::update_schedule(d);
        case command_type::pause_schedule: return deciding::pause_schedule(d);
        case command_type::resume_schedule: return deciding::resume_schedule(d);
        case command_type::run_schedule: return deciding::run_schedule(d);
        case command_type::backfill_schedule: return deciding::backfill_schedule(d);
        case command_type::delete_schedule: return deciding::delete_schedule(d);
        case command_type::create_occurrence: return deciding::create_occurrence(d);
        case command_type::fire_reminder: return deciding::fire_reminder(d);
        case command_type::fire_schedule: return deciding::fire_schedule(d);
        case command_type::recompute_book: return deciding::recompute_book(d);
    }
    return make_problem(errc::command_unknown, "There is no such command");
}

result<void> check_occurred_at(const command& cmd, instant now) {
    if (!cmd.occurred_at || *cmd.occurred_at <= now) return {};
    return make_problem(errc::field_invalid,
                        fmt::format("occurred_at {} is in the future", to_text(*cmd.occurred_at)),
                        "occurred_at");
}

decision decide(const book_reader& book, const command& cmd, const decide_context& context) {
    if (auto past = check_occurred_at(cmd, context.now); !past) return past.error();
    if (rule_of(cmd.type).service && !context.service_scope)
        return make_problem(errc::forbidden,
                            fmt::format("{} is a reaction: it needs service scope", to_text(cmd.type)));
    deciding::draft d(book, cmd, context);
    return deciding::dispatch(d);
}

}  // namespace daybook::domain
