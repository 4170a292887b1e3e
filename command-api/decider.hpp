// Decides the commands of one batch one after another, each on the state that the ones before it leave (B1,
// settled 4), and hands what they make to the partition's writer. Part of partition_writer.
#pragma once

#include "command-api/batch.hpp"
#include "command-api/partition_writer.hpp"
#include "domain/decide.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace daybook::command_api {

[[nodiscard]] command_answer rejected_answer(const batch_item&, domain::problem);
[[nodiscard]] command_answer replayed_answer(const batch_item&, const remembered_command&, domain::position);
[[nodiscard]] domain::problem id_reused(const batch_item&);
[[nodiscard]] domain::problem at_index(domain::problem, std::size_t index);

/// Lives for one call of partition_writer::take, in state owned. Throws domain::problem_error if the decision
/// store cannot be read; nothing undecided is left open then.
class decider {
 public:
    /// `closed`: why nothing new may be appended now; repeats of earlier commands are answered all the same.
    decider(partition_writer&, partition_writer::waiting_batch&, std::optional<domain::problem> closed);
    void run();

 private:
    using fate = partition_writer::fate;
    struct outcome {
        std::vector<domain::event> events{};  ///< with their hash; empty: nothing to append
        command_answer answer{};
        fate meant = fate::settled;
    };

    void run_independent();
    void run_atomic();
    /// Everything but appending: replay, dependencies, decide.
    outcome judge(std::size_t index);
    std::optional<outcome> repeat(std::size_t index);

    /// Builds and appends one commit; on a problem nothing of it is left.
    std::optional<domain::problem> commit(std::vector<domain::event> events, std::vector<std::string> keys);

    void remember_name(std::size_t index, const command_answer&);
    void set_answer(command_answer&, const std::vector<domain::event>& events,
                    std::int64_t first_offset) const;
    outcome rejected(std::size_t index, domain::problem, fate);
    [[nodiscard]] domain::problem with_current(domain::problem, const domain::command&) const;
    [[nodiscard]] domain::decide_context context(const domain::command&) const;
    [[nodiscard]] writer_place place() const;
    void wait_for_judgement();

    partition_writer& writer_;
    partition_writer::waiting_batch& waiting_;
    std::optional<domain::problem> closed_;
    domain::instant at_;
    std::vector<std::size_t> failed_{};  ///< items that were rejected: their dependents fail
};

}  // namespace daybook::command_api
