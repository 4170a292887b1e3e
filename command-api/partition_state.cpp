#include "command-api/partition_state.hpp"

#include "domain/codec/event_json.hpp"
#include "domain/evolve.hpp"
#include "domain/limits.hpp"
#include "domain/saved_filter.hpp"
#include "platform/rocks/key.hpp"

#include <algorithm>
#include <unordered_map>

namespace daybook::command_api {
namespace {

using domain::errc;
using domain::event_type;
using platform::rocks::append_i64;
using platform::rocks::append_u32;
using platform::rocks::take_i64;
using platform::rocks::take_u32;

constexpr std::uint32_t store_format = 1;
constexpr std::size_t expired_per_write_max = 1'000;

template <class T>
std::shared_ptr<const T> as(const entity_ptr& e) {
    return e ? std::shared_ptr<const T>(e, &std::get<T>(*e)) : nullptr;
}

template <class T>
entity_ptr make(T value) {
    return std::make_shared<const entity>(std::move(value));
}

std::string task_key(const domain::user_id& user, const domain::task_id& id) {
    return entity_key(user, entity_kind::task, id.value().byte_view());
}

std::string project_key(const domain::user_id& user, const domain::project_id& id) {
    return entity_key(user, entity_kind::project, id.value().byte_view());
}

std::string pair_key(const domain::user_id& user, entity_kind kind, const domain::task_id& of,
                     const domain::task_id& member) {
    std::string rest(of.value().byte_view());
    rest += member.value().byte_view();
    return entity_key(user, kind, rest);
}

std::string series_key(const domain::user_id& user, const domain::series_id& id) {
    return entity_key(user, entity_kind::series, id.value().byte_view());
}

std::string filter_key(const domain::user_id& user, const domain::filter_id& id) {
    return entity_key(user, entity_kind::filter, id.value().byte_view());
}

/// Names hold no zero byte: what follows it is the id.
std::string filter_name_prefix(const domain::user_id& user, std::string_view name) {
    return entity_key(user, entity_kind::filter_name, name) + '\0';
}

bool is_project_event(event_type type) {
    return type == event_type::project_created || type == event_type::project_updated ||
           type == event_type::project_deleted;
}

template <class Id>
Id to_id(std::string_view bytes) {
    std::array<std::uint8_t, 16> id{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), id.size()), id.begin());
    return Id(domain::uuid(id));
}

}  // namespace

class partition_state::book_view final : public domain::book_reader {
 public:
    book_view(layered_state& values, domain::user_id user, sight seen)
        : values_(values), user_(std::move(user)), seen_(seen) {}

    [[nodiscard]] const domain::book_state& book() const override {
        if (state_) return *state_;
        state_ = as<domain::book_state>(values_.get(entity_key(user_, entity_kind::book), seen_));
        if (!state_) {
            domain::book_state fresh;
            fresh.user = user_;
            state_ = std::make_shared<const domain::book_state>(std::move(fresh));
        }
        return *state_;
    }
    [[nodiscard]] std::shared_ptr<const domain::task> find(const domain::task_id& id) const override {
        return as<domain::task>(values_.get(task_key(user_, id), seen_));
    }
    [[nodiscard]] std::vector<domain::task_id> children(const domain::task_id& id) const override {
        return members(entity_kind::child, id);
    }
    [[nodiscard]] std::vector<domain::task_id> dependents(const domain::task_id& id) const override {
        return members(entity_kind::dependent, id);
    }
    [[nodiscard]] std::optional<domain::project> find_project(const domain::project_id& id) const override {
        const auto found = as<domain::project>(values_.get(project_key(user_, id), seen_));
        return found ? std::optional(*found) : std::nullopt;
    }
    [[nodiscard]] std::optional<domain::project_id> project_named(std::string_view name) const override {
        const auto found =
            as<domain::project_id>(values_.get(entity_key(user_, entity_kind::project_name, name), seen_));
        return found ? std::optional(*found) : std::nullopt;
    }
    [[nodiscard]] std::optional<domain::series> find_series(const domain::series_id& id) const override {
        const auto found = as<domain::series>(values_.get(series_key(user_, id), seen_));
        return found ? std::optional(*found) : std::nullopt;
    }
    [[nodiscard]] std::vector<domain::task_id> occurrences_after(const domain::task_id& id) const override {
        return members(entity_kind::next_occurrence, id);
    }
    [[nodiscard]] std::optional<domain::saved_filter> find_filter(
        const domain::filter_id& id) const override {
        const auto found = as<domain::saved_filter>(values_.get(filter_key(user_, id), seen_));
        return found ? std::optional(*found) : std::nullopt;
    }
    [[nodiscard]] std::optional<domain::filter_id> filter_named(std::string_view name) const override {
        const auto found = values_.list(filter_name_prefix(user_, name), seen_);
        return found.empty() ? std::nullopt : std::optional(to_id<domain::filter_id>(found.front()));
    }
    [[nodiscard]] std::size_t filter_count() const override {
        return values_.list(entity_key(user_, entity_kind::filter_name), seen_).size();
    }
    void for_each_task(
        const std::function<void(const std::shared_ptr<const domain::task>&)>& visit) const override {
        for (const auto& e : values_.all(entity_key(user_, entity_kind::task), seen_))
            visit(as<domain::task>(e));
    }

