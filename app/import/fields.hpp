// Parts that all mappings share: each puts one member in canonical form, or what is nearest to it with a
// note.
#pragma once

#include "app/import/wanted.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::app::import {

/// Fills one wanted task from one record; remembers which members of the record were taken.
class field_mapper {
 public:
    field_mapper(const source_record&, wanted_task&, std::vector<note>& notes);

    /// The text of a member, empty if it is absent, null or no text. Takes it.
    std::string text(std::string_view name);
    /// The instant of a member; a text that is none stays under x_ with a note.
    std::optional<domain::instant> instant(std::string_view name);
    const boost::json::array* list(std::string_view name);
    const boost::json::value* peek(std::string_view name) const;
    void take(std::string_view name) { taken_.push_back(std::string(name)); }

    /// Line breaks become spaces, other controls go, 500 code points stay.
    void put_title(std::string text);
    /// Other controls than newline and tab go, 64 KiB stay.
    void put_description(std::string text);
    /// Characters that tags cannot have become `-`; the eleventh and later tags go to `x_more_tags`.
    void put_tags(const std::vector<std::string>& labels);
    void put_name(std::string_view member, std::string text);  ///< at most 200 code points
    void put_project(std::string name);
    void put_comment(std::string key, std::string text, std::optional<domain::instant> at);
    void put_extra(std::string_view name, const boost::json::value&);
    /// Everything that was not taken, under `x_`: null, empty texts, lists and objects are left out, other
    /// lists and objects become their JSON text. `zero_is_absent`: numbers 0 and `false` are left out too.
    void put_rest(bool zero_is_absent);
    void say(std::string reason);

 private:
    const source_record& record_;
    wanted_task& task_;
    std::vector<note>& notes_;
    std::vector<std::string> taken_;
};

/// Text in NFC with line ends LF and without the controls that the rule forbids. `changed`: if anything had
/// to go.
[[nodiscard]] std::string clean_text(std::string_view text, bool lines, bool& changed);
[[nodiscard]] std::string cut_to_code_points(std::string_view text, std::size_t count);
[[nodiscard]] std::string cut_to_bytes(std::string_view text, std::size_t bytes);
/// An instant as the date of a task.
[[nodiscard]] std::string date_text(domain::instant);
/// RFC 3339, or `YYYYMMDDTHHMMSSZ`; of the years that a task can have.
[[nodiscard]] std::optional<domain::instant> read_instant(std::string_view text);

}  // namespace daybook::app::import
