#include "domain/text/segmenter.hpp"

#include "domain/errc.hpp"
#include "domain/utf8.hpp"

#include <unicode/brkiter.h>
#include <unicode/bytestream.h>
#include <unicode/edits.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

#include <algorithm>
#include <string>

namespace daybook::domain {
namespace {

enum class kind : std::uint8_t {
    other,
    letter,
    digit,
    joiner,
    mid_letter,
    mid_digit,
    mid_both,
    space,
    beyond
};

/// Whether two letters around `@` or `:` are one word has changed between versions of ICU. Here they never
/// are.
constexpr bool always_parts(char32_t c) { return c == U'@' || c == U':'; }

/// Word_Break of ASCII as ICU's rules have it.
constexpr kind kind_of(char c) {
    if (static_cast<unsigned char>(c) >= 0x80) return kind::beyond;
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return kind::letter;
    if (c >= '0' && c <= '9') return kind::digit;
    switch (c) {
        case '_': return kind::joiner;
        case '.':
        case '\'': return kind::mid_both;
        case ',':
        case ';': return kind::mid_digit;
        case ' ':
        case '\t':
        case '\n':
        case '\r': return kind::space;
        default: return kind::other;
    }
}

constexpr bool is_word(kind k) { return k == kind::letter || k == kind::digit || k == kind::joiner; }

/// WB6, WB7, WB11, WB12: what stands between two letters or two digits.
constexpr bool joins(kind left, kind mid, kind right) {
    if (left == kind::letter && right == kind::letter)
        return mid == kind::mid_letter || mid == kind::mid_both;
    if (left == kind::digit && right == kind::digit) return mid == kind::mid_digit || mid == kind::mid_both;
    return false;
}

void ascii_words(std::string_view text, std::size_t at, std::size_t end, std::vector<text_segment>& out) {
    const auto is = [&](std::size_t i) { return i < end ? kind_of(text[i]) : kind::space; };
    while (at < end) {
        if (!is_word(is(at))) {
            ++at;
            continue;
        }
        const auto first = at;
        bool counts = false;
        for (;;) {
            counts = counts || is(at) != kind::joiner;
            ++at;
            if (is_word(is(at))) continue;
            if (!joins(is(at - 1), is(at), is(at + 1))) break;
            ++at;
        }
        if (!counts) continue;
        out.push_back({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(at),
                       text.substr(first, at - first), true});
    }
}

void require(UErrorCode error, const char* what) {
    if (U_FAILURE(error))
        throw problem_error(make_problem(errc::internal, std::string("ICU cannot ") + what));
}

bool makes_a_word(UChar32 c) {
    constexpr auto letters_and_numbers = U_GC_L_MASK | U_GC_N_MASK;
    if (c < 0x80)
        return kind_of(static_cast<char>(c)) == kind::letter || kind_of(static_cast<char>(c)) == kind::digit;
    return (U_GET_GC_MASK(c) & letters_and_numbers) != 0 ||
           u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC) ||
           u_hasBinaryProperty(c, UCHAR_REGIONAL_INDICATOR);
}

}  // namespace

