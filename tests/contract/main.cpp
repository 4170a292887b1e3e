#define BOOST_TEST_MODULE daybook contract tests
#include <boost/test/unit_test.hpp>
