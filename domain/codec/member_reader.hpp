// Reads the members of a JSON object one after another, strict about types. For the codecs only.
#pragma once

#include "domain/errc.hpp"
#include "domain/time.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::domain {

/// The first thing that is wrong stays in `failure()`; what is read after it has no meaning. Members that are
/// asked for in the order in which they stand cost one comparison each. Lifetime: not longer than the object.
class member_reader {
 public:
    member_reader(const boost::json::object& object, std::string_view what)
        : object_(object), next_(object.begin()), what_(what) {}

    /// The member, or null if there is none.
    [[nodiscard]] const boost::json::value* find(std::string_view name) noexcept {
        if (next_ != object_.end() && next_->key() == name) return &(next_++)->value();
        const auto found = object_.find(name);
        if (found == object_.end()) return nullptr;
        next_ = found + 1;
        return &found->value();
    }

    [[nodiscard]] const boost::json::value* require(std::string_view name) {
        const auto* value = find(name);
        if (value == nullptr) fail(name, "is missing");
        return value;
    }

    [[nodiscard]] std::string_view text(std::string_view name) {
        const auto* value = require(name);
        if (value == nullptr) return {};
        if (const auto* string = value->if_string()) return *string;
        fail(name, "is not a string");
        return {};
    }

    /// At least `least`.
    [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t least) {
        const auto* value = require(name);
        if (value == nullptr) return 0;
        if (const auto* number = value->if_int64(); number != nullptr && *number >= least) return *number;
        fail(name, "is not a number that it can be");
        return 0;
    }

    [[nodiscard]] instant time(std::string_view name) {
        const auto string = text(name);
        if (failed()) return {};
        if (const auto at = parse_instant(string)) return *at;
        fail(name, "is not an instant");
        return {};
    }

    [[nodiscard]] bool flag(std::string_view name) {
        const auto* value = require(name);
        if (value == nullptr) return false;
        if (const auto* said = value->if_bool()) return *said;
        fail(name, "is not true or false");
        return false;
    }

    /// An id type with `parse`.
    template <class Id>
    [[nodiscard]] Id id(std::string_view name) {
        const auto string = text(name);
        if (failed()) return {};
        if (const auto parsed = Id::parse(string)) return *parsed;
        fail(name, "is not a UUID");
        return {};
    }

    [[nodiscard]] const boost::json::object* object(std::string_view name) {
        const auto* value = require(name);
        if (value == nullptr) return nullptr;
        if (value->is_object()) return &value->get_object();
        fail(name, "is not an object");
        return nullptr;
    }

    void fail(std::string_view name, std::string_view what) {
        if (failed()) return;
        problem_ = make_problem(errc::log_damaged,
                                std::string(what_) + ": `" + std::string(name) + "` " + std::string(what),
                                std::string(name));
    }
    [[nodiscard]] bool failed() const noexcept { return problem_.has_value(); }
    /// Precondition: failed().
    [[nodiscard]] const problem& failure() const noexcept { return *problem_; }

 private:
    const boost::json::object& object_;
    boost::json::object::const_iterator next_;
    std::string_view what_;
    std::optional<problem> problem_{};
};

}  // namespace daybook::domain
