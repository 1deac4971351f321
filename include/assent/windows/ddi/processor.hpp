// SPDX-License-Identifier: BSL-1.0
// Defines the processor functions. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_DDI_PROCESSOR_HPP
#define ASSENT_WINDOWS_DDI_PROCESSOR_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/processor.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/ddi/or_no_memory.hpp>
#include <assent/windows/partition.hpp>
#include <assent/windows/primitives/irql_state.hpp>
#include <assent/windows/processor_affinity.hpp>

extern "C" {

/// W50 to W60. NULL: no partition, no routine, no memory, or refused in the replay of what exists (W55).
PVOID KeRegisterProcessorChangeCallback(PPROCESSOR_CALLBACK_FUNCTION routine, PVOID context, ULONG flags) {
    auto* const in = assent::windows::partition::current();
    if (in == nullptr || routine == nullptr) return nullptr;
    if ((flags & ~ULONG{KE_PROCESSOR_CHANGE_ADD_EXISTING}) != 0)
        in->violated(54, assent::windows::driver::running(), "KeRegisterProcessorChangeCallback",
                     "reserved flags");
    if (assent::windows::current_irql_state().level != PASSIVE_LEVEL)
        in->violated(50, assent::windows::driver::running(), "KeRegisterProcessorChangeCallback",
                     "called above PASSIVE_LEVEL");
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

USHORT KeQueryMaximumGroupCount(VOID) {
    auto* const in = assent::windows::partition::current();
    if (in == nullptr) return 0;
    return static_cast<USHORT>((in->processors().maximum() + MAXIMUM_PROC_PER_GROUP - 1) /
                               MAXIMUM_PROC_PER_GROUP);
}

USHORT KeQueryActiveGroupCount(VOID) {
    auto* const in = assent::windows::partition::current();
    USHORT count = 0;
    const USHORT all = KeQueryMaximumGroupCount();
    for (USHORT group = 0; group < all; ++group)
        count = static_cast<USHORT>(count + (in->processors().mask(group) != 0));
    return count;
}

KAFFINITY KeQueryGroupAffinity(USHORT group) {
    auto* const in = assent::windows::partition::current();
    return in == nullptr ? 0 : in->processors().mask(group);
}

/// The number is optional.
ULONG KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER number) {
    auto* const in = assent::windows::partition::current();
    if (in == nullptr) return 0;
    const PROCESSOR_NUMBER on = assent::windows::current_processor(in->processors());
    if (number != nullptr) *number = on;
    return in->processors().index_of(on).value_or(0);
}

ULONG KeGetCurrentProcessorNumber(VOID) {
    auto* const in = assent::windows::partition::current();
    return in == nullptr ? 0 : assent::windows::current_processor(in->processors()).Number;
}

USHORT KeGetCurrentNodeNumber(VOID) { return 0; }

/// One processor after the other, all on this thread. @return what the routine returned
/// on the processor of the caller.
ULONG_PTR KeIpiGenericCall(PKIPI_BROADCAST_WORKER routine, ULONG_PTR argument) {
    using namespace assent::windows;
    partition* const in = partition::current();
    if (in == nullptr) return 0;
    const PROCESSOR_NUMBER caller = current_processor(in->processors());
    ULONG_PTR result = 0;
    for (ULONG index = 0;; ++index) {
        const auto number = in->processors().number_of(index);
        if (!number) return result;
        const on_processor there(*number);
        irql_state& state = current_irql_state();
        const irql_state before = state;
        state.level = IPI_LEVEL;
        const ULONG_PTR returned = routine(argument);
        state = before;
        if (number->Group == caller.Group && number->Number == caller.Number) result = returned;
    }
}

/// What names no running processor changes nothing, and the previous affinity is all zero then.
VOID KeSetSystemGroupAffinityThread(PGROUP_AFFINITY wanted, PGROUP_AFFINITY previous) {
    auto* const in = assent::windows::partition::current();
    const bool possible =
        in != nullptr && wanted != nullptr && (in->processors().mask(wanted->Group) & wanted->Mask) != 0;
    const GROUP_AFFINITY next = possible ? *wanted : GROUP_AFFINITY{}; // the two may be one structure
    if (previous != nullptr) *previous = possible ? assent::windows::thread_affinity() : GROUP_AFFINITY{};
    if (possible) assent::windows::thread_affinity() = next;
}

/// An affinity of all zero, as the outermost call above gave it, is the thread's own again.
VOID KeRevertToUserGroupAffinityThread(PGROUP_AFFINITY previous) {
    assent::windows::thread_affinity() = previous == nullptr ? GROUP_AFFINITY{} : *previous;
}

KAFFINITY KeSetSystemAffinityThreadEx(KAFFINITY wanted) {
    GROUP_AFFINITY next{};
    next.Mask = wanted;
    GROUP_AFFINITY previous{};
    KeSetSystemGroupAffinityThread(&next, &previous);
    return previous.Mask;
}
VOID KeSetSystemAffinityThread(KAFFINITY wanted) { KeSetSystemAffinityThreadEx(wanted); }
VOID KeRevertToUserAffinityThreadEx(KAFFINITY previous) {
    GROUP_AFFINITY before{};
    before.Mask = previous;
    KeRevertToUserGroupAffinityThread(&before);
}
VOID KeRevertToUserAffinityThread(VOID) { KeRevertToUserGroupAffinityThread(nullptr); }

} // extern "C"

#endif
