#include "projector/feed_topics.hpp"

#include <string>

namespace daybook::projector {

domain::result<void> feed_topics::add(std::string_view name, std::string_view field) {
    if (name == "tasks") {
        tasks = true;
    } else if (name == "reminders") {
        reminders = true;
    } else {
        return domain::make_problem(domain::errc::field_invalid, "a topic is tasks or reminders",
                                    std::string(field));
    }
    return {};
}

}  // namespace daybook::projector
