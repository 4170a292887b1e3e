// Random whole commits of a log of several partitions, as a runner hands them to a view.
#pragma once

#include "domain/codec/event_json.hpp"
#include "domain/task.hpp"
#include "domain/time.hpp"
#include "eventlog/event_log.hpp"
#include "projector/view.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace daybook::tests {

/// The same seed makes the same events. Statuses follow their events; members and references are any that fit
/// the form.
class view_events {
 public:
    explicit view_events(std::uint64_t seed, std::int32_t partitions = 2, int users = 3)
        : random_(seed), checkpoints_(static_cast<std::size_t>(partitions)) {
        for (int i = 0; i < users; ++i) users_.emplace_back("user-" + std::to_string(i) + "-ü");
        for (auto& at : checkpoints_) {
            at.log_id = uuid();
            at.epoch = 1;
            at.claim = "claim";
            at.writer = "writer";
        }
    }

    /// A batch of `count` events of one partition (fewer users than partitions leave some of them without
    /// any).
    projector::view_batch next(std::size_t count) {
        projector::view_batch out;
        const auto& first = users_[below(users_.size())];
        out.partition = partition_of(first);
        auto& at = checkpoints_[static_cast<std::size_t>(out.partition)];
        out.before = started_[out.partition] ? at : eventlog::fold_checkpoint{};
        started_[out.partition] = true;
        at.next_offset += static_cast<std::int64_t>(below(3));  // claims and void records leave gaps
        while (out.events.size() < count) {
            const auto& user = users_[below(users_.size())];
            if (partition_of(user) != out.partition) continue;
            out.events.push_back(event_of(user, at.next_offset++));
            ++at.seq;
        }
        at.last_offset = at.next_offset - 1;
        at.last_crc = static_cast<std::uint32_t>(random_());
        out.after = at;
        return out;
    }

    [[nodiscard]] const std::vector<domain::user_id>& users() const noexcept { return users_; }
    [[nodiscard]] std::int32_t partitions() const { return static_cast<std::int32_t>(checkpoints_.size()); }
    [[nodiscard]] std::int32_t partition_of(const domain::user_id& user) const {
        return eventlog::partition_of(user.text(), partitions());
    }
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
    bool one_in(std::size_t n) { return below(n) == 0; }
    /// Each has a word in it.
    static const std::vector<std::string>& all_words() {
        static const std::vector<std::string> all{"Zebra",
                                                  "zebras",
                                                  "árbol",
                                                  "Ärger",
                                                  "apple",
                                                  "Apples",
                                                  "10",
                                                  "9",
                                                  "ﬁsh",
                                                  "naïve",
                                                  "O'Neil",
                                                  "foo-bar",
                                                  "日本",
                                                  "\xf0\x9f\x90\xbb",
                                                  "long",
                                                  "straße",
                                                  "STRASSE",
                                                  "landing",
                                                  "landingpages",
                                                  "report",
                                                  "C#",
                                                  "a#b",
                                                  "#hashed",
                                                  "“quoted”",
                                                  "שלום",
                                                  "العربيّة",
                                                  "e\u0301te\u0301",
                                                  "ﬀ-effekt",
                                                  "İstanbul",
                                                  "ISTANBUL",
                                                  "中文分词",
                                                  "ไทยแลนด์",
                                                  "don't",
                                                  "x_y-z",
                                                  "e-mail@example.org",
                                                  "zero\u200bwidth",
                                                  "\u202eevil\u202c",
                                                  "👩‍🚀",
                                                  "страница",
                                                  "①"};
        return all;
    }
    std::string words(std::size_t most) {
        static const auto all = [] {
            auto some = all_words();
            some.insert(some.end(), {"%_\\", "'; --"});
            return some;
        }();
        std::string out = all[below(all.size())];
        for (auto more = below(most); more > 0; --more) out += ' ' + all[below(all.size())];
        return out;
    }
    domain::instant instant() {
        // Few different ones, so that orders have ties.
        return domain::instant(
            std::chrono::milliseconds(1'780'000'000'000 + 3'600'000 * static_cast<std::int64_t>(below(40))));
    }

