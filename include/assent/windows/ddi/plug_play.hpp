// SPDX-License-Identifier: BSL-1.0
// Defines the Plug and Play notification functions. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_DDI_PLUG_PLAY_HPP
#define ASSENT_WINDOWS_DDI_PLUG_PLAY_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/plug_play.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/ddi/or_no_memory.hpp>
#include <assent/windows/partition.hpp>
#include <assent/windows/primitives/pool_ledger.hpp>

#include <cstddef>

namespace assent::windows::detail {
/// W46: memory that drivers free may be the context of a registration.
inline const bool contexts_watched = [] {
    pool::watch_releases([](const void* memory, std::size_t size) {
        auto* const in = partition::current();
        if (in == nullptr) return;
        or_no_memory(false, [&] { return in->memory_freed(memory, size), true; });
    });
    return true;
}();
} // namespace assent::windows::detail

extern "C" {

/// W1 to W14.
NTSTATUS IoRegisterPlugPlayNotification(IO_NOTIFICATION_EVENT_CATEGORY category, ULONG flags, PVOID data,
                                        PDRIVER_OBJECT object, PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine,
                                        PVOID context, PVOID* entry) {
    using assent::windows::partition;
    const bool of_interfaces = category == EventCategoryDeviceInterfaceChange;
    const bool of_profile = category == EventCategoryHardwareProfileChange;
    if (!of_interfaces && !of_profile && category != EventCategoryTargetDeviceChange)
        return STATUS_NOT_SUPPORTED; // W7
    if ((data == nullptr) != of_profile || object == nullptr || routine == nullptr || entry == nullptr)
        return STATUS_INVALID_PARAMETER; // W4, W6
    partition* const in = partition::current();
    if (in == nullptr) return STATUS_NO_SUCH_DEVICE;
    assent::windows::driver* const owner = in->find(object);
    if (owner == nullptr) return STATUS_INVALID_PARAMETER;
    const ULONG known = of_interfaces ? PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES : 0U;
    if ((flags & ~known) != 0)
        in->violated(2, owner, "IoRegisterPlugPlayNotification", "flags that this category does not know");
    return assent::windows::detail::or_no_memory(STATUS_INSUFFICIENT_RESOURCES, [&] {
        if (of_profile) return in->register_profile_change(*owner, routine, context, entry);
        if (!of_interfaces) return in->register_target_change(data, *owner, routine, context, entry);
        const bool existing = (flags & PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES) != 0;
        return in->register_interface_change(*static_cast<const GUID*>(data), existing, *owner, routine,
                                             context, entry);
    });
}

/// W38: does not wait for a callback that is running.
NTSTATUS IoUnregisterPlugPlayNotification(PVOID entry) {
    auto* const in = assent::windows::partition::current();
    return in == nullptr ? STATUS_INVALID_PARAMETER
                         : in->unregister(assent::windows::entry_kind::plug_play, entry, false);
}

/// W39, W40: afterwards no callback of the entry runs or will run, except one this call was made from.
NTSTATUS IoUnregisterPlugPlayNotificationEx(PVOID entry) {
    auto* const in = assent::windows::partition::current();
    return in == nullptr ? STATUS_INVALID_PARAMETER
                         : in->unregister(assent::windows::entry_kind::plug_play, entry, true);
}

} // extern "C"

#endif
