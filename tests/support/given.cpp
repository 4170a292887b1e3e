#include "tests/support/given.hpp"

#include "domain/codec/event_json.hpp"
#include "domain/json_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace daybook::tests {
namespace {

namespace json = boost::json;
namespace dom = domain;

std::map<dom::uuid, std::string>& names() {
    static std::map<dom::uuid, std::string> known;
    return known;
}

void replace_names(json::value& value) {
    if (auto* text = value.if_string(); text != nullptr && text->starts_with("$")) {
        *text = id_named(std::string_view(*text).substr(1)).text();
    } else if (auto* list = value.if_array()) {
        for (auto& element : *list) replace_names(element);
    } else if (auto* object = value.if_object()) {
        for (auto& member : *object) replace_names(member.value());
    }
}

std::string subject_of(const story& s, const dom::event& e) {
    if (e.task) return " " + s.name_of(e.task->value());
    const auto* project = e.data.if_contains("project_id");
    if (project == nullptr) return {};
    return " " + s.name_of(dom::uuid::parse(std::string_view(project->as_string())).value());
}

std::string told(const story& s, const dom::decision& decided) {
    if (!decided) {
        const auto& p = decided.error();
        return fmt::format("rejected: {} at `{}`: {}", dom::row_of(p.code).code, p.field, p.detail);
    }
    const auto* accepted = std::get_if<dom::accepted>(&*decided);
    if (accepted == nullptr) return "nothing";
    std::vector<std::string> events;
    for (const auto& e : accepted->events) events.push_back(std::string(to_text(e.type)) + subject_of(s, e));
    return fmt::format("{}", fmt::join(events, ", "));
}

}  // namespace

const dom::zone_table& test_zones() {
    static const dom::zone_table table = [] {
        std::unordered_map<std::string, dom::zone> zones;
        for (const std::string name : {"UTC", "Europe/Berlin", "America/New_York"}) {
            std::ifstream file("/usr/share/zoneinfo/" + name, std::ios::binary);
            const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
            zones.emplace(name, dom::zone::parse(name, bytes).value());
        }
        return dom::zone_table("test", std::move(zones));
    }();
    return table;
}

dom::uuid id_named(std::string_view name) {
    const auto id = dom::uuid::v5(dom::daybook_namespace, fmt::format("story {}", name));
    names().try_emplace(id, name);
    return id;
}

dom::instant at(std::string_view text) {
    const auto parsed = dom::parse_instant(text);
    if (!parsed) throw std::invalid_argument(fmt::format("no instant: {}", text));
    return *parsed;
}

json::value json_named(std::string_view text) {
    auto value = dom::parse_json(text).value();
    replace_names(value);
    return value;
}

story& outcome::then(const std::vector<std::string>& events) {
    BOOST_TEST(told(story_, decided_) == fmt::format("{}", fmt::join(events, ", ")));
    return story_;
}

story& outcome::then_nothing() {
    BOOST_TEST(told(story_, decided_) == "nothing");
    return story_;
}

story& outcome::then_rejected(dom::errc code, std::string_view field) {
    const auto found = told(story_, decided_);
    BOOST_REQUIRE_MESSAGE(!decided_, "not rejected, but: " + found);
    BOOST_TEST(dom::row_of(decided_.error().code).code == dom::row_of(code).code, found);
    if (!field.empty()) BOOST_TEST(decided_.error().field == field, found);
    return story_;
}

const dom::event& outcome::event(std::size_t i) const {
    BOOST_REQUIRE_MESSAGE(decided_, told(story_, decided_));
    const auto* accepted = std::get_if<dom::accepted>(&*decided_);
    BOOST_REQUIRE(accepted != nullptr);
    BOOST_REQUIRE(i < accepted->events.size());
    return accepted->events[i];
}

std::string outcome::data(std::size_t i) const { return json::serialize(event(i).data); }

dom::problem outcome::rejection() const {
    BOOST_REQUIRE_MESSAGE(!decided_, told(story_, decided_));
    return decided_.error();
}

story::story() : book_(dom::user_id("ana")), now_(at("2026-08-22T08:00:00Z")) {}

story& story::task(std::string_view name, std::string_view members) {
    const auto args = fmt::format(R"({{"task_id":"${}","title":"{}"{}{}}})", name, name,
                                  members.empty() ? "" : ",", members);
    return did("create_task", args);
}

