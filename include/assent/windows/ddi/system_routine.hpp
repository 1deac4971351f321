// SPDX-License-Identifier: BSL-1.0
// Defines the look-up of functions by name. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_DDI_SYSTEM_ROUTINE_HPP
#define ASSENT_WINDOWS_DDI_SYSTEM_ROUTINE_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/declarations.h>

#include <cstddef>
#include <string_view>

namespace assent::windows::detail {
struct system_routine {
    std::string_view name;
    PVOID address;
};
// clang-format off: one to a line
inline const system_routine system_routines[] = {
    {"DbgPrint", reinterpret_cast<PVOID>(&DbgPrint)},
    {"DbgPrintEx", reinterpret_cast<PVOID>(&DbgPrintEx)},
    {"ExAcquireFastMutex", reinterpret_cast<PVOID>(&ExAcquireFastMutex)},
    {"ExAcquireFastMutexUnsafe", reinterpret_cast<PVOID>(&ExAcquireFastMutexUnsafe)},
    {"ExAllocatePool", reinterpret_cast<PVOID>(&ExAllocatePool)},
    {"ExAllocatePool2", reinterpret_cast<PVOID>(&ExAllocatePool2)},
    {"ExAllocatePoolWithQuotaTag", reinterpret_cast<PVOID>(&ExAllocatePoolWithQuotaTag)},
    {"ExAllocatePoolWithTag", reinterpret_cast<PVOID>(&ExAllocatePoolWithTag)},
    {"ExFreePool", reinterpret_cast<PVOID>(&ExFreePool)},
    {"ExFreePoolWithTag", reinterpret_cast<PVOID>(&ExFreePoolWithTag)},
    {"ExQueueWorkItem", reinterpret_cast<PVOID>(&ExQueueWorkItem)},
    {"ExReleaseFastMutex", reinterpret_cast<PVOID>(&ExReleaseFastMutex)},
    {"ExReleaseFastMutexUnsafe", reinterpret_cast<PVOID>(&ExReleaseFastMutexUnsafe)},
    {"ExTryToAcquireFastMutex", reinterpret_cast<PVOID>(&ExTryToAcquireFastMutex)},
    {"IoAllocateWorkItem", reinterpret_cast<PVOID>(&IoAllocateWorkItem)},
    {"IoFreeWorkItem", reinterpret_cast<PVOID>(&IoFreeWorkItem)},
    {"IoGetAttachedDevice", reinterpret_cast<PVOID>(&IoGetAttachedDevice)},
    {"IoGetAttachedDeviceReference", reinterpret_cast<PVOID>(&IoGetAttachedDeviceReference)},
    {"IoGetDeviceInterfaces", reinterpret_cast<PVOID>(&IoGetDeviceInterfaces)},
    {"IoGetDeviceObjectPointer", reinterpret_cast<PVOID>(&IoGetDeviceObjectPointer)},
    {"IoGetRelatedDeviceObject", reinterpret_cast<PVOID>(&IoGetRelatedDeviceObject)},
    {"IoQueueWorkItem", reinterpret_cast<PVOID>(&IoQueueWorkItem)},
    {"IoQueueWorkItemEx", reinterpret_cast<PVOID>(&IoQueueWorkItemEx)},
    {"IoRegisterDeviceInterface", reinterpret_cast<PVOID>(&IoRegisterDeviceInterface)},
    {"IoRegisterPlugPlayNotification", reinterpret_cast<PVOID>(&IoRegisterPlugPlayNotification)},
    {"IoReportTargetDeviceChange", reinterpret_cast<PVOID>(&IoReportTargetDeviceChange)},
    {"IoReportTargetDeviceChangeAsynchronous",
     reinterpret_cast<PVOID>(&IoReportTargetDeviceChangeAsynchronous)},
    {"IoSetDeviceInterfaceState", reinterpret_cast<PVOID>(&IoSetDeviceInterfaceState)},
    {"IoUnregisterPlugPlayNotification", reinterpret_cast<PVOID>(&IoUnregisterPlugPlayNotification)},
    {"IoUnregisterPlugPlayNotificationEx", reinterpret_cast<PVOID>(&IoUnregisterPlugPlayNotificationEx)},
    {"KeAreAllApcsDisabled", reinterpret_cast<PVOID>(&KeAreAllApcsDisabled)},
    {"KeAreApcsDisabled", reinterpret_cast<PVOID>(&KeAreApcsDisabled)},
    {"KeClearEvent", reinterpret_cast<PVOID>(&KeClearEvent)},
    {"KeDelayExecutionThread", reinterpret_cast<PVOID>(&KeDelayExecutionThread)},
    {"KeDeregisterProcessorChangeCallback", reinterpret_cast<PVOID>(&KeDeregisterProcessorChangeCallback)},
    {"KeEnterCriticalRegion", reinterpret_cast<PVOID>(&KeEnterCriticalRegion)},
    {"KeEnterGuardedRegion", reinterpret_cast<PVOID>(&KeEnterGuardedRegion)},
    {"KeFlushQueuedDpcs", reinterpret_cast<PVOID>(&KeFlushQueuedDpcs)},
    {"KeGetCurrentIrql", reinterpret_cast<PVOID>(&KeGetCurrentIrql)},
    {"KeGetCurrentProcessorNumber", reinterpret_cast<PVOID>(&KeGetCurrentProcessorNumber)},
    {"KeGetCurrentProcessorNumberEx", reinterpret_cast<PVOID>(&KeGetCurrentProcessorNumberEx)},
    {"KeGetProcessorIndexFromNumber", reinterpret_cast<PVOID>(&KeGetProcessorIndexFromNumber)},
    {"KeGetProcessorNumberFromIndex", reinterpret_cast<PVOID>(&KeGetProcessorNumberFromIndex)},
    {"KeInitializeDpc", reinterpret_cast<PVOID>(&KeInitializeDpc)},
    {"KeInitializeEvent", reinterpret_cast<PVOID>(&KeInitializeEvent)},
    {"KeInsertQueueDpc", reinterpret_cast<PVOID>(&KeInsertQueueDpc)},
    {"KeLeaveCriticalRegion", reinterpret_cast<PVOID>(&KeLeaveCriticalRegion)},
    {"KeLeaveGuardedRegion", reinterpret_cast<PVOID>(&KeLeaveGuardedRegion)},
    {"KeLowerIrql", reinterpret_cast<PVOID>(&KeLowerIrql)},
    {"KeQueryActiveGroupCount", reinterpret_cast<PVOID>(&KeQueryActiveGroupCount)},
    {"KeQueryActiveProcessorCount", reinterpret_cast<PVOID>(&KeQueryActiveProcessorCount)},
    {"KeQueryActiveProcessorCountEx", reinterpret_cast<PVOID>(&KeQueryActiveProcessorCountEx)},
    {"KeQueryActiveProcessors", reinterpret_cast<PVOID>(&KeQueryActiveProcessors)},
    {"KeQueryGroupAffinity", reinterpret_cast<PVOID>(&KeQueryGroupAffinity)},
    {"KeQueryMaximumGroupCount", reinterpret_cast<PVOID>(&KeQueryMaximumGroupCount)},
    {"KeQueryMaximumProcessorCount", reinterpret_cast<PVOID>(&KeQueryMaximumProcessorCount)},
    {"KeQueryMaximumProcessorCountEx", reinterpret_cast<PVOID>(&KeQueryMaximumProcessorCountEx)},
    {"KeReadStateEvent", reinterpret_cast<PVOID>(&KeReadStateEvent)},
    {"KeRegisterProcessorChangeCallback", reinterpret_cast<PVOID>(&KeRegisterProcessorChangeCallback)},
    {"KeRemoveQueueDpc", reinterpret_cast<PVOID>(&KeRemoveQueueDpc)},
    {"KeResetEvent", reinterpret_cast<PVOID>(&KeResetEvent)},
    {"KeRevertToUserAffinityThread", reinterpret_cast<PVOID>(&KeRevertToUserAffinityThread)},
    {"KeRevertToUserAffinityThreadEx", reinterpret_cast<PVOID>(&KeRevertToUserAffinityThreadEx)},
    {"KeRevertToUserGroupAffinityThread", reinterpret_cast<PVOID>(&KeRevertToUserGroupAffinityThread)},
    {"KeSetEvent", reinterpret_cast<PVOID>(&KeSetEvent)},
    {"KeSetImportanceDpc", reinterpret_cast<PVOID>(&KeSetImportanceDpc)},
    {"KeSetSystemAffinityThread", reinterpret_cast<PVOID>(&KeSetSystemAffinityThread)},
    {"KeSetSystemAffinityThreadEx", reinterpret_cast<PVOID>(&KeSetSystemAffinityThreadEx)},
    {"KeSetSystemGroupAffinityThread", reinterpret_cast<PVOID>(&KeSetSystemGroupAffinityThread)},
    {"KeSetTargetProcessorDpc", reinterpret_cast<PVOID>(&KeSetTargetProcessorDpc)},
    {"KeSetTargetProcessorDpcEx", reinterpret_cast<PVOID>(&KeSetTargetProcessorDpcEx)},
    {"KeWaitForSingleObject", reinterpret_cast<PVOID>(&KeWaitForSingleObject)},
    {"KfRaiseIrql", reinterpret_cast<PVOID>(&KfRaiseIrql)},
    {"MmGetSystemRoutineAddress", reinterpret_cast<PVOID>(&MmGetSystemRoutineAddress)},
    {"ObDereferenceObject", reinterpret_cast<PVOID>(&ObDereferenceObject)},
    {"ObReferenceObject", reinterpret_cast<PVOID>(&ObReferenceObject)},
    {"ObfDereferenceObject", reinterpret_cast<PVOID>(&ObfDereferenceObject)},
    {"ObfReferenceObject", reinterpret_cast<PVOID>(&ObfReferenceObject)},
    {"PsGetCurrentThread", reinterpret_cast<PVOID>(&PsGetCurrentThread)},
    {"PsGetCurrentThreadId", reinterpret_cast<PVOID>(&PsGetCurrentThreadId)},
    {"RtlAnsiStringToUnicodeString", reinterpret_cast<PVOID>(&RtlAnsiStringToUnicodeString)},
    {"RtlAppendUnicodeStringToString", reinterpret_cast<PVOID>(&RtlAppendUnicodeStringToString)},
    {"RtlAppendUnicodeToString", reinterpret_cast<PVOID>(&RtlAppendUnicodeToString)},
    {"RtlCompareMemory", reinterpret_cast<PVOID>(&RtlCompareMemory)},
    {"RtlCompareUnicodeString", reinterpret_cast<PVOID>(&RtlCompareUnicodeString)},
    {"RtlCopyUnicodeString", reinterpret_cast<PVOID>(&RtlCopyUnicodeString)},
    {"RtlEqualUnicodeString", reinterpret_cast<PVOID>(&RtlEqualUnicodeString)},
    {"RtlFreeAnsiString", reinterpret_cast<PVOID>(&RtlFreeAnsiString)},
    {"RtlFreeUnicodeString", reinterpret_cast<PVOID>(&RtlFreeUnicodeString)},
    {"RtlGUIDFromString", reinterpret_cast<PVOID>(&RtlGUIDFromString)},
    {"RtlInitAnsiString", reinterpret_cast<PVOID>(&RtlInitAnsiString)},
    {"RtlInitString", reinterpret_cast<PVOID>(&RtlInitString)},
    {"RtlInitUnicodeString", reinterpret_cast<PVOID>(&RtlInitUnicodeString)},
    {"RtlPrefixUnicodeString", reinterpret_cast<PVOID>(&RtlPrefixUnicodeString)},
    {"RtlStringFromGUID", reinterpret_cast<PVOID>(&RtlStringFromGUID)},
    {"RtlUnicodeStringToAnsiString", reinterpret_cast<PVOID>(&RtlUnicodeStringToAnsiString)},
    {"RtlUpcaseUnicodeChar", reinterpret_cast<PVOID>(&RtlUpcaseUnicodeChar)},
    {"vDbgPrintEx", reinterpret_cast<PVOID>(&vDbgPrintEx)},
};
// clang-format on
} // namespace assent::windows::detail

extern "C" {

/// What a driver uses to find out whether a newer function is there. NULL: it is not; names are case-sensitive.
PVOID MmGetSystemRoutineAddress(PUNICODE_STRING name) {
    using namespace assent::windows;
    if (name == nullptr || name->Buffer == nullptr) return nullptr;
    // On the stack: this function has no way to say that memory is short.
    char wanted[64];
    const std::size_t length = name->Length / sizeof(WCHAR);
    if (length > sizeof(wanted)) return nullptr;
    for (std::size_t i = 0; i < length; ++i) {
        const auto unit = static_cast<unsigned short>(name->Buffer[i]);
        wanted[i] = unit < 0x80 ? static_cast<char>(unit) : '?';
    }
    for (const detail::system_routine& routine : detail::system_routines)
        if (routine.name == std::string_view(wanted, length)) return routine.address;
    return nullptr;
}

} // extern "C"

#endif
