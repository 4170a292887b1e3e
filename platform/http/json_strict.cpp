#include "platform/http/json_strict.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace daybook::platform::http {
namespace {

namespace json = boost::json;
using boost::system::error_code;

constexpr double number_limit = 9223372036854775808.0;  // 2^63

// Receives the parser's events, refuses what settled 21 names, builds the value and knows where it is.
class strict_handler {
 public:
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

    strict_handler() { stack_.reset(); }
    /// See parse_json_foreign.
    void be_lenient(std::vector<std::string>& numbers) { numbers_as_text_ = &numbers; }

    [[nodiscard]] json::value release() { return stack_.release(); }
    [[nodiscard]] std::optional<domain::problem>& refusal() noexcept { return refusal_; }
    [[nodiscard]] std::string path() const;

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }

    bool on_object_begin(error_code&) {
        value_begins();
        frames_.push_back({false, 0, names_.size()});
        return true;
    }
    bool on_object_end(std::size_t size, error_code& ec) {
        const std::size_t first = frames_.back().first_name;
        if (!names_differ(first)) return refuse(ec, "a name stands twice in one object", "Keep one of them.");
        names_.resize(first);
        frames_.pop_back();
        stack_.push_object(size);
        return true;
    }
    bool on_array_begin(error_code&) {
        value_begins();
        frames_.push_back({true, 0, names_.size()});
        return true;
    }
    bool on_array_end(std::size_t size, error_code&) {
        frames_.pop_back();
        stack_.push_array(size);
        return true;
    }

    bool on_key_part(json::string_view part, std::size_t, error_code&) {
        key_ += part;
        stack_.push_chars(part);
        return true;
    }
    bool on_key(json::string_view last, std::size_t, error_code& ec) {
        key_ += last;
        stack_.push_key(last);
        const bool refused = has_nul(key_);
        names_.push_back(std::move(key_));
        key_.clear();
        if (refused) return refuse(ec, "a name contains U+0000", "Remove the character.");
        return true;
    }

    bool on_string_part(json::string_view part, std::size_t, error_code& ec) {
        if (has_nul(part)) return refuse_nul(ec);
        stack_.push_chars(part);
        return true;
    }
    bool on_string(json::string_view last, std::size_t, error_code& ec) {
        value_begins();
        if (has_nul(last)) return refuse_nul(ec);
        stack_.push_string(last);
        return true;
    }

    bool on_number_part(json::string_view part, error_code&) {
        number_ += part;
        return true;
    }
    bool on_int64(std::int64_t value, json::string_view, error_code&) {
        value_begins();
        number_.clear();
        stack_.push_int64(value);
        return true;
    }
    bool on_uint64(std::uint64_t value, json::string_view last, error_code& ec) {
        value_begins();
        number_ += last;
        if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            return refuse_number(ec);
        number_.clear();
        stack_.push_int64(static_cast<std::int64_t>(value));
        return true;
    }
    // The text is read again because Boost.JSON 1.81 may be one unit in the last place off, and a command's
    // hash must not depend on the library's version.
    bool on_double(double approximate, json::string_view last, error_code& ec) {
        value_begins();
        number_ += last;
        // An integer that did not fit into 64 bits; as a double it might round into the range.
        if (number_.find_first_of(".eE") == std::string::npos && approximate != 0.0) return refuse_number(ec);
        double value = approximate;
        const auto [end, error] = std::from_chars(number_.data(), number_.data() + number_.size(), value);
        if (error == std::errc::result_out_of_range && std::abs(approximate) < 1.0)
            value = 0.0;  // underflow
        else if (error != std::errc{})
            return refuse_number(ec);
        if (!std::isfinite(value) || value >= number_limit || value < -number_limit) return refuse_number(ec);
        number_.clear();
        stack_.push_double(value);
        return true;
    }
    bool on_bool(bool value, error_code&) {
        value_begins();
        stack_.push_bool(value);
        return true;
    }
    bool on_null(error_code&) {
        value_begins();
        stack_.push_null();
        return true;
    }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }

 private:
    struct frame {
        bool is_array;
        std::size_t values;      // begun so far
        std::size_t first_name;  // where the object's names begin in names_
    };

    [[nodiscard]] bool has_nul(json::string_view text) const noexcept {
        return numbers_as_text_ == nullptr && text.find('\0') != json::string_view::npos;
    }

    void value_begins() {
        if (!frames_.empty()) ++frames_.back().values;
    }

    // Compares the object's names; puts the doubled one last, where path() looks.
    bool names_differ(std::size_t first) {
        const auto begin = names_.begin() + static_cast<std::ptrdiff_t>(first);
        std::sort(begin, names_.end());
        const auto twice = std::adjacent_find(begin, names_.end());
        if (twice == names_.end()) return true;
        std::iter_swap(twice, names_.end() - 1);
        return false;
    }

    bool refuse(error_code& ec, std::string detail, std::string hint) {
        refusal_ =
            domain::make_problem(domain::errc::json_malformed, std::move(detail), path(), std::move(hint));
        ec = json::error::syntax;
        return false;
    }
    bool refuse_nul(error_code& ec) { return refuse(ec, "a text contains U+0000", "Remove the character."); }
    bool refuse_number(error_code& ec) {
        if (numbers_as_text_ != nullptr) {
            numbers_as_text_->push_back(path());
            stack_.push_string(number_);
            number_.clear();
            return true;
        }
        return refuse(ec, "a number is not finite or not within -2^63 and 2^63 - 1", "Send it as a string.");
    }

    json::value_stack stack_;
    std::vector<frame> frames_;
    std::vector<std::string> names_;  // of all open objects, one after another
    std::string key_;
    std::string number_;
    std::optional<domain::problem> refusal_;
    std::vector<std::string>* numbers_as_text_ = nullptr;
};

