#include "projector/posting_block.hpp"

#include "projector/varint.hpp"

namespace daybook::projector {

std::string term_key(std::string_view surface, std::string_view stem) {
    std::string key;
    key.reserve(surface.size() + stem.size() + 2);
    key.append(surface).push_back('\0');
    if (stem != surface) key.append(stem);
    key.push_back('\0');
    return key;
}

std::optional<term_parts> take_term(std::string_view& key) {
    const auto end = key.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    const auto close = key.find('\0', end + 1);
    if (close == std::string_view::npos) return std::nullopt;
    term_parts out{key.substr(0, end), key.substr(end + 1, close - end - 1)};
    if (out.stem.empty()) out.stem = out.surface;
    key.remove_prefix(close + 1);
    return out;
}

std::map<std::string, posting> postings_of(const std::vector<domain::document_token>& words,
                                           std::uint32_t ordinal) {
    struct open_posting {
        posting made{};
        std::uint32_t position = 0;
        std::size_t last = 0;  ///< where the last position of the open field stands
    };
    std::map<std::string, open_posting> open;
    std::map<std::string, posting> out;
    for (const auto& w : words) {
        auto& p = open[term_key(w.word.surface, w.word.stem)];
        const auto field = static_cast<std::uint8_t>(1U << static_cast<unsigned>(w.field));
        // Every position but the last one of its field says that more follow.
        if ((p.made.fields & field) != 0)
            p.made.positions[p.last] = static_cast<char>(p.made.positions[p.last] | 1);
        p.made.fields = static_cast<std::uint8_t>(p.made.fields | field);
        p.last = p.made.positions.size();
        append_varint(p.made.positions, static_cast<std::uint64_t>(w.word.position - p.position) << 1U);
        p.position = w.word.position;
    }
    for (auto& [key, p] : open) {
        p.made.ordinal = ordinal;
        out.emplace_hint(out.end(), key, std::move(p.made));
    }
    return out;
}

void block_encoder::add(std::uint32_t ordinal, std::uint8_t fields, std::string_view positions) {
    if (empty()) first_ = last_ = ordinal;
    append_varint(tasks_, static_cast<std::uint64_t>(ordinal - last_) << 4U | fields);
    positions_ += positions;
    last_ = ordinal;
    ++count_;
}

std::string block_encoder::finish() {
    std::string out;
    append_varint(out, count_);
    append_varint(out, last_ - first_);
    out += tasks_;
    out += positions_;
    tasks_.clear();
    positions_.clear();
    count_ = 0;
    return out;
}

block_reader::block_reader(std::uint32_t first, std::string_view value) : rest_(value), first_(first) {
    count_ = next();
    last_ = first + static_cast<std::uint32_t>(next());
    if (count_ == 0 || count_ > rest_.size()) {
        damaged_ = true;
        count_ = 0;
    }
}

std::uint64_t block_reader::next() {
    // Most numbers are one byte.
    if (!rest_.empty() && static_cast<unsigned char>(rest_.front()) < 0x80) {
        const auto value = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    const auto value = take_varint(rest_);
    if (!value) damaged_ = true;
    return value.value_or(0);
}

domain::result<std::vector<posting>> decode_block(std::uint32_t first, std::string_view value) {
    const auto damaged = [] {
        return domain::make_problem(domain::errc::view_stopped, "a block of the text index cannot be read");
    };
    std::vector<posting> out;
    const auto count = take_varint(value);
    const auto span = take_varint(value);
    if (!count || !span || *count == 0 || *count > value.size()) return damaged();
    out.reserve(*count);
    auto ordinal = first;
    for (std::uint64_t i = 0; i < *count; ++i) {
        const auto n = take_varint(value);
        if (!n) return damaged();
        ordinal += static_cast<std::uint32_t>(*n >> 4U);
        out.push_back({ordinal, static_cast<std::uint8_t>(*n & 0xFU), {}});
    }
    for (auto& p : out) {
        const auto start = value;
        for (unsigned f = 0; f < domain::text_fields; ++f) {
            if (((p.fields >> f) & 1U) == 0) continue;
            for (;;) {
                const auto n = take_varint(value);
                if (!n) return damaged();
                if ((*n & 1U) == 0) break;
            }
        }
        p.positions.assign(start.substr(0, start.size() - value.size()));
    }
    if (!value.empty() || ordinal != first + *span) return damaged();
    return out;
}

}  // namespace daybook::projector
