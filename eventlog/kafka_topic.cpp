#include "eventlog/kafka_topic.hpp"

#include "domain/limits.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <thread>

namespace daybook::eventlog {
namespace {

using domain::errc;
using std::chrono::steady_clock;

constexpr std::size_t error_text_bytes = 512;
constexpr std::int32_t replicas_that_need_two = 3;
// What one request may carry: the client's batches are at most message.max.bytes long.
constexpr std::int64_t message_bytes_min = 1'000'000;
constexpr auto leaders_asked_every = std::chrono::milliseconds(50);
static_assert(message_bytes_min > static_cast<std::int64_t>(domain::limits::record_bytes_max));

struct metadata_closer {
    void operator()(const rd_kafka_metadata_t* one) const noexcept { rd_kafka_metadata_destroy(one); }
};
struct admin_options_closer {
    void operator()(rd_kafka_AdminOptions_t* one) const noexcept { rd_kafka_AdminOptions_destroy(one); }
};
struct new_topic_closer {
    void operator()(rd_kafka_NewTopic_t* one) const noexcept { rd_kafka_NewTopic_destroy(one); }
};
struct resource_closer {
    void operator()(rd_kafka_ConfigResource_t* one) const noexcept { rd_kafka_ConfigResource_destroy(one); }
};
using admin_options = std::unique_ptr<rd_kafka_AdminOptions_t, admin_options_closer>;

admin_options options_for(rd_kafka_t* asker, rd_kafka_admin_op_t what, deadline until) {
    admin_options made(rd_kafka_AdminOptions_new(asker, what));
    std::array<char, error_text_bytes> why{};
    const auto timeout = kafka_timeout_ms(until);
    // Both take any positive time.
    (void)rd_kafka_AdminOptions_set_request_timeout(made.get(), timeout, why.data(), why.size());
    if (what == RD_KAFKA_ADMIN_OP_CREATETOPICS)
        (void)rd_kafka_AdminOptions_set_operation_timeout(made.get(), timeout, why.data(), why.size());
    return made;
}

kafka_event answer_of(rd_kafka_queue_t* queue, deadline until) {
    return kafka_event(rd_kafka_queue_poll(queue, kafka_timeout_ms(until)));
}

domain::problem no_answer(std::string_view doing) {
    return domain::make_problem(errc::log_unavailable, fmt::format("{}: no answer in time", doing));
}

struct requirement {
    std::string_view setting;
    std::string value;
    bool at_least = false;  ///< a number that may be greater
};

std::vector<requirement> requirements(const topic_shape& shape) {
    std::vector<requirement> all{{"cleanup.policy", "delete"},
                                 {"retention.ms", "-1"},
                                 {"retention.bytes", "-1"},
                                 {"unclean.leader.election.enable", "false"},
                                 {"message.timestamp.type", "CreateTime"},
                                 {"max.message.bytes", fmt::format("{}", message_bytes_min), true}};
    if (shape.replicas >= replicas_that_need_two) all.push_back({"min.insync.replicas", "2", true});
    return all;
}

bool satisfied(const requirement& wanted, const std::string& found) {
    if (!wanted.at_least) return found == wanted.value;
    const auto number = [](const std::string& text) {
        std::int64_t value = 0;
        (void)std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    };
    return number(found) >= number(wanted.value);
}

domain::result<std::map<std::string, std::string>> settings_of(rd_kafka_t* asker, const std::string& topic,
                                                               deadline until) {
    const auto doing = fmt::format("reading the settings of topic {}", topic);
    const kafka_queue queue(rd_kafka_queue_new(asker));
    const std::unique_ptr<rd_kafka_ConfigResource_t, resource_closer> resource(
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    std::array<rd_kafka_ConfigResource_t*, 1> asked{resource.get()};
    const auto options = options_for(asker, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, until);
    rd_kafka_DescribeConfigs(asker, asked.data(), asked.size(), options.get(), queue.get());
    const auto event = answer_of(queue.get(), until);
    if (!event) return no_answer(doing);
    if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_problem(rd_kafka_event_error(event.get()), doing);
    const auto* result = rd_kafka_event_DescribeConfigs_result(event.get());
    std::size_t count = 0;
    const auto* const* resources = rd_kafka_DescribeConfigs_result_resources(result, &count);
    std::map<std::string, std::string> found;
    for (std::size_t i = 0; i < count; ++i) {
        if (rd_kafka_ConfigResource_error(resources[i]) != RD_KAFKA_RESP_ERR_NO_ERROR)
            return kafka_problem(rd_kafka_ConfigResource_error(resources[i]), doing);
        std::size_t entries = 0;
        const auto* const* entry = rd_kafka_ConfigResource_configs(resources[i], &entries);
        for (std::size_t k = 0; k < entries; ++k) {
            const auto* value = rd_kafka_ConfigEntry_value(entry[k]);
            found[rd_kafka_ConfigEntry_name(entry[k])] = value != nullptr ? value : "";
        }
    }
    return found;
}

}  // namespace

domain::result<broker_view> look_at(rd_kafka_t* asker, const std::string& topic, deadline until) {
    const kafka_topic_handle handle(rd_kafka_topic_new(asker, topic.c_str(), nullptr));
    const auto doing = fmt::format("asking the brokers for topic {}", topic);
    if (!handle) return kafka_problem(rd_kafka_last_error(), doing);
    const rd_kafka_metadata_t* answer = nullptr;
    const auto error = rd_kafka_metadata(asker, 0, handle.get(), &answer, kafka_timeout_ms(until));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_problem(error, doing);
    const std::unique_ptr<const rd_kafka_metadata_t, metadata_closer> metadata(answer);
    broker_view view;
    view.brokers = metadata->broker_cnt;
    if (metadata->topic_cnt != 1) return no_answer(doing);
    const auto& found = metadata->topics[0];
    if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return view;
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR && found.err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
        return kafka_problem(found.err, doing);
    topic_shape shape{found.partition_cnt, INT32_MAX, found.partition_cnt > 0};
    for (int p = 0; p < found.partition_cnt; ++p) {
        shape.replicas = std::min(shape.replicas, found.partitions[p].replica_cnt);
        shape.led = shape.led && found.partitions[p].leader >= 0;
    }
    view.topic = shape;
    return view;
}

kafka_properties log_topic_settings(std::int32_t replicas) {
    kafka_properties settings;
    for (const auto& one : requirements({1, replicas, true}))
        if (!one.at_least || one.setting == "min.insync.replicas")
            settings.emplace_back(one.setting, one.value);
    return settings;
}

domain::result<void> make_topics(rd_kafka_t* asker, const std::vector<new_topic>& topics, deadline until) {
    if (topics.empty()) return {};
    std::vector<std::unique_ptr<rd_kafka_NewTopic_t, new_topic_closer>> made;
    std::vector<rd_kafka_NewTopic_t*> asked;
    std::array<char, error_text_bytes> why{};
    for (const auto& one : topics) {
        made.emplace_back(
            rd_kafka_NewTopic_new(one.name.c_str(), one.partitions, one.replicas, why.data(), why.size()));
        if (!made.back())
            return domain::make_problem(errc::config_invalid,
                                        fmt::format("topic {}: {}", one.name, why.data()));
        for (const auto& [name, value] : one.settings)
            (void)rd_kafka_NewTopic_set_config(made.back().get(), name.c_str(), value.c_str());
        asked.push_back(made.back().get());
    }
    const kafka_queue queue(rd_kafka_queue_new(asker));
    const auto options = options_for(asker, RD_KAFKA_ADMIN_OP_CREATETOPICS, until);
    rd_kafka_CreateTopics(asker, asked.data(), asked.size(), options.get(), queue.get());
    const auto event = answer_of(queue.get(), until);
    if (!event) return no_answer("making topics");
    if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_problem(rd_kafka_event_error(event.get()), "making topics");
    std::size_t count = 0;
    const auto* const* results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto error = rd_kafka_topic_result_error(results[i]);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
        const auto* text = rd_kafka_topic_result_error_string(results[i]);
        return domain::make_problem(
            errc::log_unsafe,
            fmt::format("the broker refuses to make topic {}: {}", rd_kafka_topic_result_name(results[i]),
                        text != nullptr ? text : rd_kafka_err2str(error)),
            {}, "Make the topic by hand, or allow this client to.");
    }
    for (const auto& one : topics) {
        while (true) {
            const auto view = look_at(asker, one.name, until);
            if (view && view->topic && view->topic->led) break;
            if (steady_clock::now() >= until) return no_answer(fmt::format("waiting for topic {}", one.name));
            std::this_thread::sleep_for(leaders_asked_every);
        }
    }
    return {};
}

domain::result<void> check_topic_settings(rd_kafka_t* asker, const std::string& topic,
                                          const topic_shape& shape, deadline until) {
    const auto found = settings_of(asker, topic, until);
    if (!found) return found.error();
    for (const auto& wanted : requirements(shape)) {
        const auto at = found->find(std::string(wanted.setting));
        if (at != found->end() && satisfied(wanted, at->second)) continue;
        return domain::make_problem(
            errc::log_unsafe,
            fmt::format("topic {} has {}={}, the log needs {}{}", topic, wanted.setting,
                        at == found->end() ? "?" : at->second, wanted.at_least ? "at least " : "",
                        wanted.value),
            std::string(wanted.setting),
            fmt::format(
                "kafka-configs.sh --bootstrap-server ... --alter --entity-type topics --entity-name {} "
                "--add-config {}={}",
                topic, wanted.setting, wanted.value));
    }
    return {};
}

}  // namespace daybook::eventlog
