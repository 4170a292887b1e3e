#include "domain/fold.hpp"

#include "domain/errc.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

namespace daybook::domain {
namespace {

std::string fold_ascii(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

const icu::Normalizer2& decomposer() {
    UErrorCode error = U_ZERO_ERROR;
    const auto* found = icu::Normalizer2::getNFKDInstance(error);
    if (U_FAILURE(error)) throw problem_error(make_problem(errc::internal, "ICU has no NFKD data"));
    return *found;
}

icu::UnicodeString without_marks(const icu::UnicodeString& text) {
    UErrorCode error = U_ZERO_ERROR;
    const auto decomposed = decomposer().normalize(text, error);
    if (U_FAILURE(error)) throw problem_error(make_problem(errc::internal, "ICU cannot normalise"));
    icu::UnicodeString out;
    for (std::int32_t i = 0; i < decomposed.length(); i = decomposed.moveIndex32(i, 1)) {
        const UChar32 c = decomposed.char32At(i);
        if ((U_GET_GC_MASK(c) & U_GC_M_MASK) == 0) out.append(c);
    }
    return out;
}

}  // namespace

std::string fold_text(std::string_view text) {
    if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
        return fold_ascii(text);
    const auto size = static_cast<std::int32_t>(std::min<std::size_t>(text.size(), INT32_MAX));
    auto folded = without_marks(icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), size)));
    // Folding may bring back what decomposes, so it is done twice: then folding once more changes nothing.
    folded.foldCase();
    folded = without_marks(folded).foldCase();
    std::string out;
    folded.toUTF8String(out);
    return out;
}

}  // namespace daybook::domain
