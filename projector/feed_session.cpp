#include "projector/feed_session.hpp"

#include "domain/codec/event_json.hpp"
#include "domain/json_text.hpp"
#include "domain/limits.hpp"
#include "domain/list_query.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace daybook::projector {
namespace {

using boost::asio::awaitable;
using domain::errc;
using domain::make_problem;
using domain::result;

constexpr std::size_t rows_a_page = 500;
constexpr auto open_statuses =
    static_cast<std::uint8_t>(1U << static_cast<unsigned>(domain::status::open) |
                              1U << static_cast<unsigned>(domain::status::in_progress));

/// A page of what was missed, and whether there was more.
struct missed {
    std::vector<delta_ptr> deltas{};
    bool more = false;
};

result<missed> read_missed(view_reader& from, const domain::user_id& user, domain::position after) {
    history_query query;
    query.after_offset = after.offset;
    query.limit = domain::limits::feed_replay_events;
    query.with_purges = true;
    const auto page = from.history(user, query);
    if (!page) return page.error();
    missed out;
    out.more = page->size() == query.limit;
    for (const auto& each : *page) {
        const auto event = domain::decode_event(std::string_view(each.value));
        if (!event) return event.error();
        out.deltas.push_back(make_delta(*event, {after.log_id, after.partition, each.offset}));
    }
    return out;
}

/// Fired, not long ago, and neither acknowledged nor put off since.
bool awaits_somebody(const domain::task& task, const domain::alarm& a, domain::instant now) {
    if (a.state != domain::alarm_state::fired || !a.fired_at) return false;
    if (now - *a.fired_at > domain::limits::feed_redelivery) return false;
    const auto reminder = std::ranges::find(task.reminders, a.reminder, &domain::reminder::id);
    return reminder == task.reminders.end() || reminder->state != "snoozed";
}

void append_fire(std::vector<std::pair<domain::instant, std::string>>& out, const domain::task& task,
                 const domain::alarm& a) {
    std::string text = "{\"event_type\":\"reminder.fired\",\"task_id\":";
    domain::append_json_string(text, task.id.text());
    text += ",\"version\":";
    domain::append_json_integer(text, task.version);
    text += ",\"redelivered\":true,\"data\":{\"fire_id\":";
    domain::append_json_string(text, a.id.text());
    text += ",\"reminder_id\":";
    domain::append_json_string(text, a.reminder.text());
    text += ",\"scheduled_at\":";
    domain::append_json_string(text, domain::to_text(a.at));
    text += ",\"fired_at\":";
    domain::append_json_string(text, domain::to_text(*a.fired_at));
    text += ",\"late_ms\":";
    domain::append_json_integer(text, a.late_ms);
    text += ",\"missed_count\":";
    domain::append_json_integer(text, a.missed_count);
    text += "}}";
    out.emplace_back(*a.fired_at, std::move(text));
}

}  // namespace

result<feed_start> parse_feed_start(std::string_view text, std::int32_t partition) {
    feed_start out;
    if (text == "beginning") {
        out.from_beginning = true;
        return out;
    }
    out.since = domain::position::parse(text);
    if (!out.since) return make_problem(errc::field_invalid, "since is a position or `beginning`", "since");
    if (out.since->partition != partition)
        return make_problem(errc::position_foreign, "since is of another partition than this book", "since");
    return out;
}

feed_session::feed_session(const read_side& side, feed& from, domain::user_id user,
                           std::unique_ptr<feed_seat> seat)
    : side_(side),
      feed_(from),
      user_(std::move(user)),
      partition_(eventlog::partition_of(user_.text(), side.log.partitions())),
      seat_(std::move(seat)) {}

awaitable<result<std::unique_ptr<feed_session>>> feed_session::open(const read_side& side, feed& from,
                                                                    domain::user_id user, feed_start start) {
    auto seat = from.take_seat(co_await boost::asio::this_coro::executor, user);
    if (!seat) co_return seat.error();
    std::unique_ptr<feed_session> made(new feed_session(side, from, std::move(user), std::move(*seat)));
    if (start.since) {
        auto& progress = made->runner().progress_of();
        const auto until = std::chrono::steady_clock::now() + domain::limits::wait_default;
        const auto reached = co_await progress.wait_for(*start.since, until);
        if (!reached) co_return reached.error();
        made->last_ = start.since->offset;
    } else if (!start.from_beginning) {
        // First the queue, then the place: what is applied in between is in the queue.
        made->seat_->join();
        made->stage_ = stage::joined;
        if (const auto at = made->runner().progress_of().position_of(made->partition_))
            made->last_ = at->offset;
    }
    co_return made;
}

