#include "eventlog/validity.hpp"

#include "domain/json_text.hpp"
#include "domain/limits.hpp"
#include "domain/record_layout.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <fmt/format.h>

#include <utility>

namespace daybook::eventlog {
namespace {

namespace json = boost::json;
using domain::errc;
using domain::problem;

constexpr std::string_view claim_type = "log.claimed";

// Each record's JSON lives and dies together: one resource instead of an allocation per member.
domain::result<json::object> parse_object(std::string_view value) {
    return domain::parse_json_object(
        value, json::make_shared_resource<json::monotonic_resource>(value.size() * 2 + 512));
}

const json::object* object_at(const json::object& in, std::string_view name) {
    const auto* found = in.if_contains(name);
    return found != nullptr ? found->if_object() : nullptr;
}

std::optional<std::string_view> text_at(const json::object& in, std::string_view name) {
    const auto* found = in.if_contains(name);
    if (found == nullptr || !found->is_string()) return std::nullopt;
    return std::string_view(found->get_string());
}

std::optional<std::int64_t> number_at(const json::object& in, std::string_view name) {
    const auto* found = in.if_contains(name);
    if (found == nullptr || !found->is_int64()) return std::nullopt;
    return found->get_int64();
}

struct proof_key {
    std::int64_t epoch;
    std::string_view claim;
    std::int64_t seq;
};

std::optional<proof_key> proof_of(const json::object& value) {
    const auto* log = object_at(value, "log");
    if (log == nullptr) return std::nullopt;
    const auto epoch = number_at(*log, "epoch");
    const auto claim = text_at(*log, "claim");
    const auto seq = number_at(*log, "seq");
    if (!epoch || !claim || claim->empty() || !seq) return std::nullopt;
    return proof_key{*epoch, *claim, *seq};
}

// A claim says who it is twice, in `data` and in `log`; one that contradicts itself is nobody's.
std::optional<claim_data> claim_of(const json::object& value) {
    const auto proof = proof_of(value);
    const auto* data = object_at(value, "data");
    if (!proof || data == nullptr) return std::nullopt;
    const auto log_id = text_at(*data, "log_id");
    const auto claim_id = text_at(*data, "claim_id");
    const auto writer_id = text_at(*data, "writer_id");
    const auto address = text_at(*data, "address");
    const auto epoch = number_at(*data, "epoch");
    const auto partitions = number_at(*data, "partitions");
    if (!log_id || !claim_id || !writer_id || !address || !epoch || !partitions) return std::nullopt;
    const auto id = domain::uuid::parse(*log_id);
    if (!id || proof->seq != 0 || proof->epoch != *epoch || proof->claim != *claim_id) return std::nullopt;
    if (*partitions < 1 || *partitions > INT32_MAX) return std::nullopt;
    return claim_data{*id,
                      *epoch,
                      std::string(*claim_id),
                      std::string(*writer_id),
                      std::string(*address),
                      static_cast<std::int32_t>(*partitions)};
}

problem stopped(errc code, std::int32_t partition, std::int64_t offset, std::string_view why) {
    return domain::make_problem(code, fmt::format("partition {} offset {}: {}", partition, offset, why));
}

}  // namespace

std::string_view to_text(void_reason reason) noexcept {
    switch (reason) {
        case void_reason::unparsable: return "unparsable";
        case void_reason::no_proof: return "no_proof";
        case void_reason::stale_claim: return "stale_claim";
        case void_reason::wrong_epoch: return "wrong_epoch";
        case void_reason::foreign_log: return "foreign_log";
        case void_reason::wrong_seq: return "wrong_seq";
        case void_reason::before_first_claim: return "before_first_claim";
        case void_reason::torn_commit: return "torn_commit";
    }
    return "unknown";
}

void fold_checkpoint::take(const claim_data& of) {
    log_id = of.log_id;
    epoch = of.epoch;
    claim = of.claim_id;
    writer = of.writer_id;
    address = of.address;
    partitions = of.partitions;
    seq = 0;
}

std::string fold_checkpoint::encode() const {
    json::object text;
    text["log_id"] = log_id ? json::value(json::string(log_id->text())) : json::value(nullptr);
    text["next_offset"] = next_offset;
    text["epoch"] = epoch;
    text["claim"] = claim;
    text["writer"] = writer;
    text["seq"] = seq;
    text["last_offset"] = last_offset;
    text["last_crc"] = std::int64_t{last_crc};
    text["address"] = address;
    text["partitions"] = std::int64_t{partitions};
    std::string line;
    domain::append_json(line, text);
    return line;
}

domain::result<fold_checkpoint> fold_checkpoint::decode(std::string_view text) {
    const auto damaged = [&](std::string_view member) {
        return domain::make_problem(errc::view_stopped,
                                    fmt::format("a stored checkpoint is unreadable ({})", member));
    };
    const auto parsed = parse_object(text);
    if (!parsed) return damaged("no object");
    fold_checkpoint read;
    const auto* id = parsed->if_contains("log_id");
    if (id == nullptr) return damaged("log_id");
    if (id->is_string()) {
        read.log_id = domain::uuid::parse(std::string_view(id->get_string()));
        if (!read.log_id) return damaged("log_id");
    } else if (!id->is_null()) {
        return damaged("log_id");
    }
    const auto next_offset = number_at(*parsed, "next_offset");
    const auto epoch = number_at(*parsed, "epoch");
    const auto seq = number_at(*parsed, "seq");
    const auto last_offset = number_at(*parsed, "last_offset");
    const auto last_crc = number_at(*parsed, "last_crc");
    const auto partitions = number_at(*parsed, "partitions");
    const auto claim = text_at(*parsed, "claim");
    const auto writer = text_at(*parsed, "writer");
    const auto address = text_at(*parsed, "address");
    if (!next_offset || *next_offset < 0 || !epoch || !seq || !last_offset) return damaged("offsets");
    if (!last_crc || *last_crc < 0 || *last_crc > UINT32_MAX) return damaged("last_crc");
    if (!partitions || *partitions < 0 || *partitions > INT32_MAX) return damaged("partitions");
    if (!claim || !writer || !address) return damaged("claim");
    read.next_offset = *next_offset;
    read.epoch = *epoch;
    read.claim = *claim;
    read.writer = *writer;
    read.seq = *seq;
    read.last_offset = *last_offset;
    read.last_crc = static_cast<std::uint32_t>(*last_crc);
    read.address = *address;
    read.partitions = static_cast<std::int32_t>(*partitions);
    return read;
}

log_fold::log_fold(std::int32_t partition, fold_checkpoint from)
    : partition_(partition),
      checkpoint_(std::move(from)),
      read_offset_(checkpoint_.next_offset),
      seq_(checkpoint_.seq) {
    if (checkpoint_.epoch > 0 && checkpoint_.log_id)
        claim_ = claim_data{*checkpoint_.log_id, checkpoint_.epoch,   checkpoint_.claim,
                            checkpoint_.writer,  checkpoint_.address, checkpoint_.partitions};
}

domain::result<verdict> log_fold::feed(record next) {
    if (next.partition != partition_ || next.offset != read_offset_)
        return stopped(
            errc::log_truncated, partition_, read_offset_,
            fmt::format("the log gave partition {} offset {} instead", next.partition, next.offset));
    const auto layout = domain::read_layout(next.value);
    if (layout && layout->event_type != claim_type && !layout->claim.empty()) {
        if (const auto reason = why_void(layout->epoch, layout->claim, layout->seq))
            return pass_void(next, *reason);
        if (auto proof = domain::proof_of(*layout)) return take_part(next, std::move(*proof));
    }
    const auto value = parse_object(next.value);
    if (!value) return pass_void(next, void_reason::unparsable);
    return judge(next, *value);
}

verdict log_fold::pass_void(const record& passed, void_reason reason) {
    pass(passed.offset, crc32c(passed.value));
    return was_void{reason};
}

// Whatever is no commit, claim or part moves the checkpoint only while no commit is open (counterexample 12).
void log_fold::pass(std::int64_t offset, std::uint32_t crc) {
    read_offset_ = offset + 1;
    if (!open_.empty()) return;
    checkpoint_.next_offset = read_offset_;
    checkpoint_.last_offset = offset;
    checkpoint_.last_crc = crc;
}

std::optional<void_reason> log_fold::why_void(std::int64_t epoch, std::string_view claim,
                                              std::int64_t seq) const {
    if (!claim_) return void_reason::before_first_claim;
    if (claim != claim_->claim_id) return void_reason::stale_claim;
    if (epoch != claim_->epoch) return void_reason::wrong_epoch;
    if (seq != seq_ + 1) return void_reason::wrong_seq;
    return std::nullopt;
}

domain::result<verdict> log_fold::judge(record& next, const json::object& value) {
    if (text_at(value, "event_type") == claim_type) return take_claim(next, value);
    const auto key = proof_of(value);
    if (!key) return pass_void(next, void_reason::no_proof);
    if (const auto reason = why_void(key->epoch, key->claim, key->seq)) return pass_void(next, *reason);

    auto proof = domain::parse_log_proof(*object_at(value, "log"));
    if (!proof)
        return stopped(errc::log_damaged, partition_, next.offset,
                       fmt::format("a valid record, but {}", proof.error().detail));
    return take_part(next, std::move(*proof));
}

domain::result<verdict> log_fold::take_claim(const record& next, const json::object& value) {
    auto claim = claim_of(value);
    if (!claim) return pass_void(next, void_reason::no_proof);
    if (checkpoint_.log_id && claim->log_id != *checkpoint_.log_id) {
        if (!claim_ && claim->epoch == 1)
            return stopped(errc::log_foreign, partition_, next.offset,
                           fmt::format("the log is {}, the store belongs to {}", claim->log_id.text(),
                                       checkpoint_.log_id->text()));
        return pass_void(next, void_reason::foreign_log);
    }
    if (claim->epoch != checkpoint_.epoch + 1) return pass_void(next, void_reason::wrong_epoch);

    was_claim now{*claim, {}};
    for (const auto& part : open_) now.voided.push_back(part.raw.offset);
    open_.clear();
    seq_ = 0;
    checkpoint_.take(*claim);
    claim_ = std::move(*claim);
    pass(next.offset, crc32c(next.value));
    return verdict(std::move(now));
}

domain::result<verdict> log_fold::take_part(record& next, domain::log_proof proof) {
    const auto expected = static_cast<std::int32_t>(open_.size()) + 1;
    const auto total = open_.empty() ? proof.parts : open_.front().proof.parts;
    if (proof.part != expected || proof.parts != total ||
        proof.parts > static_cast<std::int32_t>(domain::limits::commit_parts_max))
        return stopped(errc::log_damaged, partition_, next.offset,
                       fmt::format("part {}/{} of a commit where part {}/{} must follow", proof.part,
                                   proof.parts, expected, total));
    const auto offset = next.offset;
    const bool last = proof.part == proof.parts;
    const auto crc = last ? crc32c(next.value) : 0;
    seq_ = proof.seq;
    open_.push_back(parsed_record{std::move(next), std::move(proof)});
    if (!last) {
        read_offset_ = offset + 1;
        return verdict(was_pending{});
    }
    commit whole{std::exchange(open_, {}), offset + 1};
    checkpoint_.seq = seq_;
    pass(offset, crc);
    return verdict(std::move(whole));
}

}  // namespace daybook::eventlog
