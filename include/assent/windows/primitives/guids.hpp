// SPDX-License-Identifier: BSL-1.0
// Defines the GUIDs (weakly: a driver may define them too, through initguid.h) and the conversions between GUIDs and
// text. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_PRIMITIVES_GUIDS_HPP
#define ASSENT_WINDOWS_PRIMITIVES_GUIDS_HPP

#include <cstddef>

#include "../ddk/assent_ddk/rtl.h"
#include "../ddk/assent_ddk/status.h"
#include "pool_ledger.hpp"

// What the including file said about INITGUID stays as it was.
#pragma push_macro("INITGUID")
#undef INITGUID
#define INITGUID
#include "../ddk/guiddef.h"
#include "../ddk/devguid.h"
#include "../ddk/hidclass.h"
#include "../ddk/ioevent.h"
#include "../ddk/mountmgr.h"
#include "../ddk/ntddkbd.h"
#include "../ddk/ntddmou.h"
#include "../ddk/ntddser.h"
#include "../ddk/ntddstor.h"
#include "../ddk/poclass.h"
#include "../ddk/usbiodef.h"
#include "../ddk/wdmguid.h"
#undef INITGUID
#pragma pop_macro("INITGUID")
#include "../ddk/guiddef.h"

namespace assent::windows::detail {

inline constexpr std::size_t guid_text_units = 38;
inline constexpr char guid_shape[] = "{########-####-####-####-############}";

// The bytes in the order in which the text shows them: the three numbers first, high byte first.
struct guid_text_bytes {
    unsigned char at[16];
};

inline guid_text_bytes to_text_bytes(const GUID& guid) noexcept {
    guid_text_bytes bytes{};
    for (unsigned i = 0; i < 4; ++i) bytes.at[i] = static_cast<unsigned char>(guid.Data1 >> (24 - 8 * i));
    for (unsigned i = 0; i < 2; ++i) bytes.at[4 + i] = static_cast<unsigned char>(guid.Data2 >> (8 - 8 * i));
    for (unsigned i = 0; i < 2; ++i) bytes.at[6 + i] = static_cast<unsigned char>(guid.Data3 >> (8 - 8 * i));
    for (unsigned i = 0; i < 8; ++i) bytes.at[8 + i] = guid.Data4[i];
    return bytes;
}

inline GUID from_text_bytes(const guid_text_bytes& bytes) noexcept {
    GUID guid{};
    for (unsigned i = 0; i < 4; ++i) guid.Data1 = (guid.Data1 << 8) | bytes.at[i];
    guid.Data2 = static_cast<unsigned short>((bytes.at[4] << 8) | bytes.at[5]);
    guid.Data3 = static_cast<unsigned short>((bytes.at[6] << 8) | bytes.at[7]);
    for (unsigned i = 0; i < 8; ++i) guid.Data4[i] = bytes.at[8 + i];
    return guid;
}

inline int hex_digit(unsigned unit) noexcept {
    if (unit >= '0' && unit <= '9') return static_cast<int>(unit - '0');
    if (unit >= 'a' && unit <= 'f') return static_cast<int>(unit - 'a' + 10);
    if (unit >= 'A' && unit <= 'F') return static_cast<int>(unit - 'A' + 10);
    return -1;
}

} // namespace assent::windows::detail

extern "C" {

NTSTATUS RtlStringFromGUID(REFGUID guid, PUNICODE_STRING text) {
    using namespace assent::windows::detail;
    const std::size_t bytes = (guid_text_units + 1) * sizeof(WCHAR);
    text->Buffer = static_cast<PWSTR>(assent::windows::pool::allocate(bytes, 0x64697547)); // "Guid"
    if (text->Buffer == nullptr) return STATUS_NO_MEMORY;
    text->Length = static_cast<USHORT>(bytes - sizeof(WCHAR));
    text->MaximumLength = static_cast<USHORT>(bytes);
    const guid_text_bytes shown = to_text_bytes(guid);
    std::size_t digit = 0;
    for (std::size_t i = 0; i <= guid_text_units; ++i) {
        char unit = guid_shape[i];
        if (unit == '#') {
            unit = "0123456789ABCDEF"[(shown.at[digit / 2] >> (digit % 2 == 0 ? 4 : 0)) & 15];
            ++digit;
        }
        text->Buffer[i] = static_cast<WCHAR>(unit);
    }
    return STATUS_SUCCESS;
}

NTSTATUS RtlGUIDFromString(PCUNICODE_STRING text, GUID* guid) {
    using namespace assent::windows::detail;
    if (text->Length < guid_text_units * sizeof(WCHAR)) return STATUS_INVALID_PARAMETER;
    guid_text_bytes shown{};
    std::size_t digit = 0;
    for (std::size_t i = 0; i < guid_text_units; ++i) {
        const unsigned unit = static_cast<unsigned short>(text->Buffer[i]);
        if (guid_shape[i] == '#') {
            const int value = hex_digit(unit);
            if (value < 0) return STATUS_INVALID_PARAMETER;
            auto& byte = shown.at[digit++ / 2];
            byte = static_cast<unsigned char>((byte << 4) | value);
        } else if (unit != static_cast<unsigned char>(guid_shape[i])) {
            return STATUS_INVALID_PARAMETER;
        }
    }
    *guid = from_text_bytes(shown);
    return STATUS_SUCCESS;
}

} // extern "C"

#endif
