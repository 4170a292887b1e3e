// What follows from events and from time: reads the log, keeps the agenda, and sends what is due as commands.
// A state machine without a thread and without a clock of its own; runner.hpp gives it both.
#pragma once

#include "domain/errc.hpp"
#include "domain/time.hpp"
#include "eventlog/command_port.hpp"
#include "eventlog/event_log.hpp"
#include "eventlog/validity.hpp"
#include "platform/obs/metrics.hpp"
#include "reactors/agenda.hpp"
#include "reactors/effect_gate.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace daybook::reactors {

struct reactor_options {
    agenda_options agenda{};
    std::function<domain::instant()> now{};  ///< the only clock (Z1)
    std::string tz_version{};  ///< of the zone database that the writer resolves by; empty: it is not watched
    std::size_t in_flight_max = 512;
    std::size_t read_records_max = 4'096;
    std::chrono::milliseconds retry_first{50};
    std::chrono::milliseconds retry_max{5'000};
    std::chrono::milliseconds sweep_every{60'000};
    platform::obs::metrics* figures = nullptr;  ///< may be null
};

/// Threads: one for all members but wake(), from any. Lifetime: within that of log, port and figures.
class reactor {
 public:
    /// Where the agenda stands is where it begins. Errors: those of agenda::open and of check_last_applied.
    [[nodiscard]] static domain::result<std::unique_ptr<reactor>> open(eventlog::event_log&,
                                                                       eventlog::command_port&,
                                                                       reactor_options, eventlog::deadline);
    ~reactor();
    reactor(const reactor&) = delete;
    reactor& operator=(const reactor&) = delete;

    /// Reads what there is, waiting for it until something is due, an answer comes or the deadline has
    /// passed; then sends what is due. Errors: passing ones (call again), and those of the log's fold, which
    /// end it.
    [[nodiscard]] domain::result<void> step(eventlog::deadline until);
    /// Makes a waiting step return.
    void wake();

    struct standing {
        std::vector<std::int64_t> read{};  ///< next offset of each partition
        bool gate_open = false;
        std::int64_t pending = 0;  ///< items of the agenda
        std::size_t in_flight = 0;
    };
    [[nodiscard]] standing at() const;
    [[nodiscard]] bool idle() const noexcept { return in_flight_.empty(); }

 private:
    struct mailbox;
    struct sent {
        item what;
        std::size_t attempts = 0;
    };
    struct figures_of {
        platform::obs::counter applied, replayed, no_op, rejected, unavailable, swept;
        platform::obs::histogram lateness, slot_lateness;
        platform::obs::gauge pending, gate;
    };
    reactor(eventlog::event_log&, eventlog::command_port&, reactor_options);
    [[nodiscard]] domain::result<void> read(eventlog::deadline until);
    [[nodiscard]] domain::result<void> take(eventlog::record);
    void take_answers();
    void take_answer(const std::string& key, const eventlog::reaction_answer&);
    [[nodiscard]] domain::result<void> act();
    [[nodiscard]] domain::result<void> sweep(domain::instant now);
    void send(item);

    eventlog::command_port& port_;
    reactor_options options_;
    std::unique_ptr<agenda> agenda_;
    std::vector<eventlog::log_fold> folds_;
    std::unique_ptr<eventlog::log_reader> reader_;
    std::vector<eventlog::record> records_;
    std::size_t next_record_ = 0;
    effect_gate gate_{{}};
    std::shared_ptr<mailbox> answers_;
    std::unordered_map<std::string, sent> in_flight_;        ///< by id key
    std::unordered_map<std::string, std::size_t> attempts_;  ///< of those that wait for another try
    domain::instant next_sweep_{};
    bool zones_checked_ = false;
    figures_of figures_;
};

/// Errors that go by themselves: the log or the store does not answer, the disk is full.
[[nodiscard]] bool is_passing(const domain::problem&) noexcept;

}  // namespace daybook::reactors
