// Every limit that callers meet, named once (those of queries: domain/filter/limits.hpp). HTTP, command line,
// import and tests read this table (V1, settled 13, 15, 21, 22).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace daybook::domain::limits {

using namespace std::chrono_literals;

// Task members (V1). Lengths in code points after NFC unless the name says bytes.
inline constexpr std::size_t title_length_max = 500;
inline constexpr std::size_t description_bytes_max = 64 * 1024;
inline constexpr std::size_t tags_max = 10;
inline constexpr std::size_t tag_length_max = 50;
inline constexpr std::size_t reminders_max = 20;
inline constexpr std::size_t children_max = 100;
inline constexpr std::size_t depth_max = 8;
inline constexpr std::size_t depends_on_max = 100;
inline constexpr std::size_t comment_bytes_max = 64 * 1024;
inline constexpr std::size_t comments_max = 1'000;
inline constexpr std::size_t name_length_max = 200;
inline constexpr std::size_t filters_max = 100;  ///< of a book, without deleted ones
inline constexpr std::size_t extras_max = 50;
inline constexpr std::size_t extras_bytes_max = 16 * 1024;
inline constexpr std::int64_t duration_minutes_max = 60 * 24 * 366;
inline constexpr std::int64_t recurrence_depth_max = 1'000;
inline constexpr int recurrence_interval_max = 999;
inline constexpr int recurrence_count_max = 100'000;
inline constexpr std::size_t missed_listed_max = 100;  ///< in occurrences.missed (settled 11)
inline constexpr std::size_t cron_bytes_max = 500;
inline constexpr std::size_t cron_catch_up_max = 100;      ///< slots of misfire `all` (C4)
inline constexpr std::size_t preview_max = 100;            ///< occurrences or slots of one preview
inline constexpr std::int64_t reminder_days_max = 36'525;  ///< a century before or after its date
inline constexpr std::size_t exdates_max = 100;  ///< of a series, the newest: older ones are behind it
inline constexpr std::size_t occurrence_subtasks_max = 500;  ///< copied with an occurrence
inline constexpr std::size_t alarms_done_max = 20;           ///< fired or missed alarms kept a reminder
inline constexpr std::size_t schedules_max = 100;            ///< of a book
inline constexpr std::size_t backfill_slots_max = 100;       ///< of one backfill, and waiting at a time
inline constexpr std::size_t schedule_action_bytes_max = 16 * 1024;  ///< what a schedule does, as JSON

// Reactions (M5, R12).
inline constexpr auto reminder_grace = 24h;
inline constexpr auto catchup_window_default = 24h;
inline constexpr auto misfire_after = 60s;  ///< a slot that is this late counts as missed for policy skip

// Ids (settled 22).
inline constexpr std::size_t user_id_bytes_max = 128;
inline constexpr std::size_t command_id_bytes_max = 128;

// Commands and the log (B1, settled 13, 15).
inline constexpr std::size_t batch_commands_max = 100;
inline constexpr std::size_t commit_parts_max = 1'000;
inline constexpr std::size_t record_bytes_max = 900'000;
inline constexpr std::int32_t partitions_max = 256;
inline constexpr std::size_t in_flight_records_max = 4'096;
inline constexpr std::size_t in_flight_bytes_max = 8 * 1024 * 1024;
inline constexpr auto append_deadline = 5s;
inline constexpr auto request_deadline = 8s;
inline constexpr auto suspect_after = 500ms;
inline constexpr auto command_memory = std::chrono::hours(24 * 30);
inline constexpr std::uint64_t free_disk_bytes_min = 256ULL * 1024 * 1024;

// HTTP (api §5).
inline constexpr std::size_t header_bytes_max = 16 * 1024;
inline constexpr std::size_t target_bytes_max = 8 * 1024;
inline constexpr std::size_t body_bytes_max = 1024 * 1024;
inline constexpr std::size_t bodies_bytes_max = 32 * 1024 * 1024;  ///< of all requests at one time
inline constexpr std::size_t json_depth_max = 32;
inline constexpr auto read_deadline = 10s;
inline constexpr auto idle_deadline = 60s;
inline constexpr std::size_t connections_per_address_max = 1'024;

// Reading (PG1, settled 25, 26).
inline constexpr std::size_t page_size_default = 50;
inline constexpr std::size_t page_size_max = 200;
inline constexpr std::int64_t total_count_max = 10'000;
inline constexpr auto wait_default = 2'000ms;
inline constexpr auto wait_max = 5'000ms;
inline constexpr auto stale_after = 1'000ms;
inline constexpr std::size_t sync_page_events = 500;  ///< looked at for one page of /v1/sync (Y1)
inline constexpr auto shutdown_deadline = 10s;
inline constexpr std::size_t sort_key_bytes_max = 256;
inline constexpr std::size_t query_length_max = 1'024;  ///< code points of a query or of `search` (S4)
inline constexpr std::size_t query_terms_max = 32;      ///< words or values of one parameter (S4)
inline constexpr std::int64_t page_max = 1'000'000;

// Live feed (Y2). A burst of the projector (2,000 events or 8 MiB) must fit into an empty queue.
inline constexpr std::size_t feed_queue_deltas_max = 4'096;  ///< that wait for one session
inline constexpr std::size_t feed_queue_bytes_max = 16 * 1024 * 1024;
inline constexpr std::size_t feed_sessions_max = 20'000;
inline constexpr std::size_t feed_message_bytes_max = 16 * 1024;  ///< that a WebSocket client may send
inline constexpr std::size_t feed_replay_events = 500;            ///< read at once of what was missed
inline constexpr std::size_t feed_redelivered_max = 1'000;        ///< fires that one session is reminded of
inline constexpr auto feed_heartbeat = 15s;
inline constexpr auto feed_redelivery = 24h;  ///< fires nobody acknowledged (M7)
inline constexpr auto ticket_life = 30s;      ///< of a browser's ticket (settled 35)
inline constexpr std::size_t tickets_max = 10'000;

static_assert(record_bytes_max < body_bytes_max,
              "a command that fits in a body is judged by the record limit");
static_assert(suspect_after < append_deadline && append_deadline < request_deadline);

}  // namespace daybook::domain::limits
