#include "projector/admin_json.hpp"

#include <boost/json/array.hpp>

#include <cmath>

namespace daybook::projector {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

/// One digit behind the point is enough for people.
double tenths(double value) { return std::round(value * 10) / 10; }

}  // namespace

json::object problem_json(const domain::problem& p) {
    json::object out;
    out["code"] = domain::row_of(p.code).code;
    out["detail"] = p.detail;
    const auto hint = p.hint.empty() ? std::string(domain::row_of(p.code).what_to_do) : p.hint;
    out["hint"] = hint;
    return out;
}

json::object rebuild_json(const rebuild_status& s) {
    json::object out;
    out["state"] = to_text(s.state);
    out["records"] = s.records;
    out["records_total"] = s.records_total;
    out["percent"] = tenths(s.percent());
    out["events"] = s.events;
    out["events_per_second"] = tenths(s.events_per_second);
    out["seconds"] = tenths(s.seconds);
    out["seconds_left"] = s.seconds_left ? json::value(tenths(*s.seconds_left)) : json::value(nullptr);
    out["error"] = s.error ? json::value(problem_json(*s.error)) : json::value(nullptr);
    return out;
}

json::object view_json(const view_runner& runner, const rebuild_status& rebuilding,
                       const std::vector<std::string>& hashes) {
    const auto status = runner.status();
    json::object out;
    out["name"] = runner.name();
    out["version"] = status.version;
    out["state"] = to_text(status.state);
    out["error"] = status.error ? json::value(problem_json(*status.error)) : json::value(nullptr);
    json::array partitions;
    const auto all = runner.progress_of().all();
    for (std::size_t p = 0; p < all.size(); ++p) {
        const auto& at = all[p];
        const auto number = static_cast<std::int32_t>(p);
        json::object row;
        row["partition"] = number;
        std::optional<std::string> position;
        if (at.log_id && at.visible > 0)
            position = domain::position{*at.log_id, number, at.visible - 1}.text();
        row["position"] = text_or_null(position);
        row["head"] = at.head;
        row["lag_events"] = at.lag_events();
        row["lag_ms"] = at.lag_ms;
        row["state"] = to_text(status.state);
        row["events"] = at.events;
        row["events_per_second"] = tenths(at.events_per_second);
        row["voids"] = at.voids;
        if (status.state == view_state::stopped && status.stopped_partition == number)
            row["stopped_at"] = status.stopped_offset;
        if (p < hashes.size()) row["hash"] = hashes[p];
        partitions.push_back(std::move(row));
    }
    out["partitions"] = std::move(partitions);
    out["rebuild"] = rebuild_json(rebuilding);
    return out;
}

json::object verify_row_json(const verify_row& row) {
    json::object out;
    out["view"] = row.view;
    out["partition"] = row.partition;
    out["equal"] = row.equal;
    out["offset"] = row.offset;
    out["rows"] = row.of_view.rows;
    out["hash"] = row.of_view.text();
    out["log_hash"] = row.of_log.text();
    if (!row.first_difference.empty()) out["first_difference"] = row.first_difference;
    return out;
}

}  // namespace daybook::projector
