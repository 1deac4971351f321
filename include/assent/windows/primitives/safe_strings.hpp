// SPDX-License-Identifier: BSL-1.0
// Defines the bounded string functions. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_PRIMITIVES_SAFE_STRINGS_HPP
#define ASSENT_WINDOWS_PRIMITIVES_SAFE_STRINGS_HPP

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "../ddk/assent_ddk/rtl.h"
#include "../ddk/assent_ddk/safe_strings.h"
#include "../ddk/assent_ddk/status.h"
#include "debug_format.hpp"
#include "strings.hpp"
#include "utf16.hpp"

namespace assent::windows::detail {

using wide_text = std::basic_string<WCHAR>;

// Where a text ends, looking at most `limit` far.
template <class Unit> std::size_t bounded_length(const Unit* text, std::size_t limit) noexcept {
    std::size_t length = 0;
    while (length < limit && text[length] != 0) ++length;
    return length;
}

inline bool usable(std::size_t units) noexcept { return units > 0 && units <= NTSTRSAFE_MAX_CCH; }

// After the first `at` units of the target: the source, cut short if need be, and a terminator.
template <class Unit>
NTSTATUS put(Unit* to, std::size_t units, std::size_t at, const Unit* from, std::size_t count) noexcept {
    const std::size_t fits = std::min(count, units - at - 1);
    std::copy_n(from, fits, to + at);
    to[at + fits] = 0;
    return fits < count ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

template <class Unit>
NTSTATUS safe_copy(Unit* to, std::size_t units, const Unit* from, std::size_t most) noexcept {
    if (!usable(units) || to == nullptr || from == nullptr) return STATUS_INVALID_PARAMETER;
    return put(to, units, 0, from, bounded_length(from, most));
}

template <class Unit>
NTSTATUS safe_cat(Unit* to, std::size_t units, const Unit* from, std::size_t most) noexcept {
    if (!usable(units) || to == nullptr || from == nullptr) return STATUS_INVALID_PARAMETER;
    const std::size_t at = bounded_length(to, units);
    if (at == units) return STATUS_INVALID_PARAMETER;
    return put(to, units, at, from, bounded_length(from, most));
}

template <class Unit>
NTSTATUS safe_length(const Unit* text, std::size_t units, SIZE_T* length, std::size_t unit_size) noexcept {
    const std::size_t found = text != nullptr && usable(units) ? bounded_length(text, units) : units;
    if (length != nullptr) *length = found < units ? found * unit_size : 0;
    return found < units ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

/// A wide format says %s for wide text and %S for narrow; the formatter's is the other way round.
inline std::string narrow_format(const WCHAR* format) {
    const std::string text = to_utf8(format, wide_length(format));
    std::string out;
    bool inside = false;
    for (const char c : text) {
        if (!inside) {
            inside = c == '%';
        } else if (std::string_view("-+ #0123456789.*").find(c) == std::string_view::npos) {
            if (c == 's' || c == 'c') out += 'w';
            if (c == 'S' || c == 'C') out += 'h';
            inside = false; // the rest of a longer length is copied like any text
        }
        out += c;
    }
    return out;
}

inline wide_text from_utf8(std::string_view text) {
    wide_text out;
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i++]);
        unsigned long point = lead;
        int more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
        if (more > 0) point = lead & (0x3FU >> more);
        for (; more > 0 && i < text.size(); --more)
            point = (point << 6) | (static_cast<unsigned char>(text[i++]) & 0x3FU);
        if (point >= 0x10000) {
            out += static_cast<WCHAR>(0xD800 + ((point - 0x10000) >> 10));
            point = 0xDC00 + ((point - 0x10000) & 0x3FF);
        }
        out += static_cast<WCHAR>(point);
    }
    return out;
}

inline std::string printed(const char* format, va_list list) {
    format_arguments arguments;
    va_copy(arguments.list, list);
    std::string text = format_debug_text(format, arguments);
    va_end(arguments.list);
    return text;
}

inline NTSTATUS safe_print(char* to, std::size_t units, const char* format, va_list list) {
    if (!usable(units) || to == nullptr || format == nullptr) return STATUS_INVALID_PARAMETER;
    const std::string text = printed(format, list);
    return put(to, units, 0, text.data(), text.size());
}

