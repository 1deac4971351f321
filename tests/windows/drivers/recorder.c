// SPDX-License-Identifier: BSL-1.0
//
// The driver of recorder.h. Several threads may call one recorder: each call takes a place of its
// own, so nothing but the counters is shared, and no lock orders what a test wants to see race.

#include <wdm.h>

#include "recorder.h"

RECORDER_PLAN RecorderPlan;

static volatile LONG RecorderSequence;

#ifdef __cplusplus
extern "C"
#endif
    DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD RecorderUnload;

VOID RecorderInitialize(_Out_ PRECORDER Recorder) {
    RtlZeroMemory(Recorder, sizeof(*Recorder));
    Recorder->RefusedProcessor = RECORDER_NO_PROCESSOR;
}

VOID RecorderResetSequence(VOID) { InterlockedExchange(&RecorderSequence, 0); }

// A call beyond the capacity is described in Spare, so that the hook sees it all the same.
static PRECORDER_CALL RecorderTakePlace(_Inout_ PRECORDER Recorder, _Out_ PRECORDER_CALL Spare) {
    LONG Place = InterlockedIncrement(&Recorder->Count) - 1;
    PRECORDER_CALL Call = Place < RECORDER_CALLS ? &Recorder->Calls[Place] : Spare;

    RtlZeroMemory(Call, sizeof(*Call));
    Call->Sequence = InterlockedIncrement(&RecorderSequence);
    Call->Irql = KeGetCurrentIrql();
    Call->ActiveProcessors = KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS);
    return Call;
}

VOID NTAPI RecorderProcessorChange(PVOID CallbackContext, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT ChangeContext,
                                   PNTSTATUS OperationStatus) {
    PRECORDER Recorder = (PRECORDER)CallbackContext;
    RECORDER_CALL Spare;
    PRECORDER_CALL Call = RecorderTakePlace(Recorder, &Spare);

    Call->State = ChangeContext->State;
    Call->NtNumber = ChangeContext->NtNumber;
    Call->Status = ChangeContext->Status;
    Call->ProcNumber = ChangeContext->ProcNumber;
    Call->OperationStatus = *OperationStatus;
    Call->Kind = RecorderProcessorCall;

    if (Recorder->Hook != NULL) {
        Recorder->Hook(Recorder, Call);
    }

    switch (Call->State) {
    case KeProcessorAddStartNotify:
        if (Call->NtNumber == Recorder->RefusedProcessor) {
            *OperationStatus = Recorder->RefusalStatus;
        } else if (Recorder->WritesSuccessInStart) {
            *OperationStatus = STATUS_SUCCESS;
        }
        break;
    case KeProcessorAddCompleteNotify:
        if (Recorder->CompleteStatus != STATUS_SUCCESS) {
            *OperationStatus = Recorder->CompleteStatus;
        }
        break;
    case KeProcessorAddFailureNotify:
        if (Recorder->FailureStatus != STATUS_SUCCESS) {
            *OperationStatus = Recorder->FailureStatus;
        }
        break;
    default:
        break;
    }

    if (Recorder->ScribblesOverContext) {
        ChangeContext->NtNumber = 0xDEAD;
        ChangeContext->Status = STATUS_UNSUCCESSFUL;
        ChangeContext->ProcNumber.Number = 0xDD;
        ChangeContext->State = KeProcessorAddFailureNotify;
    }
}

NTSTATUS NTAPI RecorderInterfaceChange(PVOID NotificationStructure, PVOID Context) {
    PDEVICE_INTERFACE_CHANGE_NOTIFICATION Change =
        (PDEVICE_INTERFACE_CHANGE_NOTIFICATION)NotificationStructure;
    PRECORDER Recorder = (PRECORDER)Context;
    RECORDER_CALL Spare;
    PRECORDER_CALL Call = RecorderTakePlace(Recorder, &Spare);

    Call->Version = Change->Version;
    Call->Size = Change->Size;
    Call->Event = Change->Event;
    Call->InterfaceClassGuid = Change->InterfaceClassGuid;
    if (Change->SymbolicLinkName != NULL) {
        USHORT Bytes = Change->SymbolicLinkName->Length;
        Call->NameLength = Bytes;
        if (Bytes > sizeof(Call->Name) - sizeof(WCHAR)) {
            Bytes = sizeof(Call->Name) - sizeof(WCHAR);
        }
        RtlCopyMemory(Call->Name, Change->SymbolicLinkName->Buffer, Bytes);
    }
    Call->Kind = RecorderInterfaceCall;

    if (Recorder->Hook != NULL) {
        Recorder->Hook(Recorder, Call);
    }
    return Recorder->InterfaceReturnValue;
}

static VOID RecorderUnregister(_Inout_ PRECORDER_PLAN Plan) {
    if (Plan->InterfaceEntry != NULL) {
        (VOID) IoUnregisterPlugPlayNotificationEx(Plan->InterfaceEntry);
        Plan->InterfaceEntry = NULL;
    }
    if (Plan->ProcessorHandle != NULL) {
        KeDeregisterProcessorChangeCallback(Plan->ProcessorHandle);
        Plan->ProcessorHandle = NULL;
    }
}

static VOID NTAPI RecorderUnload(PDRIVER_OBJECT DriverObject) {
    UNREFERENCED_PARAMETER(DriverObject);

    RecorderPlan.Unloads++;
    if (RecorderPlan.UnregistersInUnload) {
        RecorderUnregister(&RecorderPlan);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    PRECORDER_PLAN Plan = &RecorderPlan;

    UNREFERENCED_PARAMETER(RegistryPath);

    Plan->ProcessorHandle = NULL;
    Plan->InterfaceEntry = NULL;
    Plan->InterfaceStatus = STATUS_SUCCESS;
    Plan->Unloads = 0;

    if (Plan->Processor != NULL) {
        Plan->ProcessorHandle =
            KeRegisterProcessorChangeCallback(RecorderProcessorChange, Plan->Processor, Plan->ProcessorFlags);
        if (Plan->ProcessorHandle == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    if (Plan->Interface != NULL) {
        Plan->InterfaceStatus = IoRegisterPlugPlayNotification(
            EventCategoryDeviceInterfaceChange, Plan->InterfaceFlags, &Plan->InterfaceClassGuid, DriverObject,
            RecorderInterfaceChange, Plan->Interface, &Plan->InterfaceEntry);
        if (!NT_SUCCESS(Plan->InterfaceStatus)) {
            Plan->InterfaceEntry = NULL;
            RecorderUnregister(Plan);
            return Plan->InterfaceStatus;
        }
    }
    if (Plan->FailsToLoad) {
        RecorderUnregister(Plan);
        return STATUS_UNSUCCESSFUL;
    }

    if (!Plan->WithoutUnload) {
        DriverObject->DriverUnload = RecorderUnload;
    }
    return STATUS_SUCCESS;
}