story& story::happened(dom::event_type type, std::string_view task, std::string_view data) {
    dom::event e;
    e.type = type;
    e.id = dom::event_id(id_named(fmt::format("event {}", events_.size())));
    e.timestamp = now_;
    e.user = book_.book().user;
    e.task = dom::task_id(id_named(task));
    const auto before = book_.find(*e.task);
    e.version = (before ? before->version : 0) + 1;
    e.command = dom::command_id(fmt::format("story-{}", ++commands_));
    e.source = "http";
    e.data = json_named(data).as_object();
    book_.apply(e);
    events_.push_back(std::move(e));
    return *this;
}

story& story::did(std::string_view type, std::string_view args) {
    auto result = when(type, args);
    const bool applied = result.decided() && std::holds_alternative<dom::accepted>(*result.decided());
    BOOST_REQUIRE_MESSAGE(applied, fmt::format("{} {}: {}", type, args, told(*this, result.decided())));
    return *this;
}

story& story::at_time(std::string_view instant) {
    now_ = at(instant);
    return *this;
}

story& story::if_version(std::int64_t version) {
    next_.if_version = version;
    return *this;
}

story& story::occurred_at(std::string_view instant) {
    next_.occurred_at = at(instant);
    return *this;
}

story& story::with_id(std::string_view command_id) {
    next_.id = dom::command_id(std::string(command_id));
    return *this;
}

story& story::as_service() {
    service_ = true;
    return *this;
}

outcome story::when(std::string_view type, std::string_view args) {
    auto cmd = std::exchange(next_, dom::command{});
    cmd.type = dom::parse_command_type(type).value();
    cmd.args = json_named(args).as_object();
    if (cmd.id.empty()) cmd.id = dom::command_id(fmt::format("story-{}", ++commands_));
    return when(cmd);
}

outcome story::when(const dom::command& cmd) {
    if (auto fits = dom::check_schema(cmd); !fits) return {*this, fits.error()};
    const auto entropy_before = entropy_;
    auto decided = decide_once(cmd);
    if (decided)
        if (const auto* accepted = std::get_if<dom::accepted>(&*decided))
            check_accepted(cmd, *accepted, entropy_before);
    service_ = false;
    return {*this, std::move(decided)};
}

dom::decision story::decide_once(const dom::command& cmd) {
    dom::decide_context context;
    context.now = now_;
    context.actor = {"user", "ana"};
    context.zones = &test_zones();
    context.service_scope = service_;
    if (service_) context.source = "reactor";
    context.entropy = [this] {
        std::array<std::uint8_t, 10> bytes{};
        auto n = ++entropy_;
        for (std::size_t i = 0; i < 8; ++i, n >>= 8U) bytes[9 - i] = static_cast<std::uint8_t>(n & 0xffU);
        return bytes;
    };
    return dom::decide(book_, cmd, context);
}

void story::check_accepted(const dom::command& cmd, const dom::accepted& accepted,
                           std::uint64_t entropy_before) {
    const auto entropy_after = std::exchange(entropy_, entropy_before);
    const auto again = decide_once(cmd);
    BOOST_TEST(entropy_ == entropy_after);
    const auto& repeated = std::get<dom::accepted>(again.value());
    BOOST_REQUIRE(!accepted.events.empty());
    BOOST_REQUIRE(repeated.events.size() == accepted.events.size());
    for (std::size_t i = 0; i < accepted.events.size(); ++i) {
        auto e = accepted.events[i];
        e.log.hash = "0123456789abcdef0123456789abcdef";
        e.log.claim = "claim";
        e.log.epoch = 1;
        e.log.seq = 1;
        auto other = repeated.events[i];
        other.log = e.log;
        const auto line = dom::encode_event(e);
        BOOST_TEST(dom::encode_event(other) == line);
        const auto read = dom::decode_event(dom::parse_json_object(line).value());
        BOOST_REQUIRE_MESSAGE(read, read.error().detail + ": " + line);
        BOOST_TEST(dom::encode_event(*read) == line);

        const auto before = e.task ? book_.find(*e.task) : nullptr;
        if (e.task) BOOST_TEST(e.version == (before ? before->version : 0) + 1);
        BOOST_TEST((e.timestamp >= book_.book().last_timestamp));
        book_.apply(*read);
        events_.push_back(e);
    }
}

const dom::task& story::of(std::string_view name) const {
    const auto found = book_.find(dom::task_id(id_named(name)));
    BOOST_REQUIRE_MESSAGE(found, fmt::format("no task {}", name));
    return *found;
}

std::string story::name_of(const dom::uuid& id) const {
    const auto found = names().find(id);
    return found == names().end() ? "?" : found->second;
}

story given() { return {}; }

}  // namespace daybook::tests
