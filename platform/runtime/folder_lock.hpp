// One process per data folder: an flock on DIR/LOCK, held as long as the object lives. The kernel lets go of
// it when the process ends, however it ends.
#pragma once

#include "domain/errc.hpp"

#include <filesystem>

namespace daybook::platform::runtime {

class folder_lock {
 public:
    /// Makes the folder if it is missing. Errors: the folder cannot be made or written; another process (or
    /// another lock of this one) holds it: the problem names the folder and the holder's pid and says how to
    /// reach it.
    [[nodiscard]] static domain::result<folder_lock> acquire(const std::filesystem::path& folder);

    folder_lock(folder_lock&& other) noexcept;
    folder_lock& operator=(folder_lock&& other) noexcept;
    ~folder_lock();

    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
    folder_lock(std::filesystem::path folder, int descriptor) noexcept;
    std::filesystem::path folder_;
    int descriptor_ = -1;
};

}  // namespace daybook::platform::runtime
