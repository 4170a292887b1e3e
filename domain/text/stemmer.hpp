// Snowball's stemmers without their header.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace daybook::domain {

/// Threads: one.
class stemmer {
 public:
    /// By Snowball's name or ISO code; null if there is none.
    [[nodiscard]] static std::unique_ptr<stemmer> create(std::string_view language);
    ~stemmer();
    stemmer(const stemmer&) = delete;
    stemmer& operator=(const stemmer&) = delete;

    /// `word` in lower case, NFC. The result lives until the next call.
    [[nodiscard]] std::string_view stem(std::string_view word);

 private:
    explicit stemmer(void* handle) : handle_(handle) {}
    void* handle_;
};

/// All names that Snowball lists, joined, with the stems of some words in each: differs when the library
/// behaves differently, which has no version to ask for.
[[nodiscard]] std::string snowball_fingerprint();

}  // namespace daybook::domain
