// Key spaces of the RocksDB view; the numbered list is schema/rocks.md.
#pragma once

#include "domain/ids.hpp"
#include "platform/rocks/key.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::projector::rocks_keys {

/// The byte behind the partition. Numbers are never reused.
enum class space : char {
    position = 1,
    task = 2,
    book = 3,
    project = 4,
    event = 5,
    task_event = 6,
    purged = 7,
    text = 8,
    ordinal = 9,
    book_text = 10,
    posting = 11,
    stem = 12,
    filter = 13
};

inline constexpr char meta_byte = 0;
inline constexpr char partition_byte = 1;

[[nodiscard]] inline std::string meta(std::string_view name) {
    return std::string(1, meta_byte).append(name);
}

/// Everything of a partition.
[[nodiscard]] inline std::string partition(std::int32_t number) {
    std::string key(1, partition_byte);
    platform::rocks::append_u32(key, static_cast<std::uint32_t>(number));
    return key;
}

[[nodiscard]] inline std::string in(std::int32_t number, space s) {
    auto key = partition(number);
    key.push_back(static_cast<char>(s));
    return key;
}

/// All keys of one book in a space start with this.
[[nodiscard]] inline std::string of_book(std::int32_t number, space s, const domain::user_id& user) {
    auto key = in(number, s);
    platform::rocks::append_text(key, user.text());
    return key;
}

template <class Id>
[[nodiscard]] std::string of_row(std::int32_t number, space s, const domain::user_id& user, const Id& id) {
    auto key = of_book(number, s, user);
    key.append(id.value().byte_view());
    return key;
}

[[nodiscard]] inline std::string event(std::int32_t number, const domain::user_id& user,
                                       std::int64_t offset) {
    auto key = of_book(number, space::event, user);
    platform::rocks::append_u64(key, static_cast<std::uint64_t>(offset));
    return key;
}

[[nodiscard]] inline std::string task_event(std::int32_t number, const domain::user_id& user,
                                            const domain::task_id& task, std::int64_t offset) {
    auto key = of_row(number, space::task_event, user, task);
    platform::rocks::append_u64(key, static_cast<std::uint64_t>(offset));
    return key;
}

/// A book's task by its number.
[[nodiscard]] inline std::string ordinal(std::int32_t number, const domain::user_id& user,
                                         std::uint32_t task) {
    auto key = of_book(number, space::ordinal, user);
    platform::rocks::append_u32(key, task);
    return key;
}

/// A word's surfaces in a book stand behind this.
[[nodiscard]] inline std::string stem(std::int32_t number, const domain::user_id& user,
                                      std::string_view stem_text) {
    auto key = of_book(number, space::stem, user);
    platform::rocks::append_text(key, stem_text);
    return key;
}

/// The offset that ends an event or task_event key.
[[nodiscard]] inline std::int64_t last_offset(std::string_view key) {
    auto tail = key.substr(key.size() - 8);
    return static_cast<std::int64_t>(platform::rocks::take_u64(tail).value_or(0));
}

/// The ordinal that ends an ordinal or posting key.
[[nodiscard]] inline std::uint32_t last_ordinal(std::string_view key) {
    auto tail = key.substr(key.size() - 4);
    return platform::rocks::take_u32(tail).value_or(0);
}

/// The UUID that ends a task, project, filter or purged key.
[[nodiscard]] inline domain::uuid last_uuid(std::string_view key) {
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), key.data() + key.size() - bytes.size(), bytes.size());
    return domain::uuid(bytes);
}

}  // namespace daybook::projector::rocks_keys
