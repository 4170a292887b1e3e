#include "domain/errc.hpp"
#include "tests/support/source_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <set>
#include <sstream>

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
    for (const auto& row : dom::errc_table())
        BOOST_TEST((row.http_status == 500) == (row.value == dom::errc::internal));
}

BOOST_AUTO_TEST_CASE(the_page_of_errors_says_what_the_table_says) {
    std::ifstream file(daybook::tests::source_folder() / "docs/errors.md");
    std::stringstream page;
    page << file.rdbuf();
    for (const auto& row : dom::errc_table()) {
        std::ostringstream line;
        line << "| `" << row.code << "` | " << row.http_status << " | " << (row.retryable ? "yes" : "no")
             << " | " << row.title << " | " << row.what_to_do << " |";
        BOOST_TEST(page.str().find(line.str()) != std::string::npos, line.str());
    }
}

BOOST_AUTO_TEST_SUITE_END()
