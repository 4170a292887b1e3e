// What the live feed sends: one event of a book, written once and shared by all sessions that are told of it.
#pragma once

#include "domain/event.hpp"
#include "domain/ids.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::projector {

struct delta {
    std::int64_t offset = 0;
    domain::event_type type{};
    std::optional<domain::task_id> task{};
    std::int64_t version = 0;  ///< of the event's subject
    std::string position{};    ///< as text
    std::string fire_id{};     ///< of reminder.fired, otherwise empty
    std::string frame{};       ///< of SSE: `id`, `event` and `data` lines and the empty one
    std::size_t json_begin = 0;
    std::size_t json_size = 0;

    /// The delta itself (domain/codec/delta_json.hpp).
    [[nodiscard]] std::string_view json() const noexcept {
        return std::string_view(frame).substr(json_begin, json_size);
    }
    [[nodiscard]] std::size_t bytes() const noexcept { return sizeof(delta) + frame.size(); }
};
using delta_ptr = std::shared_ptr<const delta>;

[[nodiscard]] delta_ptr make_delta(const domain::event&, const domain::position&);

/// `reminder.*`: what the subscription to reminders is told of.
[[nodiscard]] bool concerns_reminders(domain::event_type) noexcept;

}  // namespace daybook::projector
