#include "reactors/reactor.hpp"

#include "domain/codec/event_json.hpp"
#include "eventlog/last_applied.hpp"
#include "platform/obs/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace daybook::reactors {

namespace obs = platform::obs;
using domain::errc;
using eventlog::reaction_outcome;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Answers come from threads of the port and may come when the reactor is gone.
struct reactor::mailbox {
    std::mutex mutex;
    std::vector<std::pair<std::string, eventlog::reaction_answer>> arrived;
    eventlog::log_reader* reader = nullptr;  ///< null once the reactor is gone

    void put(std::string key, eventlog::reaction_answer answer) {
        const std::scoped_lock lock(mutex);
        arrived.emplace_back(std::move(key), std::move(answer));
        if (reader != nullptr) reader->wake();
    }
};

bool is_passing(const domain::problem& p) noexcept {
    return p.code == errc::log_unavailable || p.code == errc::storage_full;
}

reactor::reactor(eventlog::event_log&, eventlog::command_port& port, reactor_options options)
    : port_(port), options_(std::move(options)), answers_(std::make_shared<mailbox>()) {
    if (options_.figures == nullptr) return;
    auto& all = *options_.figures;
    const auto outcome = [&](const char* name) {
        return all.make_counter("daybook_reactions_total", "Commands that reactors sent, by their outcome",
                                {{"outcome", name}});
    };
    figures_.applied = outcome("applied");
    figures_.replayed = outcome("replayed");
    figures_.no_op = outcome("no_op");
    figures_.rejected = outcome("rejected");
    figures_.unavailable = outcome("unavailable");
    figures_.swept = all.make_counter("daybook_reactors_swept_total",
                                      "Overdue items that only the sweep found (expected 0)");
    figures_.lateness = all.make_histogram("daybook_reminder_lateness_seconds",
                                           "From the instant of a reminder to its fire in the log");
    figures_.slot_lateness = all.make_histogram("daybook_schedule_lateness_seconds",
                                                "From the instant of a slot to its fire in the log");
    figures_.pending =
        all.make_gauge("daybook_reactors_pending", "Reminders and reactions that are still to come");
    figures_.gate = all.make_gauge("daybook_reactors_gate_open",
                                   "1 once the log was read up to where it ended at the start");
}

reactor::~reactor() {
    const std::scoped_lock lock(answers_->mutex);
    answers_->reader = nullptr;
}

domain::result<std::unique_ptr<reactor>> reactor::open(eventlog::event_log& log, eventlog::command_port& port,
                                                       reactor_options options, eventlog::deadline until) {
    const auto partitions = log.partitions();
    std::unique_ptr<reactor> made(new reactor(log, port, std::move(options)));
    auto agenda = agenda::open(made->options_.agenda, partitions);
    if (!agenda) return agenda.error();
    made->agenda_ = std::move(*agenda);
    std::vector<eventlog::read_start> starts;
    for (std::int32_t p = 0; p < partitions; ++p) {
        const auto& position = made->agenda_->position(p);
        if (auto checked = eventlog::check_last_applied(log, p, position, until); !checked) {
            auto refused = checked.error().prefixed(fmt::format("reactors, partition {}", p));
            if (!is_passing(refused))
                refused.hint = "Delete the folder reactors: it is folded again from the log.";
            return refused;
        }
        made->folds_.emplace_back(p, position);
        starts.push_back({p, position.next_offset});
    }
    auto ends = log.end_offsets(until);
    if (!ends) return ends.error();
    made->gate_ = effect_gate(std::move(*ends));
    for (const auto& fold : made->folds_) made->gate_.read_up_to(fold.partition(), fold.read_offset());
    made->reader_ = log.open_reader(std::move(starts));
    made->answers_->reader = made->reader_.get();
    made->next_sweep_ = made->options_.now() + made->options_.sweep_every;
    return made;
}

void reactor::wake() { reader_->wake(); }

reactor::standing reactor::at() const {
    standing s;
    for (const auto& fold : folds_) s.read.push_back(fold.read_offset());
    s.gate_open = gate_.is_open();
    s.pending = agenda_->size();
    s.in_flight = in_flight_.size();
    return s;
}

domain::result<void> reactor::step(eventlog::deadline until) {
    take_answers();
    const auto done = read(until);
    // What was read counts, also where reading on failed.
    if (auto kept = agenda_->commit(); !kept) return kept;
    if (!done) return done;
    take_answers();
    figures_.pending.set(static_cast<double>(agenda_->size()));
    figures_.gate.set(gate_.is_open() ? 1 : 0);
    return act();
}

domain::result<void> reactor::read(eventlog::deadline until) {
    if (gate_.is_open() && in_flight_.size() < options_.in_flight_max)
        if (const auto next = agenda_->next_at())
            until = std::min(until, steady_clock::now() + std::max(*next - options_.now(), milliseconds(0)));
    domain::result<void> done;
    if (next_record_ == records_.size()) {
        records_.clear();
        next_record_ = 0;
        done = reader_->read(records_, options_.read_records_max, until);
    }
    while (next_record_ < records_.size()) {
        if (auto taken = take(std::move(records_[next_record_])); !taken) return taken;
        ++next_record_;
    }
    return done;
}

