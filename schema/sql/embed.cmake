# Writes OUTPUT, a C++ file that holds the migrations of FOLDER in order of their numbers.
# cmake -DFOLDER=schema/sql -DOUTPUT=out.cpp -P embed.cmake
file(GLOB ups RELATIVE ${FOLDER} ${FOLDER}/*.up.sql)
list(SORT ups)
set(rows "")
set(expected 1)
foreach(up IN LISTS ups)
    if(NOT up MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)[.]up[.]sql$")
        message(FATAL_ERROR "${up}: a migration is named NNNN_name.up.sql")
    endif()
    set(number ${CMAKE_MATCH_1})
    set(name ${CMAKE_MATCH_2})
    math(EXPR value "1${number} - 10000")
    if(NOT value EQUAL expected)
        message(FATAL_ERROR "${up}: number ${expected} is missing or doubled")
    endif()
    math(EXPR expected "${expected} + 1")
    file(READ ${FOLDER}/${up} up_sql)
    file(READ ${FOLDER}/${number}_${name}.down.sql down_sql)
    if(NOT up_sql MATCHES "^-- scope: (store|version)\n")
        message(FATAL_ERROR "${up}: the first line is '-- scope: store' or '-- scope: version'")
    endif()
    string(APPEND rows "    {${value}, \"${name}\", migration_scope::${CMAKE_MATCH_1},\nR\"sql(${up_sql})sql\",\nR\"sql(${down_sql})sql\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Generated from schema/sql.
#include \"projector/pg_migrations.hpp\"

namespace daybook::projector {
namespace {
constexpr migration table[] = {
${rows}};
}  // namespace

std::span<const migration> migrations() noexcept { return table; }

}  // namespace daybook::projector
")
