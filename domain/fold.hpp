// Text without case and marks, for comparing what people typed.
#pragma once

#include <string>
#include <string_view>

namespace daybook::domain {

/// NFKD, marks dropped, case folded (settled 25a). Folding twice is folding once.
[[nodiscard]] std::string fold_text(std::string_view);

}  // namespace daybook::domain
