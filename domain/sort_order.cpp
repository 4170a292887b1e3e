// Sort keys. Grammar (docs/formats/cursor.md):
//   keys := key {key}                  one a field of the order
//   key := 01 value | 02               02: the value is empty, so it comes last whatever the direction
//   value of an instant := 8 bytes, milliseconds, sign bit flipped, big endian
//   value of a priority or status := 1 byte, its number
//   value of a rank := 2 bytes, big endian
//   value of an id := its 16 bytes
//   value of a title := the ICU collation key without its end, at most 256 bytes, then 00
// In descending order every byte of the value is inverted.
#include "domain/sort_order.hpp"

#include "domain/limits.hpp"

#include <unicode/coll.h>
#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace daybook::domain {
namespace {

constexpr char present = '\x01';
constexpr char empty = '\x02';
constexpr std::size_t instant_bytes = 8;
constexpr std::size_t rank_bytes = 2;
constexpr std::size_t id_bytes = 16;
constexpr std::int64_t rank_max = 0xffff;

constexpr auto names = std::to_array<std::string_view>(
    {"due", "start", "created", "updated", "completed", "priority", "status", "title", "id", "rank"});
static_assert(names.size() == sort_field_count);

void append_number(std::string& key, std::uint64_t bits, std::size_t bytes) {
    for (auto shift = bytes * 8; shift > 0; shift -= 8) key += static_cast<char>(bits >> (shift - 8));
}

std::uint64_t read_number(std::string_view bytes) {
    std::uint64_t bits = 0;
    for (const char c : bytes) bits = (bits << 8) | static_cast<unsigned char>(c);
    return bits;
}

constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;

void append_instant(std::string& key, instant at) {
    append_number(key, static_cast<std::uint64_t>(at.time_since_epoch().count()) ^ sign_bit, instant_bytes);
}

/// Making one costs far more than using it, and it is not for several threads at once.
icu::Collator& root_collator() {
    thread_local const std::unique_ptr<icu::Collator> collator = [] {
        UErrorCode error = U_ZERO_ERROR;
        std::unique_ptr<icu::Collator> made(icu::Collator::createInstance(icu::Locale::getRoot(), error));
        if (U_FAILURE(error) || !made)
            throw problem_error(make_problem(errc::internal, "ICU has no root collation"));
        return made;
    }();
    return *collator;
}

void append_collation_key(std::string& key, std::string_view text) {
    const auto wide =
        icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
    std::array<std::uint8_t, 4096> buffer{};
    auto length = root_collator().getSortKey(wide, buffer.data(), static_cast<std::int32_t>(buffer.size()));
    std::vector<std::uint8_t> longer;
    const std::uint8_t* bytes = buffer.data();
    if (length > static_cast<std::int32_t>(buffer.size())) {
        longer.resize(static_cast<std::size_t>(length));
        length = root_collator().getSortKey(wide, longer.data(), length);
        bytes = longer.data();
    }
    // The length counts the closing 0.
    const auto size = static_cast<std::size_t>(std::max(length - 1, 0));
    key.append(reinterpret_cast<const char*>(bytes), std::min(size, limits::sort_key_bytes_max));
    key += '\0';
}

/// The value of the key; false where it is empty.
bool append_value(std::string& key, const task& t, sort_field field, std::int64_t rank) {
    const auto optional_instant = [&](const std::optional<instant>& at) {
        if (at) append_instant(key, *at);
        return at.has_value();
    };
    const auto date = [&](const std::optional<task_date>& value) {
        if (value) append_instant(key, value->at);
        return value.has_value();
    };
    switch (field) {
        case sort_field::due: return date(t.due);
        case sort_field::start: return date(t.start);
        case sort_field::created: return append_instant(key, t.created_at), true;
        case sort_field::updated: return append_instant(key, t.updated_at), true;
        case sort_field::completed: return optional_instant(t.completed_at);
        case sort_field::priority: return key += static_cast<char>(t.priority), true;
        case sort_field::status: return key += static_cast<char>(t.status), true;
        case sort_field::title: return append_collation_key(key, t.title), true;
        case sort_field::id: return key += t.id.value().byte_view(), true;
        case sort_field::rank:
            return append_number(key, static_cast<std::uint64_t>(std::clamp<std::int64_t>(rank, 0, rank_max)),
                                 rank_bytes),
                   true;
    }
    return false;
}

void invert(std::string& key, std::size_t from) {
    for (auto i = from; i < key.size(); ++i) key[i] = static_cast<char>(~static_cast<unsigned char>(key[i]));
}

void append_key(std::string& key, const task& t, const sort_by& by, std::int64_t rank) {
    const auto begin = key.size();
    key += present;
    if (!append_value(key, t, by.field, rank)) {
        key.resize(begin);
        key += empty;
    } else if (by.descending) {
        invert(key, begin + 1);
    }
}

bool can_be_empty(sort_field field) {
    return field == sort_field::due || field == sort_field::start || field == sort_field::completed;
}

/// Bytes of the value at the front of `rest`; none if it does not end.
std::optional<std::size_t> value_bytes(std::string_view rest, const sort_by& by) {
    switch (by.field) {
        case sort_field::due:
        case sort_field::start:
        case sort_field::created:
        case sort_field::updated:
        case sort_field::completed: return instant_bytes;
        case sort_field::priority:
        case sort_field::status: return 1;
        case sort_field::rank: return rank_bytes;
        case sort_field::id: return id_bytes;
        case sort_field::title: {
            const auto end = rest.find(by.descending ? '\xff' : '\0');
            if (end == std::string_view::npos || end > limits::sort_key_bytes_max) return std::nullopt;
            return end + 1;
        }
    }
    return std::nullopt;
}

/// Takes one key off the front.
std::optional<sort_value> take_value(std::string_view& rest, const sort_by& by) {
    if (rest.empty()) return std::nullopt;
    const char mark = rest.front();
    rest.remove_prefix(1);
    if (mark == empty && can_be_empty(by.field)) return sort_value{};
    if (mark != present) return std::nullopt;
    const auto size = value_bytes(rest, by);
    if (!size || *size > rest.size()) return std::nullopt;
    std::string ascending(1, present);
    ascending += rest.substr(0, *size);
    rest.remove_prefix(*size);
    if (by.descending) invert(ascending, 1);
    const auto value = std::string_view(ascending).substr(1);
    switch (by.field) {
        case sort_field::due:
        case sort_field::start:
        case sort_field::created:
        case sort_field::updated:
        case sort_field::completed:
            return sort_value{static_cast<std::int64_t>(read_number(value) ^ sign_bit)};
        case sort_field::priority:
            if (value[0] < 1 || value[0] > 4) return std::nullopt;
            return sort_value{std::int64_t{value[0]}};
        case sort_field::status:
            if (value[0] < 0 || value[0] > static_cast<char>(status::purged)) return std::nullopt;
            return sort_value{std::int64_t{value[0]}};
        case sort_field::rank: return sort_value{static_cast<std::int64_t>(read_number(value))};
        case sort_field::title:
        case sort_field::id: return sort_value{std::move(ascending)};
    }
    return std::nullopt;
}

}  // namespace

