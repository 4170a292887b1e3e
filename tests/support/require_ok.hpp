// The value of a result that must be one; otherwise the test ends with the problem in words.
#pragma once

#include "domain/errc.hpp"

#include <boost/test/unit_test.hpp>

#include <type_traits>
#include <utility>

namespace daybook::tests {

template <class T>
T require_ok(domain::result<T> got) {
    if (!got) BOOST_FAIL(std::string(domain::row_of(got.error().code).code) + ": " + got.error().detail);
    if constexpr (!std::is_void_v<T>) return std::move(*got);
}

}  // namespace daybook::tests
