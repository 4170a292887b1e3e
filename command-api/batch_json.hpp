// POST /v1/commands as JSON, in and out (api §2).
#pragma once

#include "command-api/batch.hpp"
#include "domain/errc.hpp"
#include "domain/time.hpp"

#include <boost/json/value.hpp>

#include <string>

namespace daybook::command_api {

/// Fills mode and items; who asks and for which book was set before. What is wrong with one command alone
/// stands in its item's `refused`; errors are what leaves no command to answer: field_unknown,
/// field_required, field_invalid, limit_exceeded, command_id_bad (with the path `commands[i].id`). `now`
/// bounds occurred_at (settled 7).
[[nodiscard]] domain::result<void> read_batch(command_batch&, const boost::json::value& body,
                                              domain::instant now);

/// The body of a 200. Precondition: answer.failed is empty.
[[nodiscard]] std::string write_answer(const batch_answer&);

/// `{"code","detail",…}` of a warning, appended.
void write_warnings(std::string& out, const std::vector<domain::warning>&);

}  // namespace daybook::command_api
