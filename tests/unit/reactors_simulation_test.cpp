// Months of recurring tasks and reminders in seconds, on a virtual clock: two reactors at once, crashes, lost
// answers, restored old state and clocks that are wrong, all from one seed. Afterwards the log is the judge.
#include "command-api/commit_builder.hpp"
#include "domain/codec/event_json.hpp"
#include "domain/codec/task_json.hpp"
#include "domain/json_text.hpp"
#include "eventlog/memory_log.hpp"
#include "reactors/reactor.hpp"
#include "tests/support/given.hpp"
#include "tests/support/log_records.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>

namespace api = daybook::command_api;
namespace dom = daybook::domain;
namespace log_ns = daybook::eventlog;
namespace rx = daybook::reactors;
using namespace daybook::tests;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t seeds_default = 25;
constexpr int rounds = 150;
constexpr int users = 2;

std::filesystem::path quick_place() {
    const std::filesystem::path memory = "/dev/shm";
    return std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
}

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
    const auto* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// What counts of the log.
std::vector<dom::event> valid_events(const log_ns::memory_log& log) {
    std::vector<dom::event> events;
    log_ns::log_fold fold(0, {});
    for (const auto& r : log.records(0)) {
        const auto verdict = fold.feed(r);
        BOOST_REQUIRE_MESSAGE(verdict, verdict.error().detail);
        if (const auto* done = std::get_if<log_ns::commit>(&*verdict))
            for (const auto& part : done->parts)
                events.push_back(dom::decode_event(std::string_view(part.raw.value)).value());
    }
    return events;
}

/// The one writer of the log, without threads: decides, appends, remembers (architecture §3).
class writer {
 public:
    explicit writer(log_ns::memory_log& log) : log_(log) { claim(); }

    /// Another writer takes over: what it knows it folded from the log, and what the old one appends from now
    /// on is void (architecture §2.1).
    void take_over(bool zombie_writes) {
        const auto records = log_.records(0);
        claim();
        if (zombie_writes) {
            const auto& stale = records.back();
            append({stale.timestamp_ms, stale.key, stale.value, stale.headers});
        }
        books_.clear();
        remembered_.clear();
        for (const auto& e : valid_events(log_)) {
            books_.try_emplace(e.user.text(), e.user).first->second.apply(e);
            remembered_.insert({e.user.text(), e.command.text()});
        }
    }

    struct answer {
        log_ns::reaction_outcome outcome = log_ns::reaction_outcome::rejected;
        std::optional<dom::problem> error{};
    };

    answer submit(const dom::user_id& user, dom::command cmd, bool service, dom::instant now) {
        if (!remembered_.insert({user.text(), cmd.id.text()}).second)
            return {log_ns::reaction_outcome::replayed, {}};
        auto made = decide(user, cmd, service, now);
        if (made.outcome != log_ns::reaction_outcome::applied)
            remembered_.erase({user.text(), cmd.id.text()});
        return made;
    }

    const dom::folded_book& book(const dom::user_id& user) {
        return books_.try_emplace(user.text(), user).first->second;
    }
    std::int64_t offset() const { return appended_; }

 private:
    answer decide(const dom::user_id& user, const dom::command& cmd, bool service, dom::instant now) {
        last_at_ = std::max(last_at_, now);
        if (auto fits = dom::check_schema(cmd); !fits)
            return {log_ns::reaction_outcome::rejected, fits.error()};
        dom::decide_context context;
        context.now = last_at_;
        context.actor = service ? dom::actor{"service", "reactors"} : dom::actor{"user", user.text()};
        context.source = service ? "reactor" : "http";
        context.service_scope = service;
        context.zones = &test_zones();
        context.entropy = [this] {
            std::array<std::uint8_t, 10> bytes{};
            auto n = ++entropy_;
            for (std::size_t i = 0; i < 8; ++i, n >>= 8U) bytes[9 - i] = static_cast<std::uint8_t>(n & 0xffU);
            return bytes;
        };
        book(user);
        auto& folded = books_.at(user.text());
        auto decided = dom::decide(folded, cmd, context);
        if (!decided) return {log_ns::outcome_of(decided.error()), decided.error()};
        auto* accepted = std::get_if<dom::accepted>(&*decided);
        if (accepted == nullptr) return {log_ns::reaction_outcome::no_op, {}};
        for (auto& e : accepted->events) e.log.hash = dom::command_hash(cmd, user);
        auto built =
            api::build_commit(std::move(accepted->events), {epoch_, claim_, seq_ + 1, offset(), last_at_});
        BOOST_REQUIRE_MESSAGE(built, built.error().detail);
        for (std::size_t i = 0; i < built->parts.size(); ++i) {
            folded.apply(built->parts[i].event);
            append(std::move(built->records[i]));
            ++seq_;
        }
        return {log_ns::reaction_outcome::applied, {}};
    }

