// SPDX-License-Identifier: BSL-1.0
//
// A driver that is loaded when the machine has long been running and unloaded while it still
// changes, a diagnostic tool's driver for instance. It wants to be told of everything that exists
// and everything that comes, once, in both ways of asking; and it wants silence after its unload.

#include <ntddk.h>

#include <initguid.h>
#include <poclass.h>
#include <wdmguid.h>

#include "beliefs.h"

#define LATECOMER_TAG 0x6574614c // 'Late' in memory order; gcc warns about the character form

typedef enum _LATECOMER_PHASE { LatecomerUnknown = 0, LatecomerStarting, LatecomerRunning } LATECOMER_PHASE;

typedef struct _LATECOMER_STATE {
    FAST_MUTEX Lock;
    BOOLEAN Loaded;
    PVOID ChangeHandle;
    PVOID InterfaceEntry;
    ULONG Capacity;
    PUCHAR Phases; // a LATECOMER_PHASE for each system-wide processor number
    ULONG Processors;
    ULONGLONG ProcessorMask;
    ULONG Arrivals;
    ULONG Removals;
    ULONG Unexpected;
} LATECOMER_STATE, *PLATECOMER_STATE;

static LATECOMER_STATE LatecomerState;

#ifdef __cplusplus
extern "C"
#endif
    DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD LatecomerUnload;
static PROCESSOR_CALLBACK_FUNCTION LatecomerProcessorChange;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE LatecomerInterfaceChange;

#ifdef ALLOC_PRAGMA
#pragma alloc_text(INIT, DriverEntry)
#pragma alloc_text(PAGE, LatecomerUnload)
#pragma alloc_text(PAGE, LatecomerProcessorChange)
#pragma alloc_text(PAGE, LatecomerInterfaceChange)
#endif

// With the lock held. Moves one processor from the phase it must be in to the next, or takes note
// that it was in another.
static BOOLEAN LatecomerMove(_Inout_ PLATECOMER_STATE State, _In_ ULONG Processor, _In_ LATECOMER_PHASE From,
                             _In_ LATECOMER_PHASE To) {
    if (!State->Loaded || Processor >= State->Capacity || State->Phases[Processor] != From) {
        State->Unexpected++;
        return FALSE;
    }
    State->Phases[Processor] = (UCHAR)To;
    return TRUE;
}

static VOID NTAPI LatecomerProcessorChange(_In_opt_ PVOID CallbackContext,
                                           _In_ PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT ChangeContext,
                                           _Inout_ PNTSTATUS OperationStatus) {
    PLATECOMER_STATE State = (PLATECOMER_STATE)CallbackContext;
    ULONG Processor = ChangeContext->NtNumber;

    PAGED_CODE();
    UNREFERENCED_PARAMETER(OperationStatus); // this driver only watches: it never refuses

    ExAcquireFastMutex(&State->Lock);
    switch (ChangeContext->State) {
    case KeProcessorAddStartNotify:
        (VOID) LatecomerMove(State, Processor, LatecomerUnknown, LatecomerStarting);
        break;
    case KeProcessorAddCompleteNotify:
        if (LatecomerMove(State, Processor, LatecomerStarting, LatecomerRunning)) {
            State->Processors++;
            if (Processor < 64) {
                State->ProcessorMask |= 1ULL << Processor;
            }
        }
        break;
    case KeProcessorAddFailureNotify:
        (VOID) LatecomerMove(State, Processor, LatecomerStarting, LatecomerUnknown);
        break;
    default:
        break;
    }
    ExReleaseFastMutex(&State->Lock);
}

