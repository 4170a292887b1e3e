#include "domain/text/analyser.hpp"

#include "domain/fold.hpp"
#include "domain/text/segmenter.hpp"
#include "domain/text/stemmer.hpp"
#include "domain/utf8.hpp"

#include <fmt/format.h>
#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uversion.h>

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

namespace daybook::domain {
namespace {

/// Of the rules in this folder. A change of what any text's tokens are makes it greater.
constexpr int rules_version = 1;

constexpr std::size_t known_words_max = 32'768;   ///< of all languages together
constexpr std::size_t known_word_bytes_max = 64;  ///< longer ones are worked out each time

std::string version_text(void (*ask)(UVersionInfo)) {
    UVersionInfo numbers{};
    ask(numbers);
    std::array<char, U_MAX_VERSION_STRING_LENGTH> text{};
    u_versionToString(numbers, text.data());
    return text.data();
}

std::uint64_t fnv1a(std::string_view bytes) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return hash;
}

/// The first `most` bytes at a code point's boundary.
std::string_view cut(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
    return text.substr(0, most);
}

icu::UnicodeString from_utf8(std::string_view text) {
    return icu::UnicodeString::fromUTF8(
        icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

/// Soft hyphens, joiners, direction marks and variation selectors are seen by nobody who searches.
std::string without_ignorable(std::string_view word) {
    std::string out;
    while (!word.empty()) {
        auto rest = word;
        const auto c = take_code_point(rest);
        const auto size = c ? word.size() - rest.size() : 1;
        const bool kept =
            c && u_hasBinaryProperty(static_cast<UChar32>(*c), UCHAR_DEFAULT_IGNORABLE_CODE_POINT) == 0;
        if (kept) out.append(word.substr(0, size));
        word.remove_prefix(size);
    }
    return out;
}

struct word_forms {
    std::string surface{};
    std::string stem{};
};

struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};

/// How one language turns words into tokens.
class dialect {
 public:
    explicit dialect(std::string_view language)
        : stemmer_(stemmer::create(language)),
          turkish_(language == "turkish" || language == "tr" || language == "tur") {}

    word_forms forms(const text_segment& word) const {
        return word.ascii && !turkish_ ? ascii_forms(word.normal) : icu_forms(word.normal);
    }

    std::unordered_map<std::string, word_forms, text_hash, std::equal_to<>> known{};

 private:
    std::string stem_of(std::string_view lower, const std::string& surface) const {
        if (!stemmer_ || lower.size() > stemmed_bytes_max) return surface;
        const auto folded = fold_text(stemmer_->stem(lower));
        return folded.empty() ? surface : std::string(cut(folded, token_bytes_max));
    }

    word_forms ascii_forms(std::string_view word) const {
        const auto lower = fold_text(word);
        word_forms out{std::string(cut(lower, token_bytes_max)), {}};
        out.stem = stem_of(lower, out.surface);
        return out;
    }

    word_forms icu_forms(std::string_view word) const {
        const auto shown = without_ignorable(word);
        word_forms out{std::string(cut(fold_text(shown), token_bytes_max)), {}};
        if (!stemmer_ || shown.size() > 4 * stemmed_bytes_max) {
            out.stem = out.surface;
            return out;
        }
        // Stemmers know accents and have rules for them, so folding comes behind them.
        std::string lower;
        from_utf8(shown).toLower(icu::Locale(turkish_ ? "tr" : "")).toUTF8String(lower);
        out.stem = stem_of(lower, out.surface);
        return out;
    }

    std::unique_ptr<stemmer> stemmer_;
    bool turkish_;
};

}  // namespace

const std::string& text_analyser_stamp() {
    static const std::string stamp =
        fmt::format("{} icu-{} unicode-{} snowball-{:016x}", rules_version, version_text(u_getVersion),
                    version_text(u_getUnicodeVersion), fnv1a(snowball_fingerprint()));
    return stamp;
}

bool has_stemmer(std::string_view language) { return stemmer::create(language) != nullptr; }

struct text_analyser::impl {
    dialect& of(std::string_view language) {
        if (last_ != nullptr && last_name_ == language) return *last_;
        last_name_ = language;
        auto at = dialects_.find(language);
        if (at == dialects_.end()) {
            // Texts that name no language share one: outside input does not make this map grow.
            const std::string_view name = has_stemmer(language) ? language : std::string_view{};
            at = dialects_.find(name);
            if (at == dialects_.end()) at = dialects_.try_emplace(std::string(name), name).first;
        }
        last_ = &at->second;
        return *last_;
    }

    /// Lives until the next call.
    const word_forms& forms(const text_segment& word, dialect& by) {
        if (word.normal.size() > known_word_bytes_max) return scratch_ = by.forms(word);
        if (const auto at = by.known.find(word.normal); at != by.known.end()) return at->second;
        if (known_words_ == known_words_max) {
            for (auto& [name, d] : dialects_) d.known.clear();
            known_words_ = 0;
        }
        ++known_words_;
        return by.known.try_emplace(std::string(word.normal), by.forms(word)).first->second;
    }

    domain::segmenter segmenter{};
    std::vector<text_segment> segments{};

 private:
    std::map<std::string, dialect, std::less<>> dialects_;
    std::string last_name_;
    dialect* last_ = nullptr;
    std::size_t known_words_ = 0;
    word_forms scratch_;
};

text_analyser::text_analyser() : impl_(std::make_unique<impl>()) {}
text_analyser::~text_analyser() = default;
text_analyser::text_analyser(text_analyser&&) noexcept = default;
text_analyser& text_analyser::operator=(text_analyser&&) noexcept = default;

void text_analyser::append(std::string_view text, std::string_view language, std::uint32_t position,
                           std::size_t most, std::vector<text_token>& out) {
    auto& by = impl_->of(language);
    const auto wanted = out.size() + most;
    for (std::size_t from = 0; from < text.size() && out.size() < wanted;) {
        impl_->segments.clear();
        impl_->segmenter.next(text, from, impl_->segments);
        for (const auto& segment : impl_->segments) {
            if (out.size() == wanted) return;
            const auto& word = impl_->forms(segment, by);
            if (word.surface.empty()) continue;
            out.push_back({word.surface, word.stem, ++position, segment.first, segment.last});
        }
    }
}

std::vector<text_token> text_analyser::tokens(std::string_view text, std::string_view language) {
    std::vector<text_token> out;
    append(text, language, 0, text.size(), out);
    return out;
}

}  // namespace daybook::domain