    void append(log_ns::new_record r) {
        log_.append_foreign(0, std::move(r));
        ++appended_;
    }

    void claim() {
        claim_ = "claim-" + std::to_string(++epoch_);
        seq_ = 0;
        append(claim_record(claim_of(epoch_, claim_, "w" + std::to_string(epoch_), '1', 1)));
    }

    log_ns::memory_log& log_;
    std::int64_t epoch_ = 0;
    std::int64_t appended_ = 0;
    std::string claim_;
    std::map<std::string, dom::folded_book> books_;
    std::set<std::pair<std::string, std::string>> remembered_;
    std::int64_t seq_ = 0;
    std::uint64_t entropy_ = 0;
    dom::instant last_at_{};
};

class simulation {
 public:
    explicit simulation(std::uint64_t seed) : random_(seed), port_(*this) {
        for (int i = 0; i < 2; ++i) open(i);
    }

    void run() {
        for (int round = 0; round < rounds; ++round) {
            act();
            for (std::size_t i = 0; i < reactors_.size(); ++i)
                if (reactors_[i] && chance(80)) step(i);
            if (chance(60)) deliver(pick(4));
        }
        settle();
        judge();
    }

    std::vector<std::string> bytes() const {
        std::vector<std::string> values;
        for (const auto& r : log_.records(0)) values.push_back(r.value);
        return values;
    }
    std::size_t fires() const { return fires_; }
    std::size_t occurrences() const { return occurrences_; }
    std::size_t slots() const { return slots_; }

 private:
    class port final : public log_ns::command_port {
     public:
        explicit port(simulation& of) : of_(of) {}
        void submit(log_ns::reaction r, std::function<void(log_ns::reaction_answer)> done) override {
            of_.react(std::move(r), std::move(done));
        }

     private:
        simulation& of_;
    };

    std::uint64_t pick(std::uint64_t below) { return random_() % below; }
    bool chance(std::uint64_t percent) { return pick(100) < percent; }

    void open(int i) {
        rx::reactor_options options;
        options.agenda.folder = folders_[static_cast<std::size_t>(i)].path() / "state";
        options.agenda.near_items_max = 1 + pick(6);
        options.agenda.near = std::chrono::hours(1 + pick(48));
        options.in_flight_max = 1 + pick(8);
        options.read_records_max = 1 + pick(20);
        options.tz_version = test_zones().version();
        options.now = [this, i] { return now_ + skew_[static_cast<std::size_t>(i)]; };
        auto opened =
            rx::reactor::open(log_, port_, std::move(options), std::chrono::steady_clock::now() + 10s);
        BOOST_REQUIRE_MESSAGE(opened, opened.error().detail);
        reactors_[static_cast<std::size_t>(i)] = std::move(*opened);
    }

    void step(std::size_t i) {
        const auto done = reactors_[i]->step(std::chrono::steady_clock::now());
        BOOST_REQUIRE_MESSAGE(done, done.error().detail);
    }

    void act() {
        const auto what = pick(100);
        if (what < 45) return command();
        if (what < 75) return pass_time();
        if (what < 85) return crash();
        if (what < 90) {
            skew_[pick(2)] = (chance(50) ? 1 : -1) * std::chrono::minutes(pick(90));
            return;
        }
        if (what < 93) return keep_or_restore();
        if (what < 96) return writer_.take_over(chance(60));
        skew_ = {};
    }

    void pass_time() {
        switch (pick(4)) {
            case 0: now_ += std::chrono::minutes(pick(60)); break;
            case 1: now_ += std::chrono::hours(pick(24)); break;
            case 2: now_ += std::chrono::hours(24 * pick(4)); break;
            default: now_ += std::chrono::seconds(pick(60)); break;
        }
    }

    void crash() {
        const auto i = static_cast<int>(pick(2));
        auto& one = reactors_[static_cast<std::size_t>(i)];
        if (one) {
            one.reset();
            if (chance(50)) return;
        }
        if (chance(15)) std::filesystem::remove_all(folders_[static_cast<std::size_t>(i)].path() / "state");
        open(i);
    }

