// SPDX-License-Identifier: BSL-1.0
// Defines the functions of callback objects. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_DDI_CALLBACK_OBJECT_HPP
#define ASSENT_WINDOWS_DDI_CALLBACK_OBJECT_HPP

#include <assent/config.hpp>
#include <assent/windows/ddi/device_interface.hpp>
#include <assent/windows/ddi/or_no_memory.hpp>
#include <assent/windows/ddk/assent_ddk/callback_object.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/partition.hpp>

extern "C" {

/// The object lives as long as the partition, whatever references it.
NTSTATUS ExCreateCallback(PCALLBACK_OBJECT* object, POBJECT_ATTRIBUTES attributes, BOOLEAN create,
                          BOOLEAN several) {
    using namespace assent::windows;
    partition* const in = partition::current();
    if (in == nullptr || object == nullptr) return STATUS_INVALID_PARAMETER;
    const UNICODE_STRING* const name = attributes == nullptr ? nullptr : attributes->ObjectName;
    return detail::or_no_memory(STATUS_INSUFFICIENT_RESOURCES, [&] {
        return in->callbacks().open(name == nullptr ? wide_view() : detail::view_of(name), create != FALSE,
                                    several != FALSE, *object);
    });
}

/// NULL: no such object, no routine, no memory, or the object has room for one and is taken.
PVOID ExRegisterCallback(PCALLBACK_OBJECT object, PCALLBACK_FUNCTION routine, PVOID context) {
    auto* const in = assent::windows::partition::current();
    if (in == nullptr || routine == nullptr) return nullptr;
    return assent::windows::detail::or_no_memory(
        PVOID{}, [&] { return in->register_callback(object, routine, context); });
}

/// Returns when the routine is not running on another thread; it is called no more.
VOID ExUnregisterCallback(PVOID registered) {
    auto* const in = assent::windows::partition::current();
    if (in != nullptr)
        static_cast<void>(in->unregister(assent::windows::entry_kind::callback_object, registered, true));
}

VOID ExNotifyCallback(PVOID object, PVOID first, PVOID second) {
    auto* const in = assent::windows::partition::current();
    if (in == nullptr) return;
    assent::windows::detail::or_no_memory(
        false, [&] { return in->callbacks().notify(object, first, second), true; });
}

} // extern "C"

#endif