 private:
    [[nodiscard]] std::vector<domain::task_id> members(entity_kind kind, const domain::task_id& of) const {
        std::vector<domain::task_id> ids;
        for (const auto& rest : values_.list(entity_key(user_, kind, of.value().byte_view()), seen_))
            ids.push_back(to_id<domain::task_id>(rest));
        return ids;
    }

    layered_state& values_;
    domain::user_id user_;
    sight seen_;
    mutable std::shared_ptr<const domain::book_state>
        state_;  ///< read once: nothing is put while a view lives
};

partition_state::partition_state(platform::rocks::store& store, std::int32_t partition,
                                 const state_options& options)
    : store_(store), partition_(partition), options_(options), values_(store, options.clean_values_max) {}

domain::result<std::unique_ptr<partition_state>> partition_state::open(platform::rocks::store& store,
                                                                       std::int32_t partition,
                                                                       const state_options& options) {
    std::unique_ptr<partition_state> made(new partition_state(store, partition, options));
    const auto stored = store.get(checkpoint_key(partition));
    if (!stored) return stored.error();
    if (!*stored) return made;
    std::string_view text(**stored);
    const auto newest = take_i64(text);
    auto checkpoint = eventlog::fold_checkpoint::decode(text);
    if (!newest || !checkpoint)
        return domain::make_problem(errc::log_damaged, "the checkpoint of the decision store cannot be read",
                                    {}, "Delete the folder decisions: it is folded again from the log.");
    made->newest_at_ = domain::instant(std::chrono::milliseconds(*newest));
    made->checkpoint_ = std::move(*checkpoint);
    return made;
}

std::unique_ptr<domain::book_reader> partition_state::read(const domain::user_id& user, sight seen) {
    return std::make_unique<book_view>(values_, user, seen);
}

std::shared_ptr<const remembered_command> partition_state::remembered(const domain::user_id& user,
                                                                      const domain::command_id& id,
                                                                      domain::instant now, sight seen) {
    auto found =
        as<remembered_command>(values_.get(entity_key(user, entity_kind::remembered, id.text()), seen));
    if (found && now - found->at > options_.command_memory) return nullptr;
    return found;
}

void partition_state::begin() { values_.begin(); }

void partition_state::abandon() { values_.abandon(); }

void partition_state::apply(const domain::event& e, std::int64_t offset) {
    const auto key = entity_key(e.user, entity_kind::book);
    const auto before = as<domain::book_state>(values_.get(key, sight::newest));
    values_.put(key, make(domain::evolve(before ? *before : domain::book_state{}, e)));
    if (is_project_event(e.type))
        apply_project(e);
    else if (const auto filter = domain::filter_of(e))
        apply_filter(e, *filter, offset);
    else if (const auto series = domain::series_of(e))
        apply_series(e, *series);
    else if (e.task)
        apply_task(e, offset);
}

