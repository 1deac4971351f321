// SPDX-License-Identifier: BSL-1.0
// Defines the counted-string functions and the memory functions that are not macros. For exactly one translation
// unit of a program.
#ifndef ASSENT_WINDOWS_PRIMITIVES_STRINGS_HPP
#define ASSENT_WINDOWS_PRIMITIVES_STRINGS_HPP

#include <assent/config.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>

#include "../ddk/assent_ddk/rtl.h"
#include "../ddk/assent_ddk/status.h"
#include "pool_ledger.hpp"
#include "utf16.hpp"

namespace assent::windows::detail {

inline constexpr ULONG string_tag = 0x67727453; // "Strg"
inline constexpr std::size_t longest_string = 0xFFFE;

inline std::size_t units(PCUNICODE_STRING text) noexcept { return text->Length / sizeof(WCHAR); }

inline unsigned folded(WCHAR unit, bool fold) noexcept {
    return static_cast<unsigned short>(fold ? RtlUpcaseUnicodeChar(unit) : unit);
}

inline LONG compare(PCUNICODE_STRING left, PCUNICODE_STRING right, std::size_t count, bool fold) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        const unsigned a = folded(left->Buffer[i], fold);
        const unsigned b = folded(right->Buffer[i], fold);
        if (a != b) return static_cast<LONG>(a) - static_cast<LONG>(b);
    }
    return 0;
}

// A terminator is written where there is room for one, and is no part of the length.
inline void terminate(PUNICODE_STRING text) noexcept {
    if (text->Length + sizeof(WCHAR) <= text->MaximumLength) text->Buffer[text->Length / sizeof(WCHAR)] = 0;
}

inline NTSTATUS append(PUNICODE_STRING target, const WCHAR* source, std::size_t bytes) noexcept {
    if (target->Length + bytes > target->MaximumLength) return STATUS_BUFFER_TOO_SMALL;
    if (bytes != 0) std::memmove(target->Buffer + target->Length / sizeof(WCHAR), source, bytes);
    target->Length = static_cast<USHORT>(target->Length + bytes);
    terminate(target);
    return STATUS_SUCCESS;
}

template <typename String>
NTSTATUS prepare_target(String* target, std::size_t count, bool allocate) noexcept {
    using unit = std::remove_pointer_t<decltype(target->Buffer)>;
    const std::size_t bytes = (count + 1) * sizeof(unit);
    if (bytes > longest_string) return STATUS_INVALID_PARAMETER_2;
    if (allocate) {
        target->Buffer = static_cast<unit*>(pool::allocate(bytes, string_tag));
        if (target->Buffer == nullptr) return STATUS_NO_MEMORY;
        target->MaximumLength = static_cast<USHORT>(bytes);
    } else if (bytes > target->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    target->Length = static_cast<USHORT>(bytes - sizeof(unit));
    return STATUS_SUCCESS;
}

} // namespace assent::windows::detail

