// SPDX-License-Identifier: BSL-1.0
// Defines the device interface functions. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_DDI_DEVICE_INTERFACE_HPP
#define ASSENT_WINDOWS_DDI_DEVICE_INTERFACE_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/plug_play.h>
#include <assent/windows/ddk/assent_ddk/pool.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/ddi/or_no_memory.hpp>
#include <assent/windows/partition.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>

namespace assent::windows::detail {
inline wide_view view_of(const UNICODE_STRING* s) noexcept {
    return s == nullptr || s->Buffer == nullptr ? wide_view()
                                                : wide_view(s->Buffer, s->Length / sizeof(WCHAR));
}
} // namespace assent::windows::detail

extern "C" {

/// W47. The name is in pool memory; the caller frees it with RtlFreeUnicodeString.
NTSTATUS IoRegisterDeviceInterface(PDEVICE_OBJECT object, const GUID* of, PUNICODE_STRING reference,
                                   PUNICODE_STRING name) {
    using namespace assent::windows;
    if (of == nullptr || name == nullptr) return STATUS_INVALID_PARAMETER;
    partition* const in = partition::current();
    device* const on = in == nullptr ? nullptr : in->find(object);
    if (on == nullptr) return STATUS_INVALID_DEVICE_REQUEST;
    const wide_view tail = detail::view_of(reference);
    if (tail.find(WCHAR('\\')) != tail.npos || tail.find(WCHAR('/')) != tail.npos)
        return STATUS_INVALID_DEVICE_REQUEST;
    return detail::or_no_memory(STATUS_INSUFFICIENT_RESOURCES, [&] {
        const auto [which, before] = in->add_interface(*on, *of, tail);
        if (which == nullptr) return STATUS_INVALID_DEVICE_REQUEST;
        const std::size_t bytes = (which->name.size() + 1) * sizeof(WCHAR);
        const bool fits = bytes <= std::numeric_limits<USHORT>::max();
        auto* const buffer = fits ? static_cast<WCHAR*>(ExAllocatePoolWithTag(PagedPool, bytes, 0x66746e49))
                                  : nullptr; // 'Intf'
        if (buffer == nullptr) {
            if (!before) in->interfaces().forget(which);
            return fits ? STATUS_INSUFFICIENT_RESOURCES : STATUS_INVALID_PARAMETER;
        }
        std::copy_n(which->name.c_str(), which->name.size() + 1, buffer);
        *name = {static_cast<USHORT>(bytes - sizeof(WCHAR)), static_cast<USHORT>(bytes), buffer};
        return before ? STATUS_OBJECT_NAME_EXISTS : STATUS_SUCCESS;
    });
}

/// W48.
NTSTATUS IoSetDeviceInterfaceState(PUNICODE_STRING name, BOOLEAN enable) {
    using namespace assent::windows;
    partition* const in = partition::current();
    if (in == nullptr || name == nullptr) return STATUS_OBJECT_NAME_NOT_FOUND;
    return detail::or_no_memory(STATUS_INSUFFICIENT_RESOURCES, [&] {
        switch (in->set_interface(detail::view_of(name), enable != FALSE)) {
        case interface_table::change::done:
            return STATUS_SUCCESS;
        case interface_table::change::already:
            return enable != FALSE ? STATUS_OBJECT_NAME_EXISTS : STATUS_OBJECT_NAME_NOT_FOUND;
        default:
            return STATUS_OBJECT_NAME_NOT_FOUND;
        }
    });
}

/// W49. The list is in pool memory; the caller frees it with ExFreePool.
NTSTATUS IoGetDeviceInterfaces(const GUID* of, PDEVICE_OBJECT object, ULONG flags, PZZWSTR* list) {
    using namespace assent::windows;
    if (of == nullptr || list == nullptr) return STATUS_INVALID_PARAMETER;
    partition* const in = partition::current();
    const device* const on = in == nullptr ? nullptr : in->find(object);
    if (in == nullptr || (object != nullptr && on == nullptr)) return STATUS_INVALID_DEVICE_REQUEST;
    return detail::or_no_memory(STATUS_INSUFFICIENT_RESOURCES, [&] {
        wide_string names;
        for (const interface_table::entry& e : in->interfaces().snapshot()) {
            const bool wanted = e.announced || (flags & DEVICE_INTERFACE_INCLUDE_NONACTIVE) != 0;
            if (!wanted || !(e.what->of == interface_class{*of}) || (on != nullptr && e.of != on)) continue;
            names.append(e.what->name);
            names += WCHAR(0);
        }
        const std::size_t bytes = (names.size() + 1) * sizeof(WCHAR);
        auto* const buffer =
            static_cast<WCHAR*>(ExAllocatePoolWithTag(PagedPool, bytes, 0x66746e49)); // 'Intf'
        if (buffer == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
        std::copy_n(names.c_str(), names.size() + 1, buffer);
        *list = buffer;
        return STATUS_SUCCESS;
    });
}

} // extern "C"

#endif
