// daybook export: the book of the caller as JSON lines.
#include "app/tools/client_calls.hpp"
#include "app/tools/tools.hpp"
#include "domain/json_text.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>

namespace daybook::app {
namespace {

/// The problem of a last line `{"error":{…}}`. No task or event has this member alone.
std::optional<domain::problem> failure_of(std::string_view body) {
    if (body.ends_with('\n')) body.remove_suffix(1);
    const auto line = body.substr(body.rfind('\n') + 1);
    if (!line.starts_with("{\"error\":")) return std::nullopt;
    platform::http::client_response answer;
    const auto parsed = domain::parse_json_object(line);
    if (!parsed)
        return domain::make_problem(domain::errc::internal,
                                    "the answer ends with an error that cannot be read");
    const auto* said = parsed->at("error").if_object();
    if (said != nullptr) domain::append_json(answer.body, *said);
    return problem_of(answer);
}

}  // namespace

int run_export(const installation& where, const export_options& o) {
    auto server = connect(where);
    if (!server) return report(server.error());
    const auto answer = get_at_end(**server, o.events ? "/v1/export?events=1" : "/v1/export");
    if (!answer) return report(answer.error());
    if (answer->status != 200) return report(problem_of(*answer));
    // A failure on the way is the last line of the answer: half a book is no export, and nothing is written.
    if (const auto failed = failure_of(answer->body))
        return report(failed->prefixed("the export was cut off"));
    const auto close = [](std::FILE* f) { return std::fclose(f); };
    std::unique_ptr<std::FILE, decltype(close)> file(
        o.output.empty() ? nullptr : std::fopen(o.output.c_str(), "wb"), close);
    if (!o.output.empty() && !file)
        return report(
            domain::make_problem(domain::errc::config_invalid, o.output + " cannot be written", "output"));
    std::FILE* to = file ? file.get() : stdout;
    if (std::fwrite(answer->body.data(), 1, answer->body.size(), to) != answer->body.size() ||
        std::fflush(to) != 0)
        return report(domain::make_problem(domain::errc::storage_full, "the output could not be written"));
    return exit_done;
}

}  // namespace daybook::app
