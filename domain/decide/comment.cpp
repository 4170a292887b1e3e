// add_comment: any task that is not deleted can be talked about.
#include "domain/canonical_input.hpp"
#include "domain/decide/draft.hpp"
#include "domain/limits.hpp"

#include <fmt/format.h>

namespace daybook::domain::deciding {

decision add_comment(draft& d) {
    auto text = canonical_text(text_argument(d.cmd.args, "text"), comment_rule, "args.text");
    if (!text) return text.error();
    const auto found = find_subject(d);
    if (!found) return found.error();
    const auto& subject = **found;
    if (subject.status == status::deleted) return status_refusal(subject, "commented");
    if (subject.comments >= static_cast<std::int64_t>(limits::comments_max))
        return make_problem(errc::limit_exceeded,
                            fmt::format("The task has {} comments already", subject.comments), "args.text");
    d.add(event_type::task_commented, subject, {{"comment", *std::move(text)}});
    return d.finish(subject.id);
}

}  // namespace daybook::domain::deciding
