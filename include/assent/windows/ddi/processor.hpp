// SPDX-License-Identifier: BSL-1.0
// Defines the processor functions. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_DDI_PROCESSOR_HPP
#define ASSENT_WINDOWS_DDI_PROCESSOR_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/processor.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/ddi/or_no_memory.hpp>
#include <assent/windows/partition.hpp>

extern "C" {

/// W50 to W60. NULL: no partition, no routine, no memory, or refused in the replay of what exists (W55).
PVOID KeRegisterProcessorChangeCallback(PPROCESSOR_CALLBACK_FUNCTION routine, PVOID context, ULONG flags) {
    auto* const in = assent::windows::partition::current();
    if (in == nullptr || routine == nullptr) return nullptr;
    return assent::windows::detail::or_no_memory(PVOID{}, [&] {
        return in->register_processor_change(routine, context,
                                             (flags & KE_PROCESSOR_CHANGE_ADD_EXISTING) != 0);
    });
}

/// W59: waits as IoUnregisterPlugPlayNotificationEx does.
VOID KeDeregisterProcessorChangeCallback(PVOID handle) {
    auto* const in = assent::windows::partition::current();
    if (in != nullptr)
        static_cast<void>(in->unregister(assent::windows::entry_kind::processor_change, handle, true));
}

/// W61: group 0.
ULONG KeQueryActiveProcessorCount(PKAFFINITY mask) {
    auto* const in = assent::windows::partition::current();
    if (mask != nullptr) *mask = in == nullptr ? 0 : in->processors().mask(0);
    return in == nullptr ? 0 : in->processors().active(0);
}

ULONG KeQueryActiveProcessorCountEx(USHORT group) {
    auto* const in = assent::windows::partition::current();
    return in == nullptr ? 0 : in->processors().active(group);
}

KAFFINITY KeQueryActiveProcessors(VOID) {
    auto* const in = assent::windows::partition::current();
    return in == nullptr ? 0 : in->processors().mask(0);
}

ULONG KeQueryMaximumProcessorCount(VOID) {
    auto* const in = assent::windows::partition::current();
    return in == nullptr ? 0 : in->processors().maximum_in(0);
}

ULONG KeQueryMaximumProcessorCountEx(USHORT group) {
    auto* const in = assent::windows::partition::current();
    if (in == nullptr) return 0;
    return group == ALL_PROCESSOR_GROUPS ? in->processors().maximum() : in->processors().maximum_in(group);
}

/// W62.
NTSTATUS KeGetProcessorNumberFromIndex(ULONG index, PPROCESSOR_NUMBER number) {
    auto* const in = assent::windows::partition::current();
    if (in == nullptr || number == nullptr) return STATUS_INVALID_PARAMETER;
    const auto found = in->processors().number_of(index);
    if (!found) return STATUS_INVALID_PARAMETER;
    *number = *found;
    return STATUS_SUCCESS;
}

ULONG KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER number) {
    auto* const in = assent::windows::partition::current();
    if (in == nullptr || number == nullptr) return INVALID_PROCESSOR_INDEX;
    return in->processors().index_of(*number).value_or(INVALID_PROCESSOR_INDEX);
}

} // extern "C"

#endif