domain::result<void> reactor::take(eventlog::record r) {
    const auto offset = r.offset;
    auto& fold = folds_.at(static_cast<std::size_t>(r.partition));
    const auto place = [&](domain::problem why) {
        return why.prefixed(fmt::format("reactors, partition {} offset {}", fold.partition(), offset));
    };
    const auto verdict = fold.feed(std::move(r));
    if (!verdict) return place(verdict.error());
    if (const auto* done = std::get_if<eventlog::commit>(&*verdict)) {
        for (const auto& part : done->parts) {
            const auto event = domain::decode_event(std::string_view(part.raw.value));
            if (!event) return place(event.error());
            agenda_->fold(*event);
        }
    }
    agenda_->advance(fold.partition(), fold.checkpoint());
    gate_.read_up_to(fold.partition(), fold.read_offset());
    return {};
}

void reactor::take_answers() {
    std::vector<std::pair<std::string, eventlog::reaction_answer>> arrived;
    {
        const std::scoped_lock lock(answers_->mutex);
        arrived.swap(answers_->arrived);
    }
    for (const auto& [key, answer] : arrived) take_answer(key, answer);
}

void reactor::take_answer(const std::string& key, const eventlog::reaction_answer& answer) {
    auto found = in_flight_.extract(key);
    if (found.empty()) return;
    auto& [what, attempts] = found.mapped();
    switch (answer.outcome) {
        case reaction_outcome::applied:
            figures_.applied.add();
            if (what.kind == item_kind::schedule)
                figures_.slot_lateness.observe(
                    std::chrono::duration<double>(options_.now() - what.at).count());
            if (what.kind == item_kind::reminder)
                figures_.lateness.observe(std::chrono::duration<double>(options_.now() - what.at).count());
            break;
        case reaction_outcome::replayed: figures_.replayed.add(); break;
        case reaction_outcome::no_op: figures_.no_op.add(); break;
        case reaction_outcome::rejected:
            figures_.rejected.add();
            obs::log_warn("a reaction was rejected",
                          {{"command", command_id_of(what.kind, what.cause).text()},
                           {"task", what.task.text()},
                           {"detail", answer.error ? answer.error->detail : std::string()}});
            break;
        case reaction_outcome::unavailable: {
            figures_.unavailable.add();
            const auto shift = std::min<std::size_t>(attempts, 16);
            const auto pause = std::min(options_.retry_first * (1 << shift), options_.retry_max);
            attempts_[key] = attempts + 1;
            agenda_->put_back(std::move(what), options_.now() + pause);
            return;
        }
    }
    attempts_.erase(key);
    agenda_->settle(what);
    if (what.kind != item_kind::recompute) return;
    // A commit has room for so many tasks: the round that finds nothing is the last.
    if (answer.outcome == reaction_outcome::applied || answer.outcome == reaction_outcome::replayed)
        agenda_->expect_round_after(what, options_.tz_version);
    else
        agenda_->zones_settled(what.user, options_.tz_version);
}

domain::result<void> reactor::act() {
    if (!gate_.is_open()) return {};
    if (auto kept = agenda_->commit(); !kept) return kept;
    const auto now = options_.now();
    if (!zones_checked_ && !options_.tz_version.empty()) {
        const auto books = agenda_->expect_zones(options_.tz_version, now);
        if (!books) return books.error();
        if (*books > 0)
            obs::log_info("the zone database is another one: what is to come is resolved anew",
                          {{"books", *books}, {"tz_version", options_.tz_version}});
        zones_checked_ = true;
    }
    if (now >= next_sweep_)
        if (auto done = sweep(now); !done) return done;
    while (in_flight_.size() < options_.in_flight_max) {
        if (auto seen = agenda_->look_ahead(now); !seen) return seen;
        const auto next = agenda_->next_at();
        if (!next || *next > now) break;
        send(agenda_->take_next());
    }
    return agenda_->commit();
}

domain::result<void> reactor::sweep(domain::instant now) {
    next_sweep_ = now + options_.sweep_every;
    const auto is_known = [this](const std::string& key) { return in_flight_.contains(key); };
    const auto found = agenda_->find_forgotten(now - options_.sweep_every, is_known);
    if (!found) return found.error();
    if (*found == 0) return {};
    figures_.swept.add(static_cast<double>(*found));
    obs::log_warn("overdue items were found by the sweep only", {{"items", *found}});
    return {};
}

void reactor::send(item what) {
    auto key = id_key_of(what);
    if (in_flight_.contains(key)) {
        agenda_->put_back(std::move(what), options_.now() + options_.retry_first);
        return;
    }
    eventlog::reaction r;
    r.user = what.user;
    r.id = command_id_of(what.kind, what.cause);
    r.type = command_type_of(what.kind);
    r.args["task_id"] = what.task.text();
    if (what.kind == item_kind::schedule) {
        r.args = {{"schedule_id", what.task.text()}, {"slot_id", what.cause.text()}};
    } else if (what.kind == item_kind::recompute) {
        r.args = {{"tz_version", options_.tz_version}};
    } else if (what.kind == item_kind::occurrence) {
        r.args["cause_event_id"] = what.cause.text();
        r.args["closed_at"] = domain::to_text(what.closed_at);
    } else {
        r.args["fire_id"] = what.cause.text();
    }
    const auto tried = attempts_.find(key);
    in_flight_.emplace(key, sent{std::move(what), tried == attempts_.end() ? 0 : tried->second});
    port_.submit(std::move(r), [answers = answers_, key = std::move(key)](eventlog::reaction_answer answer) {
        answers->put(key, std::move(answer));
    });
}

}  // namespace daybook::reactors
