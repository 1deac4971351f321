// SPDX-License-Identifier: BSL-1.0
//
// A driver that breaks every rule the verifier knows, each once. Each memory module that arrives makes it plant the
// next fault; the others are in what it registers and how it answers.

#include <wdm.h>

#include <initguid.h>
#include <poclass.h>
#include <wdmguid.h>

#include "planted.h"

#define FAULTY_TAG 'tluF'

volatile LONG FaultyTimeSpent;
PVOID FaultyLeftEntry;

static PDRIVER_OBJECT FaultyDriver;
static PVOID FaultyProfileEntry;
static PVOID FaultyTargetEntry;
static PVOID FaultyProcessorHandle;
static PVOID FaultyReplayEntry;
static PFILE_OBJECT FaultyFile;
static PDEVICE_OBJECT FaultyDevice;
static ULONG FaultyStep;

#ifdef __cplusplus
extern "C"
#endif
    DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD FaultyUnload;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE FaultyInterface;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE FaultyReplayed;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE FaultyTarget;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE FaultyProfile;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE FaultyUnused;
static PROCESSOR_CALLBACK_FUNCTION FaultyProcessor;

static BOOLEAN FaultySame(const GUID* Left, const GUID* Right) {
    return RtlCompareMemory(Left, Right, sizeof(GUID)) == sizeof(GUID);
}

static NTSTATUS FaultyReport(VOID) {
    TARGET_DEVICE_CUSTOM_NOTIFICATION Change;

    RtlZeroMemory(&Change, sizeof(Change));
    Change.Version = 1;
    Change.Size = FIELD_OFFSET(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer);
    Change.Event = GUID_DEVICE_MEMORY; // any that is not the system's
    Change.NameBufferOffset = -1;
    return IoReportTargetDeviceChange(FaultyDevice, &Change);
}

static NTSTATUS NTAPI FaultyUnused(PVOID NotificationStructure, PVOID Context) {
    UNREFERENCED_PARAMETER(NotificationStructure);
    UNREFERENCED_PARAMETER(Context);
    return STATUS_SUCCESS;
}

// Frees what a registration still refers to, and only then unregisters; and unregisters once more.
static VOID FaultyFreeTooEarly(VOID) {
    PVOID Entry = NULL;
    PVOID Context = ExAllocatePoolWithTag(NonPagedPool, 32, FAULTY_TAG);

    if (Context == NULL) {
        return;
    }
    (VOID) IoRegisterPlugPlayNotification(EventCategoryHardwareProfileChange, 0, NULL, FaultyDriver,
                                          FaultyUnused, (PUCHAR)Context + 8, &Entry);
    ExFreePoolWithTag(Context, FAULTY_TAG); // W46
    (VOID) IoUnregisterPlugPlayNotificationEx(Entry);
    (VOID) IoUnregisterPlugPlayNotificationEx(Entry); // W41
}

