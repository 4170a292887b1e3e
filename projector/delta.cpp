#include "projector/delta.hpp"

#include "domain/codec/delta_json.hpp"

namespace daybook::projector {

delta_ptr make_delta(const domain::event& e, const domain::position& at) {
    auto made = std::make_shared<delta>();
    made->offset = at.offset;
    made->type = e.type;
    made->task = e.task;
    made->version = e.version;
    made->position = at.text();
    if (e.type == domain::event_type::reminder_fired) {
        const auto* fire = e.data.if_contains("fire_id");
        if (fire != nullptr && fire->is_string()) made->fire_id = fire->get_string();
    }
    auto& frame = made->frame;
    frame = "id: " + made->position + "\nevent: ";
    frame += domain::to_text(e.type);
    frame += "\ndata: ";
    made->json_begin = frame.size();
    domain::append_delta(frame, e, at);
    made->json_size = frame.size() - made->json_begin;
    frame += "\n\n";
    return made;
}

bool concerns_reminders(domain::event_type type) noexcept {
    return domain::to_text(type).starts_with("reminder.");
}

}  // namespace daybook::projector
