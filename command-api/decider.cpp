#include "command-api/decider.hpp"

#include "domain/codec/task_json.hpp"
#include "domain/json_text.hpp"
#include "platform/runtime/machine.hpp"

#include <algorithm>
#include <unordered_map>

namespace daybook::command_api {
namespace {

using domain::errc;
using domain::make_problem;
using domain::problem;

// Drops the open layer unless it was closed.
class layer_guard {
 public:
    explicit layer_guard(partition_state& state) : state_(&state) { state.begin(); }
    layer_guard(const layer_guard&) = delete;
    layer_guard& operator=(const layer_guard&) = delete;
    ~layer_guard() {
        if (state_ != nullptr) state_->abandon();
    }
    void keep() noexcept { state_ = nullptr; }

 private:
    partition_state* state_;
};

// The subject of a project command, which decide does not name in a no-op.
std::optional<domain::project_id> named_project(const domain::command& cmd) {
    if (cmd.type != domain::command_type::update_project && cmd.type != domain::command_type::delete_project)
        return std::nullopt;
    const auto* text = cmd.args.if_contains("project_id");
    if (text == nullptr || !text->is_string()) return std::nullopt;
    return domain::project_id::parse(std::string_view(text->get_string()));
}

// Likewise of a schedule command.
std::optional<domain::schedule_id> named_schedule(const domain::command& cmd) {
    const auto* text = cmd.args.if_contains("schedule_id");
    if (text == nullptr || !text->is_string()) return std::nullopt;
    return domain::schedule_id::parse(std::string_view(text->get_string()));
}

bool names_current(errc code) {
    return code == errc::version_mismatch || code == errc::status_conflict || code == errc::task_deleted ||
           code == errc::children_open;
}

}  // namespace

command_answer rejected_answer(const batch_item& item, problem why) {
    command_answer made;
    made.id = item.command.id;
    made.error = std::move(why);
    return made;
}

command_answer replayed_answer(const batch_item& item, const remembered_command& first, domain::position at) {
    command_answer made;
    made.id = item.command.id;
    made.status = answer_status::replayed;
    made.task = first.task;
    made.project = first.project;
    made.schedule = first.schedule;
    made.filter = first.filter;
    made.version = first.version;
    made.events = first.events;
    made.position = at;
    return made;
}

problem id_reused(const batch_item& item) {
    return make_problem(
        errc::command_id_reused,
        "command id \"" + item.command.id.text() + "\" stands for another command in this book", "id");
}

problem at_index(problem p, std::size_t index) {
    p.extra["index"] = index;
    return p;
}

decider::decider(partition_writer& writer, partition_writer::waiting_batch& waiting,
                 std::optional<problem> closed)
    : writer_(writer),
      waiting_(waiting),
      closed_(std::move(closed)),
      at_(std::max(writer.options_.now(), writer.last_at_)) {}

void decider::run() {
    if (waiting_.batch.mode == batch_mode::atomic)
        run_atomic();
    else
        run_independent();
}

writer_place decider::place() const {
    writer_place made;
    made.epoch = writer_.claim_.epoch;
    made.claim = writer_.claim_.claim_id;
    made.seq = writer_.issued_ + 1;
    made.offset = writer_.base_offset_ + writer_.issued_;
    made.at = at_;
    return made;
}

domain::decide_context decider::context(const domain::command& cmd) const {
    const auto& batch = waiting_.batch;
    domain::decide_context made;
    made.now = at_;
    made.actor = batch.actor;
    made.source = batch.source;
    if (cmd.occurred_at) made.source = "import";
    if (domain::is_reaction(cmd.id)) made.source = "reactor";
    made.correlation_id = batch.correlation_id.empty() ? cmd.id.text() : batch.correlation_id;
    made.causation_id = batch.causation_id;
    made.service_scope = batch.service_scope;
    made.entropy = platform::runtime::entropy;
    made.zones = writer_.options_.zones;
    return made;
}

// Rule 3: true once every record it was judged on is acknowledged, and the partition was still ours
// afterwards.
void decider::wait_for_judgement() {
    waiting_.judged_behind = writer_.issued_;
    waiting_.acked_needed = std::max(waiting_.acked_needed, writer_.issued_);
}

problem decider::with_current(problem p, const domain::command& cmd) const {
    if (!names_current(p.code) || p.extra.contains("current")) return p;
    const auto* text = cmd.args.if_contains("task_id");
    if (text == nullptr || !text->is_string()) return p;
    const auto id = domain::task_id::parse(std::string_view(text->get_string()));
    if (!id) return p;
    const auto book = writer_.state_->read(waiting_.batch.user, sight::newest);
    const auto found = writer_.task_resource_of(*book, *id);
    if (const auto* shown = std::get_if<task_resource>(&found))
        if (auto json = domain::parse_json(domain::render_task(*shown->task, shown->around)))
            p.extra["current"] = std::move(*json);
    return p;
}

decider::outcome decider::rejected(std::size_t index, problem why, fate meant) {
    outcome made;
    made.meant = meant;
    made.answer = rejected_answer(waiting_.batch.items[index], std::move(why));
    if (meant == fate::judged) wait_for_judgement();
    return made;
}

std::optional<decider::outcome> decider::repeat(std::size_t index) {
    const auto& item = waiting_.batch.items[index];
    const auto first = writer_.state_->remembered(waiting_.batch.user, item.command.id, at_, sight::newest);
    if (!first) return std::nullopt;
    const auto behind = first->last_offset - writer_.base_offset_ + 1;
    outcome made;
    if (behind > writer_.acked_) {
        made.meant = fate::attached;
        waiting_.acked_needed = std::max(waiting_.acked_needed, behind);
    }
    made.answer = first->hash == item.hash
                      ? replayed_answer(item, *first, writer_.position_at(first->last_offset))
                      : rejected_answer(item, id_reused(item));
    return made;
}

decider::outcome decider::judge(std::size_t index) {
    const auto& batch = waiting_.batch;
    const auto& item = batch.items[index];
    if (item.refused) return rejected(index, *item.refused, fate::settled);
    if (auto again = repeat(index)) return std::move(*again);
    for (const auto creator : item.creators) {
        if (std::ranges::find(failed_, creator) == failed_.end()) continue;
        auto why =
            make_problem(errc::dependency_failed, "command " + std::to_string(creator) + " (\"" +
                                                      batch.items[creator].command.temp_id + "\") failed");
        return rejected(index, std::move(why), fate::judged);
    }
    if (closed_) return rejected(index, *closed_, fate::settled);

    domain::command filled;
    const auto* cmd = &item.command;
    if (!item.creators.empty()) {
        filled = item.command;
        filled.args = with_ids(std::move(filled.args), waiting_.answer.temp_ids);
        cmd = &filled;
    }
    const auto book = writer_.state_->read(batch.user, sight::newest);
    auto decided = domain::decide(*book, *cmd, context(*cmd));
    if (!decided) return rejected(index, with_current(std::move(decided.error()), *cmd), fate::judged);
    outcome made;
    made.answer.id = item.command.id;
    if (const auto* nothing = std::get_if<domain::no_op>(&*decided)) {
        made.answer.status = answer_status::no_op;
        made.answer.task = nothing->task;
        made.meant = fate::judged;
        made.answer.position = writer_.position_at(writer_.base_offset_ + writer_.issued_ - 1);
        if (nothing->task) {
            if (const auto task = book->find(*nothing->task)) made.answer.version = task->version;
        } else if (nothing->filter) {
            made.answer.filter = nothing->filter;
            if (const auto found = book->find_filter(*nothing->filter)) made.answer.version = found->version;
        } else if (const auto project = named_project(*cmd)) {
            made.answer.project = project;
            if (const auto found = book->find_project(*project)) made.answer.version = found->version;
        } else if (const auto schedule = named_schedule(*cmd)) {
            made.answer.schedule = schedule;
            const auto* found = domain::find_schedule(book->book().schedules, *schedule);
            if (found != nullptr) made.answer.version = found->version;
        } else {
            made.answer.version = book->book().version;
        }
        wait_for_judgement();
        return made;
    }
    auto& yes = std::get<domain::accepted>(*decided);
    made.answer.status = answer_status::applied;
    made.answer.warnings = std::move(yes.warnings);
    made.meant = fate::appended;
    made.events = std::move(yes.events);
    for (auto& e : made.events) e.log.hash = item.hash;
    return made;
}

std::optional<problem> decider::commit(std::vector<domain::event> events, std::vector<std::string> keys) {
    auto built = build_commit(std::move(events), place());
    if (!built) return built.error();
    const auto& limits = writer_.options_;
    const bool too_many = writer_.in_flight_records_ + built->records.size() > limits.in_flight_records_max ||
                          writer_.in_flight_bytes_ + built->bytes > limits.in_flight_bytes_max;
    if (too_many && !writer_.in_flight_.empty())
        return make_problem(errc::overloaded, "too many records of this partition wait for the log");
    if (too_many)
        return make_problem(errc::limit_commit,
                            "the change makes " + std::to_string(built->bytes) + " bytes");
    layer_guard layer(*writer_.state_);
    for (const auto& part : built->parts) writer_.state_->apply(part.event, part.offset);
    writer_.state_->commit_end(built->parts);
    layer.keep();
    writer_.append(std::move(*built), std::move(keys));
    waiting_.acked_needed = std::max(waiting_.acked_needed, writer_.issued_);
    return std::nullopt;
}

// What the answer says comes from the events alone, so that a replay after a restart says the same.
void decider::set_answer(command_answer& answer, const std::vector<domain::event>& events,
                         std::int64_t first_offset) const {
    remembered_command first;
    auto offset = first_offset;
    for (const auto& e : events) first.add(e, offset++);
    answer.task = first.task;
    answer.project = first.project;
    answer.schedule = first.schedule;
    answer.filter = first.filter;
    answer.version = first.version;
    answer.events = std::move(first.events);
}

void decider::remember_name(std::size_t index, const command_answer& answer) {
    if (answer.status == answer_status::rejected) failed_.push_back(index);
    const auto& name = waiting_.batch.items[index].command.temp_id;
    if (name.empty()) return;
    if (answer.task)
        waiting_.answer.temp_ids.emplace_back(name, answer.task->text());
    else if (answer.project)
        waiting_.answer.temp_ids.emplace_back(name, answer.project->text());
}

void decider::run_independent() {
    const auto& batch = waiting_.batch;
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        auto made = judge(i);
        if (!made.events.empty()) {
            set_answer(made.answer, made.events, place().offset);
            if (auto why = commit(std::move(made.events), {writer_.key_of(batch, i)})) {
                const auto meant = why->code == errc::overloaded ? fate::settled : fate::judged;
                made = rejected(i, std::move(*why), meant);
            } else {
                made.answer.position = writer_.position_at(writer_.base_offset_ + writer_.issued_ - 1);
            }
        }
        const bool shown =
            made.answer.status == answer_status::applied || made.answer.status == answer_status::no_op;
        if (batch.wants_resource && shown) {
            const auto book = writer_.state_->read(batch.user, sight::newest);
            made.answer.resource = writer_.resource_of(*book, made.answer);
        }
        waiting_.fates[i] = made.meant;
        remember_name(i, made.answer);
        waiting_.answer.results.push_back(std::move(made.answer));
    }
}