    /// A folder of the past comes back, as from a backup.
    void keep_or_restore() {
        const auto i = static_cast<int>(pick(2));
        const auto at = static_cast<std::size_t>(i);
        reactors_[at].reset();
        const auto state = folders_[at].path() / "state";
        const auto kept = folders_[at].path() / "kept";
        if (!std::filesystem::exists(kept)) {
            std::filesystem::copy(state, kept, std::filesystem::copy_options::recursive);
        } else {
            std::filesystem::remove_all(state);
            std::filesystem::rename(kept, state);
        }
        open(i);
    }

    void command() {
        const dom::user_id user("user" + std::to_string(pick(users)));
        dom::command cmd;
        cmd.id = dom::command_id("c" + std::to_string(++commands_));
        std::vector<dom::task_id> tasks;
        writer_.book(user).for_each_task([&](const auto& t) { tasks.push_back(t->id); });
        std::sort(tasks.begin(), tasks.end());
        if (chance(15)) return schedule_command(user, std::move(cmd));
        if (tasks.empty() || chance(25)) {
            cmd.type = dom::command_type::create_task;
            constexpr std::array rules{"daily",
                                       "weekly",
                                       "weekdays",
                                       "every last day",
                                       "FREQ=DAILY;COUNT=4",
                                       "FREQ=HOURLY;INTERVAL=6"};
            const auto due =
                std::chrono::floor<std::chrono::minutes>(now_) + std::chrono::minutes(pick(6'000));
            auto text = dom::to_text(dom::instant(due)).substr(0, 19);
            if (chance(50)) text += "[Europe/Berlin]";
            cmd.args = {{"title", "t" + std::to_string(commands_)}, {"due", text}};
            if (chance(70))
                cmd.args["recurrence"] = {{"rule", rules[pick(rules.size())]},
                                          {"anchor", chance(70) ? "due" : "completion"},
                                          {"catch_up", chance(50) ? "each" : "next_future"}};
            boost::json::array reminders;
            if (chance(70))
                reminders.push_back(
                    boost::json::object{{"when", std::to_string(1 + pick(300)) + " minutes"}});
            if (chance(30)) reminders.push_back(boost::json::object{{"when", "1 day"}});
            if (chance(20)) reminders.push_back(boost::json::object{{"cron", "*/30 * * * *"}});
            cmd.args["reminders"] = std::move(reminders);
        } else {
            const auto task = writer_.book(user).find(
                tasks[tasks.size() - 1 - pick(std::min<std::size_t>(tasks.size(), 12))]);
            cmd.args = {{"task_id", task->id.text()}};
            using t = dom::command_type;
            constexpr std::array types{
                t::complete_task, t::complete_task, t::complete_task, t::reopen_task,     t::skip_task,
                t::delete_task,   t::restore_task,  t::start_task,    t::reschedule_task, t::snooze_reminder,
                t::cancel_task,   t::split_series,  t::update_series, t::purge_task};
            cmd.type = types[pick(types.size())];
            if (cmd.type == t::split_series || cmd.type == t::update_series)
                cmd.args["recurrence_rule"] = chance(50) ? "daily" : "every 2 weeks";
            if (cmd.type == t::reschedule_task)
                cmd.args["due"] =
                    dom::to_text(dom::instant(now_ + std::chrono::minutes(pick(3'000)))).substr(0, 19);
            if (cmd.type == t::snooze_reminder) {
                if (task->reminders.empty()) return;
                cmd.args["reminder_id"] = task->reminders[pick(task->reminders.size())].id.text();
                cmd.args["for"] = std::to_string(1 + pick(60)) + " minutes";
            }
        }
        (void)writer_.submit(user, cmd, false, now_);
    }

    void schedule_command(const dom::user_id& user, dom::command cmd) {
        using t = dom::command_type;
        const auto& known = writer_.book(user).book().schedules;
        if (known.empty() || (known.size() < 4 && chance(30))) {
            constexpr std::array crons{"*/15 * * * *", "0 * * * *", "30 2 * * *", "0 9 * * MON",
                                       "@every 45m"};
            constexpr std::array policies{"fire_once", "skip", "all"};
            cmd.type = t::create_schedule;
            cmd.args = {{"name", "s"},
                        {"cron", crons[pick(crons.size())]},
                        {"misfire", policies[pick(policies.size())]},
                        {"catchup_window", static_cast<std::int64_t>(60 + pick(3'000))}};
            if (chance(50)) cmd.args["zone"] = "Europe/Berlin";
            if (chance(50))
                cmd.args["reminder"] = {{"text", "look"}};
            else
                cmd.args["command"] = {{"type", "create_task"},
                                       {"args", {{"title", "at {slot}"}, {"due", "{date}"}}}};
        } else {
            constexpr std::array types{t::pause_schedule, t::resume_schedule,   t::resume_schedule,
                                       t::run_schedule,   t::backfill_schedule, t::update_schedule,
                                       t::delete_schedule};
            cmd.type = types[pick(types.size())];
            cmd.args = {{"schedule_id", known[pick(known.size())].id.text()}};
            if (cmd.type == t::update_schedule) cmd.args["cron"] = chance(50) ? "0 */2 * * *" : "5 * * * *";
            if (cmd.type == t::backfill_schedule) {
                cmd.args["from"] = dom::to_text(now_ - std::chrono::hours(1 + pick(12)));
                cmd.args["until"] = dom::to_text(now_ - std::chrono::minutes(pick(60)));
            }
        }
        (void)writer_.submit(user, cmd, false, now_);
    }

    /// What reactors send: decided now or later, answered now, later or never.
    void react(log_ns::reaction r, std::function<void(log_ns::reaction_answer)> done) {
        const auto fate = calm_ ? 99 : pick(100);
        if (fate < 10) return done({log_ns::reaction_outcome::unavailable, std::nullopt});
        dom::command cmd;
        cmd.id = r.id;
        cmd.type = dom::parse_command_type(r.type).value();
        cmd.args = std::move(r.args);
        if (fate < 30) {
            late_.push_back([this, user = r.user, cmd = std::move(cmd), done = std::move(done)] {
                const auto a = writer_.submit(user, cmd, true, now_);
                done({a.outcome, a.error});
            });
            return;
        }
        const auto a = writer_.submit(r.user, cmd, true, now_);
        if (fate < 40)
            return done({log_ns::reaction_outcome::unavailable, std::nullopt});  // the answer is lost
        done({a.outcome, a.error});
    }

    void deliver(std::uint64_t count) {
        for (; count > 0 && !late_.empty(); --count) {
            auto next = std::move(late_.front());
            late_.pop_front();
            next();
        }
    }

    void settle() {
        calm_ = true;
        skew_ = {};
        deliver(late_.size());
        for (int i = 0; i < 2; ++i)
            if (!reactors_[static_cast<std::size_t>(i)]) open(i);
        for (int quiet = 0, turns = 0; quiet < 5; ++turns) {
            BOOST_REQUIRE_MESSAGE(turns < 20'000, "the reactors never come to rest");
            const auto before = writer_.offset();
            now_ += 6s;  // longer than any pause before another try
            for (std::size_t i = 0; i < 2; ++i) step(i);
            const bool rest = writer_.offset() == before && reactors_[0]->idle() && reactors_[1]->idle();
            quiet = rest ? quiet + 1 : 0;
            if (rest && (reactors_[0]->at().read[0] != writer_.offset() ||
                         reactors_[1]->at().read[0] != writer_.offset()))
                quiet = 0;
        }
    }

    void judge() {
        std::map<std::string, dom::folded_book> folded;
        std::set<std::string> fired;
        std::set<std::string> created;
        for (const auto& e : valid_events(log_)) {
            folded.try_emplace(e.user.text(), e.user).first->second.apply(e);
            if (e.type == dom::event_type::task_created)
                BOOST_TEST(created.insert(e.user.text() + e.task->text()).second, "an occurrence twice");
            if (e.type == dom::event_type::task_created && e.data.contains("recurrence_parent_id"))
                ++occurrences_;
            if (e.type == dom::event_type::schedule_fired && e.source == "reactor") judge_slot(e, fired);
            if (e.type != dom::event_type::reminder_fired) continue;
            ++fires_;
            BOOST_TEST(fired.insert(std::string(e.data.at("fire_id").as_string())).second, "a fire twice");
            const auto at = dom::parse_instant(e.data.at("scheduled_at").as_string()).value();
            BOOST_TEST((e.timestamp >= at), "a fire too early");
        }
        for (const auto& [user, book] : folded) {
            const auto& decided = writer_.book(dom::user_id(user));
            BOOST_TEST(book.tasks().size() == decided.tasks().size());
            BOOST_TEST((book.book() == decided.book()), "the book's settings and schedules");
            for (const auto& s : book.book().schedules)
                for (const auto& slot : s.pending)
                    BOOST_TEST((slot.at > now_), "a slot that was lost: due " << dom::to_text(slot.at));
            book.for_each_task([&](const auto& t) { judge_task(book, *t, *decided.find(t->id)); });
        }
        replay();
    }

    void judge_slot(const dom::event& e, std::set<std::string>& fired) {
        ++slots_;
        BOOST_TEST(fired.insert(std::string(e.data.at("slot_id").as_string())).second, "a slot twice");
        const auto at = dom::parse_instant(e.data.at("scheduled_at").as_string()).value();
        BOOST_TEST((e.timestamp >= at), "a slot too early");
        BOOST_TEST(e.data.at("outcome").as_string() == "applied");
    }

    void judge_task(const dom::folded_book& book, const dom::task& t, const dom::task& decided) {
        BOOST_TEST(dom::encode_task(t) == dom::encode_task(decided));
        for (const auto& a : t.alarms) {
            if (a.state != dom::alarm_state::pending) continue;
            BOOST_TEST(dom::is_open(t.status), "an alarm of a closed task");
            BOOST_TEST((a.at > now_), "a reminder that was lost: due " << dom::to_text(a.at));
        }
        const bool closed = t.status == dom::status::completed || t.status == dom::status::skipped;
        if (!closed || !t.recurrence) return;
        const auto series = book.find_series(*t.series);
        BOOST_REQUIRE(series);
        BOOST_TEST((!book.occurrences_after(t.id).empty() || !series->ended.empty()),
                   "an occurrence without a next one");
    }

    /// A reactor that starts from nothing on the same log changes nothing.
    void replay() {
        const auto before = writer_.offset();
        std::filesystem::remove_all(folders_[0].path() / "state");
        reactors_[0].reset();
        open(0);
        for (int i = 0; i < 2'000 && (reactors_[0]->at().read[0] < before || !reactors_[0]->idle()); ++i)
            step(0);
        step(0);
        BOOST_TEST(reactors_[0]->at().gate_open);
        BOOST_TEST(writer_.offset() == before);
    }

    std::mt19937_64 random_;
    log_ns::memory_log log_{1};
    writer writer_{log_};
    dom::instant now_ = at("2026-03-20T08:00:00Z");
    std::array<std::chrono::milliseconds, 2> skew_{};
    std::array<temporary_folder, 2> folders_{temporary_folder(quick_place()),
                                             temporary_folder(quick_place())};
    port port_;
    std::array<std::unique_ptr<rx::reactor>, 2> reactors_;
    std::deque<std::function<void()>> late_;
    bool calm_ = false;
    std::uint64_t commands_ = 0;
    std::size_t fires_ = 0;
    std::size_t occurrences_ = 0;
    std::size_t slots_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(reactors_simulation)

BOOST_AUTO_TEST_CASE(every_occurrence_and_every_fire_once_whatever_crashes) {
    const auto first = number_from("DAYBOOK_SEED", 1);
    const auto seeds =
        std::getenv("DAYBOOK_SEED") != nullptr ? 1 : number_from("DAYBOOK_SEEDS", seeds_default);
    std::size_t fires = 0;
    std::size_t occurrences = 0;
    std::size_t slots = 0;
    for (auto seed = first; seed < first + seeds; ++seed) {
        BOOST_TEST_CONTEXT("replay with DAYBOOK_SEED=" << seed) {
            simulation one(seed);
            one.run();
            fires += one.fires();
            occurrences += one.occurrences();
            slots += one.slots();
        }
    }
    BOOST_TEST_MESSAGE(seeds << " seeds from " << first << ": " << fires << " fires, " << occurrences
                             << " occurrences, " << slots << " slots");
    BOOST_TEST(slots > seeds);
    BOOST_TEST(fires > seeds);
    BOOST_TEST(occurrences > seeds);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_log_byte_for_byte) {
    for (const std::uint64_t seed : {7U, 8U}) {
        simulation one(seed);
        simulation other(seed);
        one.run();
        other.run();
        BOOST_TEST((one.bytes() == other.bytes()), "seed " << seed);
    }
}

BOOST_AUTO_TEST_SUITE_END()
