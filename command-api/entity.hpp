// The kinds of values that the decision store keeps, and their keys. One RocksDB folder for all partitions.
//
// Key spaces (user = text and a zero byte; ids 16 bytes; numbers big-endian):
//   user B                    book_state
//   user T task_id            task
//   user P project_id         project
//   user N name               id of the project that is not deleted and has this name
//   user F filter_id          saved_filter
//   user L name 00 filter_id  place in the list of the filters that are not deleted
//   user C parent child       child's place in the parent's list: the offset of the event that put it there
//   user D target dependent   likewise, for depends_on
//   user O occurrence next    likewise, for recurrence_parent_id
//   user S series_id          series
//   user M command_id         remembered_command
//   00 'c' partition u32      checkpoint of the partition: i64 newest append time (ms), then fold_checkpoint
//   00 'x' partition u32, append time i64, user, command_id    when the command memory of user and command_id
//   may go 00 'f'                    format of the store: u32
#pragma once

#include "command-api/remembered_command.hpp"
#include "domain/book.hpp"
#include "domain/errc.hpp"
#include "domain/ids.hpp"
#include "domain/task.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace daybook::command_api {

enum class entity_kind : char {
    book = 'B',
    task = 'T',
    project = 'P',
    project_name = 'N',
    filter = 'F',
    filter_name = 'L',
    child = 'C',
    dependent = 'D',
    next_occurrence = 'O',
    series = 'S',
    remembered = 'M',
};

/// Where a task stands in a list of children or dependents, a filter among the book's.
struct list_place {
    std::int64_t order = 0;
};

using entity = std::variant<domain::task, domain::book_state, domain::project, domain::project_id, list_place,
                            remembered_command, domain::series, domain::saved_filter>;
/// Immutable and shared: what a reader got stays as it was, whatever is decided afterwards. Null: there is
/// none.
using entity_ptr = std::shared_ptr<const entity>;

/// The key of user, kind and the rest.
[[nodiscard]] std::string entity_key(const domain::user_id&, entity_kind, std::string_view rest = {});
[[nodiscard]] entity_kind kind_of(std::string_view key);

[[nodiscard]] std::string encode_entity(const entity&);
/// Errors: log_damaged.
[[nodiscard]] domain::result<entity> decode_entity(entity_kind, std::string_view stored);

[[nodiscard]] std::string checkpoint_key(std::int32_t partition);
[[nodiscard]] std::string format_key();
/// The prefix of all expiry keys of a partition.
[[nodiscard]] std::string expiry_prefix(std::int32_t partition);
/// `newest` is the newest append time of the keys listed, `offset` tells writes of one time apart.
[[nodiscard]] std::string expiry_key(std::int32_t partition, domain::instant newest, std::int64_t offset);
[[nodiscard]] std::string encode_expiring(std::span<const std::string> remembered_keys);
/// Precondition: `key` is an expiry key.
[[nodiscard]] domain::instant newest_of_expiry(std::string_view key);
/// As far as it can be read.
[[nodiscard]] std::vector<std::string> decode_expiring(std::string_view stored);

}  // namespace daybook::command_api
