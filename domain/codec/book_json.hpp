// Projects, saved filters and a book's settings as every answer shows them.
#pragma once

#include "domain/book.hpp"

#include <string>

namespace daybook::domain {

/// Appends `{"project_id","user_id","version","name","deleted"}`.
void render_project(std::string& out, const project&);
/// Appends `{"filter_id","user_id","version","name","query","deleted"}`.
void render_filter(std::string& out, const saved_filter&);
/// Appends `{"user_id","version","zone","all_day_time","week_start","language","tags_strict"}`.
void render_book(std::string& out, const book_state&);

}  // namespace daybook::domain
