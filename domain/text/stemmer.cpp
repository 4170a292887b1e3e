#include "domain/text/stemmer.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <libstemmer.h>

namespace daybook::domain {
namespace {

sb_stemmer* as_stemmer(void* handle) { return static_cast<sb_stemmer*>(handle); }

}  // namespace

std::unique_ptr<stemmer> stemmer::create(std::string_view language) {
    const std::string name(language);
    auto* made = sb_stemmer_new(name.c_str(), "UTF_8");
    if (made == nullptr) return nullptr;
    return std::unique_ptr<stemmer>(new stemmer(made));
}

stemmer::~stemmer() { sb_stemmer_delete(as_stemmer(handle_)); }

std::string_view stemmer::stem(std::string_view word) {
    const auto* stemmed = sb_stemmer_stem(
        as_stemmer(handle_), reinterpret_cast<const sb_symbol*>(word.data()), static_cast<int>(word.size()));
    if (stemmed == nullptr) return word;  // out of memory
    return {reinterpret_cast<const char*>(stemmed),
            static_cast<std::size_t>(sb_stemmer_length(as_stemmer(handle_)))};
}

std::string snowball_fingerprint() {
    constexpr auto words = std::to_array<std::string_view>(
        {"meetings", "happiness", "generously", "häuser", "aufeinander", "continuellement", "cheval",
         "canciones", "città", "abandonnée", "nacionalidade", "книгами", "σπίτια", "kitaplar", "talossanikin",
         "házakat", "arbejderne", "kjærlighet"});
    std::string all;
    for (auto name = sb_stemmer_list(); *name != nullptr; ++name) {
        all.append(*name).push_back('\n');
        const auto by = stemmer::create(*name);
        if (!by) continue;
        for (const auto word : words) all.append(by->stem(word)).push_back('\n');
    }
    return all;
}

}  // namespace daybook::domain
