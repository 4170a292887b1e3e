#include "projector/query_plan.hpp"

#include "domain/limits.hpp"
#include "projector/column_filter.hpp"
#include "projector/row_order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>
#include <vector>

namespace daybook::projector {
namespace {

using mask = column_chunk::mask;

/// The chunks to look into and which of their rows: all, or those of the candidates.
class chunk_walk {
 public:
    chunk_walk(const book_columns& columns, const std::optional<task_set>& candidates) : columns_(columns) {
        if (candidates) ordinals_ = candidates->ordinals();
    }
    /// Says whether it was walked to the end.
    template <class Visit>
    bool run(Visit visit) const {
        if (!ordinals_) {
            for (std::size_t i = 0; i < columns_.chunks.size(); ++i) {
                const auto rows = columns_.chunks[i]->rows.size();
                const auto all = rows == column_chunk::rows_max ? ~mask{0} : (mask{1} << rows) - 1;
                if (!visit(i, all)) return false;
            }
            return true;
        }
        for (auto at = ordinals_->begin(); at != ordinals_->end();) {
            const auto chunk = *at / column_chunk::rows_max;
            if (chunk >= columns_.chunks.size()) return true;
            const auto rows = columns_.chunks[chunk]->rows.size();
            mask among = 0;
            for (; at != ordinals_->end() && *at / column_chunk::rows_max == chunk; ++at) {
                const auto row = *at % column_chunk::rows_max;
                if (row < rows) among |= mask{1} << row;
            }
            if (!visit(chunk, among)) return false;
        }
        return true;
    }

 private:
    const book_columns& columns_;
    std::optional<std::vector<std::uint32_t>> ordinals_{};
};

std::string in_words(const domain::sort_order& order) {
    std::string out;
    for (const auto& by : order)
        out += fmt::format("{}{}{}", out.empty() ? "" : ",", domain::to_text(by.field),
                           by.descending ? "-" : "");
    return out;
}

}  // namespace

domain::result<selected_page> select_from_columns(const domain::list_query& query,
                                                  std::span<const std::optional<domain::project_id>> projects,
                                                  const book_columns& columns, const indexed_texts& texts,
                                                  query_run& run) {
    column_filter filter(query.where, projects, columns, texts.hits());
    if (!filter.look_around(run)) return run.timeout("looking for what blocks and what has subtasks");
    const auto candidates = texts.candidates();
    if (candidates) run.did(fmt::format("candidates by their words: {}", candidates->size()));

    const bool ranked = std::ranges::find(query.order, domain::sort_field::rank, &domain::sort_by::field) !=
                        query.order.end();
    const row_order order(query.order);
    std::optional<row_order::bound> after;
    if (query.after_key && query.after_id) {
        auto bound = order.bound_of(*query.after_key, *query.after_id);
        if (!bound) return bound.error();
        after = std::move(*bound);
    }
    const auto pages_before =
        query.page ? static_cast<std::uint64_t>(std::max<std::int64_t>(*query.page, 1) - 1) : 0;
    constexpr auto most = std::numeric_limits<std::size_t>::max() / 2;
    const auto keep = query.limit == 0 ? 0
                      : pages_before >= most / query.limit
                          ? most
                          : (static_cast<std::size_t>(pages_before) + 1) * query.limit;
    page_keeper keeper(order, keep);
    selected_page out;
    const bool done = chunk_walk(columns, candidates).run([&](std::size_t number, mask among) {
        const auto& chunk = *columns.chunks[number];
        out.rows += std::popcount(among);
        auto kept = filter.rows_of(number, among);
        out.matched += std::popcount(kept);
        for (; kept != 0; kept &= kept - 1) {
            const auto at = static_cast<unsigned>(std::countr_zero(kept));
            const auto ordinal = static_cast<std::uint32_t>(number * column_chunk::rows_max + at);
            const auto place = order.place(chunk, at, ranked ? texts.rank(ordinal) : 0);
            if (!after || order.behind(place, *after)) keeper.add(place);
        }
        return run.in_time();
    });
    run.did(fmt::format("rows looked at, in columns in memory: {}", out.rows));
    for (auto& step : filter.steps()) run.did(std::move(step));
    if (!done) return run.timeout("looking through the columns");

    out.total_count = std::min(out.matched, domain::limits::total_count_max);
    out.total_is_lower_bound = out.matched > domain::limits::total_count_max;
    const auto size = keeper.added();
    const auto sorted = keeper.sorted();
    const auto first = std::min<std::size_t>(keep - query.limit, sorted.size());
    for (auto i = first; i < sorted.size(); ++i) out.ids.push_back(sorted[i].row().id);
    if (!out.ids.empty() && sorted.size() < size) {
        domain::task scratch;
        const auto& last = sorted.back();
        out.next_cursor = domain::encode_cursor(
            query, sort_key_of(last.row(), query.order, last.rank, scratch), last.row().id);
    }
    run.did(fmt::format("ordered by {}, page of {}: {}", in_words(query.order), query.limit, out.ids.size()));
    return out;
}

}  // namespace daybook::projector
