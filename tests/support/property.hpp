// A rapidcheck property as a check of Boost.Test: a failure prints the counterexample and the seed that replays it
// (RC_PARAMS="seed=…").
#pragma once

#include <rapidcheck.h>

#include <boost/test/unit_test.hpp>

#define DAYBOOK_PROPERTY(sentence, ...) \
    BOOST_CHECK_MESSAGE(rc::check(sentence, __VA_ARGS__), "property does not hold: " sentence)
