#include "projector/written_texts.hpp"

#include <boost/json/parse.hpp>

#include <unordered_map>

namespace daybook::projector {
namespace {

namespace json = boost::json;

const std::string* text_member(const json::object& data, std::string_view name, std::string& scratch) {
    const auto* value = data.if_contains(name);
    if (value == nullptr || !value->is_string()) return nullptr;
    scratch = value->get_string();
    return &scratch;
}

void note(written_texts& texts, const domain::event& e, const std::string& language) {
    using domain::event_type;
    std::string scratch;
    if (e.type == event_type::task_commented) {
        if (text_member(e.data, "comment", scratch) != nullptr) texts.comments.push_back({scratch, language});
        return;
    }
    const bool first = e.type == event_type::task_created;
    if (first || e.data.contains("title")) texts.title_language = language;
    if (first || e.data.contains("tags")) texts.tags_language = language;
    if (first || e.data.contains("description")) texts.description_language = language;
}

}  // namespace

const std::string& first_language() {
    static const std::string language = domain::book_state{}.language;
    return language;
}

domain::result<void> fold_written_texts(
    std::span<const applied_event> events,
    const std::function<domain::result<std::string>(const domain::user_id&)>& book_language,
    const std::function<domain::result<written_texts*>(const domain::user_id&, const domain::task_id&)>&
        texts) {
    std::unordered_map<domain::user_id, std::string> languages;
    for (const auto& [e, offset, value] : events) {
        auto known = languages.find(e.user);
        if (known == languages.end()) {
            auto before = book_language(e.user);
            if (!before) return before.error();
            known = languages.emplace(e.user, std::move(*before)).first;
        }
        if (e.type == domain::event_type::book_configured) {
            std::string scratch;
            const auto* changed = e.data.if_contains("language");
            if (changed != nullptr && changed->is_null())
                known->second = first_language();
            else if (const auto* language = text_member(e.data, "language", scratch))
                known->second = *language;
        }
        if (!e.task) continue;
        auto of_task = texts(e.user, *e.task);
        if (!of_task) return of_task.error();
        note(**of_task, e, known->second);
    }
    return {};
}

std::optional<std::string> comment_in(std::string_view record) {
    boost::system::error_code failed;
    const auto value = json::parse(record, failed);
    if (failed || !value.is_object()) return std::nullopt;
    std::string scratch;
    const auto* type = text_member(value.get_object(), "event_type", scratch);
    if (type == nullptr || *type != to_text(domain::event_type::task_commented)) return std::nullopt;
    const auto* data = value.get_object().if_contains("data");
    if (data == nullptr || !data->is_object()) return std::nullopt;
    const auto* text = text_member(data->get_object(), "comment", scratch);
    return text != nullptr ? std::optional(*text) : std::nullopt;
}

domain::text_document document_of(const domain::task& t, const written_texts& texts) {
    return {{t.title, texts.title_language},
            t.tags,
            texts.tags_language,
            {t.description, texts.description_language},
            texts.comments};
}

std::vector<domain::document_token> words_of(const domain::task& t, const written_texts& texts) {
    if (t.status == domain::status::purged) return {};
    return domain::analyse(analyser_of_thread(), document_of(t, texts));
}

domain::text_analyser& analyser_of_thread() {
    thread_local domain::text_analyser analyser;
    return analyser;
}

}  // namespace daybook::projector
