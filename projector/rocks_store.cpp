#include "projector/rocks_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <unistd.h>

namespace daybook::projector {
namespace {

using domain::errc;
using domain::make_problem;

std::optional<std::int64_t> parse_number(std::string_view text) {
    while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc() || end != text.data() + text.size() || number < 1) return std::nullopt;
    return number;
}

domain::problem failed_on(const std::filesystem::path& path, std::string_view doing) {
    return make_problem(errc::view_unavailable,
                        fmt::format("{} {}: {}", doing, path.string(), std::strerror(errno)));
}

domain::result<void> sync_path(const std::filesystem::path& path, int flags) {
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
    if (descriptor < 0) return failed_on(path, "opening");
    const bool synced = ::fsync(descriptor) == 0;
    const auto saved = errno;
    ::close(descriptor);
    errno = saved;
    if (!synced) return failed_on(path, "syncing");
    return {};
}

}  // namespace

domain::result<std::unique_ptr<rocks_store>> rocks_store::open(rocks_store_options options) {
    auto lock = platform::runtime::folder_lock::acquire(options.folder);
    if (!lock) return lock.error();
    return std::unique_ptr<rocks_store>(new rocks_store(std::move(options), std::move(*lock)));
}

std::int64_t rocks_store::current_version() const {
    const std::scoped_lock lock(mutex_);
    return current_;
}

domain::result<std::shared_ptr<rocks_view>> rocks_store::open_version(std::int64_t number, bool bulk) {
    rocks_view_options with;
    with.folder = options_.folder / std::to_string(number);
    with.partitions = options_.partitions;
    with.bulk = bulk;
    with.columns_bytes_max = options_.columns_bytes_max;
    with.bulk_bounds = options_.bulk_bounds;
    return rocks_view::open(std::move(with));
}

domain::result<void> rocks_store::read_current() {
    if (current_read_) return {};
    const auto path = options_.folder / "CURRENT";
    std::error_code failed;
    if (std::filesystem::exists(path, failed)) {
        std::ifstream in(path);
        const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
        const auto number = parse_number(text);
        if (!number) {
            return make_problem(
                errc::view_stopped, path.string() + " does not hold a version's number", {},
                "stop the program, remove the folder and start again: the view is built anew");
        }
        current_ = *number;
    }
    current_read_ = true;
    return {};
}

domain::result<void> rocks_store::write_current(std::int64_t number) {
    const auto fresh = options_.folder / "CURRENT.new";
    {
        std::ofstream out(fresh, std::ios::trunc);
        out << number << '\n';
        out.flush();
        if (!out) return failed_on(fresh, "writing");
    }
    if (auto done = sync_path(fresh, O_WRONLY); !done) return done;
    if (::rename(fresh.c_str(), (options_.folder / "CURRENT").c_str()) != 0)
        return failed_on(fresh, "renaming");
    return sync_path(options_.folder, O_RDONLY | O_DIRECTORY);
}

void rocks_store::remove_all_but(std::int64_t a, std::int64_t b) {
    std::error_code failed;
    std::vector<std::filesystem::path> stale;
    for (const auto& entry : std::filesystem::directory_iterator(options_.folder, failed)) {
        const auto number = parse_number(entry.path().filename().string());
        if (!number || *number == a || *number == b) continue;
        if (std::ranges::find(closing_, *number) == closing_.end()) stale.push_back(entry.path());
    }
    for (const auto& path : stale) std::filesystem::remove_all(path, failed);
}

domain::result<std::shared_ptr<view>> rocks_store::open_current() {
    const std::scoped_lock lock(mutex_);
    if (current_view_) return std::shared_ptr<view>(current_view_);
    if (auto done = read_current(); !done) return done.error();
    const bool named = current_ != 0;
    const auto number = named ? current_ : 1;
    remove_all_but(current_, begun_);
    auto opened = open_version(number, false);
    if (!opened) return opened.error();
    if (!named) {
        if (auto done = write_current(number); !done) return done.error();
    }
    current_ = number;
    current_view_ = *opened;
    return std::shared_ptr<view>(current_view_);
}

domain::result<std::shared_ptr<view>> rocks_store::begin_version() {
    const std::scoped_lock lock(mutex_);
    if (begun_view_) {
        begun_view_->remove_when_closed();
        closing_.push_back(begun_);
        begun_view_.reset();
    }
    if (auto done = read_current(); !done) return done.error();
    const auto highest = closing_.empty() ? 0 : *std::ranges::max_element(closing_);
    const auto number = std::max({current_, begun_, highest}) + 1;
    begun_ = 0;
    remove_all_but(current_, 0);
    auto opened = open_version(number, true);
    if (!opened) return opened.error();
    begun_ = number;
    begun_view_ = *opened;
    return std::shared_ptr<view>(begun_view_);
}

domain::result<void> rocks_store::switch_to_begun() {
    const std::scoped_lock lock(mutex_);
    if (!begun_view_) return make_problem(errc::internal, "no version was begun");
    if (auto done = write_current(begun_); !done) return done;
    if (current_view_) {
        current_view_->remove_when_closed();
        closing_.push_back(current_);
    }
    current_ = begun_;
    current_view_ = std::move(begun_view_);
    begun_ = 0;
    begun_view_.reset();
    return {};
}

domain::result<void> rocks_store::drop_begun() {
    const std::scoped_lock lock(mutex_);
    if (!begun_view_) return {};
    begun_view_->remove_when_closed();
    closing_.push_back(begun_);
    begun_view_.reset();
    begun_ = 0;
    return {};
}

}  // namespace daybook::projector