static NTSTATUS NTAPI LatecomerInterfaceChange(_In_ PVOID NotificationStructure, _In_opt_ PVOID Context) {
    PDEVICE_INTERFACE_CHANGE_NOTIFICATION Change =
        (PDEVICE_INTERFACE_CHANGE_NOTIFICATION)NotificationStructure;
    PLATECOMER_STATE State = (PLATECOMER_STATE)Context;

    PAGED_CODE();

    ExAcquireFastMutex(&State->Lock);
    if (!State->Loaded) {
        State->Unexpected++;
    } else if (RtlEqualMemory(&Change->Event, &GUID_DEVICE_INTERFACE_ARRIVAL, sizeof(GUID))) {
        State->Arrivals++;
    } else if (RtlEqualMemory(&Change->Event, &GUID_DEVICE_INTERFACE_REMOVAL, sizeof(GUID))) {
        State->Removals++;
    }
    ExReleaseFastMutex(&State->Lock);
    return STATUS_SUCCESS;
}

// Undoes as much of DriverEntry as was done, the last first. What was counted is kept.
static VOID LatecomerStop(_Inout_ PLATECOMER_STATE State) {
    PUCHAR Phases;

    if (State->InterfaceEntry != NULL) {
        IoUnregisterPlugPlayNotificationEx(State->InterfaceEntry);
        State->InterfaceEntry = NULL;
    }
    if (State->ChangeHandle != NULL) {
        KeDeregisterProcessorChangeCallback(State->ChangeHandle);
        State->ChangeHandle = NULL;
    }

    // Both calls waited. From here on a notification would be one too many, and is counted as
    // such instead of touching the table that is about to go.
    ExAcquireFastMutex(&State->Lock);
    State->Loaded = FALSE;
    Phases = State->Phases;
    State->Phases = NULL;
    State->Capacity = 0;
    ExReleaseFastMutex(&State->Lock);

    if (Phases != NULL) {
        ExFreePoolWithTag(Phases, LATECOMER_TAG);
    }
}

static VOID NTAPI LatecomerUnload(_In_ PDRIVER_OBJECT DriverObject) {
    PAGED_CODE();
    UNREFERENCED_PARAMETER(DriverObject);

    LatecomerStop(&LatecomerState);
}

NTSTATUS NTAPI DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath) {
    PLATECOMER_STATE State = &LatecomerState;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);

    RtlZeroMemory(State, sizeof(*State));
    ExInitializeFastMutex(&State->Lock);

    State->Capacity = KeQueryMaximumProcessorCountEx(ALL_PROCESSOR_GROUPS);
    State->Phases = (PUCHAR)ExAllocatePoolWithTag(PagedPool, State->Capacity, LATECOMER_TAG);
    if (State->Phases == NULL) {
        State->Capacity = 0;
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlZeroMemory(State->Phases, State->Capacity);
    State->Loaded = TRUE; // the registrations below call back before they return

    State->ChangeHandle =
        KeRegisterProcessorChangeCallback(LatecomerProcessorChange, State, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    if (State->ChangeHandle == NULL) {
        LatecomerStop(State);
        return STATUS_INSUFFICIENT_RESOURCES;
    }

    Status = IoRegisterPlugPlayNotification(
        EventCategoryDeviceInterfaceChange, PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES,
        (PVOID)&GUID_DEVICE_PROCESSOR, DriverObject, LatecomerInterfaceChange, State, &State->InterfaceEntry);
    if (!NT_SUCCESS(Status)) {
        State->InterfaceEntry = NULL;
        LatecomerStop(State);
        return Status;
    }

    DriverObject->DriverUnload = LatecomerUnload;
    return STATUS_SUCCESS;
}

VOID LatecomerQueryBeliefs(_Out_ PLATECOMER_BELIEFS Beliefs) {
    PLATECOMER_STATE State = &LatecomerState;

    RtlZeroMemory(Beliefs, sizeof(*Beliefs));
    ExAcquireFastMutex(&State->Lock);
    Beliefs->Loaded = State->Loaded;
    Beliefs->Processors = State->Processors;
    Beliefs->ProcessorMask = State->ProcessorMask;
    Beliefs->Arrivals = State->Arrivals;
    Beliefs->Removals = State->Removals;
    Beliefs->Unexpected = State->Unexpected;
    ExReleaseFastMutex(&State->Lock);
}
