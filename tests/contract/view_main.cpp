#define BOOST_TEST_MODULE daybook view contract tests
#include <boost/test/unit_test.hpp>
