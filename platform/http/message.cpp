#include "platform/http/message.hpp"

#include "platform/http/ascii.hpp"
#include "platform/http/json_strict.hpp"

#include <boost/json/serialize.hpp>

#include <array>

namespace daybook::platform::http {
namespace {

constexpr auto method_names =
    std::to_array<std::string_view>({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"});

}  // namespace

std::string_view to_string(method m) noexcept { return method_names[static_cast<std::size_t>(m)]; }

method parse_method(std::string_view token) noexcept {
    for (std::size_t i = 0; i < static_cast<std::size_t>(method::other); ++i)
        if (method_names[i] == token) return static_cast<method>(i);
    return method::other;
}

void header_fields::add(std::string_view name, std::string_view value) {
    spans_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
                      static_cast<std::uint32_t>(value.size())});
    text_ += name;
    text_ += value;
}

void header_fields::clear() noexcept {
    text_.clear();
    spans_.clear();
}

std::optional<std::string_view> header_fields::find(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < spans_.size(); ++i) {
        if (spans_[i].name_size != name.size()) continue;
        const auto [have, value] = at(i);
        if (ascii_iequals(have, name)) return value;
    }
    return std::nullopt;
}

std::size_t header_fields::count(std::string_view name) const noexcept {
    std::size_t found = 0;
    for (std::size_t i = 0; i < spans_.size(); ++i)
        if (ascii_iequals(at(i).first, name)) ++found;
    return found;
}

std::pair<std::string_view, std::string_view> header_fields::at(std::size_t index) const noexcept {
    const span& s = spans_[index];
    const std::string_view text = text_;
    return {text.substr(s.name_begin, s.name_size), text.substr(s.name_begin + s.name_size, s.value_size)};
}

std::string_view request::path_parameter(std::string_view name) const noexcept {
    for (const auto& [have, value] : path_parameters)
        if (have == name) return value;
    return {};
}

domain::result<std::optional<std::string_view>> request::query_parameter(std::string_view name) const {
    std::optional<std::string_view> found;
    for (const auto& [have, value] : query) {
        if (have != name) continue;
        if (found) {
            return domain::make_problem(domain::errc::request_malformed,
                                        "the query parameter stands more than once", std::string(name));
        }
        found = value;
    }
    return found;
}

domain::result<boost::json::value> request::json() const { return parse_json_strict(body); }

response json_response(int status, const boost::json::value& body) {
    return json_text_response(status, boost::json::serialize(body));
}

response json_text_response(int status, std::string body) {
    response r;
    r.status = status;
    r.body = std::move(body);
    return r;
}

response text_response(int status, std::string body) {
    response r = json_text_response(status, std::move(body));
    r.content_type = media_text;
    return r;
}

response empty_response(int status) {
    response r;
    r.status = status;
    r.content_type = {};
    return r;
}

}  // namespace daybook::platform::http