extern "C" {

SIZE_T RtlCompareMemory(const VOID* left, const VOID* right, SIZE_T length) {
    const auto* const a = static_cast<const unsigned char*>(left);
    const auto* const b = static_cast<const unsigned char*>(right);
    SIZE_T equal = 0;
    while (equal < length && a[equal] == b[equal]) ++equal;
    return equal;
}

PVOID RtlSecureZeroMemory(PVOID memory, SIZE_T size) {
    auto* const bytes = static_cast<volatile unsigned char*>(memory);
    for (SIZE_T i = 0; i < size; ++i) bytes[i] = 0;
    return memory;
}

VOID RtlInitUnicodeString(PUNICODE_STRING target, PCWSTR source) {
    const std::size_t most = (assent::windows::detail::longest_string - sizeof(WCHAR)) / sizeof(WCHAR);
    const std::size_t length = source != nullptr ? std::min(assent::windows::wide_length(source), most) : 0;
    target->Length = static_cast<USHORT>(length * sizeof(WCHAR));
    target->MaximumLength = static_cast<USHORT>(source != nullptr ? (length + 1) * sizeof(WCHAR) : 0);
    target->Buffer = const_cast<PWSTR>(source);
}

VOID RtlInitAnsiString(PANSI_STRING target, PCSZ source) {
    const std::size_t length =
        source != nullptr ? std::min(std::strlen(source), assent::windows::detail::longest_string) : 0;
    target->Length = static_cast<USHORT>(length);
    target->MaximumLength = static_cast<USHORT>(source != nullptr ? length + 1 : 0);
    target->Buffer = const_cast<PCHAR>(source);
}

VOID RtlInitString(PSTRING target, PCSZ source) { RtlInitAnsiString(target, source); }

VOID RtlCopyUnicodeString(PUNICODE_STRING target, PCUNICODE_STRING source) {
    target->Length = 0;
    if (source == nullptr) return;
    const std::size_t bytes = std::min(source->Length, target->MaximumLength);
    static_cast<void>(assent::windows::detail::append(target, source->Buffer, bytes));
}

// ASCII and Latin-1; the rest of Unicode's simple case mappings is left out, device names do not use them.
WCHAR RtlUpcaseUnicodeChar(WCHAR unit) {
    const unsigned value = static_cast<unsigned short>(unit);
    const bool lower = (value >= 'a' && value <= 'z') || (value >= 0xE0 && value <= 0xFE && value != 0xF7);
    if (value == 0xFF) return static_cast<WCHAR>(0x178);
    return lower ? static_cast<WCHAR>(value - 0x20) : unit;
}

LONG RtlCompareUnicodeString(PCUNICODE_STRING left, PCUNICODE_STRING right, BOOLEAN fold) {
    using namespace assent::windows::detail;
    const LONG difference = compare(left, right, std::min(units(left), units(right)), fold != FALSE);
    return difference != 0 ? difference : static_cast<LONG>(left->Length) - static_cast<LONG>(right->Length);
}

BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING left, PCUNICODE_STRING right, BOOLEAN fold) {
    return left->Length == right->Length && RtlCompareUnicodeString(left, right, fold) == 0;
}

BOOLEAN RtlPrefixUnicodeString(PCUNICODE_STRING prefix, PCUNICODE_STRING text, BOOLEAN fold) {
    using namespace assent::windows::detail;
    return prefix->Length <= text->Length && compare(prefix, text, units(prefix), fold != FALSE) == 0;
}

NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING target, PCWSTR source) {
    if (source == nullptr) return STATUS_SUCCESS;
    return assent::windows::detail::append(target, source,
                                           assent::windows::wide_length(source) * sizeof(WCHAR));
}

NTSTATUS RtlAppendUnicodeStringToString(PUNICODE_STRING target, PCUNICODE_STRING source) {
    return assent::windows::detail::append(target, source->Buffer, source->Length);
}

// Bytes above 127 are taken as Latin-1.
NTSTATUS RtlAnsiStringToUnicodeString(PUNICODE_STRING target, PCANSI_STRING source, BOOLEAN allocate) {
    const NTSTATUS status =
        assent::windows::detail::prepare_target(target, source->Length, allocate != FALSE);
    if (!NT_SUCCESS(status)) return status;
    for (USHORT i = 0; i < source->Length; ++i) {
        target->Buffer[i] = static_cast<WCHAR>(static_cast<unsigned char>(source->Buffer[i]));
    }
    target->Buffer[source->Length] = 0;
    return STATUS_SUCCESS;
}

NTSTATUS RtlUnicodeStringToAnsiString(PANSI_STRING target, PCUNICODE_STRING source, BOOLEAN allocate) {
    const std::size_t count = assent::windows::detail::units(source);
    const NTSTATUS status = assent::windows::detail::prepare_target(target, count, allocate != FALSE);
    if (!NT_SUCCESS(status)) return status;
    for (std::size_t i = 0; i < count; ++i) {
        const unsigned value = static_cast<unsigned short>(source->Buffer[i]);
        target->Buffer[i] = value < 0x100 ? static_cast<char>(value) : '?';
    }
    target->Buffer[count] = '\0';
    return STATUS_SUCCESS;
}