void partition_state::apply_task(const domain::event& e, std::int64_t offset) {
    const auto key = task_key(e.user, *e.task);
    // Versions count from 1, so the first event of a task has no task before it: nothing to look for.
    const auto before = e.version == 1 ? nullptr : as<domain::task>(values_.get(key, sight::newest));
    auto after = domain::evolve(before.get(), e);
    const auto parent_before = before ? before->parent : std::nullopt;
    if (parent_before != after.parent) {
        if (parent_before)
            values_.put(pair_key(e.user, entity_kind::child, *parent_before, *e.task), nullptr);
        if (after.parent)
            values_.put(pair_key(e.user, entity_kind::child, *after.parent, *e.task),
                        make(list_place{offset}));
    }
    const auto origin_before = before ? before->recurrence_parent : std::nullopt;
    if (origin_before != after.recurrence_parent) {
        if (origin_before)
            values_.put(pair_key(e.user, entity_kind::next_occurrence, *origin_before, *e.task), nullptr);
        if (after.recurrence_parent)
            values_.put(pair_key(e.user, entity_kind::next_occurrence, *after.recurrence_parent, *e.task),
                        make(list_place{offset}));
    }
    static const std::vector<domain::task_id> nobody;
    const auto& targets_before = before ? before->depends_on : nobody;
    if (targets_before != after.depends_on) {
        for (const auto& target : targets_before)
            values_.put(pair_key(e.user, entity_kind::dependent, target, *e.task), nullptr);
        for (const auto& target : after.depends_on)
            values_.put(pair_key(e.user, entity_kind::dependent, target, *e.task), make(list_place{offset}));
    }
    values_.put(key, make(std::move(after)));
}

void partition_state::apply_project(const domain::event& e) {
    const auto* text = e.data.if_contains("project_id");
    const auto id = text != nullptr && text->is_string()
                        ? domain::project_id::parse(std::string_view(text->get_string()))
                        : std::nullopt;
    if (!id) return;
    const auto key = project_key(e.user, *id);
    const auto before = as<domain::project>(values_.get(key, sight::newest));
    auto after = domain::evolve(before ? std::optional(*before) : std::nullopt, e);
    const auto name_key = [&](const std::string& name) {
        return entity_key(e.user, entity_kind::project_name, name);
    };
    const bool named_before = before && !before->deleted;
    if (named_before && (after.deleted || after.name != before->name))
        values_.put(name_key(before->name), nullptr);
    if (!after.deleted && (!named_before || after.name != before->name))
        values_.put(name_key(after.name), make(*id));
    values_.put(key, make(std::move(after)));
}

void partition_state::apply_filter(const domain::event& e, const domain::filter_id& id, std::int64_t offset) {
    const auto key = filter_key(e.user, id);
    const auto before = as<domain::saved_filter>(values_.get(key, sight::newest));
    auto after = domain::evolve(before ? std::optional(*before) : std::nullopt, e);
    const auto name_key = [&](const std::string& name) {
        return filter_name_prefix(e.user, name).append(id.value().byte_view());
    };
    const bool named_before = before && !before->deleted;
    if (named_before && (after.deleted || after.name != before->name))
        values_.put(name_key(before->name), nullptr);
    if (!after.deleted && (!named_before || after.name != before->name))
        values_.put(name_key(after.name), make(list_place{offset}));
    values_.put(key, make(std::move(after)));
}

void partition_state::apply_series(const domain::event& e, const domain::series_id& id) {
    const auto key = series_key(e.user, id);
    const auto before = as<domain::series>(values_.get(key, sight::newest));
    values_.put(key, make(domain::evolve(before ? std::optional(*before) : std::nullopt, e)));
}

void partition_state::commit_end(std::span<const placed_event> all_parts) {
    // An atomic batch is one commit of several commands: each is remembered and replayed by itself.
    std::vector<std::pair<std::string, remembered_command>> commands;
    std::unordered_map<std::string, std::size_t> index;
    for (const auto& part : all_parts) {
        auto key = entity_key(part.event.user, entity_kind::remembered, part.event.command.text());
        const auto [at, fresh] = index.try_emplace(key, commands.size());
        if (fresh) commands.emplace_back(std::move(key), remembered_command{});
        commands[at->second].second.add(part.event, part.offset);
    }
    for (auto& [key, command] : commands) {
        command.last_offset = all_parts.back().offset;
        values_.put(key, make(std::move(command)));
    }
    values_.end();
}

