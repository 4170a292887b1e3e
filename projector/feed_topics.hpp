// What a client of the live feed wants to be told of.
#pragma once

#include "domain/errc.hpp"
#include "projector/delta.hpp"

#include <string_view>

namespace daybook::projector {

/// `tasks`: every delta of the book. `reminders`: those of reminders, and fires nobody acknowledged once
/// more.
struct feed_topics {
    bool tasks = false;
    bool reminders = false;

    [[nodiscard]] bool want(const delta& d) const noexcept { return tasks || concerns_reminders(d.type); }
    /// Adds a topic. Errors: field_invalid.
    [[nodiscard]] domain::result<void> add(std::string_view name, std::string_view field);
};

}  // namespace daybook::projector
