#include "platform/tz/zone_files.hpp"

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

namespace daybook::platform {
namespace {

namespace fs = std::filesystem;
using domain::errc;
using domain::make_problem;

constexpr std::uintmax_t zone_bytes_max = 256 * 1024;

domain::problem unusable(const fs::path& path, const std::string& why) {
    return make_problem(errc::config_invalid, "Time zone database: " + path.string() + ": " + why, {},
                        "Install the package tzdata.");
}

domain::result<std::string> read_version(const fs::path& folder) {
    const auto path = folder / "tzdata.zi";
    std::ifstream in(path);
    std::string line;
    static constexpr std::string_view before = "# version ";
    if (!std::getline(in, line) || !line.starts_with(before) || line.size() == before.size())
        return unusable(path, "its first line does not name the version");
    return line.substr(before.size());
}

bool is_left_out(const std::string& name) {
    return name.starts_with("posix/") || name.starts_with("right/") || name == "localtime" ||
           name == "posixrules";
}

}  // namespace

domain::result<domain::zone_table> load_zones(const fs::path& folder) {
    auto version = read_version(folder);
    if (!version) return version.error();
    std::unordered_map<std::string, domain::zone> zones;
    std::error_code error;
    auto entry = fs::recursive_directory_iterator(folder, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        const auto name = entry->path().lexically_relative(folder).generic_string();
        std::error_code ignored;
        if (entry->is_directory(ignored) && (name == "posix" || name == "right"))
            entry.disable_recursion_pending();
        if (is_left_out(name) || !entry->is_regular_file(ignored) ||
            entry->file_size(ignored) > zone_bytes_max)
            continue;
        std::ifstream in(entry->path(), std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
        if (!bytes.starts_with("TZif")) continue;
        auto zone =
            domain::zone::parse(name, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
        if (!zone) return unusable(entry->path(), zone.error().detail);
        zones.emplace(name, std::move(*zone));
    }
    if (error) return unusable(folder, error.message());
    if (zones.find("UTC") == zones.end()) return unusable(folder, "it has no zone UTC");
    return domain::zone_table(std::move(*version), std::move(zones));
}

}  // namespace daybook::platform
