#include "platform/obs/log.hpp"
#include "platform/obs/metrics.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <stdexcept>
#include <thread>
#include <vector>

namespace obs = daybook::platform::obs;
using obs::level;
using obs::log_format;

BOOST_AUTO_TEST_SUITE(platform_obs)

BOOST_AUTO_TEST_CASE(a_log_line_is_one_json_object_whatever_the_values_are) {
    const auto line = obs::format_log_line(log_format::json, level::warn, "2026-08-22T08:00:00.123Z",
                                           "a \"quoted\"\nmessage",
                                           {{"request_id", "r-1"},
                                            {"count", 3},
                                            {"big", std::uint64_t{1} << 63},
                                            {"ratio", 0.5},
                                            {"nan", std::numeric_limits<double>::quiet_NaN()},
                                            {"yes", true},
                                            {"bytes", std::string_view("\xff\0x", 3)}});
    BOOST_TEST(line.find('\n') == std::string::npos);
    const auto o = boost::json::parse(line).as_object();
    BOOST_TEST(o.at("time").as_string() == "2026-08-22T08:00:00.123Z");
    BOOST_TEST(o.at("level").as_string() == "warn");
    BOOST_TEST(o.at("message").as_string() == "a \"quoted\"\nmessage");
    BOOST_TEST(o.at("request_id").as_string() == "r-1");
    BOOST_TEST(o.at("count").as_int64() == 3);
    BOOST_TEST(o.at("big").as_uint64() == std::uint64_t{1} << 63);
    BOOST_TEST(o.at("ratio").as_double() == 0.5);
    BOOST_TEST(o.at("nan").is_null());
    BOOST_TEST(o.at("yes").as_bool());
}

BOOST_AUTO_TEST_CASE(a_line_for_people_quotes_what_is_not_one_word) {
    const auto line = obs::format_log_line(log_format::human, level::info, "12:00", "started",
                                           {{"path", "/var/lib"}, {"why", "two words"}, {"n", -1}});
    BOOST_TEST(line == "12:00 info  started  path=/var/lib  why=\"two words\"  n=-1");
}

BOOST_AUTO_TEST_CASE(figures_from_many_threads_add_up) {
    obs::metrics figures;
    const auto count = figures.make_counter("things_total", "Things", {{"kind", "a"}});
    const auto again = figures.make_counter("things_total", "Things", {{"kind", "a"}});
    const auto seconds = figures.make_histogram("wait_seconds", "Waiting");
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 10'000; ++i) {
                    count.add();
                    seconds.observe(0.0002);
                }
            });
        }
    }
    again.add(2);
    const auto text = figures.render();
    BOOST_TEST(text.find("things_total{kind=\"a\"} 40002") != std::string::npos);
    BOOST_TEST(text.find("wait_seconds_bucket{le=\"0.0001\"} 0") != std::string::npos);
    BOOST_TEST(text.find("wait_seconds_bucket{le=\"0.00025\"} 40000") != std::string::npos);
    BOOST_TEST(text.find("# TYPE wait_seconds histogram") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_sampled_gauge_is_asked_at_each_rendering_until_its_guard_is_gone) {
    obs::metrics figures;
    int asked = 0;
    auto guard = figures.sample_gauge("depth", "Depth", {}, [&] { return static_cast<double>(++asked); });
    BOOST_TEST(figures.render().find("depth 1") != std::string::npos);
    BOOST_TEST(figures.render().find("depth 2") != std::string::npos);
    guard.reset();
    BOOST_TEST(!figures.render().empty());
    BOOST_TEST(asked == 2);
}

BOOST_AUTO_TEST_CASE(a_name_of_another_kind_is_refused_and_empty_handles_swallow) {
    obs::metrics figures;
    figures.make_counter("one", "One").add();
    BOOST_CHECK_THROW(static_cast<void>(figures.make_gauge("one", "One")), std::invalid_argument);
    obs::counter{}.add();
    obs::gauge{}.set(1);
    obs::histogram{}.observe(1);
}

BOOST_AUTO_TEST_SUITE_END()
