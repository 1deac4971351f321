// SPDX-License-Identifier: BSL-1.0
//
// W45: a driver whose Unload routine leaves both its registrations behind. On a real machine its
// callbacks would run in memory that is no longer its own.

#include <wdm.h>

#include <initguid.h>
#include <poclass.h>

#include "seeds.h"

FORGETFUL_COUNTS ForgetfulCounts;
PVOID ForgetfulProcessorHandle;
PVOID ForgetfulInterfaceEntry;

#ifdef __cplusplus
extern "C"
#endif
    DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static PROCESSOR_CALLBACK_FUNCTION ProcessorChanged;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE InterfaceChanged;

static VOID NTAPI ProcessorChanged(PVOID CallbackContext, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT ChangeContext,
                                   PNTSTATUS OperationStatus) {
    UNREFERENCED_PARAMETER(CallbackContext);
    UNREFERENCED_PARAMETER(ChangeContext);
    UNREFERENCED_PARAMETER(OperationStatus);

    ForgetfulCounts.ProcessorCalls++;
}

static NTSTATUS NTAPI InterfaceChanged(PVOID NotificationStructure, PVOID Context) {
    UNREFERENCED_PARAMETER(NotificationStructure);
    UNREFERENCED_PARAMETER(Context);

    ForgetfulCounts.InterfaceCalls++;
    return STATUS_SUCCESS;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject) {
    UNREFERENCED_PARAMETER(DriverObject);

    ForgetfulCounts.Unloads++;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);

    RtlZeroMemory(&ForgetfulCounts, sizeof(ForgetfulCounts));
    ForgetfulCounts.Loads = 1;

    ForgetfulProcessorHandle = KeRegisterProcessorChangeCallback(ProcessorChanged, NULL, 0);
    if (ForgetfulProcessorHandle == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Status =
        IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange, 0, (PVOID)&GUID_DEVICE_PROCESSOR,
                                       DriverObject, InterfaceChanged, NULL, &ForgetfulInterfaceEntry);
    if (!NT_SUCCESS(Status)) {
        // Forgetful only where it is meant to be.
        KeDeregisterProcessorChangeCallback(ForgetfulProcessorHandle);
        ForgetfulProcessorHandle = NULL;
        return Status;
    }

    DriverObject->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