domain::result<void> partition_state::confirm(std::size_t layers, eventlog::fold_checkpoint behind,
                                              domain::instant at) {
    for (; layers > 0; --layers) values_.confirm();
    newest_at_ = std::max(newest_at_, at);
    advance(std::move(behind));
    if (values_.unwritten() < options_.unwritten_values_max) return {};
    return flush();
}

void partition_state::withdraw() { values_.withdraw(); }

domain::result<void> partition_state::fold(const eventlog::commit& commit,
                                           const eventlog::fold_checkpoint& behind) {
    std::vector<placed_event> parts;
    parts.reserve(commit.parts.size());
    for (const auto& part : commit.parts) {
        auto decoded = domain::decode_event(std::string_view(part.raw.value));
        if (!decoded)
            return decoded.error().prefixed("partition " + std::to_string(partition_) + " offset " +
                                            std::to_string(part.raw.offset));
        parts.push_back({std::move(*decoded), part.raw.offset});
    }
    begin();
    for (const auto& part : parts) apply(part.event, part.offset);
    commit_end(parts);
    return confirm(1, behind, parts.back().event.log.at);
}

void partition_state::expire(platform::rocks::batch& out) {
    if (newest_at_.time_since_epoch() <= options_.command_memory) return;
    const auto oldest_kept = newest_at_ - options_.command_memory;
    platform::rocks::range wanted;
    wanted.prefix = expiry_prefix(partition_);
    wanted.fill_cache = false;
    auto at = store_.scan(wanted);
    for (std::size_t forgotten = 0; at.valid() && forgotten < expired_per_write_max; at.next()) {
        if (newest_of_expiry(at.key()) >= oldest_kept) break;
        for (const auto& key : decode_expiring(at.value())) {
            // The id may have been used again since: then the newer memory stays.
            const auto stored = store_.get(key);
            if (stored && *stored)
                if (const auto memory = remembered_command::decode(**stored);
                    memory && memory->at < oldest_kept)
                    out.erase(key);
            ++forgotten;
        }
        out.erase(at.key());
    }
}

domain::result<void> partition_state::flush() {
    if (!moved_) return {};
    platform::rocks::batch out(store_);
    expire(out);
    values_.collect(out);
    if (const auto keys = values_.unwritten_memory(); !keys.empty())
        out.put(expiry_key(partition_, newest_at_, checkpoint_.next_offset), encode_expiring(keys));
    std::string checkpoint;
    append_i64(checkpoint, newest_at_.time_since_epoch().count());
    checkpoint += checkpoint_.encode();
    out.put(checkpoint_key(partition_), checkpoint);
    if (auto done = store_.write(out, platform::rocks::durability::buffered); !done) return done;
    values_.written();
    moved_ = false;
    return {};
}

domain::result<std::unique_ptr<platform::rocks::store>> open_decision_store(
    const std::filesystem::path& folder) {
    platform::rocks::store_options options;
    options.folder = folder;
    // A cache: behind damage that a power cut left, any consistent prefix will do, and the log gives the rest
    // again.
    options.on_open = platform::rocks::recovery::point_in_time;
    options.misses_are_common = true;
    auto store = platform::rocks::store::open(std::move(options));
    if (!store) return store.error().prefixed("decision store");
    const auto stored = (*store)->get(format_key());
    if (!stored) return stored.error();
    if (*stored) {
        std::string_view text(**stored);
        const auto format = take_u32(text);
        if (!format || *format > store_format)
            return domain::make_problem(
                errc::format_newer, "the decision store has format " + std::to_string(format.value_or(0)) +
                                        ", this program reads " + std::to_string(store_format));
        return store;
    }
    std::string format;
    append_u32(format, store_format);
    platform::rocks::batch first(**store);
    first.put(format_key(), format);
    if (auto done = (*store)->write(first, platform::rocks::durability::buffered); !done) return done.error();
    return store;
}

}  // namespace daybook::command_api
