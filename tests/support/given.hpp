// Stories about one book: given(what was) .when(a command) .then(events, a rejection or nothing).
//
//   given().task("a").task("b", R"("depends_on":["$a"])")
//       .when("complete_task", R"({"task_id":"$a"})")
//       .then({"task.completed a", "task.unblocked b"});
//
// `$name` in arguments stands for the id of that name. Every accepted command is decided twice (same events),
// encoded and decoded (same events), and folded into the story's book, so that a story can go on.
#pragma once

#include "domain/book.hpp"
#include "domain/decide.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::tests {

/// UTC, Europe/Berlin and America/New_York from the system's database.
[[nodiscard]] const domain::zone_table& test_zones();

/// The id that `$name` stands for.
[[nodiscard]] domain::uuid id_named(std::string_view name);

[[nodiscard]] domain::instant at(std::string_view text);

/// JSON text as a value, with `$name` replaced. Throws where the text is not JSON.
[[nodiscard]] boost::json::value json_named(std::string_view text);

class story;

/// What a command led to. Each check says what it found where it does not hold.
class outcome {
 public:
    outcome(story& of, domain::decision decided) : story_(of), decided_(std::move(decided)) {}

    /// `task.completed a`: the type, and the name of the task or project; nothing after the type for the book
    /// itself.
    story& then(const std::vector<std::string>& events);
    story& then_nothing();
    /// `field` is compared where it is not empty.
    story& then_rejected(domain::errc, std::string_view field = {});

    [[nodiscard]] const domain::decision& decided() const { return decided_; }
    /// Of event number i.
    [[nodiscard]] const domain::event& event(std::size_t i) const;
    [[nodiscard]] std::string data(std::size_t i) const;
    [[nodiscard]] domain::problem rejection() const;

 private:
    story& story_;
    domain::decision decided_;
};

class story {
 public:
    story();

    /// A task of that name, by create_task; `members` are JSON members without braces.
    story& task(std::string_view name, std::string_view members = {});
    /// An event as the log would have it, for what no command of today writes.
    story& happened(domain::event_type, std::string_view task, std::string_view data = "{}");
    /// A command that must be accepted.
    story& did(std::string_view type, std::string_view args);
    story& at_time(std::string_view instant);
    /// The next command only.
    story& if_version(std::int64_t);
    story& occurred_at(std::string_view instant);
    story& with_id(std::string_view command_id);
    /// The next command is a reaction: service scope, source reactor.
    story& as_service();

    [[nodiscard]] outcome when(std::string_view type, std::string_view args);
    /// As `when`, for a command that is there already.
    [[nodiscard]] outcome when(const domain::command&);

    [[nodiscard]] const domain::folded_book& book() const { return book_; }
    [[nodiscard]] const domain::task& of(std::string_view name) const;
    [[nodiscard]] std::string name_of(const domain::uuid&) const;
    [[nodiscard]] const std::vector<domain::event>& events() const { return events_; }

 private:
    friend class outcome;
    domain::decision decide_once(const domain::command&);
    void check_accepted(const domain::command&, const domain::accepted&, std::uint64_t entropy_before);

    domain::folded_book book_;
    std::vector<domain::event> events_;
    domain::instant now_;
    std::uint64_t entropy_ = 0;
    std::uint64_t commands_ = 0;
    domain::command next_;
    bool service_ = false;
};

[[nodiscard]] story given();

}  // namespace daybook::tests
