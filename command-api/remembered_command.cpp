#include "command-api/remembered_command.hpp"

#include "domain/saved_filter.hpp"
#include "domain/schedule.hpp"
#include "platform/rocks/key.hpp"

#include <algorithm>
#include <array>

namespace daybook::command_api {
namespace {

using platform::rocks::append_i64;
using platform::rocks::append_u32;
using platform::rocks::take_i64;
using platform::rocks::take_u32;

constexpr char format_byte = 1;

std::optional<domain::uuid> take_uuid(std::string_view& from) {
    std::array<std::uint8_t, 16> bytes{};
    if (from.size() < bytes.size()) return std::nullopt;
    std::copy_n(from.begin(), bytes.size(), bytes.begin());
    from.remove_prefix(bytes.size());
    return domain::uuid(bytes);
}

std::optional<std::string> take_bytes(std::string_view& from, std::size_t count) {
    if (from.size() < count) return std::nullopt;
    std::string taken(from.substr(0, count));
    from.remove_prefix(count);
    return taken;
}

std::optional<remembered_command> take(std::string_view from) {
    remembered_command made;
    if (from.empty() || from.front() != format_byte) return std::nullopt;
    from.remove_prefix(1);
    const auto hash_size = take_u32(from);
    auto hash = hash_size ? take_bytes(from, *hash_size) : std::nullopt;
    if (!hash || from.empty()) return std::nullopt;
    made.hash = std::move(*hash);
    const char subject = from.front();
    from.remove_prefix(1);
    if (subject != '-') {
        const auto id = take_uuid(from);
        if (!id) return std::nullopt;
        if (subject == 'T') made.task = domain::task_id(*id);
        if (subject == 'F') made.filter = domain::filter_id(*id);
        if (subject == 'P') made.project = domain::project_id(*id);
        if (subject == 'H') made.schedule = domain::schedule_id(*id);
    }
    const auto version = take_i64(from);
    const auto at = take_i64(from);
    const auto last = take_i64(from);
    const auto count = take_u32(from);
    if (!version || !at || !last || !count) return std::nullopt;
    made.version = *version;
    made.at = domain::instant(std::chrono::milliseconds(*at));
    made.last_offset = *last;
    for (std::uint32_t i = 0; i < *count; ++i) {
        const auto id = take_uuid(from);
        const auto offset = take_i64(from);
        if (!id || !offset) return std::nullopt;
        made.events.emplace_back(*id);
        made.offsets.push_back(*offset);
    }
    const auto correlation_size = take_u32(from);
    if (!correlation_size || *correlation_size != from.size()) return std::nullopt;
    made.correlation_id = std::string(from);
    return made;
}

}  // namespace

void remembered_command::add(const domain::event& e, std::int64_t offset) {
    if (events.empty()) {
        hash = e.log.hash;
        correlation_id = e.correlation_id;
        task = e.task;
        filter = domain::filter_of(e);
        if (!task && !filter)
            if (const auto* id = e.data.if_contains("project_id"); id != nullptr && id->is_string())
                project = domain::project_id::parse(std::string_view(id->as_string()));
        schedule = domain::schedule_of(e);
    }
    if (task == e.task && domain::schedule_of(e) == schedule) version = e.version;
    events.push_back(e.id);
    offsets.push_back(offset);
    last_offset = offset;
    at = e.log.at;
}

std::string remembered_command::encode() const {
    std::string out;
    out.reserve(64 + hash.size() + correlation_id.size() + events.size() * 24);
    out.push_back(format_byte);
    append_u32(out, static_cast<std::uint32_t>(hash.size()));
    out += hash;
    if (task) {
        out.push_back('T');
        out += task->value().byte_view();
    } else if (project) {
        out.push_back('P');
        out += project->value().byte_view();
    } else if (schedule) {
        out.push_back('H');
        out += schedule->value().byte_view();
    } else if (filter) {
        out.push_back('F');
        out += filter->value().byte_view();
    } else {
        out.push_back('-');
    }
    append_i64(out, version);
    append_i64(out, at.time_since_epoch().count());
    append_i64(out, last_offset);
    append_u32(out, static_cast<std::uint32_t>(events.size()));
    for (std::size_t i = 0; i < events.size(); ++i) {
        out += events[i].value().byte_view();
        append_i64(out, offsets[i]);
    }
    append_u32(out, static_cast<std::uint32_t>(correlation_id.size()));
    out += correlation_id;
    return out;
}

domain::result<remembered_command> remembered_command::decode(std::string_view stored) {
    auto made = take(stored);
    if (!made) return domain::make_problem(domain::errc::log_damaged, "a remembered command cannot be read");
    return std::move(*made);
}

}  // namespace daybook::command_api
