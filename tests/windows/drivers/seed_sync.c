// SPDX-License-Identifier: BSL-1.0
//
// W63, the synchronous half of the guide to dynamic hardware partitioning: a driver registers a
// processor change callback for the processors there are and those to come, gets ready or refuses
// in the first call, and deregisters in its Unload routine.

#include <wdm.h>

#include "seeds.h"

SEED_SYNC_COUNTS SeedSyncCounts;
ULONG SeedSyncUnreadyProcessor = 0xFFFFFFFF;

// Handed to every call, because the handle returned by the registration says nothing of how the
// replay for the existing processors went.
typedef struct _CALLBACK_CONTEXT {
    NTSTATUS Status;
} CALLBACK_CONTEXT, *PCALLBACK_CONTEXT;

static CALLBACK_CONTEXT ChangeContextBlock;
static PVOID CallbackRegistrationHandle;

#ifdef __cplusplus
extern "C"
#endif
    DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static PROCESSOR_CALLBACK_FUNCTION ProcessorChanged;

static NTSTATUS GetReadyFor(ULONG Processor) {
    return Processor == SeedSyncUnreadyProcessor ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

static VOID NTAPI ProcessorChanged(PVOID CallbackContext, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT ChangeContext,
                                   PNTSTATUS OperationStatus) {
    PCALLBACK_CONTEXT Context = (PCALLBACK_CONTEXT)CallbackContext;
    NTSTATUS Status;

    switch (ChangeContext->State) {
    case KeProcessorAddStartNotify:
        // Before the processor starts: allocate what it needs, or call the addition off.
        SeedSyncCounts.Started++;
        Status = GetReadyFor(ChangeContext->NtNumber);
        if (!NT_SUCCESS(Status)) {
            Context->Status = Status;
            *OperationStatus = Status;
        }
        break;

    case KeProcessorAddCompleteNotify:
        // It runs: begin to use it.
        SeedSyncCounts.Completed++;
        break;

    case KeProcessorAddFailureNotify:
        // It will not run: give back what was allocated.
        SeedSyncCounts.Failed++;
        SeedSyncCounts.LastFailure = ChangeContext->Status;
        break;

    default:
        break;
    }
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject) {
    UNREFERENCED_PARAMETER(DriverObject);

    KeDeregisterProcessorChangeCallback(CallbackRegistrationHandle);
    CallbackRegistrationHandle = NULL;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNREFERENCED_PARAMETER(RegistryPath);

    RtlZeroMemory(&SeedSyncCounts, sizeof(SeedSyncCounts));
    ChangeContextBlock.Status = STATUS_SUCCESS;

    CallbackRegistrationHandle = KeRegisterProcessorChangeCallback(ProcessorChanged, &ChangeContextBlock,
                                                                   KE_PROCESSOR_CHANGE_ADD_EXISTING);

    if (!NT_SUCCESS(ChangeContextBlock.Status)) {
        if (CallbackRegistrationHandle != NULL) {
            KeDeregisterProcessorChangeCallback(CallbackRegistrationHandle);
            CallbackRegistrationHandle = NULL;
        }
        return ChangeContextBlock.Status;
    }
    if (CallbackRegistrationHandle == NULL) {
        return STATUS_UNSUCCESSFUL;
    }

    DriverObject->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