NTSTATUS RtlUpcaseUnicodeString(PUNICODE_STRING target, PCUNICODE_STRING source, BOOLEAN allocate) {
    const std::size_t count = assent::windows::detail::units(source);
    if (allocate != FALSE) {
        const NTSTATUS status = assent::windows::detail::prepare_target(target, count, true);
        if (!NT_SUCCESS(status)) return status;
    } else if (source->Length > target->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    std::transform(source->Buffer, source->Buffer + count, target->Buffer, RtlUpcaseUnicodeChar);
    target->Length = source->Length;
    return STATUS_SUCCESS;
}

/// Base zero: by the prefix 0x, 0o or 0b, else ten.
NTSTATUS RtlUnicodeStringToInteger(PCUNICODE_STRING text, ULONG base, PULONG value) {
    if (base != 0 && base != 2 && base != 8 && base != 10 && base != 16) return STATUS_INVALID_PARAMETER;
    const std::string plain = assent::windows::to_utf8(text->Buffer, assent::windows::detail::units(text));
    std::string_view rest(plain);
    while (!rest.empty() && rest.front() <= ' ') rest.remove_prefix(1);
    const bool negative = rest.starts_with('-');
    if (negative || rest.starts_with('+')) rest.remove_prefix(1);
    if (base == 0) {
        base = rest.starts_with("0x") ? 16 : rest.starts_with("0o") ? 8 : rest.starts_with("0b") ? 2 : 10;
        if (base != 10) rest.remove_prefix(2);
    }
    unsigned long long number = 0; // what is no digit ends it; too many of them wrap, as 32 bits do
    for (const char c : rest) {
        const int upper = c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c;
        const int digit = c >= '0' && c <= '9'           ? c - '0'
                          : upper >= 'A' && upper <= 'F' ? upper - 'A' + 10
                                                         : 16;
        if (static_cast<ULONG>(digit) >= base) break;
        number = (number * base + static_cast<unsigned>(digit)) & 0xFFFFFFFFU;
    }
    *value = static_cast<ULONG>(negative ? 0 - number : number);
    return STATUS_SUCCESS;
}

NTSTATUS RtlIntegerToUnicodeString(ULONG value, ULONG base, PUNICODE_STRING text) {
    if (base == 0) base = 10;
    if (base != 2 && base != 8 && base != 10 && base != 16) return STATUS_INVALID_PARAMETER;
    WCHAR digits[32];
    std::size_t count = 0;
    do {
        digits[std::size(digits) - ++count] = static_cast<WCHAR>("0123456789ABCDEF"[value % base]);
        value /= base;
    } while (value != 0);
    if (count * sizeof(WCHAR) > text->MaximumLength) return STATUS_BUFFER_OVERFLOW;
    text->Length = 0;
    return assent::windows::detail::append(text, std::end(digits) - count, count * sizeof(WCHAR));
}

/// The version that the headers speak of; in the longer structure, a workstation without service pack. Not inlined:
/// where g++ sees that a caller's structure is the shorter one, it warns of writing beyond it.
ASSENT_NOINLINE NTSTATUS RtlGetVersion(PRTL_OSVERSIONINFOW version) {
    if (version->dwOSVersionInfoSize == sizeof(RTL_OSVERSIONINFOEXW)) {
        auto* const longer = reinterpret_cast<PRTL_OSVERSIONINFOEXW>(version);
        longer->wServicePackMajor = longer->wServicePackMinor = 0;
        longer->wSuiteMask = VER_SUITE_SINGLEUSERTS;
        longer->wProductType = VER_NT_WORKSTATION;
        longer->wReserved = 0;
    }
    version->dwMajorVersion = 10;
    version->dwMinorVersion = 0;
    version->dwBuildNumber = 19041;
    version->dwPlatformId = VER_PLATFORM_WIN32_NT;
    version->szCSDVersion[0] = 0;
    return STATUS_SUCCESS;
}

/// TRUE: a build with checks.
BOOLEAN PsGetVersion(PULONG major, PULONG minor, PULONG build, PUNICODE_STRING service_pack) {
    RTL_OSVERSIONINFOW version{};
    version.dwOSVersionInfoSize = sizeof version;
    static_cast<void>(RtlGetVersion(&version));
    if (major != nullptr) *major = version.dwMajorVersion;
    if (minor != nullptr) *minor = version.dwMinorVersion;
    if (build != nullptr) *build = version.dwBuildNumber;
    if (service_pack != nullptr) service_pack->Length = 0;
    return FALSE;
}
BOOLEAN RtlIsNtDdiVersionAvailable(ULONG version) { return version <= 0x0A000000 ? TRUE : FALSE; }
BOOLEAN IoIsWdmVersionAvailable(UCHAR major, UCHAR minor) {
    return major < 6 || (major == 6 && minor == 0) ? TRUE : FALSE; // where that numbering ended
}

VOID RtlFreeUnicodeString(PUNICODE_STRING text) {
    if (text->Buffer == nullptr) return;
    assent::windows::pool::release(text->Buffer, 0);
    *text = UNICODE_STRING{};
}

VOID RtlFreeAnsiString(PANSI_STRING text) {
    if (text->Buffer == nullptr) return;
    assent::windows::pool::release(text->Buffer, 0);
    *text = ANSI_STRING{};
}

} // extern "C"

#endif