std::string strict_handler::path() const {
    std::string text;
    for (std::size_t i = 0; i < frames_.size(); ++i) {
        const frame& f = frames_[i];
        if (f.is_array) {
            if (f.values > 0) text += fmt::format("[{}]", f.values - 1);
            continue;
        }
        const std::size_t end = i + 1 < frames_.size() ? frames_[i + 1].first_name : names_.size();
        if (end == f.first_name) continue;
        if (!text.empty()) text += '.';
        text += names_[end - 1];
    }
    return text;
}

std::string_view reason(const error_code& ec) {
    if (ec == json::error::too_deep) return "it is nested too deeply";
    if (ec == json::error::incomplete) return "it ends too early";
    if (ec == json::error::illegal_leading_surrogate || ec == json::error::illegal_trailing_surrogate ||
        ec == json::error::expected_utf16_escape)
        return "a \\u escape is half of a surrogate pair";
    if (ec == json::error::extra_data) return "something follows its end";
    if (ec == json::error::exponent_overflow) return "a number is not finite";
    return "the syntax is wrong";
}

}  // namespace

namespace {

domain::result<json::value> parse_with(json::basic_parser<strict_handler>& parser, std::string_view text) {
    error_code ec;
    std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
    if (!ec) {
        used = std::min(text.find_first_not_of(" \t\r\n", used), text.size());
        if (used < text.size()) ec = json::error::extra_data;
    }
    if (!ec) return parser.handler().release();
    if (auto& refusal = parser.handler().refusal()) return std::move(*refusal);
    return domain::make_problem(domain::errc::json_malformed,
                                fmt::format("this is no JSON text: {} (byte {})", reason(ec), used),
                                parser.handler().path());
}

json::parse_options with_depth(std::size_t depth_max) {
    json::parse_options options;
    options.max_depth = depth_max;
    return options;
}

}  // namespace

domain::result<json::value> parse_json_strict(std::string_view text, std::size_t depth_max) {
    json::basic_parser<strict_handler> parser(with_depth(depth_max));
    return parse_with(parser, text);
}

domain::result<json::value> parse_json_foreign(std::string_view text, std::size_t depth_max,
                                               std::vector<std::string>& numbers) {
    json::basic_parser<strict_handler> parser(with_depth(depth_max));
    parser.handler().be_lenient(numbers);
    return parse_with(parser, text);
}

}  // namespace daybook::platform::http
