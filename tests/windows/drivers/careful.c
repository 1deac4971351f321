// SPDX-License-Identifier: BSL-1.0
//
// A driver that uses everything that faulty.c misuses, as it is meant to be used: the verifier has nothing to say.

#include <wdm.h>

#include <initguid.h>
#include <poclass.h>
#include <wdmguid.h>

#include "planted.h"

#define CAREFUL_TAG 'eraC'

typedef struct _CAREFUL_CONTEXT {
    LONG Calls;
} CAREFUL_CONTEXT, *PCAREFUL_CONTEXT;

CAREFUL_COUNTS CarefulCounts;

static PDRIVER_OBJECT CarefulDriver;
static PVOID CarefulInterfaceEntry;
static PVOID CarefulProfileEntry;
static PVOID CarefulTargetEntry;
static PVOID CarefulProcessorHandle;
static PFILE_OBJECT CarefulFile;
static PDEVICE_OBJECT CarefulDevice;
static PCAREFUL_CONTEXT CarefulContext;

#ifdef __cplusplus
extern "C"
#endif
    DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD CarefulUnload;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE CarefulInterface;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE CarefulTarget;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE CarefulProfile;
static PROCESSOR_CALLBACK_FUNCTION CarefulProcessor;

static BOOLEAN CarefulSame(const GUID* Left, const GUID* Right) {
    return RtlCompareMemory(Left, Right, sizeof(GUID)) == sizeof(GUID);
}

static VOID CarefulExpect(NTSTATUS Status, NTSTATUS Wanted) {
    if (Status != Wanted) {
        CarefulCounts.Failures++;
    }
}

static VOID CarefulFill(PTARGET_DEVICE_CUSTOM_NOTIFICATION Change) {
    RtlZeroMemory(Change, sizeof(*Change));
    Change->Version = 1;
    Change->Size = FIELD_OFFSET(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer) + 1;
    Change->Event = GUID_DEVICE_MEMORY; // any that is not the system's
    Change->NameBufferOffset = -1;
    Change->CustomDataBuffer[0] = 42;
}

static VOID NTAPI CarefulReported(PVOID Context) {
    UNREFERENCED_PARAMETER(Context);
    CarefulCounts.ReportsCompleted++;
}

// A routine of a work item is no callback: here a report may wait for its receivers.
static VOID NTAPI CarefulWork(PDEVICE_OBJECT Device, PVOID Context) {
    TARGET_DEVICE_CUSTOM_NOTIFICATION Change;

    CarefulFill(&Change);
    CarefulExpect(IoReportTargetDeviceChange(Device, &Change), STATUS_SUCCESS);
    CarefulCounts.WorkItems++;
    IoFreeWorkItem((PIO_WORKITEM)Context);
}

// Raises and lowers, enters and leaves; reports later; leaves the waiting to a work item.
static NTSTATUS NTAPI CarefulInterface(PVOID NotificationStructure, PVOID Context) {
    PDEVICE_INTERFACE_CHANGE_NOTIFICATION Change =
        (PDEVICE_INTERFACE_CHANGE_NOTIFICATION)NotificationStructure;
    PCAREFUL_CONTEXT Own = (PCAREFUL_CONTEXT)Context;
    TARGET_DEVICE_CUSTOM_NOTIFICATION Custom;
    PIO_WORKITEM Item;
    KIRQL Before;

    (VOID) InterlockedIncrement(&Own->Calls);
    if (!CarefulSame(&Change->Event, &GUID_DEVICE_INTERFACE_ARRIVAL)) {
        CarefulCounts.Removals++;
        return STATUS_SUCCESS;
    }
    KeEnterCriticalRegion();
    KeRaiseIrql(DISPATCH_LEVEL, &Before);
    CarefulCounts.Arrivals++;
    CarefulFill(&Custom);
    if (CarefulFile != NULL) {
        CarefulExpect(IoReportTargetDeviceChangeAsynchronous(CarefulDevice, &Custom, CarefulReported, NULL),
                      STATUS_PENDING);
    }
    KeLowerIrql(Before);
    KeLeaveCriticalRegion();
    if (CarefulFile != NULL) {
        Item = IoAllocateWorkItem(CarefulDevice);
        if (Item != NULL) {
            IoQueueWorkItem(Item, CarefulWork, DelayedWorkQueue, Item);
        }
    }
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI CarefulTarget(PVOID NotificationStructure, PVOID Context);

static NTSTATUS CarefulOpen(VOID) {
    WCHAR Text[] = {'\\', 'D', 'e', 'v', 'i', 'c', 'e', '\\', 'D', 'I', 'S', 'K', '#', '1', 0};
    UNICODE_STRING Name;
    NTSTATUS Status;

    RtlInitUnicodeString(&Name, Text);
    Status = IoGetDeviceObjectPointer(&Name, FILE_READ_DATA, &CarefulFile, &CarefulDevice);
    if (!NT_SUCCESS(Status)) {
        CarefulFile = NULL;
        return Status;
    }
    return IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0, CarefulFile, CarefulDriver,
                                          CarefulTarget, CarefulContext, &CarefulTargetEntry);
}

static VOID CarefulClose(VOID) {
    if (CarefulFile != NULL) {
        ObDereferenceObject(CarefulFile);
        CarefulFile = NULL;
    }
}

static VOID CarefulForgetTarget(VOID) {
    CarefulExpect(IoUnregisterPlugPlayNotificationEx(CarefulTargetEntry), STATUS_SUCCESS);
    CarefulTargetEntry = NULL;
}