std::optional<domain::position> feed_session::position() const {
    const auto shown = side_.runners.front()->progress_of().of(partition_);
    if (!shown.log_id || last_ < 0) return std::nullopt;
    return domain::position{*shown.log_id, partition_, last_};
}

void feed_session::end() {
    ended_ = true;
    seat_->wake();
}

awaitable<result<feed_news>> feed_session::next() {
    if (ended_) co_return feed_news();
    if (stage_ != stage::live) {
        auto caught = co_await catch_up();
        co_return caught;
    }
    auto news = co_await follow();
    co_return news;
}

// The history is read to its end, then the queue is joined, then what the history has got meanwhile is read.
// An event that was applied before the join is in the history, one that was applied after it is in the queue;
// what is in both is told once, because offsets only grow.
awaitable<result<feed_news>> feed_session::catch_up() {
    feed_news news;
    const auto log_id = runner().progress_of().of(partition_).log_id;
    const auto view = runner().serving();
    if (!view) co_return make_problem(errc::view_unavailable, "the view is not open");
    const domain::position after{log_id.value_or(domain::uuid()), partition_, last_};
    auto read = [view, user = user_, after] { return read_missed(view->reader(), user, after); };
    auto page = co_await side_.pool.run(std::move(read));
    if (!page) co_return page.error();
    if (!page->deltas.empty()) last_ = page->deltas.back()->offset;
    news.deltas = std::move(page->deltas);
    if (page->more) co_return news;
    if (stage_ == stage::behind) {
        seat_->join();
        stage_ = stage::joined;
    } else {
        stage_ = stage::live;
        news.live_now = true;
    }
    co_return news;
}

awaitable<result<feed_news>> feed_session::follow() {
    feed_news news;
    const auto until = std::chrono::steady_clock::now() + feed_.options().heartbeat;
    for (;;) {
        if (seat_->is_slow()) {
            co_return make_problem(errc::overloaded, "this session read too slowly; what waited was dropped",
                                   {}, "Resume from the last position.");
        }
        for (auto& each : seat_->take()) {
            if (each->offset <= last_) continue;
            last_ = each->offset;
            news.deltas.push_back(std::move(each));
        }
        if (!news.deltas.empty()) co_return news;
        if (std::chrono::steady_clock::now() >= until) break;
        co_await seat_->wait(until);
        if (ended_) co_return news;
        const auto state = co_await boost::asio::this_coro::cancellation_state;
        if (state.cancelled() != boost::asio::cancellation_type::none) co_return news;
    }
    const auto status = runner().status();
    if (status.state == view_state::stopped) {
        co_return make_problem(errc::view_stopped, fmt::format("the {} view stopped", runner().name()), {},
                               "Look at /v1/admin/views.");
    }
    co_return news;
}

result<std::vector<std::string>> unacknowledged_fires(view_reader& from, const domain::user_id& user,
                                                      domain::instant now,
                                                      const std::vector<std::string>& known) {
    std::vector<std::pair<domain::instant, std::string>> found;
    domain::list_query open;
    open.where.where.test = domain::filter::status_among{open_statuses};
    open.order = {{domain::sort_field::id, false}};
    open.limit = rows_a_page;
    for (;;) {
        const auto page = from.list(user, open);
        if (!page) return page.error();
        for (const auto& row : page->items) {
            for (const auto& a : row.task->alarms) {
                if (!awaits_somebody(*row.task, a, now)) continue;
                if (std::ranges::find(known, a.id.text()) == known.end()) append_fire(found, *row.task, a);
            }
        }
        if (!page->next_cursor) break;
        if (auto moved = domain::apply_cursor(open, *page->next_cursor); !moved) return moved.error();
    }
    std::ranges::stable_sort(found, {}, &std::pair<domain::instant, std::string>::first);
    if (found.size() > domain::limits::feed_redelivered_max)
        found.erase(found.begin(),
                    found.end() - static_cast<std::ptrdiff_t>(domain::limits::feed_redelivered_max));
    std::vector<std::string> out;
    for (auto& each : found) out.push_back(std::move(each.second));
    return out;
}

}  // namespace daybook::projector