void decider::run_atomic() {
    const auto& batch = waiting_.batch;
    auto& answer = waiting_.answer;
    const auto fail = [&](std::size_t index, outcome made) {
        answer.failed = at_index(std::move(*made.answer.error), index);
        // Nothing was appended. An earlier attempt that is still open decides what may be said when.
        for (auto& f : waiting_.fates)
            if (f == fate::appended) f = fate::settled;
        waiting_.fates[index] = made.meant;
    };
    // What no state decides comes first, for all commands.
    for (std::size_t i = 0; i < batch.items.size(); ++i)
        if (batch.items[i].refused) return fail(i, rejected(i, *batch.items[i].refused, fate::settled));

    std::vector<domain::event> events;
    std::vector<std::string> keys;
    std::unordered_map<std::string, std::size_t> first_of;  // key -> item that has the id first
    {
        layer_guard tried(*writer_.state_);
        for (std::size_t i = 0; i < batch.items.size(); ++i) {
            auto key = writer_.key_of(batch, i);
            const auto [first, fresh] = first_of.try_emplace(key, i);
            if (!fresh) {
                if (batch.items[first->second].hash != batch.items[i].hash)
                    return fail(i, rejected(i, id_reused(batch.items[i]), fate::settled));
                auto again = answer.results[first->second];
                if (again.status == answer_status::applied) again.status = answer_status::replayed;
                waiting_.fates[i] = waiting_.fates[first->second];
                answer.results.push_back(std::move(again));
                continue;
            }
            auto made = judge(i);
            if (made.answer.error) return fail(i, std::move(made));
            if (!made.events.empty()) {
                auto where = place();
                where.offset += static_cast<std::int64_t>(events.size());
                set_answer(made.answer, made.events, where.offset);
                auto parts = build_commit(made.events, where);
                if (!parts) return fail(i, rejected(i, parts.error(), fate::judged));
                for (const auto& part : parts->parts) writer_.state_->apply(part.event, part.offset);
                std::ranges::move(made.events, std::back_inserter(events));
                keys.push_back(std::move(key));
            }
            waiting_.fates[i] = made.meant;
            remember_name(i, made.answer);
            answer.results.push_back(std::move(made.answer));
        }
    }
    if (events.empty()) return;
    if (auto why = commit(std::move(events), std::move(keys))) {
        const auto meant = why->code == errc::overloaded ? fate::settled : fate::judged;
        return fail(batch.items.size() - 1, rejected(batch.items.size() - 1, std::move(*why), meant));
    }
    const auto last = writer_.position_at(writer_.base_offset_ + writer_.issued_ - 1);
    for (std::size_t i = 0; i < answer.results.size(); ++i)
        if (waiting_.fates[i] == fate::appended) answer.results[i].position = last;
}

}  // namespace daybook::command_api
