// Every id, offset and version is its own type, explicit both ways.
#pragma once

#include "domain/errc.hpp"
#include "domain/time.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace daybook::domain {

/// 16 bytes of RFC 9562; text form is lower case with hyphens.
class uuid {
 public:
    static constexpr std::size_t text_length = 36;
    constexpr uuid() = default;
    constexpr explicit uuid(std::array<std::uint8_t, 16> bytes) : bytes_(bytes) {}
    /// Accepts the 36-character form in either case, nothing else.
    [[nodiscard]] static std::optional<uuid> parse(std::string_view) noexcept;
    /// Version 5: SHA-1 of namespace and name.
    [[nodiscard]] static uuid v5(const uuid& name_space, std::string_view name);
    /// Version 7: milliseconds of `at`, the rest from `entropy` (10 bytes of which 74 bits are used).
    [[nodiscard]] static uuid v7(instant at, std::array<std::uint8_t, 10> entropy) noexcept;
    [[nodiscard]] std::string text() const;
    /// Appends text().
    void append_to(std::string& out) const;
    [[nodiscard]] constexpr const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::string_view byte_view() const noexcept {
        return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
    }
    auto operator<=>(const uuid&) const = default;

 private:
    std::array<std::uint8_t, 16> bytes_{};
};

/// The one namespace of all version 5 ids of Daybook (C5); the joined text of each kind stands in
/// docs/formats.
inline constexpr uuid daybook_namespace{std::array<std::uint8_t, 16>{
    0x5b, 0x0e, 0x1c, 0x74, 0x2f, 0x9d, 0x4d, 0x61, 0x9a, 0x33, 0xd1, 0x6a, 0x7e, 0xb0, 0x0c, 0x8f}};

template <class Tag>
class named_uuid {
 public:
    constexpr named_uuid() = default;
    constexpr explicit named_uuid(uuid value) : value_(value) {}
    [[nodiscard]] static std::optional<named_uuid> parse(std::string_view text) noexcept {
        const auto parsed = uuid::parse(text);
        return parsed ? std::optional(named_uuid(*parsed)) : std::nullopt;
    }
    [[nodiscard]] std::string text() const { return value_.text(); }
    [[nodiscard]] constexpr const uuid& value() const noexcept { return value_; }
    auto operator<=>(const named_uuid&) const = default;

 private:
    uuid value_{};
};

template <class Tag>
class named_text {
 public:
    named_text() = default;
    explicit named_text(std::string value) : value_(std::move(value)) {}
    [[nodiscard]] const std::string& text() const noexcept { return value_; }
    [[nodiscard]] bool empty() const noexcept { return value_.empty(); }
    auto operator<=>(const named_text&) const = default;

 private:
    std::string value_;
};

using user_id = named_text<struct user_id_tag>;
using command_id = named_text<struct command_id_tag>;
using task_id = named_uuid<struct task_id_tag>;
using event_id = named_uuid<struct event_id_tag>;
using project_id = named_uuid<struct project_id_tag>;
using series_id = named_uuid<struct series_id_tag>;
using reminder_id = named_uuid<struct reminder_id_tag>;
using fire_id = named_uuid<struct fire_id_tag>;
using schedule_id = named_uuid<struct schedule_id_tag>;
using slot_id = named_uuid<struct slot_id_tag>;
using filter_id = named_uuid<struct filter_id_tag>;

/// 1–128 bytes of UTF-8 without control characters (settled 22).
[[nodiscard]] result<user_id> parse_user_id(std::string_view);
/// 1–128 bytes without control characters; `daybook:` in front only with service scope (settled 2).
[[nodiscard]] result<command_id> parse_command_id(std::string_view, bool service_scope);

/// Begins with `daybook:`: the id of a reaction.
[[nodiscard]] bool is_reaction(const command_id&) noexcept;

/// A place in one log: `log_id.partition.offset`, of the record itself (settled 24).
struct position {
    uuid log_id{};
    std::int32_t partition = 0;
    std::int64_t offset = 0;

    [[nodiscard]] std::string text() const;
    [[nodiscard]] static std::optional<position> parse(std::string_view) noexcept;
    auto operator<=>(const position&) const = default;
};

struct uuid_hash {
    std::size_t operator()(const uuid& id) const noexcept {
        std::uint64_t low = 0;
        std::uint64_t high = 0;
        std::memcpy(&high, id.bytes().data(), 8);
        std::memcpy(&low, id.bytes().data() + 8, 8);
        return static_cast<std::size_t>(low ^ (high * 0x9e3779b97f4a7c15ULL));
    }
};

}  // namespace daybook::domain

template <class Tag>
struct std::hash<daybook::domain::named_uuid<Tag>> {
    std::size_t operator()(const daybook::domain::named_uuid<Tag>& id) const noexcept {
        return daybook::domain::uuid_hash{}(id.value());
    }
};
template <class Tag>
struct std::hash<daybook::domain::named_text<Tag>> {
    std::size_t operator()(const daybook::domain::named_text<Tag>& id) const noexcept {
        return std::hash<std::string>{}(id.text());
    }
};
