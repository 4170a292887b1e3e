#include "platform/runtime/folder_lock.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace daybook::platform::runtime {
namespace {

using domain::errc;
using domain::make_problem;

std::string error_text(int number) { return std::generic_category().message(number); }

// The holder writes its pid after it has the lock, so an empty file means: just now.
std::string holder_of(int descriptor) {
    std::array<char, 32> text{};
    const auto size = ::pread(descriptor, text.data(), text.size(), 0);
    if (size <= 0) return "another process";
    std::string_view pid(text.data(), static_cast<std::size_t>(size));
    pid = pid.substr(0, pid.find_first_not_of("0123456789"));
    return pid.empty() ? std::string("another process") : fmt::format("process {}", pid);
}

}  // namespace

domain::result<folder_lock> folder_lock::acquire(const std::filesystem::path& folder) {
    std::error_code made;
    std::filesystem::create_directories(folder, made);
    if (made) {
        return make_problem(errc::config_invalid,
                            fmt::format("cannot make the folder {}: {}", folder.string(), made.message()),
                            "data", "Choose a folder that can be written.");
    }
    const auto file = folder / "LOCK";
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        return make_problem(errc::config_invalid,
                            fmt::format("cannot write in {}: {}", folder.string(), error_text(errno)), "data",
                            "Choose a folder that can be written.");
    }
    folder_lock lock(folder, descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return make_problem(errc::config_invalid,
                                fmt::format("cannot lock {}: {}", file.string(), error_text(errno)), "data");
        auto p = make_problem(errc::folder_locked,
                              fmt::format("{} uses the folder {}", holder_of(descriptor), folder.string()));
        p.hint = "Stop it, or reach the running server with --url.";
        return p;
    }
    const std::string pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(descriptor, 0) != 0 ||
        ::pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
        return make_problem(errc::storage_full,
                            fmt::format("cannot write {}: {}", file.string(), error_text(errno)));
    }
    return lock;
}

folder_lock::folder_lock(std::filesystem::path folder, int descriptor) noexcept
    : folder_(std::move(folder)), descriptor_(descriptor) {}

folder_lock::folder_lock(folder_lock&& other) noexcept
    : folder_(std::move(other.folder_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

folder_lock& folder_lock::operator=(folder_lock&& other) noexcept {
    std::swap(folder_, other.folder_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

// The file stays: removing it would let two processes lock two files of the same name.
folder_lock::~folder_lock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace daybook::platform::runtime
