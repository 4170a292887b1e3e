// Values in PostgreSQL's binary forms: what statements take as parameters and what COPY takes as rows.
// Source: PostgreSQL manual, "COPY: Binary Format"; array layout as in src/backend/utils/adt/arrayfuncs.c.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::platform::pg {

/// Object ids of the built-in types that are used here (pg_type.dat; stable).
enum class type_oid : std::uint32_t {
    boolean = 16,
    bytea = 17,
    int8 = 20,
    int2 = 21,
    int4 = 23,
    text = 25,
    bytea_array = 1001,
    text_array = 1009,
    int2_array = 1005,
    int4_array = 1007,
    int8_array = 1016,
    uuid = 2950,
    uuid_array = 2951,
};

using uuid_bytes = std::array<std::uint8_t, 16>;

/// A one-dimensional array in binary form.
class array_value {
 public:
    explicit array_value(type_oid element);
    void add(std::string_view bytes);
    void add(const uuid_bytes&);
    void add(std::int64_t);  ///< element int8
    [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(count_); }
    [[nodiscard]] type_oid element() const noexcept { return element_; }
    [[nodiscard]] std::string bytes() const;

 private:
    type_oid element_;
    std::int32_t count_ = 0;
    std::string elements_;
};

/// The parameters $1, $2 … of one statement, in order. Owns its values.
class parameters {
 public:
    parameters& text(std::string_view);
    parameters& bytes(std::string_view);
    parameters& uuid(const uuid_bytes&);
    parameters& int8(std::int64_t);
    parameters& int4(std::int32_t);
    parameters& boolean(bool);
    parameters& array(const array_value&);
    parameters& texts(std::span<const std::string>);

    struct value {
        type_oid type;
        std::optional<std::string> bytes;
    };
    [[nodiscard]] const std::vector<value>& values() const noexcept { return values_; }
    /// `$n` of the last one added, for statements that are put together.
    [[nodiscard]] std::string last() const { return "$" + std::to_string(values_.size()); }

 private:
    parameters& add(type_oid, std::string);
    std::vector<value> values_;
};

/// Rows for COPY … FROM STDIN (FORMAT binary). Every row: row(number of columns), then that many values in
/// column order.
class copy_rows {
 public:
    void row(std::int16_t columns);
    void null();
    void text(std::string_view);
    void bytes(std::string_view value) { text(value); }
    void uuid(const uuid_bytes&);
    void int8(std::int64_t);
    void int4(std::int32_t);
    void int2(std::int16_t);
    void boolean(bool);
    void array(const array_value&);
    void texts(std::span<const std::string>);
    void maybe_int8(const std::optional<std::int64_t>&);

    [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
    /// Rows only; the connection puts the head and the tail around them.
    [[nodiscard]] const std::string& data() const noexcept { return bytes_; }
    void clear() noexcept { bytes_.clear(); }

 private:
    std::string bytes_;
};

/// Reading binary values. Precondition: the column has that type.
[[nodiscard]] std::int64_t read_int(std::string_view bytes) noexcept;  ///< int2, int4, int8 by length
[[nodiscard]] uuid_bytes read_uuid(std::string_view bytes) noexcept;
[[nodiscard]] std::vector<std::string> read_array(
    std::string_view bytes);  ///< elements in binary form; null as empty

}  // namespace daybook::platform::pg
