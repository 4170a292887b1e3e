#include "platform/auth/caller.hpp"

#include <array>
#include <utility>

namespace daybook::platform::auth {

std::string to_string(scope_set s) {
    constexpr auto names = std::to_array<std::pair<scope, std::string_view>>({{scope::read, "read"},
                                                                              {scope::write, "write"},
                                                                              {scope::admin, "admin"},
                                                                              {scope::service, "service"}});
    std::string text;
    for (const auto& [one, name] : names) {
        if (!s.has(one)) continue;
        if (!text.empty()) text += ", ";
        text += name;
    }
    return text;
}

}  // namespace daybook::platform::auth