 private:
    struct known {
        std::map<std::string, std::pair<std::int64_t, domain::status>> tasks;  ///< id -> version, status
        std::map<std::string, std::int64_t> projects;
        std::map<std::string, std::int64_t> filters;
        std::int64_t configured = 0;
        domain::instant last{std::chrono::milliseconds(1'780'000'000'000)};
    };

    domain::uuid uuid() {
        std::array<std::uint8_t, 16> bytes{};
        for (auto& b : bytes) b = static_cast<std::uint8_t>(random_());
        return domain::uuid(bytes);
    }

    template <class Map>
    std::string key_of(const Map& map) {
        return std::next(map.begin(), static_cast<std::ptrdiff_t>(below(map.size())))->first;
    }

    projector::applied_event event_of(const domain::user_id& user, std::int64_t offset) {
        using enum domain::event_type;
        auto& book = books_[user];
        domain::event e;
        e.id = domain::event_id(uuid());
        e.user = user;
        book.last += std::chrono::seconds(below(600));
        e.timestamp = book.last;
        e.command = domain::command_id("c" + std::to_string(offset));
        e.correlation_id = e.command.text();
        e.actor = {"user", one_in(3) ? "robot" : user.text()};
        e.source = "http";
        if (one_in(40)) {
            e.type = book_configured;
            e.version = ++book.configured;
            e.data = {{"zone", one_in(2) ? "Europe/Berlin" : "UTC"}, {"tags_strict", one_in(2)}};
            if (one_in(2)) e.data["language"] = one_in(3) ? "german" : "english";
        } else if (one_in(40)) {
            e.type = schedule_created;
            e.version = 1;
            e.data = {{"schedule_id", uuid().text()}, {"name", words(2)},
                      {"cron", "0 9 * * *"},          {"misfire", "fire_once"},
                      {"catchup_window", 60},         {"next_at", domain::to_text(instant())}};
        } else if (one_in(25)) {
            project_event(book, e);
        } else if (one_in(30)) {
            filter_event(book, e);
        } else if (book.tasks.empty() || one_in(4)) {
            const auto id = uuid();
            e.type = task_created;
            e.task = domain::task_id(id);
            e.version = 1;
            e.data = members(book);
            e.data["title"] = words(4);
            book.tasks[id.text()] = {1, domain::status::open};
        } else {
            task_event(book, e);
        }
        e.log.epoch = 1;
        e.log.claim = "claim";
        e.log.seq = offset + 1;
        e.log.hash = std::string(32, 'a');
        e.log.at = e.timestamp;
        projector::applied_event out{e, offset, domain::encode_event(e)};
        return out;
    }

    void project_event(known& book, domain::event& e) {
        using enum domain::event_type;
        const bool fresh = book.projects.empty() || one_in(2);
        const auto id = fresh ? uuid().text() : key_of(book.projects);
        e.type = fresh ? project_created : one_in(3) ? project_deleted : project_updated;
        e.version = ++book.projects[id];
        e.data["project_id"] = id;
        if (e.type != project_deleted) e.data["name"] = words(2);
    }

    void filter_event(known& book, domain::event& e) {
        using enum domain::event_type;
        const bool fresh = book.filters.empty() || one_in(2);
        const auto id = fresh ? uuid().text() : key_of(book.filters);
        e.type = fresh || !one_in(3) ? filter_saved : filter_deleted;
        e.version = ++book.filters[id];
        e.data["filter_id"] = id;
        if (e.type == filter_deleted) return;
        if (fresh || one_in(2)) e.data["name"] = words(2);
        if (fresh || one_in(2)) e.data["query"] = "is:open " + words(3);
    }

