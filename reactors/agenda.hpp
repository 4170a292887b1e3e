// What is still to be done, and when: reactions to events at once, reminders at their instants. A fold of the
// log with its position, in RocksDB; the near future is in memory.
#pragma once

#include "domain/errc.hpp"
#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/time.hpp"
#include "eventlog/validity.hpp"
#include "platform/rocks/store.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace daybook::reactors {

enum class item_kind : char {
    occurrence = 'O',  ///< cause: the event that closed the occurrence before
    reminder = 'R',    ///< cause: the fire
    schedule = 'S',    ///< cause: the slot; task holds the id of the schedule
    recompute = 'Z',   ///< cause: the version of the zone database and the round
};

/// What is overdue is made up for in the order of its instants (M5).
struct item {
    domain::instant at{};
    domain::user_id user{};
    item_kind kind = item_kind::occurrence;
    domain::uuid cause{};
    domain::task_id task{};
    domain::instant closed_at{};  ///< occurrence only: when the one before was closed
    std::int64_t round = 0;       ///< recompute only: the commits before this one; in the place of closed_at
    bool operator==(const item&) const = default;
};

/// The command that does it (architecture §5): its type, and its id, by which an event in the log says that
/// it is done.
[[nodiscard]] std::string_view command_type_of(item_kind) noexcept;
[[nodiscard]] domain::command_id command_id_of(item_kind, const domain::uuid& cause);

/// What an item is known by: user and command id.
[[nodiscard]] std::string id_key_of(const domain::user_id&, const domain::command_id&);
[[nodiscard]] std::string id_key_of(const item&);

struct agenda_options {
    std::filesystem::path folder{};
    std::size_t near_items_max = 50'000;      ///< kept in memory
    std::chrono::milliseconds near{600'000};  ///< how far the memory looks ahead
};

/// Threads: one. Errors: those of the store (passing), format_newer, log_damaged at open.
class agenda {
 public:
    [[nodiscard]] static domain::result<std::unique_ptr<agenda>> open(agenda_options,
                                                                      std::int32_t partitions);
    ~agenda();

    [[nodiscard]] const eventlog::fold_checkpoint& position(std::int32_t partition) const {
        return positions_.at(static_cast<std::size_t>(partition));
    }
    /// Takes over what an event says; it counts once commit() has written it with the position behind it.
    void fold(const domain::event&);
    void advance(std::int32_t partition, eventlog::fold_checkpoint behind);
    /// An answer said that nothing is left to do: as if the log had said so.
    void settle(const item&);
    /// Every book that was last resolved by another version of the zone database gets an item, due `now`
    /// (R11). Their number. Precondition: everything is committed.
    [[nodiscard]] domain::result<std::size_t> expect_zones(const std::string& tz_version,
                                                           domain::instant now);
    /// The next round of a recomputation, due at once.
    void expect_round_after(const item&, const std::string& tz_version);
    /// The recomputation has nothing left to do: the book stands by this version.
    void zones_settled(const domain::user_id&, const std::string& tz_version);
    /// One write: changes and positions. Buffered: what a power cut takes, the log gives again.
    [[nodiscard]] domain::result<void> commit();

    /// Fills the memory with what is due by `now` and soon after. Precondition: everything is committed.
    [[nodiscard]] domain::result<void> look_ahead(domain::instant now);
    /// What is to be done next and when it may be; none if there is nothing in the near future.
    [[nodiscard]] std::optional<domain::instant> next_at() const;
    /// Out of the memory, not out of the store: it is on its way. Precondition: next_at() is not none.
    [[nodiscard]] item take_next();
    /// Not done yet: comes again at `again_at`.
    void put_back(item, domain::instant again_at);
    /// Items due by `until` that stand in the store but neither in memory nor, by id key, on their way: they
    /// are taken into memory. Their number; expected 0. Precondition: everything is committed.
    [[nodiscard]] domain::result<std::size_t> find_forgotten(
        domain::instant until, const std::function<bool(const std::string&)>& on_its_way);

    [[nodiscard]] std::int64_t size() const noexcept { return size_; }

 private:
    using near_map = std::map<std::tuple<domain::instant, std::string>, item>;  ///< by instant and place
    agenda(std::unique_ptr<platform::rocks::store>, agenda_options);
    void add(item);
    void fold_zones(const domain::event&, std::string version);
    void fold_schedule(const domain::event&, const domain::schedule_id&);
    void remove(std::string id_key);
    void forget(const std::string& id_key);
    void trim();

    std::unique_ptr<platform::rocks::store> store_;
    agenda_options options_;
    std::vector<eventlog::fold_checkpoint> positions_;
    std::vector<bool> moved_;
    near_map near_;
    std::map<std::string, near_map::iterator> near_by_id_;
    std::string horizon_;  ///< what stands before this place is in memory or on its way
    std::map<std::string, std::optional<item>> changed_;  ///< by id key, not written yet; none: removed
    std::map<std::string, std::string>
        zones_;  ///< by user: what the book was resolved by, as the store will be
    std::vector<std::string> zones_changed_;
    std::int64_t size_ = 0;
};

}  // namespace daybook::reactors
