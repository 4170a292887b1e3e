#include "projector/export_stream.hpp"

#include "domain/codec/task_json.hpp"
#include "domain/list_query.hpp"
#include "projector/line_stream.hpp"
#include "projector/read_context.hpp"

#include <utility>

namespace daybook::projector {
namespace {

constexpr std::size_t page_rows = 500;

/// Pages of the book, one a piece.
class book_scan {
 public:
    book_scan(read_context context, bool events) : context_(std::move(context)), events_(events) {
        tasks_.where.where.test = domain::filter::status_among{domain::filter::kept_statuses};
        tasks_.order = {{domain::sort_field::id, false}};
        tasks_.limit = page_rows;
        history_.limit = page_rows;
    }

    domain::result<std::optional<std::string>> next() {
        if (ended_) return std::optional<std::string>();
        return events_ ? next_events() : next_tasks();
    }

 private:
    domain::result<std::optional<std::string>> next_tasks() {
        const auto page = context_.on->reader().list(context_.user, tasks_);
        if (!page) return page.error();
        std::string out;
        for (const auto& row : page->items) {
            domain::render_task(out, *row.task, row.around);
            out += '\n';
        }
        ended_ = !page->next_cursor;
        if (page->next_cursor) {
            if (auto moved = domain::apply_cursor(tasks_, *page->next_cursor); !moved) return moved.error();
        }
        return std::optional(std::move(out));
    }

    domain::result<std::optional<std::string>> next_events() {
        const auto page = context_.on->reader().history(context_.user, history_);
        if (!page) return page.error();
        std::string out;
        for (const auto& e : *page) {
            out += e.value;
            out += '\n';
        }
        ended_ = page->size() < history_.limit;
        if (!page->empty()) history_.after_offset = page->back().offset;
        return std::optional(std::move(out));
    }

    read_context context_;
    bool events_;
    bool ended_ = false;
    domain::list_query tasks_{};
    history_query history_{};
};

}  // namespace

boost::asio::awaitable<domain::result<platform::http::response>> export_book(
    const read_side& side, std::shared_ptr<platform::runtime::worker_pool> scans,
    platform::http::request from) {
    auto user = domain::user_id(from.caller.book);
    // Half a book that looks like a whole one is worse than none: what the log holds now is waited for (F1).
    auto context = co_await begin_read(side, from, std::move(user), from_the_end);
    if (!context) co_return context.error();
    if (const auto known = refuse_unknown(*context, {"events"}); !known) co_return known.error();
    const auto events = parameter(*context, "events");
    if (events && *events != "1" && *events != "0") {
        co_return domain::make_problem(domain::errc::field_invalid, "1 or 0", "events");
    }
    const auto position = context->position;
    const auto scan = std::make_shared<book_scan>(std::move(*context), events == "1");
    make_piece pieces = [scan](const std::stop_token&) { return scan->next(); };
    auto made = line_stream(std::move(scans), std::move(pieces));
    if (position) made.headers.emplace_back("Daybook-Position", position->text());
    co_return made;
}

}  // namespace daybook::projector
