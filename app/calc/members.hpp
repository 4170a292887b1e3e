// Members of an `in` object, read in the text forms of the vectors. Private to app/calc.
#pragma once

#include "domain/date.hpp"
#include "domain/errc.hpp"
#include "domain/zone.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::app::calc {

/// Reads members one after another; the first failure stays, and what is read after it means nothing.
class members {
 public:
    members(const boost::json::object& in, const domain::zone_table& zones) : in_(in), zones_(zones) {}

    [[nodiscard]] bool has(std::string_view name) const;  ///< present and not null
    [[nodiscard]] std::string text(std::string_view name);
    [[nodiscard]] std::int64_t number(std::string_view name, std::int64_t least, std::int64_t most);
    [[nodiscard]] domain::instant utc(std::string_view name);
    /// `2026-08-31` or `2026-08-31T09:00:00`.
    [[nodiscard]] domain::date_value wall_clock(std::string_view name);
    [[nodiscard]] const domain::zone* zone(std::string_view name);
    [[nodiscard]] const boost::json::array& list(std::string_view name);
    /// The same forms outside an object; `name` for the failure.
    [[nodiscard]] domain::date_value wall_clock_text(std::string_view text, std::string_view name);
    [[nodiscard]] const domain::zone* zone_text(std::string_view text);

    void fail(domain::problem p);
    void fail(domain::errc code, std::string_view part, std::string detail);
    [[nodiscard]] bool failed() const noexcept { return problem_.has_value(); }
    [[nodiscard]] const domain::problem& error() const { return *problem_; }
    [[nodiscard]] const domain::zone_table& zones() const noexcept { return zones_; }
    [[nodiscard]] const boost::json::object& in() const noexcept { return in_; }

 private:
    [[nodiscard]] const boost::json::value* find(std::string_view name);

    const boost::json::object& in_;
    const domain::zone_table& zones_;
    std::optional<domain::problem> problem_{};
};

/// `2026-03-29T01:30:00Z`, with milliseconds only where there are some.
[[nodiscard]] std::string utc_text(domain::instant);

}  // namespace daybook::app::calc