static NTSTATUS NTAPI FaultyInterface(PVOID NotificationStructure, PVOID Context) {
    PDEVICE_INTERFACE_CHANGE_NOTIFICATION Change =
        (PDEVICE_INTERFACE_CHANGE_NOTIFICATION)NotificationStructure;
    KIRQL Before;

    UNREFERENCED_PARAMETER(Context);
    switch (FaultyStep++) {
    case 0:
        KeRaiseIrql(DISPATCH_LEVEL, &Before); // W43
        break;
    case 1:
        KeEnterCriticalRegion(); // W43
        break;
    case 2:
        KeLeaveGuardedRegion(); // W43
        break;
    case 3:
        return STATUS_UNSUCCESSFUL; // W28
    case 4:
        Change->Version = 2; // W58
        break;
    case 5:
        Change->SymbolicLinkName->Buffer[0] = 'x'; // W58
        break;
    case 6:
        (VOID) FaultyReport(); // W36
        break;
    case 7:
        FaultyTimeSpent = FaultyTimeSpent + 1000000; // W44
        break;
    case 8:
        FaultyFreeTooEarly();
        break;
    default:
        break;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI FaultyReplayed(PVOID NotificationStructure, PVOID Context) {
    UNREFERENCED_PARAMETER(NotificationStructure);
    UNREFERENCED_PARAMETER(Context);
    (VOID) IoUnregisterPlugPlayNotificationEx(FaultyReplayEntry); // W40
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI FaultyTarget(PVOID NotificationStructure, PVOID Context) {
    PTARGET_DEVICE_REMOVAL_NOTIFICATION Change = (PTARGET_DEVICE_REMOVAL_NOTIFICATION)NotificationStructure;

    UNREFERENCED_PARAMETER(Context);
    if (FaultySame(&GUID_TARGET_DEVICE_QUERY_REMOVE, &Change->Event)) {
        return STATUS_UNSUCCESSFUL; // a veto is no fault
    }
    if (FaultySame(&GUID_TARGET_DEVICE_REMOVE_CANCELLED, &Change->Event)) {
        return STATUS_UNSUCCESSFUL; // W28
    }
    Change->FileObject = NULL; // W58: in RemoveComplete, and in a custom event
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI FaultyProfile(PVOID NotificationStructure, PVOID Context) {
    PHWPROFILE_CHANGE_NOTIFICATION Change = (PHWPROFILE_CHANGE_NOTIFICATION)NotificationStructure;

    UNREFERENCED_PARAMETER(Context);
    if (FaultySame(&GUID_HWPROFILE_CHANGE_COMPLETE, &Change->Event)) {
        Change->Size = 0;           // W58
        return STATUS_UNSUCCESSFUL; // W28
    }
    return STATUS_SUCCESS;
}

static VOID NTAPI FaultyProcessor(PVOID CallbackContext, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT ChangeContext,
                                  PNTSTATUS OperationStatus) {
    UNREFERENCED_PARAMETER(CallbackContext);
    if (ChangeContext->State == KeProcessorAddCompleteNotify) {
        *OperationStatus = STATUS_UNSUCCESSFUL; // W57
    } else {
        ChangeContext->NtNumber = 77; // W58
    }
}

static VOID NTAPI FaultyUnload(PDRIVER_OBJECT DriverObject) {
    UNREFERENCED_PARAMETER(DriverObject);
    (VOID) IoUnregisterPlugPlayNotificationEx(FaultyProfileEntry);
    (VOID) IoUnregisterPlugPlayNotificationEx(FaultyTargetEntry);
    KeDeregisterProcessorChangeCallback(FaultyProcessorHandle);
    ObDereferenceObject(FaultyFile);
    // W45: and not FaultyLeftEntry.
}

// The device is the first whose class the driver of the device enabled: \Device\DISK#1.
static NTSTATUS FaultyOpen(VOID) {
    WCHAR Text[] = {'\\', 'D', 'e', 'v', 'i', 'c', 'e', '\\', 'D', 'I', 'S', 'K', '#', '1', 0};
    UNICODE_STRING Name;

    RtlInitUnicodeString(&Name, Text);
    return IoGetDeviceObjectPointer(&Name, FILE_READ_DATA, &FaultyFile, &FaultyDevice);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    NTSTATUS Status;
    KIRQL Before;
    PVOID Entry;

    UNREFERENCED_PARAMETER(RegistryPath);
    FaultyDriver = DriverObject;
    FaultyStep = 0;
    FaultyTimeSpent = 0;
    DriverObject->DriverUnload = FaultyUnload;

    Status = FaultyOpen();
    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    KeRaiseIrql(DISPATCH_LEVEL, &Before);
    (VOID) FaultyReport(); // W36
    // W50, W54
    FaultyProcessorHandle = KeRegisterProcessorChangeCallback(FaultyProcessor, NULL, 2);
    KeLowerIrql(Before);

    // W10
    if (NT_SUCCESS(IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0, FaultyFile,
                                                  FaultyDevice->DriverObject, FaultyUnused, NULL, &Entry))) {
        (VOID) IoUnregisterPlugPlayNotificationEx(Entry);
    }
    Status = IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0, FaultyFile, DriverObject,
                                            FaultyTarget, NULL, &FaultyTargetEntry);
    if (NT_SUCCESS(Status)) {
        Status = IoRegisterPlugPlayNotification(EventCategoryHardwareProfileChange, 1, NULL, DriverObject,
                                                FaultyProfile, NULL, &FaultyProfileEntry); // W2
    }
    if (NT_SUCCESS(Status)) {
        Status = IoRegisterPlugPlayNotification(
            EventCategoryDeviceInterfaceChange, PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES,
            (PVOID)&GUID_DEVICE_MEMORY, DriverObject, FaultyReplayed, NULL, &FaultyReplayEntry);
    }
    if (NT_SUCCESS(Status)) {
        Status =
            IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange, 0, (PVOID)&GUID_DEVICE_MEMORY,
                                           DriverObject, FaultyInterface, NULL, &FaultyLeftEntry);
    }
    return Status;
}
