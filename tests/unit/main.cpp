#define BOOST_TEST_MODULE daybook unit tests
#include <boost/test/unit_test.hpp>
