#include "projector/pg_text.hpp"

#include "domain/text/analyser.hpp"

#include <cstdint>
#include <map>

namespace daybook::projector {
namespace {

using domain::text_field;
using domain::filter::text_ending;
using domain::filter::text_match;

constexpr char user_mark = 'u';
constexpr char tag_mark = 't';
constexpr char surface_mark = 'f';
constexpr char stem_mark = 's';
constexpr std::string_view layout = "2";
constexpr unsigned weight_shift = 14;

/// D is 0, A is 3.
constexpr std::uint16_t weight_bits(text_field f) {
    return static_cast<std::uint16_t>((domain::text_fields - 1 - static_cast<std::size_t>(f))
                                      << weight_shift);
}

void append_big_endian(std::string& out, std::uint32_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

std::string marked(char mark, std::string_view text) {
    std::string out(1, mark);
    out += text;
    return out;
}

std::string in_quotes(std::string_view lexeme) {
    std::string out = "'";
    for (const char c : lexeme) {
        if (c == '\'' || c == '\\') out += c;
        out += c;
    }
    return out + '\'';
}

/// `:*AB`, or nothing where every field will do.
std::string label(const text_match& match, std::optional<text_field> only, bool prefix) {
    std::string letters;
    std::size_t covered = 0;
    for (std::size_t i = 0; i < domain::text_fields; ++i) {
        const auto field = static_cast<text_field>(i);
        if (!match.covers(field) || (only && *only != field)) continue;
        letters += static_cast<char>('A' + i);
        ++covered;
    }
    if (covered == domain::text_fields) letters.clear();
    if (letters.empty() && !prefix) return {};
    return ":" + std::string(prefix ? "*" : "") + letters;
}

std::string last_word(const text_match& match, std::optional<text_field> only) {
    const auto& word = match.words.back();
    const auto surface = in_quotes(marked(surface_mark, word.surface));
    const auto stem = in_quotes(marked(stem_mark, word.stem)) + label(match, only, false);
    const auto beginning = surface + label(match, only, true);
    if (!match.alike.empty()) {
        auto any = stem + " | " + surface + label(match, only, match.last == text_ending::either);
        for (const auto& other : match.alike)
            any += " | " + in_quotes(marked(surface_mark, other)) + label(match, only, false);
        return "(" + any + ")";
    }
    switch (match.last) {
        case text_ending::prefix: return beginning;
        case text_ending::either: return "(" + stem + " | " + beginning + ")";
        case text_ending::whole: break;
    }
    // A phrase is by stem; a word also by its folded form.
    if (match.words.size() > 1) return stem;
    return "(" + stem + " | " + surface + label(match, only, false) + ")";
}

}  // namespace

std::string tsvector_of(const domain::user_id& user, std::span<const std::string> folded_tags,
                        std::span<const domain::document_token> words) {
    // Positions of one lexeme rise; the bytes of a map's keys are in PostgreSQL's order.
    std::map<std::string, std::vector<std::uint16_t>> lexemes;
    lexemes[marked(user_mark, user.text())];
    for (const auto& tag : folded_tags) lexemes[marked(tag_mark, tag)];
    for (const auto& token : words) {
        const auto place = static_cast<std::uint16_t>(token.word.position | weight_bits(token.field));
        lexemes[marked(surface_mark, token.word.surface)].push_back(place);
        lexemes[marked(stem_mark, token.word.stem)].push_back(place);
    }
    std::string out;
    append_big_endian(out, static_cast<std::uint32_t>(lexemes.size()), 4);
    for (const auto& [lexeme, places] : lexemes) {
        out += lexeme;
        out += '\0';
        append_big_endian(out, static_cast<std::uint32_t>(places.size()), 2);
        for (const auto place : places) append_big_endian(out, place, 2);
    }
    return out;
}

std::string tsquery_of(const domain::user_id& user, const text_match& match, std::optional<text_field> only) {
    std::string phrase;
    for (std::size_t i = 0; i + 1 < match.words.size(); ++i)
        phrase += in_quotes(marked(stem_mark, match.words[i].stem)) + label(match, only, false) + " <-> ";
    phrase += last_word(match, only);
    return in_quotes(marked(user_mark, user.text())) + " & (" + phrase + ")";
}

std::string tsquery_of_tag(const domain::user_id& user, std::string_view folded_tag) {
    return in_quotes(marked(user_mark, user.text())) + " & " + in_quotes(marked(tag_mark, folded_tag));
}

const std::string& pg_view_stamp() {
    static const std::string stamp = std::string(layout) + " " + domain::text_analyser_stamp();
    return stamp;
}

}  // namespace daybook::projector
