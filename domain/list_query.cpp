// Sort keys. Grammar (docs/formats/cursor.md):
//   key := 01 value | 02               02: the value is empty, so it comes last whatever the direction
//   value of an instant := 8 bytes, milliseconds, sign bit flipped, big endian
//   value of a priority or status := 1 byte, its number
//   value of an id := its 16 bytes
//   value of a title := the ICU collation key without its end, at most 256 bytes, then 00
// In descending order every byte of the value is inverted.
#include "domain/list_query.hpp"

#include <unicode/coll.h>
#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "domain/limits.hpp"

namespace daybook::domain {
namespace {

constexpr char present = '\x01';
constexpr char empty = '\x02';
constexpr std::size_t instant_bytes = 8;
constexpr std::size_t id_bytes = 16;

bool holds(const std::vector<priority>& wanted, priority value) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

bool is_listed(const task& t, const std::vector<status>& wanted) {
    if (t.status == status::purged) return false;
    if (wanted.empty()) return t.status != status::deleted;
    return std::find(wanted.begin(), wanted.end(), t.status) != wanted.end();
}

bool has_tags(const task& t, const std::vector<std::string>& wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& tag) {
        return std::any_of(t.tags.begin(), t.tags.end(), [&](const std::string& own) { return fold_text(own) == tag; });
    });
}

bool has_words(const task& t, const std::vector<std::string>& wanted) {
    if (wanted.empty()) return true;
    const auto title = fold_text(t.title);
    const auto is_in = [](const std::string& word, const std::string& text) {
        return text.find(word) != std::string::npos;
    };
    if (std::all_of(wanted.begin(), wanted.end(), [&](const std::string& word) { return is_in(word, title); }))
        return true;
    const auto description = fold_text(t.description);
    return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& word) {
        return is_in(word, title) || is_in(word, description);
    });
}

void append_instant(std::string& key, instant at) {
    const auto bits = static_cast<std::uint64_t>(at.time_since_epoch().count()) ^ (std::uint64_t{1} << 63);
    for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(bits >> shift);
}

std::int64_t read_instant(std::string_view bytes) {
    std::uint64_t bits = 0;
    for (const char c : bytes) bits = (bits << 8) | static_cast<unsigned char>(c);
    return static_cast<std::int64_t>(bits ^ (std::uint64_t{1} << 63));
}

/// Making one costs far more than using it, and it is not for several threads at once.
icu::Collator& root_collator() {
    thread_local const std::unique_ptr<icu::Collator> collator = [] {
        UErrorCode error = U_ZERO_ERROR;
        std::unique_ptr<icu::Collator> made(icu::Collator::createInstance(icu::Locale::getRoot(), error));
        if (U_FAILURE(error) || !made) throw problem_error(make_problem(errc::internal, "ICU has no root collation"));
        return made;
    }();
    return *collator;
}

void append_collation_key(std::string& key, std::string_view text) {
    const auto wide = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
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
bool append_value(std::string& key, const task& t, sort_field field) {
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
    }
    return false;
}

void invert(std::string& key) {
    for (std::size_t i = 1; i < key.size(); ++i) key[i] = static_cast<char>(~static_cast<unsigned char>(key[i]));
}

problem no_key() { return make_problem(errc::cursor_mismatch, "The cursor's sort key is not of this order", "cursor"); }

}  // namespace

bool matches(const task& t, const list_query& q) {
    if (!is_listed(t, q.statuses) || !holds(q.priorities, t.priority)) return false;
    if (q.completed && *q.completed != (t.status == status::completed)) return false;
    if (q.due_before && (!t.due || t.due->at >= *q.due_before)) return false;
    if (q.due_after && (!t.due || t.due->at < *q.due_after)) return false;
    if (q.project && (!q.project_resolved || t.project != q.project_resolved)) return false;
    return has_tags(t, q.tags) && has_words(t, q.search);
}

std::string sort_key(const task& t, const sort_by& order) {
    std::string key(1, present);
    if (!append_value(key, t, order.field)) return std::string(1, empty);
    if (order.descending) invert(key);
    return key;
}

result<sort_value> sort_value_of(std::string_view key, const sort_by& order) {
    const bool can_be_empty =
        order.field == sort_field::due || order.field == sort_field::start || order.field == sort_field::completed;
    if (key.size() == 1 && key.front() == empty && can_be_empty) return sort_value{};
    if (key.size() < 2 || key.front() != present) return no_key();
    std::string ascending(key);
    if (order.descending) invert(ascending);
    const auto value = std::string_view(ascending).substr(1);
    switch (order.field) {
        case sort_field::due:
        case sort_field::start:
        case sort_field::created:
        case sort_field::updated:
        case sort_field::completed:
            if (value.size() != instant_bytes) return no_key();
            return sort_value{read_instant(value)};
        case sort_field::priority:
            if (value.size() != 1 || value[0] < 1 || value[0] > 4) return no_key();
            return sort_value{std::int64_t{value[0]}};
        case sort_field::status:
            if (value.size() != 1 || value[0] < 0 || value[0] > static_cast<char>(status::purged)) return no_key();
            return sort_value{std::int64_t{value[0]}};
        case sort_field::title:
            if (value.size() > limits::sort_key_bytes_max + 1 || value.find('\0') != value.size() - 1) return no_key();
            return sort_value{std::move(ascending)};
        case sort_field::id:
            if (value.size() != id_bytes) return no_key();
            return sort_value{std::move(ascending)};
    }
    return no_key();
}

}  // namespace daybook::domain
