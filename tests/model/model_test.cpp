// decide and evolve against the naive model, over random sequences of commands. A failure prints the shortest
// sequence that rapidcheck finds and the seed: RC_PARAMS="seed=…" unit_tests --run_test=domain_model
#include "domain/codec/event_json.hpp"
#include "domain/codec/task_json.hpp"
#include "domain/decide.hpp"
#include "domain/evolve.hpp"
#include "domain/json_text.hpp"
#include "tests/model/naive_model.hpp"
#include "tests/support/given.hpp"
#include "tests/support/property.hpp"

#include <boost/json/array.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <memory>
#include <rapidcheck.h>
#include <set>

using namespace daybook::tests;
using namespace daybook::tests::model;
namespace dom = daybook::domain;
namespace json = boost::json;

namespace {

std::string task_text(int task) { return id_named(fmt::format("t{}", task)).text(); }
std::string project_text(int project) { return id_named(fmt::format("p{}", project)).text(); }

json::value or_null(bool is_null, std::string text) {
    return is_null ? json::value(nullptr) : json::value(std::move(text));
}

template <class T>
std::optional<T> sometimes(int percent, rc::Gen<T> gen) {
    if (*rc::gen::inRange(0, 100) >= percent) return std::nullopt;
    return *gen;
}

rc::Gen<step> some_step() {
    return rc::gen::exec([] {
        step s;
        // Creating and the way back from deletion more often, or books would stay empty and stories end
        // early.
        const auto other = rc::gen::map(rc::gen::inRange(1, 15), [](int n) { return static_cast<verb>(n); });
        const auto often = rc::gen::element(verb::create, verb::create, verb::remove, verb::restore);
        s.verb = *rc::gen::weightedOneOf<verb>({{5, other}, {2, often}});
        // Half of everything concerns few tasks, so that they get related and each rule meets the others.
        const auto some_task =
            rc::gen::weightedOneOf<int>({{1, rc::gen::inRange(0, 4)}, {1, rc::gen::inRange(0, task_count)}});
        s.task = *some_task;
        s.children = *rc::gen::element<std::string>("", "", "cascade", "keep", "refuse");
        s.seen_version = sometimes(5, rc::gen::inRange(0, 6));
        s.title = sometimes(50, rc::gen::element<std::string>("x", "y"));
        s.priority = sometimes(30, rc::gen::inRange(1, 5));
        s.parent = sometimes(s.verb == verb::move ? 80 : 60,
                             rc::gen::weightedOneOf<int>({{1, rc::gen::just(nobody)}, {7, some_task}}));
        s.project = sometimes(15, rc::gen::inRange(nobody, 3));
        s.depends_on = sometimes(50, rc::gen::resize(3, rc::gen::unique<std::vector<int>>(some_task)));
        const auto day = rc::gen::element<std::string>("", "2026-08-01", "2026-08-02", "2026-08-03");
        s.start = sometimes(25, day);
        s.due = sometimes(25, day);
        const auto tag = rc::gen::element<std::string>("#a", "#b", "#c", "#d");
        s.add = *rc::gen::resize(2, rc::gen::unique<std::vector<std::string>>(tag));
        s.remove = *rc::gen::resize(2, rc::gen::unique<std::vector<std::string>>(tag));
        std::erase_if(s.remove,
                      [&](const auto& t) { return std::count(s.add.begin(), s.add.end(), t) != 0; });
        return s;
    });
}

void put_members(json::object& args, const step& s) {
    if (s.title) args["title"] = *s.title;
    if (s.priority) args["priority"] = fmt::format("P{}", *s.priority);
    if (s.project) args["project_id"] = or_null(*s.project == nobody, project_text(*s.project));
    if (!s.depends_on) return;
    json::array list;
    for (const int target : *s.depends_on) list.emplace_back(task_text(target));
    args["depends_on"] = std::move(list);
}

void put_dates(json::object& args, const step& s) {
    if (s.start) args["start"] = or_null(s.start->empty(), *s.start);
    if (s.due) args["due"] = or_null(s.due->empty(), *s.due);
}

void put_place(json::object& args, const step& s) {
    if (s.parent) args["parent_id"] = or_null(*s.parent == nobody, task_text(*s.parent));
    if (s.verb == verb::move && s.project)
        args["project_id"] = or_null(*s.project == nobody, project_text(*s.project));
}

dom::command command_of(const step& s, std::size_t number) {
    constexpr std::array<dom::command_type, 15> types{
        dom::command_type::create_task, dom::command_type::update_task,   dom::command_type::start_task,
        dom::command_type::stop_task,   dom::command_type::complete_task, dom::command_type::reopen_task,
        dom::command_type::cancel_task, dom::command_type::skip_task,     dom::command_type::reschedule_task,
        dom::command_type::delete_task, dom::command_type::restore_task,  dom::command_type::purge_task,
        dom::command_type::change_tags, dom::command_type::move_task,     dom::command_type::add_comment};
    dom::command cmd;
    cmd.id = dom::command_id(fmt::format("step-{}", number));
    cmd.type = types.at(static_cast<std::size_t>(s.verb));
    cmd.if_version = s.seen_version;
    cmd.args["task_id"] = task_text(s.task);
    const bool closes = s.verb == verb::complete || s.verb == verb::cancel || s.verb == verb::remove;
    if (closes && !s.children.empty()) cmd.args["children"] = s.children;
    if (s.verb == verb::create || s.verb == verb::update) put_members(cmd.args, s);
    if (s.verb == verb::create && !s.title) cmd.args["title"] = "new";
    if (s.verb == verb::create || s.verb == verb::update || s.verb == verb::reschedule)
        put_dates(cmd.args, s);
    if (s.verb == verb::create || s.verb == verb::move) put_place(cmd.args, s);
    if (s.verb == verb::tags) {
        cmd.args["add"] = json::array(s.add.begin(), s.add.end());
        cmd.args["remove"] = json::array(s.remove.begin(), s.remove.end());
    }
    if (s.verb == verb::comment) cmd.args["text"] = "said";
    return cmd;
}

/// reschedule and move name at least one of their members: the schema's rule, not the model's.
bool is_complete(const step& s) {
    if (s.verb == verb::reschedule) return s.start || s.due;
    if (s.verb == verb::move) return s.parent || s.project;
    return true;
}

/// A book with project 0, and project 1 deleted.
class run {
 public:
    run() : book_(dom::user_id("ana")) {
        for (const int project : {0, 1}) {
            dom::command cmd;
            cmd.id = dom::command_id(fmt::format("project-{}", project));
            cmd.type = dom::command_type::create_project;
            cmd.args["project_id"] = project_text(project);
            cmd.args["name"] = fmt::format("p{}", project);
            keep(decide(cmd));
        }
        dom::command cmd;
        cmd.id = dom::command_id("project-gone");
        cmd.type = dom::command_type::delete_project;
        cmd.args["project_id"] = project_text(1);
        keep(decide(cmd));
    }

