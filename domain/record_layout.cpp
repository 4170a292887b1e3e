// A reader that gives up at the first byte that encode_event would not have written there. In `data` it
// follows values of any shape, and leaves what is rare (fractions, negative numbers, \u escapes, doubled
// members, deep nesting) to the parser, which has the one definition of what they are.
#include "domain/record_layout.hpp"

#include "domain/utf8.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <bit>
#include <cstring>
#include <string>
#include <utility>

namespace daybook::domain {
namespace {

namespace json = boost::json;

constexpr int depth_max = 8;            // of values in `data`
constexpr std::size_t digits_max = 18;  // always fit
constexpr std::size_t members_expected = 8;

/// The number of bytes before the first of eight that is not plain: a control, a quote, a backslash or part
/// of a longer code point. A subtraction turns what is looked for negative, in the high bit of its byte; a
/// borrow can only reach the bytes behind a true one.
std::size_t plain_bytes(const char* bytes) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t high = 0x8080808080808080;
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    if constexpr (std::endian::native == std::endian::big) return 0;
    const std::uint64_t quote = word ^ (ones * '"');
    const std::uint64_t backslash = word ^ (ones * '\\');
    const std::uint64_t other =
        ((((word - ones * 0x20) | (quote - ones) | (backslash - ones)) & ~word) | word) & high;
    return static_cast<std::size_t>(std::countr_zero(other)) / 8;
}

char unescaped(char c) noexcept {
    switch (c) {
        case '"':
        case '\\':
        case '/': return c;
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        default: return '\0';
    }
}

/// Every function returns false where it gives up; then the place has no meaning.
class layout_reader {
 public:
    explicit layout_reader(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

    [[nodiscard]] bool done() const noexcept { return at_ == end_; }

    bool skip(std::string_view expected) noexcept {
        if (left() < expected.size() || std::memcmp(at_, expected.data(), expected.size()) != 0) return false;
        at_ += expected.size();
        return true;
    }
    bool skip(char expected) noexcept {
        if (at_ == end_ || *at_ != expected) return false;
        ++at_;
        return true;
    }

    /// What stands between the quotes; has_escapes says whether that is what it means.
    bool text(std::string_view& out, bool& has_escapes) noexcept {
        if (!skip('"')) return false;
        const char* from = at_;
        for (;;) {
            while (left() >= 8) {
                const auto plain = plain_bytes(at_);
                at_ += plain;
                if (plain < 8) break;
            }
            if (at_ == end_) return false;
            const auto c = static_cast<unsigned char>(*at_);
            if (c == '"') break;
            if (c < 0x20) return false;
            if (c == '\\') {
                if (left() < 2 || unescaped(at_[1]) == '\0') return false;
                has_escapes = true;
                at_ += 2;
            } else if (c < 0x80) {
                ++at_;
            } else {
                std::string_view rest(at_, left());
                if (!take_code_point(rest)) return false;
                at_ = rest.data();
            }
        }
        out = std::string_view(from, static_cast<std::size_t>(at_ - from));
        ++at_;
        return true;
    }
    bool text(std::string_view& out) noexcept {
        bool has_escapes = false;
        return text(out, has_escapes) && !has_escapes;
    }

    bool number(std::int64_t& out) noexcept {
        const char* from = at_;
        std::int64_t value = 0;
        while (at_ != end_ && *at_ >= '0' && *at_ <= '9' && static_cast<std::size_t>(at_ - from) < digits_max)
            value = value * 10 + (*at_++ - '0');
        const auto digits = static_cast<std::size_t>(at_ - from);
        out = value;
        return digits > 0 && (digits == 1 || *from != '0');
    }

    /// `taken(name)` reads the value.
    template <class Take>
    bool members(Take taken) {
        if (!skip('{')) return false;
        if (skip('}')) return true;
        do {
            std::string_view name;
            if (!text(name) || !skip(':') || !taken(name)) return false;
        } while (skip(','));
        return skip('}');
    }
    template <class Take>
    bool elements(Take taken) {
        if (!skip('[')) return false;
        if (skip(']')) return true;
        do {
            if (!taken()) return false;
        } while (skip(','));
        return skip(']');
    }

    bool pass(int depth) {
        if (at_ == end_ || depth == 0) return false;
        switch (*at_) {
            case '"': {
                std::string_view passed;
                bool has_escapes = false;
                return text(passed, has_escapes);
            }
            case '{': return members([&](std::string_view) { return pass(depth - 1); });
            case '[': return elements([&] { return pass(depth - 1); });
            case 'n': return skip("null");
            case 't': return skip("true");
            case 'f': return skip("false");
            default: {
                std::int64_t passed = 0;
                return number(passed);
            }
        }
    }

    bool fill(json::object& out, int depth) {
        if (depth == 0) return false;
        out.reserve(members_expected);
        return members([&](std::string_view name) {
            json::value value(nullptr, out.storage());
            return make(value, depth - 1) && out.emplace(name, std::move(value)).second;
        });
    }

    /// `out` is null before.
    bool make(json::value& out, int depth) {
        if (at_ == end_ || depth == 0) return false;
        switch (*at_) {
            case '"': return make_text(out.emplace_string());
            case '{': return fill(out.emplace_object(), depth);
            case '[': {
                auto& array = out.emplace_array();
                return elements([&] { return make(array.emplace_back(nullptr), depth - 1); });
            }
            case 'n': return skip("null");
            case 't': return out = true, skip("true");
            case 'f': return out = false, skip("false");
            default: return number(out.emplace_int64());
        }
    }

 private:
    [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

    bool make_text(json::string& out) {
        std::string_view stands;
        bool has_escapes = false;
        if (!text(stands, has_escapes)) return false;
        if (!has_escapes) {
            out.assign(stands);
            return true;
        }
        out.reserve(stands.size());
        for (std::size_t i = 0; i < stands.size(); ++i)
            out.push_back(stands[i] == '\\' ? unescaped(stands[++i]) : stands[i]);
        return true;
    }

    const char* at_;
    const char* end_;
};

template <class Data>
std::optional<record_layout> read_in_order(std::string_view value, Data data) {
    layout_reader in(value);
    std::optional<record_layout> read(std::in_place);
    auto& r = *read;
    const auto task = [&] { return in.skip("null") || in.text(r.task_id.emplace()); };
    const bool all =
        in.skip(R"({"event_id":)") && in.text(r.event_id) && in.skip(R"(,"event_type":)") &&
        in.text(r.event_type) && in.skip(R"(,"schema_version":)") && in.text(r.schema_version) &&
        in.skip(R"(,"timestamp":)") && in.text(r.timestamp) && in.skip(R"(,"user_id":)") &&
        in.text(r.user_id) && in.skip(R"(,"task_id":)") && task() && in.skip(R"(,"version":)") &&
        in.number(r.version) && in.skip(R"(,"command_id":)") && in.text(r.command_id) &&
        in.skip(R"(,"correlation_id":)") && in.text(r.correlation_id) && in.skip(R"(,"causation_id":)") &&
        in.text(r.causation_id) && in.skip(R"(,"actor":{"type":)") && in.text(r.actor_type) &&
        in.skip(R"(,"id":)") && in.text(r.actor_id) && in.skip(R"(},"source":)") && in.text(r.source) &&
        in.skip(R"(,"data":)") && data(in) && in.skip(R"(,"log":{"epoch":)") && in.number(r.epoch) &&
        in.skip(R"(,"claim":)") && in.text(r.claim) && in.skip(R"(,"seq":)") && in.number(r.seq) &&
        in.skip(R"(,"part":)") && in.text(r.part) && in.skip(R"(,"hash":)") && in.text(r.hash) &&
        in.skip(R"(,"at":)") && in.text(r.at) && in.skip("}}") && in.done();
    if (!all) read.reset();
    return read;
}

}  // namespace

std::optional<record_layout> read_layout(std::string_view value) {
    return read_in_order(value, [](layout_reader& in) {
        return in.members([&](std::string_view) { return in.pass(depth_max - 1); });
    });
}

std::optional<record_layout> read_layout(std::string_view value, json::object& data) {
    return read_in_order(value, [&](layout_reader& in) { return in.fill(data, depth_max); });
}

std::optional<log_proof> proof_of(const record_layout& layout) {
    if (layout.epoch < 1 || layout.seq < 1) return std::nullopt;
    std::optional<log_proof> proof(std::in_place);
    const auto at = parse_instant(layout.at);
    if (!at || !read_part(layout.part, *proof)) return std::nullopt;
    proof->epoch = layout.epoch;
    proof->claim = layout.claim;
    proof->seq = layout.seq;
    proof->hash = layout.hash;
    proof->at = *at;
    return proof;
}

}  // namespace daybook::domain
