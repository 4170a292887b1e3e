#include "domain/log_proof.hpp"

#include "domain/codec/member_reader.hpp"
#include "domain/json_text.hpp"
#include "domain/limits.hpp"

#include <charconv>
#include <optional>

namespace daybook::domain {
namespace {

std::optional<std::int32_t> parse_count(std::string_view text) noexcept {
    if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;
    std::int32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (value > static_cast<std::int32_t>(limits::commit_parts_max)) return std::nullopt;
    return value;
}

}  // namespace

void append_log_proof(std::string& out, const log_proof& proof) {
    out += "{\"epoch\":";
    append_json_integer(out, proof.epoch);
    out += ",\"claim\":";
    append_json_string(out, proof.claim);
    out += ",\"seq\":";
    append_json_integer(out, proof.seq);
    if (proof.seq > 0) {
        out += ",\"part\":\"";
        append_json_integer(out, proof.part);
        out += '/';
        append_json_integer(out, proof.parts);
        out += "\",\"hash\":";
        append_json_string(out, proof.hash);
    }
    out += ",\"at\":\"";
    append_text(out, proof.at);
    out += "\"}";
}

bool read_part(std::string_view text, log_proof& proof) noexcept {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return false;
    const auto part = parse_count(text.substr(0, slash));
    const auto parts = parse_count(text.substr(slash + 1));
    if (!part || !parts || *part > *parts) return false;
    proof.part = *part;
    proof.parts = *parts;
    return true;
}

result<log_proof> parse_log_proof(const boost::json::object& log) {
    member_reader reader(log, "log");
    log_proof proof;
    proof.epoch = reader.integer("epoch", 1);
    proof.claim = reader.text("claim");
    proof.seq = reader.integer("seq", 0);
    if (proof.seq > 0) {
        if (!read_part(reader.text("part"), proof)) reader.fail("part", "is not i/n");
        proof.hash = reader.text("hash");
    }
    proof.at = reader.time("at");
    if (reader.failed()) return reader.failure();
    return proof;
}

}  // namespace daybook::domain
