// JSON for people: the form of the files in schema/.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <string>

namespace daybook::tests {

/// Two spaces a level; lists of texts stay on one line. No newline at the end.
inline std::string pretty_json(const boost::json::value& value, std::size_t indent = 0) {
    namespace json = boost::json;
    const std::string margin(indent + 2, ' ');
    const auto lines = [&](char open, const auto& list, char close, auto&& one) {
        std::string out(1, open);
        const char* between = "\n";
        for (const auto& element : list) {
            out += between + margin + one(element);
            between = ",\n";
        }
        return out + "\n" + std::string(indent, ' ') + close;
    };
    if (const auto* object = value.if_object(); object != nullptr && !object->empty())
        return lines('{', *object, '}', [&](const auto& member) {
            return json::serialize(json::string(member.key())) + ": " +
                   pretty_json(member.value(), indent + 2);
        });
    if (const auto* array = value.if_array();
        array != nullptr && !array->empty() && !array->front().is_string())
        return lines('[', *array, ']', [&](const auto& element) { return pretty_json(element, indent + 2); });
    return json::serialize(value);
}

}  // namespace daybook::tests
