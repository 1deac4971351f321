// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PRIMITIVES_UTF16_HPP
#define ASSENT_WINDOWS_PRIMITIVES_UTF16_HPP

#include <cstddef>
#include <string>

#include "../ddk/assent_ddk/base.h"

namespace assent::windows {

/// Length of a NUL-terminated string of 16-bit units, looking at most `limit` far. Not wcslen: wherever wchar_t has
/// 32 bits, or its width is changed by a compiler option, the C library disagrees about what a unit is.
inline std::size_t wide_length(const WCHAR* text, std::size_t limit = static_cast<std::size_t>(-1)) noexcept {
    std::size_t length = 0;
    while (length < limit && text[length] != 0) ++length;
    return length;
}

/// Unpaired surrogates become U+FFFD.
inline std::string to_utf8(const WCHAR* text, std::size_t units) {
    std::string out;
    for (std::size_t i = 0; i < units; ++i) {
        unsigned long point = static_cast<unsigned short>(text[i]);
        if (point >= 0xD800 && point < 0xE000) {
            const unsigned long low = i + 1 < units ? static_cast<unsigned short>(text[i + 1]) : 0UL;
            if (point < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
                point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
                ++i;
            } else {
                point = 0xFFFD;
            }
        }
        const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | ((point >> shift) & 0x3F)); };
        if (point < 0x80) {
            out += static_cast<char>(point);
        } else if (point < 0x800) {
            out += static_cast<char>(0xC0 | (point >> 6));
            tail(0);
        } else if (point < 0x10000) {
            out += static_cast<char>(0xE0 | (point >> 12));
            tail(6);
            tail(0);
        } else {
            out += static_cast<char>(0xF0 | (point >> 18));
            tail(12);
            tail(6);
            tail(0);
        }
    }
    return out;
}

} // namespace assent::windows

#endif
