// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PRIMITIVES_DEBUG_FORMAT_HPP
#define ASSENT_WINDOWS_PRIMITIVES_DEBUG_FORMAT_HPP

#include <algorithm>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "../ddk/assent_ddk/types.h"
#include "utf16.hpp"

namespace assent::windows::detail {

struct format_arguments {
    va_list list;
};

/// One conversion: %[flags][width][.precision][length]type
struct format_directive {
    std::string flags;
    int width = 0;
    int precision = -1;
    enum class length { none, byte, half, word, quad, wide, narrow } size = length::none;
    char type = 0;
};

inline bool take(const char*& text, std::string_view what) {
    if (std::strncmp(text, what.data(), what.size()) != 0) return false;
    text += what.size();
    return true;
}

inline int read_number(const char*& text, format_arguments& arguments) {
    if (take(text, "*")) return va_arg(arguments.list, int);
    int number = 0;
    for (; *text >= '0' && *text <= '9'; ++text) number = std::min(number * 10 + (*text - '0'), 100000);
    return number;
}

/// The lengths are Windows': `l` is 32 bits for integers, and wide for text.
inline format_directive::length read_length(const char*& text) {
    using length = format_directive::length;
    if (take(text, "I64") || take(text, "ll")) return length::quad;
    if (take(text, "I32")) return length::none;
    if (take(text, "I") || take(text, "z") || take(text, "t") || take(text, "j")) return length::quad;
    if (take(text, "hh")) return length::byte;
    if (take(text, "h")) return length::half;
    if (take(text, "w")) return length::wide;
    if (take(text, "l")) return length::word;
    return length::none;
}

inline format_directive read_directive(const char*& text, format_arguments& arguments) {
    format_directive directive;
    while (*text != '\0' && std::strchr("-+ #0", *text) != nullptr) directive.flags += *text++;
    directive.width = read_number(text, arguments);
    if (directive.width < 0) {
        directive.flags += '-';
        directive.width = -directive.width;
    }
    if (take(text, ".")) directive.precision = read_number(text, arguments);
    directive.size = read_length(text);
    if (*text != '\0') directive.type = *text++;
    return directive;
}

template <typename Value>
void append_printed(std::string& out, const format_directive& directive, const char* suffix, Value value) {
    const std::string format = "%" + directive.flags + "*.*" + suffix;
    const int needed = std::snprintf(nullptr, 0, format.c_str(), directive.width, directive.precision, value);
    if (needed <= 0) return;
    const std::size_t before = out.size();
    out.resize(before + static_cast<std::size_t>(needed) + 1);
    std::snprintf(&out[before], static_cast<std::size_t>(needed) + 1, format.c_str(), directive.width,
                  directive.precision, value);
    out.pop_back();
}

inline void append_integer(std::string& out, const format_directive& directive, format_arguments& arguments) {
    using length = format_directive::length;
    const bool is_signed = directive.type == 'd' || directive.type == 'i';
    const char suffix[] = {'l', 'l', directive.type, '\0'};
    if (directive.size == length::quad) {
        append_printed(out, directive, suffix, va_arg(arguments.list, long long));
        return;
    }
    const int value = va_arg(arguments.list, int);
    long long wide = is_signed ? value : static_cast<long long>(static_cast<unsigned>(value));
    if (directive.size == length::half) {
        wide = is_signed ? static_cast<short>(value)
                         : static_cast<long long>(static_cast<unsigned short>(value));
    } else if (directive.size == length::byte) {
        wide = is_signed ? static_cast<signed char>(value)
                         : static_cast<long long>(static_cast<unsigned char>(value));
    }
    append_printed(out, directive, suffix, wide);
}

inline void append_text(std::string& out, const format_directive& directive, std::string_view text) {
    const std::size_t width = static_cast<std::size_t>(directive.width);
    const std::size_t padding = width > text.size() ? width - text.size() : 0;
    const bool left = directive.flags.find('-') != std::string::npos;
    if (!left) out.append(padding, ' ');
    out += text;
    if (left) out.append(padding, ' ');
}

inline std::size_t limited(const format_directive& directive, std::size_t available) {
    return directive.precision < 0 ? available
                                   : std::min(available, static_cast<std::size_t>(directive.precision));
}

inline void append_wide(std::string& out, const format_directive& directive, const WCHAR* text,
                        std::size_t units) {
    append_text(out, directive, to_utf8(text, limited(directive, units)));
}

inline void append_string(std::string& out, const format_directive& directive, bool wide,
                          format_arguments& arguments) {
    const void* const text = va_arg(arguments.list, const void*);
    // A precision bounds the reading too: such strings need no terminator.
    const std::size_t limit = limited(directive, static_cast<std::size_t>(-1));
    if (text == nullptr) {
        append_text(out, directive, "(null)");
    } else if (wide) {
        append_wide(out, directive, static_cast<const WCHAR*>(text),
                    wide_length(static_cast<const WCHAR*>(text), limit));
    } else {
        const char* const narrow = static_cast<const char*>(text);
        std::size_t length = 0;
        while (length < limit && narrow[length] != '\0') ++length;
        append_text(out, directive, {narrow, length});
    }
}

inline void append_counted(std::string& out, const format_directive& directive, format_arguments& arguments) {
    const void* const text = va_arg(arguments.list, const void*);
    if (text == nullptr) {
        append_text(out, directive, "(null)");
    } else if (directive.size == format_directive::length::wide ||
               directive.size == format_directive::length::word) {
        const auto* const counted = static_cast<const UNICODE_STRING*>(text);
        if (counted->Buffer != nullptr)
            append_wide(out, directive, counted->Buffer, counted->Length / sizeof(WCHAR));
    } else {
        const auto* const counted = static_cast<const STRING*>(text);
        if (counted->Buffer != nullptr)
            append_text(out, directive, {counted->Buffer, limited(directive, counted->Length)});
    }
}

inline void append_character(std::string& out, const format_directive& directive, bool wide,
                             format_arguments& arguments) {
    const int value = va_arg(arguments.list, int);
    const char narrow = static_cast<char>(value);
    const WCHAR unit = static_cast<WCHAR>(value);
    append_text(out, directive, wide ? to_utf8(&unit, 1) : std::string(1, narrow));
}

/// printf with the kernel's additions: %wZ and %Z for counted strings, %ws, %ls, %S, %wc and %C for wide text, %I64.
inline std::string format_debug_text(const char* format, format_arguments& arguments) {
    using length = format_directive::length;
    std::string out;
    while (*format != '\0') {
        if (*format != '%') {
            out += *format++;
            continue;
        }
        if (take(format, "%%")) {
            out += '%';
            continue;
        }
        ++format;
        const format_directive directive = read_directive(format, arguments);
        const bool wide = directive.size == length::wide || directive.size == length::word;
        switch (directive.type) {
        case 'd':
        case 'i':
        case 'u':
        case 'x':
        case 'X':
        case 'o':
            append_integer(out, directive, arguments);
            break;
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G':
        case 'a':
        case 'A': {
            const char suffix[] = {directive.type, '\0'};
            append_printed(out, directive, suffix, va_arg(arguments.list, double));
            break;
        }
        case 'p': {
            format_directive pointer = directive;
            pointer.precision = 2 * sizeof(void*); // Windows prints every digit, without a prefix
            append_printed(out, pointer, "llX",
                           reinterpret_cast<unsigned long long>(va_arg(arguments.list, void*)));
            break;
        }
        case 's':
            append_string(out, directive, wide, arguments);
            break;
        case 'S':
            append_string(out, directive, directive.size != length::half, arguments);
            break;
        case 'c':
            append_character(out, directive, wide, arguments);
            break;
        case 'C':
            append_character(out, directive, directive.size != length::half, arguments);
            break;
        case 'Z':
            append_counted(out, directive, arguments);
            break;
        case 'n':
            static_cast<void>(va_arg(arguments.list, void*));
            break; // writing through a format is refused
        default:
            out += '%';
            if (directive.type != 0) out += directive.type;
            break;
        }
    }
    return out;
}

} // namespace assent::windows::detail

#endif
