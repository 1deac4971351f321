// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_JSON_TEXT_HPP
#define ASSENT_DISPATCH_DETAIL_JSON_TEXT_HPP

#include <assent/config.hpp>

#include <cstddef>
#include <string_view>

namespace assent::inline ASSENT_ABI::detail {

/// The length of the UTF-8 sequence that the text begins with; 0: it begins with none. Neither overlong forms, nor
/// surrogates, nor anything beyond U+10FFFF is one.
constexpr std::size_t utf8_sequence(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const unsigned first = byte(0);
    if (first < 0x80) return text.empty() ? 0 : 1;
    // The second byte's range depends on the first; the others are 80 to BF.
    unsigned lowest = 0x80;
    unsigned highest = 0xBF;
    std::size_t length = 0;
    if (first >= 0xC2 && first <= 0xDF) {
        length = 2;
    } else if (first >= 0xE0 && first <= 0xEF) {
        length = 3;
        if (first == 0xE0) lowest = 0xA0;
        if (first == 0xED) highest = 0x9F;
    } else if (first >= 0xF0 && first <= 0xF4) {
        length = 4;
        if (first == 0xF0) lowest = 0x90;
        if (first == 0xF4) highest = 0x8F;
    } else {
        return 0;
    }
    if (byte(1) < lowest || byte(1) > highest) return 0;
    for (std::size_t i = 2; i < length; ++i)
        if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
    return length;
}

/// Gives sink(string_view) the text as it stands between the quotes of a JSON string. A byte that is no UTF-8
/// becomes U+FFFD: a parser would refuse the whole file for it.
template <class Sink> void escape_json(std::string_view text, Sink&& sink) {
    constexpr std::string_view digits = "0123456789abcdef";
    while (!text.empty()) {
        const std::size_t length = utf8_sequence(text);
        const auto c = static_cast<unsigned char>(text.front());
        if (length == 0) {
            sink(std::string_view("\\ufffd"));
        } else if (c == '"' || c == '\\') {
            const char escaped[] = {'\\', text.front()};
            sink(std::string_view(escaped, 2));
        } else if (c < 0x20) {
            const char escaped[] = {'\\', 'u', '0', '0', digits[c >> 4U], digits[c & 15U]};
            sink(std::string_view(escaped, 6));
        } else {
            sink(text.substr(0, length));
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
}

} // namespace assent::inline ASSENT_ABI::detail

#endif
