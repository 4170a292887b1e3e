// One partition as its sequencer writes it: ownership, deciding, pipelined appends, and answers that leave
// only when they are true (architecture §2.1). A state machine without a thread of its own: the sequencer
// calls it.
#pragma once

#include "command-api/batch.hpp"
#include "command-api/commit_builder.hpp"
#include "command-api/partition_state.hpp"
#include "command-api/sequencer_metrics.hpp"
#include "domain/limits.hpp"
#include "domain/zone.hpp"
#include "eventlog/claim.hpp"
#include "eventlog/event_log.hpp"
#include "platform/rocks/store.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

namespace daybook::command_api {

using steady = std::chrono::steady_clock;

/// Where an answer goes. Called exactly once, on the sequencer's thread; must not block it.
class batch_completion {
 public:
    virtual ~batch_completion() = default;
    virtual void complete(batch_answer) noexcept = 0;
};

struct writer_options {
    eventlog::writer_identity identity{};
    std::function<domain::instant()> now{};  ///< the wall clock; default: the system's
    std::chrono::milliseconds append_deadline{domain::limits::append_deadline};
    std::chrono::milliseconds request_deadline{domain::limits::request_deadline};
    std::chrono::milliseconds suspect_after{domain::limits::suspect_after};
    std::chrono::milliseconds claim_attempt_timeout{5'000};
    std::chrono::milliseconds flush_after{200};  ///< confirmed values wait at most that long for RocksDB
    std::size_t in_flight_records_max = domain::limits::in_flight_records_max;
    std::size_t in_flight_bytes_max = domain::limits::in_flight_bytes_max;
    state_options state{};
    const domain::zone_table* zones = nullptr;  ///< outlives the sequencer
};

/// How a claim ended, posted by the claiming thread, with the state that it advanced.
struct claim_finished {
    std::unique_ptr<partition_state> state{};
    domain::result<eventlog::owned_partition> owned;
    std::string owner_address{};  ///< of the claim in force, where another writer holds it
};

/// What a writer needs from its sequencer. All members may be called from any thread.
class writer_host {
 public:
    virtual ~writer_host() = default;
    virtual void post_outcomes(std::int32_t partition, std::uint64_t generation,
                               std::span<const eventlog::append_outcome>) = 0;
    virtual void post_claim(std::int32_t partition, claim_finished) = 0;
    /// The number of an end check that starts after this call (rule 3); its result comes through on_check.
    virtual std::uint64_t ask_end_check() = 0;
};

enum class ownership : std::uint8_t {
    starting,  ///< takes the partition over
    owned,
    recovering,  ///< an outcome is unknown: reads back and claims again
    moved,       ///< another writer took over: for good (rule 5)
    failed,      ///< the log or the store cannot be used: see problem
};

struct partition_status {
    std::int32_t partition = 0;
    ownership state = ownership::starting;
    std::string detail{};  ///< why it is not owned
    std::int64_t epoch = 0;
    std::int64_t next_offset = 0;  ///< behind the last acknowledged record
    std::size_t in_flight = 0;
};

class decider;

/// Threads: the sequencer's only. Lifetime: `log`, `store`, `host` and `metrics` outlive it.
class partition_writer {
 public:
    partition_writer(std::int32_t partition, eventlog::event_log& log, platform::rocks::store& store,
                     writer_host& host, const writer_options& options, sequencer_metrics& metrics);
    ~partition_writer();

    void start();
    /// Decides a batch at once and answers it when it is true, or at its deadline.
    void take(command_batch, std::unique_ptr<batch_completion>, steady::time_point deadline,
              bool log_writable, const domain::problem& why_not);
    void on_outcomes(std::uint64_t generation, std::span<const eventlog::append_outcome>);
    void on_claim(claim_finished);
    void on_check(std::uint64_t id, const domain::result<std::vector<std::int64_t>>& ends);
    /// Hands what was decided to the log; deadlines that have passed, answers that may leave, values to
    /// write. Call it after every turn.
    void tick(steady::time_point now);
    [[nodiscard]] steady::time_point next_timer() const;

