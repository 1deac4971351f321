// SPDX-License-Identifier: BSL-1.0
// The functions of the DDI by name: defines their look-up and, for Windows, what drivers import. For exactly one
// translation unit of a program.
#ifndef ASSENT_WINDOWS_DDI_SYSTEM_ROUTINE_HPP
#define ASSENT_WINDOWS_DDI_SYSTEM_ROUTINE_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/declarations.h>

#include <cstddef>
#include <string_view>

// clang-format off
#define ASSENT_DDI_ROUTINES(routine) \
    routine(DbgBreakPoint) \
    routine(DbgPrint) \
    routine(DbgPrintEx) \
    routine(ExAcquireFastMutex) \
    routine(ExAcquireFastMutexUnsafe) \
    routine(ExAcquireResourceExclusiveLite) \
    routine(ExAcquireResourceSharedLite) \
    routine(ExAcquireRundownProtection) \
    routine(ExAcquireRundownProtectionEx) \
    routine(ExAcquireSharedStarveExclusive) \
    routine(ExAcquireSharedWaitForExclusive) \
    routine(ExAllocateFromNPagedLookasideList) \
    routine(ExAllocateFromPagedLookasideList) \
    routine(ExAllocatePool) \
    routine(ExAllocatePool2) \
    routine(ExAllocatePoolUninitialized) \
    routine(ExAllocatePoolWithQuotaTag) \
    routine(ExAllocatePoolWithTag) \
    routine(ExAllocatePoolZero) \
    routine(ExConvertExclusiveToSharedLite) \
    routine(ExCreateCallback) \
    routine(ExDeleteNPagedLookasideList) \
    routine(ExDeletePagedLookasideList) \
    routine(ExDeleteResourceLite) \
    routine(ExEnterCriticalRegionAndAcquireResourceExclusive) \
    routine(ExEnterCriticalRegionAndAcquireResourceShared) \
    routine(ExFreePool) \
    routine(ExFreePoolWithTag) \
    routine(ExFreeToNPagedLookasideList) \
    routine(ExFreeToPagedLookasideList) \
    routine(ExGetExclusiveWaiterCount) \
    routine(ExGetPreviousMode) \
    routine(ExGetSharedWaiterCount) \
    routine(ExInitializeNPagedLookasideList) \
    routine(ExInitializePagedLookasideList) \
    routine(ExInitializeResourceLite) \
    routine(ExInitializeRundownProtection) \
    routine(ExInterlockedInsertHeadList) \
    routine(ExInterlockedInsertTailList) \
    routine(ExInterlockedRemoveHeadList) \
    routine(ExIsResourceAcquiredExclusiveLite) \
    routine(ExIsResourceAcquiredSharedLite) \
    routine(ExNotifyCallback) \
    routine(ExQueueWorkItem) \
    routine(ExReInitializeRundownProtection) \
    routine(ExRegisterCallback) \
    routine(ExReinitializeResourceLite) \
    routine(ExReleaseFastMutex) \
    routine(ExReleaseFastMutexUnsafe) \
    routine(ExReleaseResourceAndLeaveCriticalRegion) \
    routine(ExReleaseResourceForThreadLite) \
    routine(ExReleaseResourceLite) \
    routine(ExReleaseRundownProtection) \
    routine(ExReleaseRundownProtectionEx) \
    routine(ExRundownCompleted) \
    routine(ExSystemTimeToLocalTime) \
    routine(ExTryToAcquireFastMutex) \
    routine(ExUnregisterCallback) \
    routine(ExWaitForRundownProtectionRelease) \
    routine(IoAcquireCancelSpinLock) \
    routine(IoAcquireRemoveLockEx) \
    routine(IoAllocateIrp) \
    routine(IoAllocateWorkItem) \
    routine(IoAttachDeviceToDeviceStack) \
    routine(IoBuildDeviceIoControlRequest) \
    routine(IoBuildSynchronousFsdRequest) \
    routine(IoCancelIrp) \
    routine(IoCreateDevice) \
    routine(IoCreateSymbolicLink) \
    routine(IoDeleteDevice) \
    routine(IoDeleteSymbolicLink) \
    routine(IoDetachDevice) \
    routine(IoForwardIrpSynchronously) \
    routine(IoFreeIrp) \
    routine(IoFreeWorkItem) \
    routine(IoGetAttachedDevice) \
    routine(IoGetAttachedDeviceReference) \
    routine(IoGetDeviceInterfaces) \
    routine(IoGetDeviceObjectPointer) \
    routine(IoGetDeviceProperty) \
    routine(IoGetRelatedDeviceObject) \
    routine(IoInitializeIrp) \
    routine(IoInitializeRemoveLockEx) \
    routine(IoInvalidateDeviceRelations) \
    routine(IoInvalidateDeviceState) \
    routine(IoIsWdmVersionAvailable) \
    routine(IoOpenDeviceInterfaceRegistryKey) \
    routine(IoOpenDeviceRegistryKey) \
    routine(IoQueueWorkItem) \
    routine(IoQueueWorkItemEx) \
    routine(IoRegisterDeviceInterface) \
    routine(IoRegisterPlugPlayNotification) \
    routine(IoReleaseCancelSpinLock) \
    routine(IoReleaseRemoveLockAndWaitEx) \
    routine(IoReleaseRemoveLockEx) \
    routine(IoReportTargetDeviceChange) \
    routine(IoReportTargetDeviceChangeAsynchronous) \
    routine(IoReuseIrp) \
    routine(IoSetDeviceInterfaceState) \
    routine(IoUnregisterPlugPlayNotification) \
    routine(IoUnregisterPlugPlayNotificationEx) \
    routine(IoWMIDeviceObjectToProviderId) \
    routine(IoWMIOpenBlock) \
    routine(IoWMIRegistrationControl) \
    routine(IoWMISetNotificationCallback) \
    routine(IoWMIWriteEvent) \
    routine(IofCallDriver) \
    routine(IofCompleteRequest) \
    routine(KeAcquireGuardedMutex) \
    routine(KeAcquireInStackQueuedSpinLock) \
    routine(KeAcquireInStackQueuedSpinLockAtDpcLevel) \
    routine(KeAcquireSpinLock) \
    routine(KeAcquireSpinLockAtDpcLevel) \
    routine(KeAcquireSpinLockRaiseToDpc) \
    routine(KeAreAllApcsDisabled) \
    routine(KeAreApcsDisabled) \
    routine(KeBugCheckEx) \
    routine(KeClearEvent) \
    routine(KeDelayExecutionThread) \
    routine(KeDeregisterProcessorChangeCallback) \
    routine(KeEnterCriticalRegion) \
    routine(KeEnterGuardedRegion) \
    routine(KeFlushQueuedDpcs) \
    routine(KeGetCurrentIrql) \
    routine(KeGetCurrentNodeNumber) \
    routine(KeGetCurrentProcessorNumber) \
    routine(KeGetCurrentProcessorNumberEx) \
    routine(KeGetCurrentThread) \
    routine(KeGetProcessorIndexFromNumber) \
    routine(KeGetProcessorNumberFromIndex) \
    routine(KeInitializeDpc) \
    routine(KeInitializeEvent) \
    routine(KeInitializeGuardedMutex) \
    routine(KeInitializeMutex) \
    routine(KeInitializeSemaphore) \
    routine(KeInitializeSpinLock) \
    routine(KeInsertQueueDpc) \
    routine(KeIpiGenericCall) \
    routine(KeLeaveCriticalRegion) \
    routine(KeLeaveGuardedRegion) \
    routine(KeLowerIrql) \
    routine(KeQueryActiveGroupCount) \
    routine(KeQueryActiveProcessorCount) \
    routine(KeQueryActiveProcessorCountEx) \
    routine(KeQueryActiveProcessors) \
    routine(KeQueryGroupAffinity) \
    routine(KeQueryInterruptTime) \
    routine(KeQueryMaximumGroupCount) \
    routine(KeQueryMaximumProcessorCount) \
    routine(KeQueryMaximumProcessorCountEx) \
    routine(KeQueryPerformanceCounter) \
    routine(KeQuerySystemTime) \
    routine(KeQuerySystemTimePrecise) \
    routine(KeQueryTickCount) \
    routine(KeQueryTimeIncrement) \
    routine(KeRaiseIrql) \
    routine(KeRaiseIrqlToDpcLevel) \
    routine(KeReadStateEvent) \
    routine(KeReadStateMutex) \
    routine(KeReadStateSemaphore) \
    routine(KeRegisterProcessorChangeCallback) \
    routine(KeReleaseGuardedMutex) \
    routine(KeReleaseInStackQueuedSpinLock) \
    routine(KeReleaseInStackQueuedSpinLockFromDpcLevel) \
    routine(KeReleaseMutex) \
    routine(KeReleaseSemaphore) \
    routine(KeReleaseSpinLock) \
    routine(KeReleaseSpinLockFromDpcLevel) \
    routine(KeRemoveQueueDpc) \
    routine(KeResetEvent) \
    routine(KeRevertToUserAffinityThread) \
    routine(KeRevertToUserAffinityThreadEx) \
    routine(KeRevertToUserGroupAffinityThread) \
    routine(KeSetEvent) \
    routine(KeSetImportanceDpc) \
    routine(KeSetPriorityThread) \
    routine(KeSetSystemAffinityThread) \
    routine(KeSetSystemAffinityThreadEx) \
    routine(KeSetSystemGroupAffinityThread) \
    routine(KeSetTargetProcessorDpc) \
    routine(KeSetTargetProcessorDpcEx) \
    routine(KeStallExecutionProcessor) \
    routine(KeTryToAcquireGuardedMutex) \
    routine(KeTryToAcquireSpinLockAtDpcLevel) \
    routine(KeWaitForMultipleObjects) \
    routine(KeWaitForSingleObject) \
    routine(KfRaiseIrql) \
    routine(MmGetPhysicalMemoryRanges) \
    routine(MmGetSystemRoutineAddress) \
    routine(ObDereferenceObject) \
    routine(ObReferenceObject) \
    routine(ObReferenceObjectByHandle) \
    routine(ObReferenceObjectByPointer) \
    routine(ObfDereferenceObject) \
    routine(ObfReferenceObject) \
    routine(PoCallDriver) \
    routine(PoSetPowerState) \
    routine(PoStartNextPowerIrp) \
    routine(PsCreateSystemThread) \
    routine(PsGetCurrentProcess) \
    routine(PsGetCurrentProcessId) \
    routine(PsGetCurrentThread) \
    routine(PsGetCurrentThreadId) \
    routine(PsGetVersion) \
    routine(PsTerminateSystemThread) \
    routine(RtlAnsiStringToUnicodeString) \
    routine(RtlAppendUnicodeStringToString) \
    routine(RtlAppendUnicodeToString) \
    routine(RtlAssert) \
    routine(RtlCompareMemory) \
    routine(RtlCompareUnicodeString) \
    routine(RtlCopyUnicodeString) \
    routine(RtlEqualUnicodeString) \
    routine(RtlFreeAnsiString) \
    routine(RtlFreeUnicodeString) \
    routine(RtlGUIDFromString) \
    routine(RtlGetVersion) \
    routine(RtlInitAnsiString) \
    routine(RtlInitString) \
    routine(RtlInitUnicodeString) \
    routine(RtlIntegerToUnicodeString) \
    routine(RtlIsNtDdiVersionAvailable) \
    routine(RtlPrefixUnicodeString) \
    routine(RtlSecureZeroMemory) \
    routine(RtlStringFromGUID) \
    routine(RtlTimeToTimeFields) \
    routine(RtlUnicodeStringToAnsiString) \
    routine(RtlUnicodeStringToInteger) \
    routine(RtlUpcaseUnicodeChar) \
    routine(RtlUpcaseUnicodeString) \
    routine(ZwClose) \
    routine(ZwCreateKey) \
    routine(ZwOpenKey) \
    routine(ZwQueryValueKey) \
    routine(ZwSetValueKey) \
    routine(vDbgPrintEx)
// clang-format on

namespace assent::windows::detail {
struct system_routine {
    std::string_view name;
    PVOID address;
};
#define ASSENT_DDI_ENTRY(name) {#name, reinterpret_cast<PVOID>(&name)},
inline const system_routine system_routines[] = {ASSENT_DDI_ROUTINES(ASSENT_DDI_ENTRY)};
#undef ASSENT_DDI_ENTRY
} // namespace assent::windows::detail

#if defined(_WIN32)
// A driver compiled against the headers of a Windows DDK takes the functions for imported ones and calls through
// the pointers that the import library of the system has. The names are reserved in C++: given to the linker only.
#define ASSENT_DDI_IMPORT(name)                                                                              \
    extern "C" const PVOID assent_import_##name asm("__imp_" #name);                                         \
    const PVOID assent_import_##name = reinterpret_cast<PVOID>(&name);
ASSENT_DDI_ROUTINES(ASSENT_DDI_IMPORT)
#undef ASSENT_DDI_IMPORT
#endif
#undef ASSENT_DDI_ROUTINES

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
