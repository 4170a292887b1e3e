#include "domain/decide.hpp"

#include "domain/command_schema.hpp"
#include "domain/decide/draft.hpp"

#include <fmt/format.h>

namespace daybook::domain {
namespace {

decision dispatch(deciding::draft& d) {
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
        case command_type::create_reminder: return deciding::create_reminder(d);
        case command_type::update_reminder: return deciding::update_reminder(d);
        case command_type::cancel_reminder: return deciding::cancel_reminder(d);
        case command_type::snooze_reminder: return deciding::snooze_reminder(d);
        case command_type::ack_reminder: return deciding::ack_reminder(d);
        case command_type::end_series: return deciding::end_series(d);
        case command_type::create_occurrence: return deciding::create_occurrence(d);
        case command_type::fire_reminder: return deciding::fire_reminder(d);
    }
    return make_problem(errc::command_unknown, "There is no such command");
}

}  // namespace

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
    return dispatch(d);
}

}  // namespace daybook::domain
