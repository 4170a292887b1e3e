#include "command-api/commit_builder.hpp"

#include "domain/codec/event_json.hpp"
#include "domain/limits.hpp"
#include "eventlog/claim.hpp"

namespace daybook::command_api {
namespace {

namespace json = boost::json;
using domain::errc;
using domain::make_problem;

constexpr std::size_t parsed_bytes_usual = 4096;  // of one record's JSON; more is allocated as needed

domain::problem unreadable(const domain::event& e, std::string_view why) {
    return make_problem(errc::internal,
                        "the record of event " + e.id.text() + " does not read back: " + std::string(why));
}

domain::result<domain::event> read_back(const domain::event& written, const std::string& value,
                                        json::memory_resource& memory) {
    auto read = domain::decode_event(std::string_view(value), &memory);
    if (!read) return unreadable(written, read.error().detail);
    const bool same = read->id == written.id && read->type == written.type && read->user == written.user &&
                      read->task == written.task && read->version == written.version &&
                      read->command == written.command && read->timestamp == written.timestamp &&
                      read->actor == written.actor && read->data.size() == written.data.size() &&
                      read->log == written.log;
    if (!same) return unreadable(written, "a member changed");
    return read;
}

eventlog::new_record to_record(const domain::event& e, std::string value) {
    return {e.log.at.time_since_epoch().count(), e.user.text(), std::move(value),
            eventlog::record_headers(e.id.text(), domain::to_text(e.type))};
}

}  // namespace

domain::result<built_commit> build_commit(std::vector<domain::event> events, const writer_place& place) {
    if (events.size() > domain::limits::commit_parts_max)
        return make_problem(errc::limit_commit, "the change makes " + std::to_string(events.size()) +
                                                    " events, a commit holds " +
                                                    std::to_string(domain::limits::commit_parts_max));
    built_commit made;
    made.memory = std::make_unique<json::monotonic_resource>(events.size() * parsed_bytes_usual);
    made.parts.reserve(events.size());
    made.records.reserve(events.size());
    const auto count = static_cast<std::int32_t>(events.size());
    for (std::int32_t i = 0; i < count; ++i) {
        auto& e = events[static_cast<std::size_t>(i)];
        e.log.epoch = place.epoch;
        e.log.claim = place.claim;
        e.log.seq = place.seq + i;
        e.log.part = i + 1;
        e.log.parts = count;
        e.log.at = place.at;
        auto value = domain::encode_event(e);
        if (value.size() > domain::limits::record_bytes_max)
            return make_problem(errc::limit_commit, "an event of " + std::to_string(value.size()) +
                                                        " bytes does not fit into a record of " +
                                                        std::to_string(domain::limits::record_bytes_max));
        auto read = read_back(e, value, *made.memory);
        if (!read) return read.error();
        made.bytes += value.size();
        if (i + 1 == count) made.last_crc = eventlog::crc32c(value);
        made.records.push_back(to_record(e, std::move(value)));
        made.parts.push_back({std::move(*read), place.offset + i});
    }
    return made;
}

}  // namespace daybook::command_api
