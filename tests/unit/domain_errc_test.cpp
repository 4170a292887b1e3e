#include <boost/test/unit_test.hpp>
#include <set>

#include "domain/errc.hpp"

namespace dom = daybook::domain;

BOOST_AUTO_TEST_SUITE(domain_errc)

BOOST_AUTO_TEST_CASE(every_code_is_unique_and_has_a_status_a_title_and_advice) {
    std::set<std::string_view> codes;
    for (const auto& row : dom::errc_table()) {
        BOOST_TEST(codes.insert(row.code).second, row.code);
        BOOST_TEST(row.http_status >= 400);
        BOOST_TEST(!row.title.empty());
        BOOST_TEST(!row.what_to_do.empty());
    }
}

BOOST_AUTO_TEST_CASE(only_the_bug_code_is_a_500) {
    for (const auto& row : dom::errc_table()) BOOST_TEST((row.http_status == 500) == (row.value == dom::errc::internal));
}

BOOST_AUTO_TEST_SUITE_END()
