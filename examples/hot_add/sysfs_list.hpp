// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_EXAMPLES_HOT_ADD_SYSFS_LIST_HPP
#define ASSENT_EXAMPLES_HOT_ADD_SYSFS_LIST_HPP

#include <charconv>
#include <cstddef>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>

namespace hot_add {

/// Numbers from here on are taken for garbage: a range such as 0-4294967295 must not fill the memory.
inline constexpr unsigned index_limit = 1u << 20;

/// A decimal number below index_limit, nothing before it and nothing after it.
[[nodiscard]] inline std::optional<unsigned> parse_index(std::string_view text) noexcept {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number >= index_limit) {
        return std::nullopt;
    }
    return number;
}

/// The number at the end of `name` if the rest of it is exactly `prefix`: ("cpu12", "cpu") gives 12.
[[nodiscard]] inline std::optional<unsigned> index_after(std::string_view name,
                                                         std::string_view prefix) noexcept {
    if (!name.starts_with(prefix)) {
        return std::nullopt;
    }
    return parse_index(name.substr(prefix.size()));
}

/// Parses the kernel's list format, "0-1,3" and a line feed; an empty list is a list.
///
/// @return  nothing if the text departs from the format anywhere.
[[nodiscard]] inline std::optional<std::set<unsigned>> parse_index_list(std::string_view text) {
    if (text.ends_with('\n')) {
        text.remove_suffix(1);
    }
    std::set<unsigned> indices;
    if (text.empty()) {
        return indices;
    }
    for (;;) {
        const std::string_view item = text.substr(0, text.find(','));
        const std::size_t dash = item.find('-');
        const std::optional<unsigned> first = parse_index(item.substr(0, dash));
        const std::optional<unsigned> last =
            dash == std::string_view::npos ? first : parse_index(item.substr(dash + 1));
        if (!first || !last || *last < *first) {
            return std::nullopt;
        }
        for (unsigned index = *first; index <= *last; ++index) {
            indices.insert(index);
        }
        if (item.size() == text.size()) {
            return indices;
        }
        text.remove_prefix(item.size() + 1);
    }
}

} // namespace hot_add

#endif
