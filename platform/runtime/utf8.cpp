#include "platform/runtime/utf8.hpp"

#include "domain/utf8.hpp"

namespace daybook::platform::runtime {

bool is_utf8(std::string_view text) noexcept { return domain::count_code_points(text).has_value(); }

std::string repaired_utf8(std::string_view text) {
    std::string repaired;
    repaired.reserve(text.size());
    while (!text.empty()) {
        const auto before = text;
        if (domain::take_code_point(text)) {
            repaired += before.substr(0, before.size() - text.size());
        } else {
            repaired += "\xEF\xBF\xBD";
            text.remove_prefix(1);
        }
    }
    return repaired;
}

}  // namespace daybook::platform::runtime
