// Keys (numbers big-endian, user as text and a zero byte):
//   'D' at i64, user, command 16     the item: kind, cause 16, task 16, closed_at i64
//   'I' user, command 16             at i64: where the item stands
//   'c' partition u32                fold_checkpoint
//   'z' user                         version of the zone database that the book was resolved by
//   'n'                              i64: number of items
//   'f'                              u32: format of the store
#include "reactors/agenda.hpp"

#include "domain/derived_ids.hpp"
#include "domain/schedule.hpp"
#include "platform/rocks/key.hpp"

#include <algorithm>
#include <array>

namespace daybook::reactors {
namespace {

namespace rocks = platform::rocks;
using domain::errc;
using domain::event_type;
using domain::instant;

constexpr std::uint32_t store_format = 1;
constexpr std::string_view reaction_prefix = "daybook:";

std::string place_of(const item& i) {
    std::string key{'D'};
    rocks::append_i64(key, i.at.time_since_epoch().count());
    return key += id_key_of(i).substr(1);
}

std::string encode(const item& i) {
    std::string value{static_cast<char>(i.kind)};
    value += i.cause.byte_view();
    value += i.task.value().byte_view();
    rocks::append_i64(value,
                      i.kind == item_kind::recompute ? i.round : i.closed_at.time_since_epoch().count());
    return value;
}

std::optional<domain::uuid> take_uuid(std::string_view& from) {
    std::array<std::uint8_t, 16> bytes{};
    if (from.size() < bytes.size()) return std::nullopt;
    std::copy_n(from.begin(), bytes.size(), bytes.begin());
    from.remove_prefix(bytes.size());
    return domain::uuid(bytes);
}

domain::problem damaged() {
    return domain::make_problem(errc::log_damaged, "an item of the reactors' store cannot be read", {},
                                "Delete the folder reactors: it is folded again from the log.");
}

domain::result<item> decode(std::string_view key, std::string_view value) {
    item i;
    key.remove_prefix(1);
    const auto at = rocks::take_i64(key);
    const auto user = rocks::take_text(key);
    if (!at || !user || value.empty()) return damaged();
    i.at = instant(std::chrono::milliseconds(*at));
    i.user = domain::user_id(std::string(*user));
    i.kind = static_cast<item_kind>(value.front());
    value.remove_prefix(1);
    const auto cause = take_uuid(value);
    const auto task = take_uuid(value);
    const auto closed_at = rocks::take_i64(value);
    if (!cause || !task || !closed_at) return damaged();
    i.cause = *cause;
    i.task = domain::task_id(*task);
    if (i.kind == item_kind::recompute)
        i.round = *closed_at;
    else
        i.closed_at = instant(std::chrono::milliseconds(*closed_at));
    return i;
}

std::string position_key(std::int32_t partition) {
    std::string key{'c'};
    rocks::append_u32(key, static_cast<std::uint32_t>(partition));
    return key;
}

std::string zone_key(std::string_view user) {
    std::string key{'z'};
    return key.append(user);
}

std::string number(std::int64_t n) {
    std::string value;
    rocks::append_i64(value, n);
    return value;
}

std::optional<std::string_view> text_of(const boost::json::object& data, std::string_view name) {
    const auto* value = data.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string_view(value->get_string());
}

std::optional<instant> time_of(const boost::json::object& data, std::string_view name) {
    const auto text = text_of(data, name);
    return text ? domain::parse_instant(*text) : std::nullopt;
}

/// The elements of `data[name]` as (id, at); `at` is the epoch where it is not said.
std::vector<std::pair<domain::uuid, instant>> fires_of(const boost::json::object& data, std::string_view name,
                                                       std::string_view id_name) {
    std::vector<std::pair<domain::uuid, instant>> fires;
    const auto* list = data.if_contains(name);
    if (list == nullptr || !list->is_array()) return fires;
    for (const auto& element : list->get_array()) {
        if (!element.is_object()) continue;
        const auto text = text_of(element.get_object(), id_name);
        const auto id = text ? domain::uuid::parse(*text) : std::nullopt;
        if (id) fires.emplace_back(*id, time_of(element.get_object(), "at").value_or(instant{}));
    }
    return fires;
}

}  // namespace

std::string_view command_type_of(item_kind kind) noexcept {
    switch (kind) {
        case item_kind::occurrence: return "create_occurrence";
        case item_kind::reminder: return "fire_reminder";
        case item_kind::schedule: return "fire_schedule";
        case item_kind::recompute: break;
    }
    return "recompute_book";
}

domain::command_id command_id_of(item_kind kind, const domain::uuid& cause) {
    return domain::reaction_command_id(command_type_of(kind), cause);
}

std::string id_key_of(const domain::user_id& user, const domain::command_id& command) {
    std::string key{'I'};
    rocks::append_text(key, user.text());
    const auto id = domain::uuid::parse(std::string_view(command.text()).substr(reaction_prefix.size()));
    return key += id.value_or(domain::uuid{}).byte_view();
}

std::string id_key_of(const item& i) { return id_key_of(i.user, command_id_of(i.kind, i.cause)); }

agenda::agenda(std::unique_ptr<rocks::store> store, agenda_options options)
    : store_(std::move(store)), options_(std::move(options)) {}

agenda::~agenda() = default;

domain::result<std::unique_ptr<agenda>> agenda::open(agenda_options options, std::int32_t partitions) {
    rocks::store_options wanted;
    wanted.folder = options.folder;
    // A fold: behind damage that a power cut left any consistent prefix will do, the log gives the rest
    // again.
    wanted.on_open = rocks::recovery::point_in_time;
    auto store = rocks::store::open(std::move(wanted));
    if (!store) return store.error().prefixed("reactors' store");
    std::unique_ptr<agenda> made(new agenda(std::move(*store), std::move(options)));
    const auto format = made->store_->get("f");
    if (!format) return format.error();
    if (*format) {
        std::string_view text(**format);
        const auto stored = rocks::take_u32(text);
        if (!stored || *stored != store_format)
            return domain::make_problem(errc::format_newer,
                                        "the reactors' store has a format that this program does not read",
                                        {}, "Delete the folder reactors: it is folded again from the log.");
    } else {
        std::string value;
        rocks::append_u32(value, store_format);
        rocks::batch first(*made->store_);
        first.put("f", value);
        if (auto done = made->store_->write(first, rocks::durability::buffered); !done) return done.error();
    }
    const auto count = made->store_->get("n");
    if (!count) return count.error();
    if (*count) {
        std::string_view text(**count);
        made->size_ = rocks::take_i64(text).value_or(0);
    }
    made->positions_.resize(static_cast<std::size_t>(partitions));
    made->moved_.resize(static_cast<std::size_t>(partitions));
    for (std::int32_t p = 0; p < partitions; ++p) {
        const auto stored = made->store_->get(position_key(p));
        if (!stored) return stored.error();
        if (!*stored) continue;
        auto position = eventlog::fold_checkpoint::decode(**stored);
        if (!position) return position.error().prefixed("reactors' store");
        made->positions_[static_cast<std::size_t>(p)] = std::move(*position);
    }
    rocks::range books;
    books.prefix = std::string("z");
    auto at = made->store_->scan(books);
    for (; at.valid(); at.next()) made->zones_.emplace(at.key().substr(1), at.value());
    if (auto read = at.status(); !read) return read.error();
    return made;
}

void agenda::fold(const domain::event& e) {
    // A reaction that stands in the log is done, whatever it led to.
    if (domain::is_reaction(e.command)) remove(id_key_of(e.user, e.command));
    if (const auto version = text_of(e.data, "tz_version")) fold_zones(e, std::string(*version));
    if (const auto schedule = domain::schedule_of(e)) return fold_schedule(e, *schedule);
    if (!e.task) return;
    switch (e.type) {
        case event_type::task_completed:
        case event_type::task_skipped:
        case event_type::task_deleted: {
            if (!e.data.contains("nominal")) return;  // not an occurrence, or none is to follow
            item i;
            i.at = e.log.at;
            i.user = e.user;
            i.kind = item_kind::occurrence;
            i.cause = e.id.value();
            i.task = *e.task;
            const auto said = e.type == event_type::task_completed ? "completed_at" : "deleted_at";
            i.closed_at = time_of(e.data, said).value_or(e.timestamp);
            add(std::move(i));
            return;
        }
        default: break;
    }
    for (const auto& [id, at] : fires_of(e.data, "cancelled", "fire_id"))
        remove(id_key_of(e.user, command_id_of(item_kind::reminder, id)));
    for (const auto& [id, at] : fires_of(e.data, "scheduled", "fire_id")) {
        item i;
        i.at = at;
        i.user = e.user;
        i.kind = item_kind::reminder;
        i.cause = id;
        i.task = *e.task;
        add(std::move(i));
    }
}

/// A book's first date says by which zones it was resolved; afterwards only a recomputation of all of it.
void agenda::fold_zones(const domain::event& e, std::string version) {
    const bool anew = e.type == event_type::schedule_recomputed && domain::is_reaction(e.command);
    if (!anew && zones_.contains(e.user.text())) return;
    // More may be to come: the round that finds nothing settles it.
    if (anew) return;
    zones_settled(e.user, version);
}

void agenda::zones_settled(const domain::user_id& user, const std::string& tz_version) {
    zones_[user.text()] = tz_version;
    zones_changed_.push_back(user.text());
}

domain::result<std::size_t> agenda::expect_zones(const std::string& tz_version, instant now) {
    std::size_t found = 0;
    for (const auto& [user, version] : zones_) {
        if (version == tz_version) continue;
        item i;
        i.at = now;
        i.user = domain::user_id(user);
        i.kind = item_kind::recompute;
        i.cause = domain::recompute_cause(tz_version, 0);
        add(std::move(i));
        ++found;
    }
    if (auto kept = commit(); !kept) return kept.error();
    return found;
}

void agenda::expect_round_after(const item& done, const std::string& tz_version) {
    auto next = done;
    ++next.round;
    next.cause = domain::recompute_cause(tz_version, next.round);
    add(std::move(next));
}

void agenda::fold_schedule(const domain::event& e, const domain::schedule_id& schedule) {
    for (const auto& [id, at] : fires_of(e.data, "cancelled", "slot_id"))
        remove(id_key_of(e.user, command_id_of(item_kind::schedule, id)));
    for (const auto& [id, at] : fires_of(e.data, "scheduled", "slot_id")) {
        item i;
        i.at = at;
        i.user = e.user;
        i.kind = item_kind::schedule;
        i.cause = id;
        i.task = domain::task_id(schedule.value());
        add(std::move(i));
    }
}

void agenda::advance(std::int32_t partition, eventlog::fold_checkpoint behind) {
    positions_.at(static_cast<std::size_t>(partition)) = std::move(behind);
    moved_.at(static_cast<std::size_t>(partition)) = true;
}

void agenda::add(item i) {
    auto key = id_key_of(i);
    forget(key);
    if (place_of(i) < horizon_) near_by_id_[key] = near_.emplace(std::tuple(i.at, place_of(i)), i).first;
    changed_.insert_or_assign(std::move(key), std::move(i));
    trim();
}

void agenda::remove(std::string id_key) {
    forget(id_key);
    changed_.insert_or_assign(std::move(id_key), std::nullopt);
}

void agenda::settle(const item& i) { remove(id_key_of(i)); }

void agenda::forget(const std::string& id_key) {
    const auto known = near_by_id_.find(id_key);
    if (known == near_by_id_.end()) return;
    near_.erase(known->second);
    near_by_id_.erase(known);
}

void agenda::trim() {
    if (near_.size() <= 2 * options_.near_items_max) return;
    // The far half goes back to the store alone; what was put back keeps its place in memory.
    std::vector<std::string> places;
    places.reserve(near_.size());
    for (const auto& [at, i] : near_) places.push_back(place_of(i));
    const auto middle = places.begin() + static_cast<std::ptrdiff_t>(options_.near_items_max);
    std::nth_element(places.begin(), middle, places.end());
    horizon_ = *middle;
    for (auto each = near_.begin(); each != near_.end();) {
        if (place_of(each->second) < horizon_) {
            ++each;
            continue;
        }
        near_by_id_.erase(id_key_of(each->second));
        each = near_.erase(each);
    }
}

domain::result<void> agenda::commit() {
    const bool moved = std::find(moved_.begin(), moved_.end(), true) != moved_.end();
    if (changed_.empty() && zones_changed_.empty() && !moved) return {};
    rocks::batch out(*store_);
    auto size = size_;
    for (const auto& [key, now] : changed_) {
        const auto stored = store_->get(key);
        if (!stored) return stored.error();
        if (*stored) {
            std::string place{'D'};
            place += **stored;
            place += key.substr(1);
            out.erase(place);
            if (!now) out.erase(key);
            --size;
        }
        if (!now) continue;
        std::string at;
        rocks::append_i64(at, now->at.time_since_epoch().count());
        out.put(key, at);
        out.put(place_of(*now), encode(*now));
        ++size;
    }
    for (const auto& user : zones_changed_) out.put(zone_key(user), zones_.at(user));
    if (size != size_) out.put("n", number(size));
    for (std::size_t p = 0; p < positions_.size(); ++p)
        if (moved_[p]) out.put(position_key(static_cast<std::int32_t>(p)), positions_[p].encode());
    if (auto done = store_->write(out, rocks::durability::buffered); !done) return done;
    size_ = size;
    changed_.clear();
    zones_changed_.clear();
    std::fill(moved_.begin(), moved_.end(), false);
    return {};
}

domain::result<void> agenda::look_ahead(instant now) {
    item limit;
    limit.at = now + options_.near / 2;
    if (!horizon_.empty() && place_of(limit) < horizon_) return {};
    if (near_.size() >= options_.near_items_max) return {};
    limit.at = now + options_.near;
    const auto end = place_of(limit);
    rocks::range wanted;
    wanted.first = horizon_.empty() ? std::string("D") : horizon_;
    wanted.last = end;
    auto at = store_->scan(wanted);
    for (; at.valid() && near_.size() < options_.near_items_max; at.next()) {
        auto i = decode(at.key(), at.value());
        if (!i) return i.error();
        auto key = id_key_of(*i);
        if (near_by_id_.contains(key)) continue;
        const auto place = std::tuple(i->at, std::string(at.key()));
        near_by_id_[std::move(key)] = near_.emplace(place, std::move(*i)).first;
    }
    horizon_ = at.valid() ? std::string(at.key()) : end;
    return at.status();
}

std::optional<instant> agenda::next_at() const {
    if (near_.empty()) return std::nullopt;
    return std::get<0>(near_.begin()->first);
}

item agenda::take_next() {
    auto taken = std::move(near_.begin()->second);
    near_.erase(near_.begin());
    near_by_id_.erase(id_key_of(taken));
    return taken;
}

void agenda::put_back(item i, instant again_at) {
    auto key = id_key_of(i);
    // Dealt with or set anew while it was on its way.
    if (near_by_id_.contains(key)) return;
    const auto place = std::tuple(again_at, place_of(i));
    near_by_id_[std::move(key)] = near_.emplace(place, std::move(i)).first;
}

domain::result<std::size_t> agenda::find_forgotten(
    instant until, const std::function<bool(const std::string&)>& on_its_way) {
    item limit;
    limit.at = until;
    rocks::range wanted;
    wanted.first = std::string("D");
    wanted.last = std::min(place_of(limit), horizon_);
    std::size_t found = 0;
    auto at = store_->scan(wanted);
    for (; at.valid(); at.next()) {
        auto i = decode(at.key(), at.value());
        if (!i) return i.error();
        auto key = id_key_of(*i);
        if (near_by_id_.contains(key) || on_its_way(key)) continue;
        const auto place = std::tuple(i->at, std::string(at.key()));
        near_by_id_[std::move(key)] = near_.emplace(place, std::move(*i)).first;
        ++found;
    }
    if (auto read = at.status(); !read) return read.error();
    return found;
}

}  // namespace daybook::reactors
