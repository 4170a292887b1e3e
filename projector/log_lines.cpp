#include "projector/log_lines.hpp"

#include "domain/json_text.hpp"
#include "domain/time.hpp"
#include "domain/utf8.hpp"

#include <boost/json/object.hpp>
#include <openssl/evp.h>

#include <chrono>
#include <utility>
#include <variant>

namespace daybook::projector {
namespace {

namespace json = boost::json;

/// UTF-8 as it is, anything else as base64 with a mark.
std::string as_text(std::string_view bytes) {
    if (domain::count_code_points(bytes)) return std::string(bytes);
    std::string encoded(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const auto length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    encoded.resize(static_cast<std::size_t>(length));
    return "base64:" + encoded;
}

void append_value(std::string& out, std::string_view value) {
    const auto parsed = domain::parse_json(value);
    if (!parsed) return domain::append_json_string(out, as_text(value));
    // As it stands in the log; only a line break between members would break the line.
    if (value.find_first_of("\r\n") == std::string_view::npos)
        out += value;
    else
        domain::append_json(out, *parsed);
}

bool member_is(const json::object& value, std::string_view name, const std::string& wanted) {
    if (wanted.empty()) return true;
    const auto* member = value.if_contains(name);
    return member != nullptr && member->is_string() && std::string_view(member->get_string()) == wanted;
}

}  // namespace

void append_log_line(std::string& out, const eventlog::record& r, const std::optional<domain::uuid>& log_id,
                     std::optional<eventlog::void_reason> reason) {
    out += "{\"position\":";
    if (log_id)
        domain::append_json_string(out, domain::position{*log_id, r.partition, r.offset}.text());
    else
        out += "null";
    out += ",\"timestamp\":";
    domain::append_json_string(out,
                               domain::to_text(domain::instant(std::chrono::milliseconds(r.timestamp_ms))));
    out += ",\"key\":";
    if (r.key)
        domain::append_json_string(out, as_text(*r.key));
    else
        out += "null";
    json::object headers;
    for (const auto& [name, text] : r.headers) headers[as_text(name)] = as_text(text);
    out += ",\"headers\":";
    domain::append_json(out, headers);
    out += ",\"void\":";
    if (reason)
        domain::append_json_string(out, eventlog::to_text(*reason));
    else
        out += "null";
    out += ",\"value\":";
    append_value(out, r.value);
    out += "}\n";
}

bool log_filter::matches(std::string_view value) const {
    if (empty()) return true;
    const auto parsed = domain::parse_json_object(value);
    return parsed && member_is(*parsed, "user_id", user) && member_is(*parsed, "task_id", task) &&
           member_is(*parsed, "event_type", type);
}

log_lines::log_lines(std::int32_t partition, eventlog::fold_checkpoint from, options o)
    : fold_(partition, std::move(from)), options_(std::move(o)) {}

void log_lines::show(const waiting& w, std::string& out) {
    if (w.record.offset < options_.first_offset || !options_.filter.matches(w.record.value)) return;
    ++lines_;
    if (options_.raw) {
        out += w.record.value;
        out += '\n';
    } else {
        append_log_line(out, w.record, fold_.checkpoint().log_id, w.reason);
    }
}

domain::result<void> log_lines::feed(eventlog::record r, std::string& out) {
    auto verdict = fold_.feed(r);
    waiting_.push_back({std::move(r), std::nullopt});
    if (!verdict) {
        finish(out);
        return verdict.error();
    }
    if (std::holds_alternative<eventlog::was_pending>(*verdict)) return {};
    if (const auto* was_void = std::get_if<eventlog::was_void>(&*verdict)) {
        waiting_.back().reason = was_void->reason;
        // Between the parts of a commit: the first part is not decided yet.
        if (fold_.checkpoint().next_offset <= waiting_.front().record.offset) return {};
    } else if (const auto* claim = std::get_if<eventlog::was_claim>(&*verdict)) {
        for (auto& w : waiting_) {
            for (const auto offset : claim->voided) {
                if (w.record.offset == offset) w.reason = eventlog::void_reason::torn_commit;
            }
        }
    }
    finish(out);
    return {};
}

void log_lines::finish(std::string& out) {
    for (const auto& w : waiting_) show(w, out);
    waiting_.clear();
}

}  // namespace daybook::projector
