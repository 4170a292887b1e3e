// A record's value taken apart in one pass, if it is laid out as encode_event writes it
// (docs/formats/record.md). This is the short way only: what is laid out otherwise is none of its business
// and goes to the JSON parser.
#pragma once

#include "domain/log_proof.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace daybook::domain {

/// The members as they stand in the value. Texts have no escapes and are well-formed UTF-8. Lifetime: of the
/// value.
struct record_layout {
    std::string_view event_id{};
    std::string_view event_type{};
    std::string_view schema_version{};
    std::string_view timestamp{};
    std::string_view user_id{};
    std::optional<std::string_view> task_id{};
    std::int64_t version = 0;
    std::string_view command_id{};
    std::string_view correlation_id{};
    std::string_view causation_id{};
    std::string_view actor_type{};
    std::string_view actor_id{};
    std::string_view source{};
    // of `log`
    std::int64_t epoch = 0;
    std::string_view claim{};
    std::int64_t seq = 0;
    std::string_view part{};
    std::string_view hash{};
    std::string_view at{};
};

/// None does not mean that the value is wrong: ask parse_json_object. If there is one, parse_json_object
/// succeeds and says the same of every member. Reads over `data`.
[[nodiscard]] std::optional<record_layout> read_layout(std::string_view value);

/// As above, and fills `data`, which is empty before and keeps its storage; without meaning if there is no
/// layout.
[[nodiscard]] std::optional<record_layout> read_layout(std::string_view value, boost::json::object& data);

/// What parse_log_proof makes of the same `log`; none where it refuses it, or where it is a claim's.
[[nodiscard]] std::optional<log_proof> proof_of(const record_layout&);

}  // namespace daybook::domain
