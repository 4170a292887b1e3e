#include "command-api/entity.hpp"

#include "domain/codec/task_json.hpp"
#include "platform/rocks/key.hpp"

#include <algorithm>
#include <array>

namespace daybook::command_api {
namespace {

using platform::rocks::append_i64;
using platform::rocks::append_text;
using platform::rocks::append_u32;
using platform::rocks::take_i64;
using platform::rocks::take_u32;

struct encoder {
    std::string operator()(const domain::task& t) const { return domain::encode_task(t); }
    std::string operator()(const domain::book_state& b) const { return domain::encode_book(b); }
    std::string operator()(const domain::project& p) const { return domain::encode_project(p); }
    std::string operator()(const domain::project_id& id) const { return std::string(id.value().byte_view()); }
    std::string operator()(const list_place& place) const {
        std::string out;
        append_i64(out, place.order);
        return out;
    }
    std::string operator()(const remembered_command& r) const { return r.encode(); }
    std::string operator()(const domain::saved_filter& f) const { return domain::encode_filter(f); }
    std::string operator()(const domain::series& s) const { return domain::encode_series(s); }
};

template <class T>
domain::result<entity> wrap(domain::result<T> made) {
    if (!made) return made.error();
    return entity(std::move(*made));
}

domain::problem damaged(entity_kind kind) {
    return domain::make_problem(
        domain::errc::log_damaged,
        std::string("a value of kind ") + static_cast<char>(kind) + " of the decision store cannot be read",
        {}, "Delete the folder decisions: it is folded again from the log.");
}

std::string meta_key(char space, std::int32_t partition) {
    std::string key{'\0', space};
    append_u32(key, static_cast<std::uint32_t>(partition));
    return key;
}

}  // namespace

std::string entity_key(const domain::user_id& user, entity_kind kind, std::string_view rest) {
    std::string key;
    key.reserve(user.text().size() + 2 + rest.size());
    append_text(key, user.text());
    key.push_back(static_cast<char>(kind));
    key += rest;
    return key;
}

entity_kind kind_of(std::string_view key) { return static_cast<entity_kind>(key[key.find('\0') + 1]); }

std::string encode_entity(const entity& e) { return std::visit(encoder{}, e); }

domain::result<entity> decode_entity(entity_kind kind, std::string_view stored) {
    switch (kind) {
        case entity_kind::book: return wrap(domain::decode_book(stored));
        case entity_kind::task: return wrap(domain::decode_task(stored));
        case entity_kind::project: return wrap(domain::decode_project(stored));
        case entity_kind::filter: return wrap(domain::decode_filter(stored));
        case entity_kind::series: return wrap(domain::decode_series(stored));
        case entity_kind::remembered: return wrap(remembered_command::decode(stored));
        case entity_kind::project_name: {
            std::array<std::uint8_t, 16> bytes{};
            if (stored.size() != bytes.size()) return damaged(kind);
            std::ranges::copy(stored, bytes.begin());
            return entity(domain::project_id(domain::uuid(bytes)));
        }
        case entity_kind::filter_name:
        case entity_kind::child:
        case entity_kind::dependent:
        case entity_kind::next_occurrence: {
            const auto order = take_i64(stored);
            if (!order || !stored.empty()) return damaged(kind);
            return entity(list_place{*order});
        }
    }
    return damaged(kind);
}

std::string checkpoint_key(std::int32_t partition) { return meta_key('c', partition); }

std::string format_key() { return {'\0', 'f'}; }

std::string expiry_prefix(std::int32_t partition) { return meta_key('x', partition); }

std::string expiry_key(std::int32_t partition, domain::instant newest, std::int64_t offset) {
    auto key = expiry_prefix(partition);
    append_i64(key, newest.time_since_epoch().count());
    append_i64(key, offset);
    return key;
}

std::string encode_expiring(std::span<const std::string> remembered_keys) {
    std::string out;
    for (const auto& key : remembered_keys) {
        append_u32(out, static_cast<std::uint32_t>(key.size()));
        out += key;
    }
    return out;
}

domain::instant newest_of_expiry(std::string_view key) {
    key.remove_prefix(expiry_prefix(0).size());
    return domain::instant(std::chrono::milliseconds(take_i64(key).value_or(0)));
}

std::vector<std::string> decode_expiring(std::string_view stored) {
    std::vector<std::string> keys;
    while (const auto size = take_u32(stored)) {
        if (*size > stored.size()) break;
        keys.emplace_back(stored.substr(0, *size));
        stored.remove_prefix(*size);
    }
    return keys;
}

}  // namespace daybook::command_api
