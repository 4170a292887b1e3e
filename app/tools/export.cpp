// daybook export: the book of the caller as JSON lines.
#include "app/tools/client_calls.hpp"
#include "app/tools/tools.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

namespace daybook::app {

int run_export(const installation& where, const export_options& o) {
    auto server = connect(where);
    if (!server) return report(server.error());
    const auto answer = (*server)->get(o.events ? "/v1/export?events=1" : "/v1/export");
    if (!answer) return report(answer.error());
    if (answer->status != 200) return report(problem_of(*answer));
    const auto close = [](std::FILE* f) { return std::fclose(f); };
    std::unique_ptr<std::FILE, decltype(close)> file(o.output.empty() ? nullptr : std::fopen(o.output.c_str(), "wb"), close);
    if (!o.output.empty() && !file)
        return report(domain::make_problem(domain::errc::config_invalid, o.output + " cannot be written", "output"));
    std::FILE* to = file ? file.get() : stdout;
    if (std::fwrite(answer->body.data(), 1, answer->body.size(), to) != answer->body.size() || std::fflush(to) != 0)
        return report(domain::make_problem(domain::errc::storage_full, "the output could not be written"));
    return exit_done;
}

}  // namespace daybook::app
