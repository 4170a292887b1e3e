#include "platform/pg/wire.hpp"

#include <cstring>

namespace daybook::platform::pg {
namespace {

template <class Integer>
void put(std::string& out, Integer value) {
    using bits = std::make_unsigned_t<Integer>;
    const auto v = static_cast<bits>(value);
    for (int shift = static_cast<int>(sizeof(v)) * 8 - 8; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>((v >> shift) & 0xFFU));
}

void put_sized(std::string& out, std::string_view bytes) {
    put(out, static_cast<std::int32_t>(bytes.size()));
    out.append(bytes);
}

std::string_view view_of(const uuid_bytes& id) {
    return {reinterpret_cast<const char*>(id.data()), id.size()};
}

array_value text_array_of(std::span<const std::string> texts) {
    array_value out(type_oid::text);
    for (const auto& t : texts) out.add(t);
    return out;
}

type_oid array_type_of(type_oid element) {
    switch (element) {
        case type_oid::bytea: return type_oid::bytea_array;
        case type_oid::int8: return type_oid::int8_array;
        case type_oid::int4: return type_oid::int4_array;
        case type_oid::int2: return type_oid::int2_array;
        case type_oid::uuid: return type_oid::uuid_array;
        default: return type_oid::text_array;
    }
}

}  // namespace

array_value::array_value(type_oid element) : element_(element) {}

void array_value::add(std::string_view bytes) {
    put_sized(elements_, bytes);
    ++count_;
}

void array_value::add(const uuid_bytes& id) { add(view_of(id)); }

void array_value::add(std::int64_t value) {
    put(elements_, std::int32_t{8});
    put(elements_, value);
    ++count_;
}

std::string array_value::bytes() const {
    std::string out;
    out.reserve(20 + elements_.size());
    put(out, std::int32_t{count_ == 0 ? 0 : 1});  // dimensions
    put(out, std::int32_t{0});                    // no nulls
    put(out, static_cast<std::int32_t>(element_));
    if (count_ == 0) return out;
    put(out, count_);
    put(out, std::int32_t{1});  // lower bound
    out += elements_;
    return out;
}

parameters& parameters::add(type_oid type, std::string bytes) {
    values_.push_back({type, std::move(bytes)});
    return *this;
}
parameters& parameters::text(std::string_view v) { return add(type_oid::text, std::string(v)); }
parameters& parameters::bytes(std::string_view v) { return add(type_oid::bytea, std::string(v)); }
parameters& parameters::uuid(const uuid_bytes& v) { return add(type_oid::uuid, std::string(view_of(v))); }
parameters& parameters::boolean(bool v) { return add(type_oid::boolean, std::string(1, v ? '\1' : '\0')); }
parameters& parameters::array(const array_value& v) { return add(array_type_of(v.element()), v.bytes()); }
parameters& parameters::texts(std::span<const std::string> v) { return array(text_array_of(v)); }
parameters& parameters::int8(std::int64_t v) {
    std::string bytes;
    put(bytes, v);
    return add(type_oid::int8, std::move(bytes));
}
parameters& parameters::int4(std::int32_t v) {
    std::string bytes;
    put(bytes, v);
    return add(type_oid::int4, std::move(bytes));
}

void copy_rows::row(std::int16_t columns) { put(bytes_, columns); }
void copy_rows::null() { put(bytes_, std::int32_t{-1}); }
void copy_rows::text(std::string_view v) { put_sized(bytes_, v); }
void copy_rows::uuid(const uuid_bytes& v) { put_sized(bytes_, view_of(v)); }
void copy_rows::int8(std::int64_t v) {
    put(bytes_, std::int32_t{8});
    put(bytes_, v);
}
void copy_rows::int4(std::int32_t v) {
    put(bytes_, std::int32_t{4});
    put(bytes_, v);
}
void copy_rows::int2(std::int16_t v) {
    put(bytes_, std::int32_t{2});
    put(bytes_, v);
}
void copy_rows::boolean(bool v) {
    put(bytes_, std::int32_t{1});
    bytes_.push_back(v ? '\1' : '\0');
}
void copy_rows::array(const array_value& v) { put_sized(bytes_, v.bytes()); }
void copy_rows::texts(std::span<const std::string> v) { array(text_array_of(v)); }
void copy_rows::maybe_int8(const std::optional<std::int64_t>& v) {
    if (v)
        int8(*v);
    else
        null();
}

std::int64_t read_int(std::string_view bytes) noexcept {
    if (bytes.empty()) return 0;
    // Sign-extends from the first byte.
    auto value = static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<signed char>(bytes[0])));
    for (std::size_t i = 1; i < bytes.size(); ++i)
        value = (value << 8) | static_cast<unsigned char>(bytes[i]);
    return static_cast<std::int64_t>(value);
}

uuid_bytes read_uuid(std::string_view bytes) noexcept {
    uuid_bytes out{};
    if (bytes.size() == out.size()) std::memcpy(out.data(), bytes.data(), out.size());
    return out;
}

std::vector<std::string> read_array(std::string_view bytes) {
    std::vector<std::string> out;
    if (bytes.size() < 20) return out;  // an empty array has no dimension
    const auto count = read_int(bytes.substr(12, 4));
    std::size_t at = 20;
    for (std::int64_t i = 0; i < count && at + 4 <= bytes.size(); ++i) {
        const auto length = read_int(bytes.substr(at, 4));
        at += 4;
        if (length < 0) {
            out.emplace_back();
            continue;
        }
        out.emplace_back(bytes.substr(at, static_cast<std::size_t>(length)));
        at += static_cast<std::size_t>(length);
    }
    return out;
}

}  // namespace daybook::platform::pg
