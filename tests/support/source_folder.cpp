#include "tests/support/source_folder.hpp"

namespace daybook::tests {

std::filesystem::path source_folder() { return DAYBOOK_SOURCE_DIR; }

}  // namespace daybook::tests