    [[nodiscard]] bool idle() const noexcept { return waiting_.empty() && in_flight_.empty(); }
    [[nodiscard]] partition_status status() const;
    [[nodiscard]] std::size_t in_flight_records() const noexcept { return in_flight_records_; }
    /// Ends claiming and answers what still waits with what is known of it; writes the state if wanted (it is
    /// a cache: a start reads from the last write on). No call may follow but the destructor.
    void stop(bool write_state);

 private:
    friend class decider;
    /// What has to be known before an answer is true.
    enum class fate : std::uint8_t {
        settled,   ///< true as it stands
        appended,  ///< by this batch
        attached,  ///< an earlier attempt with the same id is in flight, or was when the partition was lost
        judged,    ///< a no-op or a rejection that depends on state
    };
    struct waiting_batch {
        command_batch batch{};
        batch_answer answer{};
        std::vector<fate> fates{};
        std::unique_ptr<batch_completion> done{};
        steady::time_point deadline{};
        std::int64_t acked_needed = 0;  ///< own records since the claim that must be acknowledged
        std::optional<std::int64_t>
            judged_behind{};      ///< own records decided before the last judgement (rule 3)
        std::uint64_t check = 0;  ///< the end check that it waits for; 0: none asked yet
    };
    struct in_flight_commit {
        std::int64_t last_ticket = 0;
        std::int64_t last_seq = 0;
        std::uint32_t last_crc = 0;
        std::size_t bytes = 0;
        std::size_t records = 0;
        domain::instant at{};
        steady::time_point appended_at{};
        std::vector<std::string> command_keys{};  ///< of kind remembered
    };

    void claim(bool first_start);
    void recover(std::string why);
    void fail(domain::problem);
    void resolve_waiting(const domain::problem& for_the_lost);
    void resolve_item(waiting_batch&, std::size_t, const domain::problem& for_the_lost, bool& proven);
    void leave();
    void finish(waiting_batch);
    void expire(steady::time_point now);
    void ask_for(waiting_batch&);
    void append(built_commit, std::vector<std::string> command_keys);
    void send();
    void acknowledge(std::size_t commits, const in_flight_commit& last);
    void fill_replayed(waiting_batch&);
    void note_store(const domain::result<void>& written);
    [[nodiscard]] domain::problem not_owned() const;
    [[nodiscard]] bool suspect(steady::time_point now) const;
    [[nodiscard]] std::string key_of(const command_batch&, std::size_t item) const;
    [[nodiscard]] domain::position position_at(std::int64_t offset) const;
    [[nodiscard]] resource task_resource_of(domain::book_reader&, const domain::task_id&) const;
    [[nodiscard]] resource resource_of(domain::book_reader&, const command_answer&) const;

    std::int32_t partition_;
    eventlog::event_log& log_;
    platform::rocks::store& store_;
    writer_host& host_;
    const writer_options& options_;
    sequencer_metrics& metrics_;

    ownership ownership_ = ownership::starting;
    domain::problem why_not_owned_{};
    std::unique_ptr<partition_state> state_{};  ///< away while a claim runs
    eventlog::claim_data claim_{};
    std::unique_ptr<eventlog::log_appender> appender_{};
    std::uint64_t generation_ = 0;  ///< of the claim attempt: outcomes of older ones are dropped
    std::int64_t base_offset_ = 0;  ///< of ticket 0
    std::int64_t issued_ = 0;       ///< records appended since the claim
    std::int64_t acked_ = 0;        ///< of these, acknowledged in order at their expected offsets
    domain::instant last_at_{};
    std::vector<eventlog::new_record> unsent_{};  ///< decided in this turn, not yet handed to the appender
    std::deque<in_flight_commit> in_flight_{};    ///< also what is unsent
    std::size_t in_flight_records_ = 0;
    std::size_t in_flight_bytes_ = 0;
    std::deque<waiting_batch> waiting_{};          ///< in the order they were decided
    std::unordered_set<std::string> open_keys_{};  ///< commands whose outcome the running recovery will tell
    std::uint64_t checked_ = 0;  ///< the latest end check that found nothing but our own records
    std::map<std::uint64_t, std::int64_t> acked_at_ask_{};
    std::optional<steady::time_point> unwritten_since_{};
    std::optional<domain::problem> store_failed_{};
    std::jthread claiming_{};
};

}  // namespace daybook::command_api