struct segmenter::icu_part {
    icu_part() {
        UErrorCode error = U_ZERO_ERROR;
        nfkc = icu::Normalizer2::getNFKCInstance(error);
        require(error, "load NFKC");
        words.reset(icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
        require(error, "load word boundaries");
    }
    ~icu_part() { utext_close(&units_text); }
    icu_part(const icu_part&) = delete;
    icu_part& operator=(const icu_part&) = delete;

    /// Fills `units`, the text for ICU, and where each unit begins in `from`.
    void to_utf16(std::string_view from) {
        units.clear();
        starts.clear();
        const auto size = from.size();
        const auto add = [&](char32_t c, std::size_t start) {
            if (c >= 0x10000) {
                units.push_back(static_cast<char16_t>(U16_LEAD(c)));
                units.push_back(static_cast<char16_t>(U16_TRAIL(c)));
                starts.push_back(static_cast<std::uint32_t>(start));
            } else {
                units.push_back(static_cast<char16_t>(c));
            }
            starts.push_back(static_cast<std::uint32_t>(start));
        };
        while (!from.empty()) {
            const auto start = size - from.size();
            const auto c = take_code_point(from);
            if (!c) from.remove_prefix(1);
            add(!c ? 0xFFFD : always_parts(*c) ? U'/' : *c, start);
        }
        starts.push_back(static_cast<std::uint32_t>(size));
    }

    /// Takes the code point at `i`. No half of a pair stands alone in `units`.
    UChar32 code_point(std::int32_t& i) const {
        const auto at = static_cast<std::size_t>(i);
        ++i;
        if (!U16_IS_LEAD(units[at])) return units[at];
        ++i;
        return static_cast<UChar32>(U16_GET_SUPPLEMENTARY(units[at], units[at + 1]));
    }

    /// Words of text[first, last), which holds more than ASCII.
    void segments(std::string_view text, std::size_t first, std::size_t last,
                  std::vector<text_segment>& out) {
        UErrorCode error = U_ZERO_ERROR;
        std::string_view run = text.substr(first, last - first);
        const bool changed = !nfkc->isNormalizedUTF8(
            icu::StringPiece(run.data(), static_cast<std::int32_t>(run.size())), error);
        require(error, "check NFKC");
        edits.reset();
        if (changed) {
            normal.clear();
            icu::StringByteSink<std::string> sink(&normal);
            nfkc->normalizeUTF8(0, icu::StringPiece(run.data(), static_cast<std::int32_t>(run.size())), sink,
                                &edits, error);
            require(error, "normalise");
            run = normal;
        }
        to_utf16(run);
        utext_openUChars(&units_text, reinterpret_cast<const UChar*>(units.data()),
                         static_cast<std::int64_t>(units.size()), &error);
        require(error, "open a text");
        words->setText(&units_text, error);
        require(error, "set a text");
        auto places = edits.getFineIterator();
        // A word that is a part of what one character became has the bytes of that character.
        const auto source = [&](std::uint32_t place, bool end) {
            if (!changed) return static_cast<std::uint32_t>(first + place);
            const auto destination = static_cast<std::int32_t>(end ? place - 1 : place);
            if (!places.findDestinationIndex(destination, error)) return static_cast<std::uint32_t>(last);
            auto at = places.sourceIndex();
            if (!places.hasChange())
                at += destination - places.destinationIndex() + (end ? 1 : 0);
            else if (end)
                at += places.oldLength();
            return static_cast<std::uint32_t>(first + static_cast<std::size_t>(at));
        };
        std::int32_t begin = words->first();
        for (auto end = words->next(); end != icu::BreakIterator::DONE; begin = end, end = words->next()) {
            bool counts = false;
            for (auto i = begin; i < end && !counts;) counts = makes_a_word(code_point(i));
            if (!counts) continue;
            const auto from = starts[static_cast<std::size_t>(begin)];
            const auto to = starts[static_cast<std::size_t>(end)];
            const auto word = run.substr(from, to - from);
            const bool ascii = std::ranges::all_of(word, [](char c) { return kind_of(c) != kind::beyond; });
            const auto source_first = source(from, false);
            out.push_back({source_first, source(to, true), word, ascii});
        }
        require(error, "map a place");
    }

    const icu::Normalizer2* nfkc = nullptr;
    std::unique_ptr<icu::BreakIterator> words;
    UText units_text = UTEXT_INITIALIZER;
    icu::Edits edits;
    std::string normal;
    std::u16string units;
    std::vector<std::uint32_t> starts;
};

segmenter::segmenter() : icu_(std::make_unique<icu_part>()) {}
segmenter::~segmenter() = default;

void segmenter::next(std::string_view text, std::size_t& from, std::vector<text_segment>& out) {
    const auto before = out.size();
    while (from < text.size() && out.size() == before) {
        while (from < text.size() && kind_of(text[from]) == kind::space) ++from;
        bool ascii = true;
        auto end = from;
        const auto take_chunk = [&] {
            bool plain = true;
            for (; end < text.size() && kind_of(text[end]) != kind::space; ++end)
                plain = plain && kind_of(text[end]) != kind::beyond;
            return plain;
        };
        ascii = take_chunk();
        if (ascii) {
            ascii_words(text, from, end, out);
            from = end;
            continue;
        }
        // Further chunks that are not ASCII come along: the iterator's start costs as much as several words.
        for (auto last = end; last < text.size();) {
            while (end < text.size() && kind_of(text[end]) == kind::space) ++end;
            if (end == text.size() || take_chunk()) {
                end = last;
                break;
            }
            last = end;
        }
        icu_->segments(text, from, end, out);
        from = end;
    }
}

}  // namespace daybook::domain
