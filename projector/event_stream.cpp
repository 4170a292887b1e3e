#include "projector/event_stream.hpp"

#include "domain/codec/event_json.hpp"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace daybook::projector {

std::string place_text(std::int32_t partition, std::int64_t offset) {
    return fmt::format("partition {} offset {}", partition, offset);
}

event_stream::event_stream(std::int32_t partition, eventlog::fold_checkpoint from)
    : partition_(partition), fold_(partition, from), checkpoint_(std::move(from)) {}

domain::result<void> event_stream::feed(eventlog::record r, std::vector<applied_event>& out,
                                        const boost::json::storage_ptr& storage) {
    const auto offset = r.offset;
    auto verdict = fold_.feed(std::move(r));
    if (!verdict) {
        failed_offset_ = offset;
        return verdict.error().prefixed(place_text(partition_, offset));
    }
    if (auto* done = std::get_if<eventlog::commit>(&*verdict)) {
        const auto size_before = out.size();
        for (auto& part : done->parts) {
            auto event = domain::decode_event(std::string_view(part.raw.value), storage);
            if (!event) {
                out.resize(size_before);
                failed_offset_ = part.raw.offset;
                return event.error().prefixed(place_text(partition_, part.raw.offset));
            }
            out.push_back(applied_event{std::move(*event), part.raw.offset, std::move(part.raw.value)});
        }
    } else if (std::holds_alternative<eventlog::was_void>(*verdict)) {
        ++voids_;
    } else if (const auto* claim = std::get_if<eventlog::was_claim>(&*verdict)) {
        voids_ += static_cast<std::int64_t>(claim->voided.size());
    }
    checkpoint_ = fold_.checkpoint();
    return {};
}

}  // namespace daybook::projector
