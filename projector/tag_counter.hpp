// Counts the tags of a book, the same way for both stores.
#pragma once

#include "domain/task.hpp"
#include "projector/view.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace daybook::projector {

class tag_counter {
 public:
    /// One task's tags. Deleted and purged tasks count nowhere.
    void add(std::span<const std::string> tags, domain::status status);
    /// The same with the folded texts at hand.
    void add_folded(const std::string& folded, const std::string& spelling, bool open,
                    std::int64_t tasks = 1);
    [[nodiscard]] std::vector<tag_count> counts() const;

 private:
    std::map<std::string, tag_count> by_folded_;
};

}  // namespace daybook::projector
