// Where the sources of this build lie. One file knows, so that the others compile to the same bytes in every
// clone.
#pragma once

#include <filesystem>

namespace daybook::tests {

[[nodiscard]] std::filesystem::path source_folder();

}  // namespace daybook::tests
