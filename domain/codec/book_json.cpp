#include "domain/codec/book_json.hpp"

#include "domain/json_text.hpp"

#include <string_view>

namespace daybook::domain {
namespace {

void append_text_member(std::string& out, std::string_view opening, const std::string& text) {
    out += opening;
    append_json_string(out, text);
}

}  // namespace

void render_project(std::string& out, const project& shown) {
    append_text_member(out, "{\"project_id\":", shown.id.text());
    append_text_member(out, ",\"user_id\":", shown.user.text());
    out += ",\"version\":";
    append_json_integer(out, shown.version);
    append_text_member(out, ",\"name\":", shown.name);
    out += shown.deleted ? ",\"deleted\":true}" : ",\"deleted\":false}";
}

void render_filter(std::string& out, const saved_filter& shown) {
    append_text_member(out, "{\"filter_id\":", shown.id.text());
    append_text_member(out, ",\"user_id\":", shown.user.text());
    out += ",\"version\":";
    append_json_integer(out, shown.version);
    append_text_member(out, ",\"name\":", shown.name);
    append_text_member(out, ",\"query\":", shown.query);
    out += shown.deleted ? ",\"deleted\":true}" : ",\"deleted\":false}";
}

void render_book(std::string& out, const book_state& shown) {
    append_text_member(out, "{\"user_id\":", shown.user.text());
    out += ",\"version\":";
    append_json_integer(out, shown.version);
    append_text_member(out, ",\"zone\":", shown.zone);
    append_text_member(out, ",\"all_day_time\":", shown.all_day_time);
    append_text_member(out, ",\"week_start\":", shown.week_start);
    append_text_member(out, ",\"language\":", shown.language);
    out += shown.tags_strict ? ",\"tags_strict\":true" : ",\"tags_strict\":false";
    out += shown.series_continue ? ",\"series_continue\":true}" : ",\"series_continue\":false}";
}

}  // namespace daybook::domain