    std::string apply(const step& s) {
        const auto cmd = command_of(s, ++steps_);
        RC_ASSERT(dom::check_schema(cmd).has_value());
        const auto entropy = entropy_;
        const auto decided = decide(cmd);
        entropy_ = entropy;
        const auto again = decide(cmd);
        if (!decided) {
            RC_ASSERT(!again.has_value());
            const auto& row = dom::row_of(decided.error().code);
            return row.http_status == 422 ? "422" : std::string(row.code);
        }
        if (std::holds_alternative<dom::no_op>(*decided)) return "no_op";
        const auto& first = std::get<dom::accepted>(*decided).events;
        const auto& second = std::get<dom::accepted>(*again).events;
        RC_ASSERT(first.size() == second.size());
        for (std::size_t i = 0; i < first.size(); ++i) RC_ASSERT(line_of(first[i]) == line_of(second[i]));
        check_granularity(first);
        keep(decided);
        return "applied";
    }

    [[nodiscard]] const dom::folded_book& book() const { return book_; }
    [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
    /// State hashes' ground: the stored bytes of all tasks, after each event.
    [[nodiscard]] const std::vector<std::string>& snapshots() const { return snapshots_; }

    static std::string snapshot(const dom::folded_book& book) {
        std::map<dom::task_id, std::string> tasks;
        book.for_each_task(
            [&](const std::shared_ptr<const dom::task>& t) { tasks[t->id] = dom::encode_task(*t); });
        std::string all = dom::encode_book(book.book());
        for (const auto& [id, bytes] : tasks) all += "\n" + bytes;
        return all;
    }

 private:
    static std::string line_of(dom::event e) {
        e.log.epoch = 1;
        e.log.seq = 1;
        e.log.claim = "c";
        e.log.hash = "0123456789abcdef0123456789abcdef";
        return dom::encode_event(e);
    }

    dom::decision decide(const dom::command& cmd) {
        dom::decide_context context;
        context.now = at("2026-08-22T08:00:00Z") + std::chrono::seconds(steps_);
        context.actor = {"user", "ana"};
        context.zones = &test_zones();
        context.entropy = [this] {
            std::array<std::uint8_t, 10> bytes{};
            bytes[8] = static_cast<std::uint8_t>(++entropy_ / 256);
            bytes[9] = static_cast<std::uint8_t>(entropy_ % 256);
            return bytes;
        };
        return dom::decide(book_, cmd, context);
    }

    /// EV1: at most one event of each type per task; versions go on by one.
    static void check_granularity(const std::vector<dom::event>& events) {
        std::set<std::pair<dom::event_type, std::string>> seen;
        for (const auto& e : events)
            RC_ASSERT(seen.emplace(e.type, e.task ? e.task->text() : std::string()).second);
    }

    void keep(const dom::decision& decided) {
        for (const auto& e : std::get<dom::accepted>(decided.value()).events) {
            const auto line = line_of(e);
            const auto read = dom::decode_event(dom::parse_json_object(line).value());
            RC_ASSERT(read.has_value());
            if (read->task) {
                const auto before = book_.find(*read->task);
                RC_ASSERT(read->version == (before ? before->version : 0) + 1);
            }
            book_.apply(*read);
            lines_.push_back(line);
            snapshots_.push_back(snapshot(book_));
        }
    }

    dom::folded_book book_;
    std::vector<std::string> lines_;
    std::vector<std::string> snapshots_;
    std::size_t steps_ = 0;
    std::uint32_t entropy_ = 0;
};

void compare(const dom::folded_book& book, const std::map<int, naive_task>& wanted) {
    RC_ASSERT(book.tasks().size() == wanted.size());
    for (const auto& [number, naive] : wanted) {
        const auto found = book.find(dom::task_id(id_named(fmt::format("t{}", number))));
        RC_ASSERT(found);
        const auto id_of = [](int task) { return dom::task_id(id_named(fmt::format("t{}", task))); };
        RC_ASSERT(std::string(to_text(found->status)) == std::string(to_text(naive.status)));
        RC_ASSERT(found->version == naive.version);
        RC_ASSERT(found->title == naive.title);
        RC_ASSERT(static_cast<int>(found->priority) == naive.priority);
        RC_ASSERT(found->tags == naive.tags);
        RC_ASSERT(found->parent ==
                  (naive.parent == nobody ? std::nullopt : std::optional(id_of(naive.parent))));
        RC_ASSERT(found->project ==
                  (naive.project == nobody
                       ? std::nullopt
                       : std::optional(dom::project_id(id_named(fmt::format("p{}", naive.project))))));
        std::vector<dom::task_id> depends_on;
        for (const int target : naive.depends_on) depends_on.push_back(id_of(target));
        RC_ASSERT(found->depends_on == depends_on);
        RC_ASSERT((found->start ? found->start->text : "") == naive.start);
        RC_ASSERT((found->due ? found->due->text : "") == naive.due);
        RC_ASSERT(found->comments == naive.comments);
        RC_ASSERT(found->started_at.has_value() == naive.has_started_at);
        RC_ASSERT(found->completed_at.has_value() == naive.has_completed_at);
        RC_ASSERT(found->deleted_at.has_value() == (naive.status == dom::status::deleted));
    }
}

/// Indexes agree with the tasks; no tree deeper than eight, no cycle, no parent that is gone for good.
void check_invariants(const dom::folded_book& book) {
    book.for_each_task([&](const std::shared_ptr<const dom::task>& t) {
        int depth = 0;
        for (auto at = t; at; at = at->parent ? book.find(*at->parent) : nullptr) RC_ASSERT(++depth <= 8);
        if (t->parent) {
            RC_ASSERT(book.find(*t->parent)->status != dom::status::purged);
            const auto children = book.children(*t->parent);
            RC_ASSERT(std::count(children.begin(), children.end(), t->id) == 1);
        }
        for (const auto& target : t->depends_on) {
            const auto dependents = book.dependents(target);
            RC_ASSERT(std::count(dependents.begin(), dependents.end(), t->id) == 1);
        }
        std::set<dom::task_id> reached;
        std::vector<dom::task_id> open(t->depends_on);
        while (!open.empty()) {
            const auto next = open.back();
            open.pop_back();
            RC_ASSERT(next != t->id);
            if (!reached.insert(next).second) continue;
            const auto& more = book.find(next)->depends_on;
            open.insert(open.end(), more.begin(), more.end());
        }
    });
}

/// Seven tasks that hang together, then anything.
rc::Gen<std::vector<step>> some_steps() {
    return rc::gen::exec([] {
        std::vector<step> steps;
        for (int task = 0; task < 7; ++task) {
            step s;
            s.task = task;
            s.parent = sometimes(60, rc::gen::inRange(nobody, std::max(task, 1)));
            if (task > 1)
                s.depends_on = sometimes(
                    40, rc::gen::resize(2, rc::gen::unique<std::vector<int>>(rc::gen::inRange(0, task))));
            steps.push_back(std::move(s));
        }
        const auto rest = *rc::gen::container<std::vector<step>>(rc::gen::suchThat(some_step(), is_complete));
        steps.insert(steps.end(), rest.begin(), rest.end());
        return steps;
    });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domain_model)

BOOST_AUTO_TEST_CASE(decide_and_evolve_do_what_the_naive_model_does) {
    std::map<std::string, std::size_t> outcomes;
    DAYBOOK_PROPERTY("same outcome and same state after every step", [&] {
        const auto steps = *some_steps();
        run real;
        naive_model naive;
        for (const auto& s : steps) {
            const auto wanted = naive.apply(s);
            RC_LOG() << "step " << s << "wanted " << wanted << "\n";
            RC_ASSERT(real.apply(s) == wanted);
            compare(real.book(), naive.tasks());
            ++outcomes[wanted];
        }
        check_invariants(real.book());
    });
    // A model test that meets no refusals proves little.
    for (const auto* outcome :
         {"applied", "no_op", "not_found", "version.mismatch", "task.exists", "task.deleted",
          "status.conflict", "children.open", "parent.deleted", "dependency.cycle", "422"})
        BOOST_TEST(outcomes[outcome] > 0U, outcome << " never happened");
}

BOOST_AUTO_TEST_CASE(the_fold_of_any_prefix_is_the_state_at_that_point) {
    DAYBOOK_PROPERTY("folding the encoded events again gives every state again", [] {
        run real;
        for (const auto& s : *some_steps()) real.apply(s);
        dom::folded_book again(dom::user_id("ana"));
        for (std::size_t i = 0; i < real.lines().size(); ++i) {
            again.apply(dom::decode_event(dom::parse_json_object(real.lines()[i]).value()).value());
            RC_ASSERT(run::snapshot(again) == real.snapshots()[i]);
        }
    });
}

BOOST_AUTO_TEST_CASE(what_the_store_keeps_of_a_task_is_the_whole_task) {
    DAYBOOK_PROPERTY("deciding on tasks that were stored and read decides the same", [] {
        run real;
        for (const auto& s : *some_steps()) real.apply(s);
        real.book().for_each_task([](const std::shared_ptr<const dom::task>& t) {
            RC_ASSERT(dom::decode_task(dom::encode_task(*t)).value() == *t);
        });
    });
}

BOOST_AUTO_TEST_SUITE_END()
