#include "projector/analysed_texts.hpp"

#include "domain/codec/event_json.hpp"
#include "domain/filter/evaluate.hpp"
#include "projector/rocks_keys.hpp"

namespace daybook::projector {
namespace {

namespace keys = rocks_keys;

platform::rocks::range keys_from(std::string prefix) {
    platform::rocks::range out;
    out.prefix = std::move(prefix);
    return out;
}

}  // namespace

analysed_texts::analysed_texts(const domain::user_id& user, const domain::filter::normal_form& query,
                               rocks_rows& rows)
    : user_(user), query_(query), rows_(rows) {}

domain::result<std::int64_t> analysed_texts::weight(std::size_t index, const domain::task_id& id) {
    if (of_ != id) {
        const auto found = document(id);
        if (!found) return found.error();
        words_ = domain::analyse(analyser_of_thread(), *found);
        of_ = id;
    }
    return domain::filter::weight_of(query_.texts[index], words_);
}

domain::result<domain::text_document> analysed_texts::document(const domain::task_id& id) {
    auto task = rows_.task(user_, id);
    if (!task) return task.error();
    if (!*task || (*task)->status == domain::status::purged) return domain::text_document{};
    auto written = texts(id);
    if (!written) return written.error();
    return document_of(**task, *written);
}

domain::result<void> analysed_texts::know_languages() {
    languages_.emplace_back(0, first_language());
    auto book = rows_.book(user_);
    if (!book) return book.error();
    if (!*book || (*book)->version == 0) return {};
    auto at = rows_.scan(keys_from(keys::of_book(rows_.partition_of(user_), keys::space::event, user_)));
    for (; at.valid(); at.next()) {
        auto event = domain::decode_event(at.value());
        if (!event) return event.error().prefixed("event row");
        if (event->type != domain::event_type::book_configured) continue;
        const auto* language = event->data.if_contains("language");
        if (language == nullptr) continue;
        languages_.emplace_back(keys::last_offset(at.key()), language->is_string()
                                                                 ? std::string(language->get_string())
                                                                 : first_language());
    }
    return at.status();
}

domain::result<written_texts> analysed_texts::texts(const domain::task_id& id) {
    if (languages_.empty())
        if (auto known = know_languages(); !known) return known.error();
    written_texts out;
    const auto partition = rows_.partition_of(user_);
    auto at = rows_.scan(keys_from(keys::of_row(partition, keys::space::task_event, user_, id)));
    for (; at.valid(); at.next()) {
        const auto offset = keys::last_offset(at.key());
        auto record = rows_.get(keys::event(partition, user_, offset));
        if (!record) return record.error();
        if (!*record)
            return domain::make_problem(domain::errc::view_stopped, "an event of a task has no row");
        auto event = domain::decode_event(**record);
        if (!event) return event.error().prefixed("event row");
        const applied_event one{std::move(*event), offset, {}};
        const auto language = [&](const domain::user_id&) -> domain::result<std::string> {
            const auto* in_force = &languages_.front();
            for (const auto& each : languages_)
                if (each.first <= offset) in_force = &each;
            return in_force->second;
        };
        const auto of_task = [&](const domain::user_id&,
                                 const domain::task_id&) -> domain::result<written_texts*> { return &out; };
        if (auto folded = fold_written_texts({&one, 1}, language, of_task); !folded) return folded.error();
    }
    if (auto ended = at.status(); !ended) return ended.error();
    return out;
}

}  // namespace daybook::projector