std::string_view to_text(sort_field field) noexcept { return names[static_cast<std::size_t>(field)]; }

std::optional<sort_field> parse_sort_field(std::string_view text) noexcept {
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) return std::nullopt;
    return static_cast<sort_field>(found - names.begin());
}

std::string sort_key(const task& t, const sort_order& order, std::int64_t rank) {
    std::string key;
    for (const auto& by : order) append_key(key, t, by, rank);
    return key;
}

std::string sort_key(const task& t, const sort_by& by, std::int64_t rank) {
    std::string key;
    append_key(key, t, by, rank);
    return key;
}

result<std::vector<sort_value>> sort_values_of(std::string_view key, const sort_order& order) {
    const auto no_key = [] {
        return make_problem(errc::cursor_mismatch, "The cursor's sort key is not of this order", "cursor");
    };
    std::vector<sort_value> values;
    for (const auto& by : order) {
        auto value = take_value(key, by);
        if (!value) return no_key();
        values.push_back(std::move(*value));
    }
    if (!key.empty()) return no_key();
    return values;
}

std::size_t sort_key_bytes_max(const sort_order& order) noexcept {
    std::size_t bytes = 0;
    for (const auto& by : order)
        bytes += 1 + (by.field == sort_field::title ? limits::sort_key_bytes_max + 1
                      : by.field == sort_field::id  ? id_bytes
                                                    : instant_bytes);
    return bytes;
}

}  // namespace daybook::domain
