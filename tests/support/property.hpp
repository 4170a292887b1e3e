// A rapidcheck property as a check of Boost.Test: a failure prints the counterexample and the seed that
// replays it (RC_PARAMS="seed=…").
#pragma once

#include <boost/test/unit_test.hpp>

#include <rapidcheck.h>

#define DAYBOOK_PROPERTY(sentence, ...) \
    BOOST_CHECK_MESSAGE(rc::check(sentence, __VA_ARGS__), "property does not hold: " sentence)
