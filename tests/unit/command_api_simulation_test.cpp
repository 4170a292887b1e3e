// Random faults, two writers, crashes and clients that repeat themselves, from one seed; afterwards the log
// is the judge: what was acknowledged is there once, what was refused is not, and the decision state is the
// fold of the log.
#include "domain/codec/task_json.hpp"
#include "eventlog/memory_log.hpp"
#include "tests/support/command_house.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <set>

namespace api = daybook::command_api;
namespace log_ns = daybook::eventlog;
using namespace daybook::tests;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t seeds_default = 100;
constexpr int steps = 80;
constexpr int users = 3;

// Hundreds of stores are opened, and none of them has to outlive the power: in memory where the system offers
// it.
std::filesystem::path quick_place() {
    const std::filesystem::path memory = "/dev/shm";
    return std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
}

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
    const auto* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class simulation {
 public:
    explicit simulation(std::uint64_t seed) : random_(seed) { open(0); }

    void run() {
        for (int step = 0; step < steps; ++step) {
            act();
            if (chance(30)) wait_for_ownership();
            collect(false);
        }
        settle();
        judge();
    }

    int applied() const { return applied_; }
    int refused() const { return refused_; }
    int unknown() const { return unknown_; }

 private:
    /// One command of a client, which it sends until it knows the outcome or loses patience.
    struct wish {
        std::string user;
        std::string id;
        api::command_batch batch;
        int sent = 0;
    };
    struct open_request {
        std::vector<std::pair<std::string, std::string>> ids;  ///< (user, command id)
        bool atomic = false;
        std::future<api::batch_answer> answer;
    };

    std::uint64_t pick(std::uint64_t below) { return random_() % below; }
    bool chance(int percent) { return pick(100) < static_cast<std::uint64_t>(percent); }

    void open(int writer) {
        api::writer_options options;
        options.suspect_after = 30s;
        options.append_deadline = 30s;
        options.request_deadline = 30s;
        options.state.unwritten_values_max = 1 + pick(20);
        options.flush_after = std::chrono::milliseconds(pick(4));
        auto& house = houses_[writer];
        house.reset();
        latest_ = writer;
        house.emplace(log_, folders_[writer].path(), "w" + std::to_string(++starts_), std::move(options),
                      false);
    }

    void act() {
        const auto what = pick(100);
        if (what < 60) return send();
        if (what < 66) return hold();
        if (what < 84) return decide_fate();
        if (what < 94) return log_.release(0);
        if (what < 96) return crash();
        if (what < 98) return takeover();
        if (what == 98)
            log_.fail_end_checks(1 + pick(2));
        else
            log_.append_foreign(0, {1, std::nullopt, "a stranger", {}});
    }

    void hold() { log_.hold(0); }

    // Lets claims get through, so that a run is not one long recovery.
    void wait_for_ownership() {
        log_.release(0);
        wait_until("an owner", [&] {
            const auto state = houses_[latest_]->handler().statuses()[0].state;
            return state == api::ownership::owned || state == api::ownership::moved;
        });
    }

    void decide_fate() {
        const auto held = log_.held(0);
        if (held.empty()) return;
        const auto id = held[pick(held.size())].id;
        switch (pick(6)) {
            case 0: log_.lose(id); break;
            case 1: log_.land_unacknowledged(id); break;
            case 2: log_.delay(id); break;
            case 3: log_.duplicate(id); break;
            default: log_.land(id); break;
        }
    }

    void crash() {
        const int writer = static_cast<int>(pick(2));
        if (!houses_[writer]) return;
        log_.release(0);  // a joined thread must not wait for the test
        houses_[writer].reset();
        if (chance(20)) std::filesystem::remove_all(folders_[writer].path());
        open(writer);
    }

    void takeover() {
        log_.release(0);
        open(static_cast<int>(pick(2)));
    }

    daybook::domain::command random_command(const std::string& user, const std::string& id) {
        const auto& known = tasks_[user];
        if (known.empty() || chance(40))
            return command_of(id, "create_task", {{"title", "t" + std::to_string(pick(5))}});
        const auto task = known[pick(known.size())];
        switch (pick(7)) {
            case 0: return command_of(id, "complete_task", {{"task_id", task}, {"children", "cascade"}});
            case 1: return command_of(id, "reopen_task", {{"task_id", task}});
            case 2:
                return command_of(id, "update_task",
                                  {{"task_id", task}, {"title", "u" + std::to_string(pick(3))}});
            case 3: return command_of(id, "delete_task", {{"task_id", task}});
            case 4: return command_of(id, "restore_task", {{"task_id", task}});
            case 5:
                return command_of(id, "move_task",
                                  {{"task_id", task}, {"parent_id", known[pick(known.size())]}});
            default:
                return command_of(id, "add_tags",
                                  {{"task_id", task}, {"tags", {"a" + std::to_string(pick(3))}}});
        }
    }

    void send() {
        api::command_batch batch;
        if (!sent_.empty() && chance(35)) {
            batch = sent_[pick(sent_.size())];
        } else {
            const auto user = "user" + std::to_string(pick(users));
            std::vector<daybook::domain::command> commands;
            const auto count = chance(30) ? 2 + pick(3) : 1;
            for (std::uint64_t i = 0; i < count; ++i)
                commands.push_back(random_command(user, "c" + std::to_string(++ids_)));
            batch = batch_of(user, std::move(commands),
                             chance(50) ? api::batch_mode::atomic : api::batch_mode::independent);
            sent_.push_back(batch);
        }
        const int writer = chance(90) ? latest_ : static_cast<int>(pick(2));
        auto& house = houses_[houses_[writer] ? writer : latest_];
        open_request request;
        request.atomic = batch.mode == api::batch_mode::atomic;
        for (const auto& item : batch.items)
            request.ids.emplace_back(batch.user.text(), item.command.id.text());
        request.answer = house->submit(batch);
        open_.push_back(std::move(request));
    }

    void collect(bool wait) {
        std::vector<open_request> still;
        for (auto& request : open_) {
            if (!wait && request.answer.wait_for(0s) != std::future_status::ready)
                still.push_back(std::move(request));
            else
                take(request, command_house::get(std::move(request.answer)));
        }
        open_ = std::move(still);
    }

    void take(const open_request& request, const api::batch_answer& answer) {
        if (answer.failed) {
            const auto status = daybook::domain::row_of(answer.failed->code).http_status;
            BOOST_TEST(status != 500, answer.failed->detail);
            if (status == 504)
                ++unknown_;
            else
                ++refused_;
            return;
        }
        for (std::size_t i = 0; i < request.ids.size(); ++i) {
            const auto& one = answer.results[i];
            const auto& id = request.ids[i];
            if (one.error) {
                BOOST_TEST((one.error->code != daybook::domain::errc::internal), one.error->detail);
                ++refused_;
                continue;
            }
            if (one.status == api::answer_status::no_op) {
                BOOST_TEST(one.events.empty());
                continue;
            }
            ++applied_;
            auto& outcome = acknowledged_[id];
            if (!outcome.empty()) BOOST_TEST((outcome == one.events), "another outcome than the first");
            outcome = one.events;
            positions_[id] = one.position->offset;
            // An answer of `applied` comes once in the life of a command.
            if (one.status == api::answer_status::applied)
                BOOST_TEST(first_answers_.insert(id).second, id.second);
            if (one.task) tasks_[id.first].push_back(one.task->text());
        }
    }

    void settle() {
        log_.fail_end_checks(0);
        log_.release(0);
        collect(true);
    }

    void judge() {
        // Whoever starts last owns the log, whatever happened before; its state is the fold.
        houses_[0].reset();
        houses_[1].reset();
        open(0);
        wait_until("the last owner", [&] { return houses_[0]->handler().ready(); });
        // Each command that anybody ever sent is sent once more: what is in the log is replayed, once and for
        // all.
        const auto before = fold_records(log_.records(0), 0);
        for (const auto& [id, events] : acknowledged_) {
            const auto at = before.commits.find(id);
            BOOST_TEST((at != before.commits.end() && at->second == 1), id.second + " was acknowledged");
        }
        for (const auto& [id, times] : before.commits) BOOST_TEST(times == 1, id.second + " is doubled");
        for (const auto& batch : sent_) {
            if (batch.mode == api::batch_mode::atomic) continue;
            for (const auto& item : batch.items) {
                api::command_batch alone = batch;
                alone.items = {item};
                const bool there = before.commits.contains({batch.user.text(), item.command.id.text()});
                const auto answer = houses_[0]->single(houses_[0]->submit(std::move(alone)));
                BOOST_TEST((answer.status == api::answer_status::replayed) == there, item.command.id.text());
            }
        }
        judge_state();
    }

    void judge_state() {
        BOOST_TEST(houses_[0]->handler().stop(10s));
        houses_[0].reset();
        auto store = api::open_decision_store(folders_[0].path());
        BOOST_REQUIRE(store);
        auto state = api::partition_state::open(**store, 0, {});
        BOOST_REQUIRE(state);
        const auto log = fold_records(log_.records(0), 0);
        for (const auto& [user, book] : log.books) {
            const auto stored = (*state)->read(daybook::domain::user_id(user), api::sight::confirmed);
            BOOST_TEST((stored->book() == book.book()), user);
            std::size_t count = 0;
            stored->for_each_task([&](const std::shared_ptr<const daybook::domain::task>& t) {
                ++count;
                const auto other = book.find(t->id);
                BOOST_REQUIRE(other);
                BOOST_TEST(daybook::domain::encode_task(*t) == daybook::domain::encode_task(*other));
                BOOST_TEST((stored->children(t->id) == book.children(t->id)));
                BOOST_TEST((stored->dependents(t->id) == book.dependents(t->id)));
            });
            BOOST_TEST(count == book.tasks().size());
        }
    }

    std::mt19937_64 random_;
    log_ns::memory_log log_{1};
    temporary_folder folders_[2] = {temporary_folder(quick_place()), temporary_folder(quick_place())};
    std::optional<command_house> houses_[2];
    int latest_ = 0;
    int starts_ = 0;
    int ids_ = 0;
    std::vector<api::command_batch> sent_;
    std::vector<open_request> open_;
    std::map<std::pair<std::string, std::string>, std::vector<daybook::domain::event_id>> acknowledged_;
    std::map<std::pair<std::string, std::string>, std::int64_t> positions_;
    std::set<std::pair<std::string, std::string>> first_answers_;
    std::map<std::string, std::vector<std::string>> tasks_;
    int applied_ = 0;
    int refused_ = 0;
    int unknown_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(command_api_simulation)

// Replay one: DAYBOOK_SEED=n DAYBOOK_SEEDS=1. Threads run as they like, so a seed gives the same faults, not
// the same interleaving.
BOOST_AUTO_TEST_CASE(whatever_fails_acknowledged_commands_are_in_the_log_once_and_refused_ones_are_not) {
    const auto first = number_from("DAYBOOK_SEED", 1);
    const auto count = number_from("DAYBOOK_SEEDS", seeds_default);
    int applied = 0;
    int refused = 0;
    for (auto seed = first; seed < first + count; ++seed) {
        BOOST_TEST_CONTEXT("DAYBOOK_SEED=" << seed) {
            simulation one(seed);
            one.run();
            applied += one.applied();
            refused += one.refused();
        }
    }
    BOOST_TEST_MESSAGE(count << " seeds: " << applied << " applied or replayed, " << refused << " refused");
    BOOST_TEST(applied > refused / 10);
}

BOOST_AUTO_TEST_SUITE_END()