inline NTSTATUS safe_print(WCHAR* to, std::size_t units, const WCHAR* format, va_list list) {
    if (!usable(units) || to == nullptr || format == nullptr) return STATUS_INVALID_PARAMETER;
    const wide_text text = from_utf8(printed(narrow_format(format).c_str(), list));
    return put(to, units, 0, text.data(), text.size());
}

// Counted strings need no terminator.
inline NTSTATUS put_counted(PUNICODE_STRING to, std::size_t at, const WCHAR* from,
                            std::size_t count) noexcept {
    const std::size_t fits = std::min(count, to->MaximumLength / sizeof(WCHAR) - at);
    if (fits != 0) std::copy_n(from, fits, to->Buffer + at);
    to->Length = static_cast<USHORT>((at + fits) * sizeof(WCHAR));
    return fits < count ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

} // namespace assent::windows::detail

extern "C" {

NTSTATUS RtlStringCbCopyA(CHAR* to, SIZE_T bytes, const CHAR* from) {
    return assent::windows::detail::safe_copy(to, bytes, from, static_cast<std::size_t>(-1));
}
NTSTATUS RtlStringCbCopyNA(CHAR* to, SIZE_T bytes, const CHAR* from, SIZE_T most) {
    return assent::windows::detail::safe_copy(to, bytes, from, most);
}
NTSTATUS RtlStringCbCatA(CHAR* to, SIZE_T bytes, const CHAR* from) {
    return assent::windows::detail::safe_cat(to, bytes, from, static_cast<std::size_t>(-1));
}
NTSTATUS RtlStringCbCatNA(CHAR* to, SIZE_T bytes, const CHAR* from, SIZE_T most) {
    return assent::windows::detail::safe_cat(to, bytes, from, most);
}
NTSTATUS RtlStringCbLengthA(const CHAR* text, SIZE_T bytes, SIZE_T* length) {
    return assent::windows::detail::safe_length(text, bytes, length, 1);
}
NTSTATUS RtlStringCbVPrintfA(CHAR* to, SIZE_T bytes, const CHAR* format, va_list arguments) {
    return assent::windows::detail::safe_print(to, bytes, format, arguments);
}
NTSTATUS RtlStringCbPrintfA(CHAR* to, SIZE_T bytes, const CHAR* format, ...) {
    va_list list;
    va_start(list, format);
    const NTSTATUS status = RtlStringCbVPrintfA(to, bytes, format, list);
    va_end(list);
    return status;
}

NTSTATUS RtlStringCbCopyW(WCHAR* to, SIZE_T bytes, const WCHAR* from) {
    return assent::windows::detail::safe_copy(to, bytes / sizeof(WCHAR), from, static_cast<std::size_t>(-1));
}
NTSTATUS RtlStringCbCopyNW(WCHAR* to, SIZE_T bytes, const WCHAR* from, SIZE_T most) {
    return assent::windows::detail::safe_copy(to, bytes / sizeof(WCHAR), from, most / sizeof(WCHAR));
}
NTSTATUS RtlStringCbCatW(WCHAR* to, SIZE_T bytes, const WCHAR* from) {
    return assent::windows::detail::safe_cat(to, bytes / sizeof(WCHAR), from, static_cast<std::size_t>(-1));
}
NTSTATUS RtlStringCbCatNW(WCHAR* to, SIZE_T bytes, const WCHAR* from, SIZE_T most) {
    return assent::windows::detail::safe_cat(to, bytes / sizeof(WCHAR), from, most / sizeof(WCHAR));
}
NTSTATUS RtlStringCbLengthW(const WCHAR* text, SIZE_T bytes, SIZE_T* length) {
    return assent::windows::detail::safe_length(text, bytes / sizeof(WCHAR), length, sizeof(WCHAR));
}
NTSTATUS RtlStringCbVPrintfW(WCHAR* to, SIZE_T bytes, const WCHAR* format, va_list arguments) {
    return assent::windows::detail::safe_print(to, bytes / sizeof(WCHAR), format, arguments);
}
NTSTATUS RtlStringCbPrintfW(WCHAR* to, SIZE_T bytes, const WCHAR* format, ...) {
    va_list list;
    va_start(list, format);
    const NTSTATUS status = RtlStringCbVPrintfW(to, bytes, format, list);
    va_end(list);
    return status;
}

NTSTATUS RtlStringCchCopyA(CHAR* to, SIZE_T characters, const CHAR* from) {
    return assent::windows::detail::safe_copy(to, characters, from, static_cast<std::size_t>(-1));
}
NTSTATUS RtlStringCchCopyNA(CHAR* to, SIZE_T characters, const CHAR* from, SIZE_T most) {
    return assent::windows::detail::safe_copy(to, characters, from, most);
}
NTSTATUS RtlStringCchCatA(CHAR* to, SIZE_T characters, const CHAR* from) {
    return assent::windows::detail::safe_cat(to, characters, from, static_cast<std::size_t>(-1));
}
NTSTATUS RtlStringCchCatNA(CHAR* to, SIZE_T characters, const CHAR* from, SIZE_T most) {
    return assent::windows::detail::safe_cat(to, characters, from, most);
}
NTSTATUS RtlStringCchLengthA(const CHAR* text, SIZE_T characters, SIZE_T* length) {
    return assent::windows::detail::safe_length(text, characters, length, 1);
}
NTSTATUS RtlStringCchVPrintfA(CHAR* to, SIZE_T characters, const CHAR* format, va_list arguments) {
    return assent::windows::detail::safe_print(to, characters, format, arguments);
}
NTSTATUS RtlStringCchPrintfA(CHAR* to, SIZE_T characters, const CHAR* format, ...) {
    va_list list;
    va_start(list, format);
    const NTSTATUS status = RtlStringCchVPrintfA(to, characters, format, list);
    va_end(list);
    return status;
}

NTSTATUS RtlStringCchCopyW(WCHAR* to, SIZE_T characters, const WCHAR* from) {
    return assent::windows::detail::safe_copy(to, characters, from, static_cast<std::size_t>(-1));
}
NTSTATUS RtlStringCchCopyNW(WCHAR* to, SIZE_T characters, const WCHAR* from, SIZE_T most) {
    return assent::windows::detail::safe_copy(to, characters, from, most);
}
NTSTATUS RtlStringCchCatW(WCHAR* to, SIZE_T characters, const WCHAR* from) {
    return assent::windows::detail::safe_cat(to, characters, from, static_cast<std::size_t>(-1));
}
NTSTATUS RtlStringCchCatNW(WCHAR* to, SIZE_T characters, const WCHAR* from, SIZE_T most) {
    return assent::windows::detail::safe_cat(to, characters, from, most);
}
NTSTATUS RtlStringCchLengthW(const WCHAR* text, SIZE_T characters, SIZE_T* length) {
    return assent::windows::detail::safe_length(text, characters, length, 1);
}
NTSTATUS RtlStringCchVPrintfW(WCHAR* to, SIZE_T characters, const WCHAR* format, va_list arguments) {
    return assent::windows::detail::safe_print(to, characters, format, arguments);
}
NTSTATUS RtlStringCchPrintfW(WCHAR* to, SIZE_T characters, const WCHAR* format, ...) {
    va_list list;
    va_start(list, format);
    const NTSTATUS status = RtlStringCchVPrintfW(to, characters, format, list);
    va_end(list);
    return status;
}

NTSTATUS RtlUnicodeStringInit(PUNICODE_STRING to, PCWSTR from) {
    RtlInitUnicodeString(to, from);
    return STATUS_SUCCESS;
}
NTSTATUS RtlUnicodeStringCopy(PUNICODE_STRING to, PCUNICODE_STRING from) {
    return assent::windows::detail::put_counted(to, 0, from->Buffer, from->Length / sizeof(WCHAR));
}
NTSTATUS RtlUnicodeStringCopyString(PUNICODE_STRING to, PCWSTR from) {
    return assent::windows::detail::put_counted(to, 0, from, assent::windows::wide_length(from));
}
NTSTATUS RtlUnicodeStringCat(PUNICODE_STRING to, PCUNICODE_STRING from) {
    return assent::windows::detail::put_counted(to, to->Length / sizeof(WCHAR), from->Buffer,
                                                from->Length / sizeof(WCHAR));
}
NTSTATUS RtlUnicodeStringCatString(PUNICODE_STRING to, PCWSTR from) {
    return assent::windows::detail::put_counted(to, to->Length / sizeof(WCHAR), from,
                                                assent::windows::wide_length(from));
}
NTSTATUS RtlUnicodeStringPrintf(PUNICODE_STRING to, PCWSTR format, ...) {
    using namespace assent::windows::detail;
    va_list list;
    va_start(list, format);
    const wide_text text = from_utf8(printed(narrow_format(format).c_str(), list));
    va_end(list);
    return put_counted(to, 0, text.data(), text.size());
}

} // extern "C"

#endif