// Refuses the first time. Registers anew when a removal was called off, and forgets the device when it is gone.
static NTSTATUS NTAPI CarefulTarget(PVOID NotificationStructure, PVOID Context) {
    PPLUGPLAY_NOTIFICATION_HEADER Change = (PPLUGPLAY_NOTIFICATION_HEADER)NotificationStructure;

    (VOID) InterlockedIncrement(&((PCAREFUL_CONTEXT)Context)->Calls);
    if (CarefulSame(&Change->Event, &GUID_TARGET_DEVICE_QUERY_REMOVE)) {
        if (++CarefulCounts.Queries == 1) {
            return STATUS_DEVICE_BUSY;
        }
        CarefulClose();
    } else if (CarefulSame(&Change->Event, &GUID_TARGET_DEVICE_REMOVE_CANCELLED)) {
        CarefulCounts.Cancelled++;
        CarefulForgetTarget();
        CarefulClose();
        CarefulExpect(CarefulOpen(), STATUS_SUCCESS);
    } else if (CarefulSame(&Change->Event, &GUID_TARGET_DEVICE_REMOVE_COMPLETE)) {
        CarefulCounts.Completed++;
        CarefulForgetTarget();
        CarefulClose();
    } else {
        CarefulCounts.Customs++;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI CarefulProfile(PVOID NotificationStructure, PVOID Context) {
    PHWPROFILE_CHANGE_NOTIFICATION Change = (PHWPROFILE_CHANGE_NOTIFICATION)NotificationStructure;

    UNREFERENCED_PARAMETER(Context);
    if (!CarefulSame(&Change->Event, &GUID_HWPROFILE_QUERY_CHANGE)) {
        CarefulCounts.ProfileEnds++;
        return STATUS_SUCCESS;
    }
    return ++CarefulCounts.ProfileQueries == 1 ? STATUS_DEVICE_BUSY : STATUS_SUCCESS;
}

// Refuses the second processor that is added.
static VOID NTAPI CarefulProcessor(PVOID CallbackContext, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT ChangeContext,
                                   PNTSTATUS OperationStatus) {
    (VOID) InterlockedIncrement(&((PCAREFUL_CONTEXT)CallbackContext)->Calls);
    switch (ChangeContext->State) {
    case KeProcessorAddStartNotify:
        CarefulCounts.ProcessorStarts++;
        if (ChangeContext->NtNumber == 2) {
            *OperationStatus = STATUS_INSUFFICIENT_RESOURCES;
        }
        break;
    case KeProcessorAddCompleteNotify:
        CarefulCounts.ProcessorCompletes++;
        break;
    case KeProcessorAddFailureNotify:
        CarefulCounts.ProcessorFailures++;
        break;
    default:
        break;
    }
}

// First unregistered, then freed.
static VOID CarefulForget(VOID) {
    if (CarefulInterfaceEntry != NULL) {
        CarefulExpect(IoUnregisterPlugPlayNotificationEx(CarefulInterfaceEntry), STATUS_SUCCESS);
        CarefulInterfaceEntry = NULL;
    }
    if (CarefulTargetEntry != NULL) {
        CarefulForgetTarget();
    }
    if (CarefulProfileEntry != NULL) {
        CarefulExpect(IoUnregisterPlugPlayNotificationEx(CarefulProfileEntry), STATUS_SUCCESS);
        CarefulProfileEntry = NULL;
    }
    if (CarefulProcessorHandle != NULL) {
        KeDeregisterProcessorChangeCallback(CarefulProcessorHandle);
        CarefulProcessorHandle = NULL;
    }
    CarefulClose();
    ExFreePoolWithTag(CarefulContext, CAREFUL_TAG);
    CarefulContext = NULL;
}

static VOID NTAPI CarefulUnload(PDRIVER_OBJECT DriverObject) {
    UNREFERENCED_PARAMETER(DriverObject);
    CarefulForget();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);
    RtlZeroMemory(&CarefulCounts, sizeof(CarefulCounts));
    CarefulDriver = DriverObject;
    CarefulContext =
        (PCAREFUL_CONTEXT)ExAllocatePoolWithTag(NonPagedPool, sizeof(*CarefulContext), CAREFUL_TAG);
    if (CarefulContext == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    CarefulContext->Calls = 0;
    Status = CarefulOpen();
    if (NT_SUCCESS(Status)) {
        Status = IoRegisterPlugPlayNotification(EventCategoryHardwareProfileChange, 0, NULL, DriverObject,
                                                CarefulProfile, CarefulContext, &CarefulProfileEntry);
    }
    if (NT_SUCCESS(Status)) {
        Status = IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange,
                                                PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES,
                                                (PVOID)&GUID_DEVICE_MEMORY, DriverObject, CarefulInterface,
                                                CarefulContext, &CarefulInterfaceEntry);
    }
    if (NT_SUCCESS(Status)) {
        CarefulProcessorHandle = KeRegisterProcessorChangeCallback(CarefulProcessor, CarefulContext,
                                                                   KE_PROCESSOR_CHANGE_ADD_EXISTING);
        if (CarefulProcessorHandle == NULL) {
            Status = STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    if (!NT_SUCCESS(Status)) {
        CarefulForget();
        return Status;
    }
    DriverObject->DriverUnload = CarefulUnload;
    return STATUS_SUCCESS;
}