    void task_event(known& book, domain::event& e) {
        using enum domain::event_type;
        const auto id = key_of(book.tasks);
        auto& [version, status] = book.tasks[id];
        e.task = domain::task_id::parse(id);
        e.version = ++version;
        switch (status == domain::status::purged ? 0 : below(14)) {
            case 12:
                e.type = one_in(4) ? reminder_missed : reminder_fired;
                e.data = {{"reminder_id", uuid().text()},
                          {"fire_id", uuid().text()},
                          {"scheduled_at", domain::to_text(instant())},
                          {"late_ms", static_cast<std::int64_t>(below(1'000))},
                          {"missed_count", 1}};
                return;
            case 13:
                e.type = reminder_scheduled;
                e.data = {{"scheduled",
                           boost::json::array{boost::json::object{{"reminder_id", uuid().text()},
                                                                  {"fire_id", uuid().text()},
                                                                  {"at", domain::to_text(instant())}}}}};
                return;
            case 0:
                e.type = task_commented;
                e.data = {{"comment", words(5)}};
                return;
            case 1: e.type = task_started; break;
            case 2: e.type = task_completed; break;
            case 3:
                e.type = task_reopened;
                e.data = {{"completed_at", nullptr}};
                break;
            case 4: e.type = task_cancelled; break;
            case 5: e.type = task_skipped; break;
            case 6:
                e.type = status == domain::status::deleted ? (one_in(3) ? task_purged : task_restored)
                                                           : task_deleted;
                if (e.type == task_purged) status = domain::status::purged;
                if (e.type == task_deleted) status = domain::status::deleted;
                return;
            case 7:
                e.type = task_tagged;
                e.data["tags"] = tags();
                return;
            case 8:
                e.type = task_rescheduled;
                put_date(e.data, "due");
                return;
            default:
                e.type = task_updated;
                e.data = members(book);
                return;
        }
        status = domain::status::open;
    }

    boost::json::array tags() {
        static const std::vector<std::string> all{"#work",    "#Work",  "#home", "#straße",
                                                  "#STRASSE", "#a,b{}", "#日本"};
        boost::json::array out;
        for (auto n = below(4); n > 0; --n) out.emplace_back(all[below(all.size())]);
        return out;
    }

    boost::json::array reminders() {
        boost::json::array out;
        for (auto n = below(3); n > 0; --n)
            out.push_back(boost::json::object{{"reminder_id", uuid().text()},
                                              {"when", "PT15M"},
                                              {"state", one_in(2) ? "scheduled" : "cancelled"}});
        return out;
    }

    /// Beyond every limit of positions and of places of one word (settled 29).
    std::string long_text() {
        constexpr std::size_t most = 64 * 1024;
        std::string out = words(4);
        while (out.size() < most - 400) out += ' ' + words(8);
        return out;
    }

    void put_date(boost::json::object& data, std::string_view name) {
        const auto at_name = std::string(name) + "_at";
        if (one_in(4)) {
            data[name] = nullptr;
            data[at_name] = nullptr;
        } else {
            const auto text = domain::to_text(instant());
            data[name] = one_in(3) ? text.substr(0, 10) : text;
            data[at_name] = text;
        }
    }

    boost::json::object members(known& book) {
        boost::json::object out;
        if (one_in(2)) out["title"] = words(6);
        if (one_in(2)) out["description"] = one_in(4) ? std::string() : words(30) + "\n" + words(10);
        if (one_in(150)) out["description"] = long_text();
        if (one_in(8)) out["reminders"] = reminders();
        if (one_in(10))
            out["recurrence"] =
                boost::json::object{{"rule", "FREQ=DAILY"}, {"anchor", "due"}, {"catch_up", "next_future"}};
        if (one_in(2)) out["priority"] = "P" + std::to_string(1 + below(4));
        if (one_in(2)) out["tags"] = tags();
        if (one_in(2)) put_date(out, "due");
        if (one_in(3)) put_date(out, "start");
        if (one_in(4)) {
            boost::json::array targets;
            for (auto n = below(4); n > 0 && !book.tasks.empty(); --n)
                targets.emplace_back(key_of(book.tasks));
            out["depends_on"] = std::move(targets);
        }
        if (one_in(3) && !book.projects.empty()) out["project_id"] = key_of(book.projects);
        if (one_in(5)) out["project_id"] = nullptr;
        if (one_in(4) && !book.tasks.empty()) out["parent_id"] = key_of(book.tasks);
        if (one_in(4))
            out["assignee"] = one_in(3) ? boost::json::value(nullptr) : boost::json::value(words(1));
        if (one_in(5)) out["series_id"] = uuid().text();
        if (one_in(6)) out["x_note"] = words(2);
        if (one_in(6)) out["x_number"] = static_cast<std::int64_t>(below(1000));
        return out;
    }

    std::mt19937_64 random_;
    std::vector<domain::user_id> users_;
    std::vector<eventlog::fold_checkpoint> checkpoints_;
    std::map<std::int32_t, bool> started_;
    std::map<domain::user_id, known> books_;
};

}  // namespace daybook::tests
