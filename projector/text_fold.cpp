// Stored form: ordinal, number of languages, each as length and bytes, then for title, tags and description
// the index of its language, number of comments, for each the offset's distance to the one before and the
// index. Varints.
#include "projector/text_fold.hpp"

#include "domain/codec/event_json.hpp"
#include "projector/varint.hpp"

#include <algorithm>

namespace daybook::projector {
namespace {

class language_list {
 public:
    std::size_t index(const std::string& language) {
        const auto at = std::ranges::find(names, language);
        if (at != names.end()) return static_cast<std::size_t>(at - names.begin());
        names.push_back(language);
        return names.size() - 1;
    }
    std::vector<std::string> names;
};

}  // namespace

std::string encode_texts(const task_texts& t) {
    language_list languages;
    std::string tail;
    for (const auto* name : {&t.title_language, &t.tags_language, &t.description_language}) {
        append_varint(tail, languages.index(*name));
    }
    append_varint(tail, t.comments.size());
    std::int64_t before = 0;
    for (const auto& c : t.comments) {
        append_varint(tail, static_cast<std::uint64_t>(c.offset - before));
        append_varint(tail, languages.index(c.language));
        before = c.offset;
    }
    std::string out;
    append_varint(out, t.ordinal);
    append_varint(out, languages.names.size());
    for (const auto& name : languages.names) {
        append_varint(out, name.size());
        out += name;
    }
    return out + tail;
}

domain::result<std::uint32_t> ordinal_in(std::string_view stored) {
    const auto ordinal = take_varint(stored);
    if (ordinal && *ordinal <= UINT32_MAX) return static_cast<std::uint32_t>(*ordinal);
    return domain::make_problem(domain::errc::view_stopped, "a text row of the view cannot be read");
}

domain::result<task_texts> decode_texts(std::string_view stored) {
    const auto damaged = [] {
        return domain::make_problem(domain::errc::view_stopped, "a text row of the view cannot be read");
    };
    task_texts out;
    std::vector<std::string> names;
    const auto ordinal = take_varint(stored);
    const auto count = take_varint(stored);
    if (!ordinal || !count || *ordinal > UINT32_MAX) return damaged();
    out.ordinal = static_cast<std::uint32_t>(*ordinal);
    for (std::uint64_t i = 0; i < *count; ++i) {
        const auto size = take_varint(stored);
        if (!size || *size > stored.size()) return damaged();
        names.emplace_back(stored.substr(0, *size));
        stored.remove_prefix(*size);
    }
    const auto take_name = [&](std::string& to) {
        const auto index = take_varint(stored);
        if (!index || *index >= names.size()) return false;
        to = names[*index];
        return true;
    };
    if (!take_name(out.title_language) || !take_name(out.tags_language) ||
        !take_name(out.description_language))
        return damaged();
    const auto comments = take_varint(stored);
    if (!comments || *comments > stored.size()) return damaged();
    std::int64_t before = 0;
    for (std::uint64_t i = 0; i < *comments; ++i) {
        const auto distance = take_varint(stored);
        comment_place c;
        if (!distance || !take_name(c.language)) return damaged();
        c.offset = before + static_cast<std::int64_t>(*distance);
        before = c.offset;
        out.comments.push_back(std::move(c));
    }
    if (!stored.empty()) return damaged();
    return out;
}

domain::result<text_fold::book*> text_fold::book_of(const domain::user_id& user) {
    if (latest_ != nullptr && latest_user_ == user) return latest_;
    const auto [place, is_new] = books_.try_emplace(user);
    if (is_new && source_ != nullptr) {
        auto given = source_->ordinals(user);
        if (!given) return given.error();
        place->second.ordinals = *given;
    }
    latest_ = &place->second;
    latest_user_ = user;
    return latest_;
}

domain::result<void> text_fold::apply(const domain::event& e, std::int64_t offset,
                                      std::string_view language) {
    if (!e.task) return {};
    const auto in = book_of(e.user);
    if (!in) return in.error();
    auto& given = **in;
    const auto [at, is_new] = given.tasks.try_emplace(*e.task);
    auto& texts = at->second.after;
    if (is_new) {
        if (source_ != nullptr) {
            auto stored = source_->texts(e.user, *e.task);
            if (!stored) return stored.error();
            at->second.before = std::move(*stored);
        }
        if (at->second.before)
            texts = *at->second.before;
        else
            texts.ordinal = given.ordinals++;
    }
    if (e.type == domain::event_type::task_commented) {
        const auto* comment = e.data.if_contains("comment");
        if (comment != nullptr && comment->is_string())
            texts.comments.push_back({offset, std::string(language)});
        return {};
    }
    const bool first = e.type == domain::event_type::task_created;
    if (first || e.data.contains("title")) texts.title_language = language;
    if (first || e.data.contains("tags")) texts.tags_language = language;
    if (first || e.data.contains("description")) texts.description_language = language;
    return {};
}

domain::result<std::string> comment_of(std::string_view record) {
    auto event = domain::decode_event(record);
    if (!event) return event.error();
    const auto* text = event->data.if_contains("comment");
    if (text == nullptr || !text->is_string()) {
        return domain::make_problem(domain::errc::log_damaged,
                                    "event " + event->id.text() + " holds no comment");
    }
    return std::string(text->get_string());
}

domain::result<domain::text_document> document_of(const domain::task& t, const task_texts& texts,
                                                  const read_comment& read) {
    domain::text_document out;
    if (t.status == domain::status::purged) return out;
    out.title = {t.title, texts.title_language};
    out.tags = t.tags;
    out.tags_language = texts.tags_language;
    out.description = {t.description, texts.description_language};
    for (const auto& c : texts.comments) {
        auto text = read(c.offset);
        if (!text) return text.error();
        out.comments.push_back({std::move(*text), c.language});
    }
    return out;
}

}  // namespace daybook::projector
