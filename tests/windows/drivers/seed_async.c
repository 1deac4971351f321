// SPDX-License-Identifier: BSL-1.0
//
// W63, the asynchronous half of the guide to dynamic hardware partitioning: a driver registers
// one callback routine for arriving processors and one for arriving memory, and unregisters both
// before it unloads.

#include <wdm.h>

#include <initguid.h>
#include <poclass.h>
#include <wdmguid.h>

#include "seeds.h"

SEED_ASYNC_COUNTS SeedAsyncCounts;

static PVOID ProcessorNotificationEntry;
static PVOID MemoryNotificationEntry;

#ifdef __cplusplus
extern "C"
#endif
    DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE ProcessorCallback;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE MemoryCallback;

#ifdef __cplusplus
#define SAME_GUID(Left, Right) IsEqualGUID((Left), (Right))
#else
#define SAME_GUID(Left, Right) IsEqualGUID(&(Left), &(Right))
#endif

static NTSTATUS NTAPI ProcessorCallback(PVOID NotificationStructure, PVOID Context) {
    PDEVICE_INTERFACE_CHANGE_NOTIFICATION Notification =
        (PDEVICE_INTERFACE_CHANGE_NOTIFICATION)NotificationStructure;

    UNREFERENCED_PARAMETER(Context);

    if (SAME_GUID(Notification->Event, GUID_DEVICE_INTERFACE_ARRIVAL)) {
        // The new processor already takes work: the active count includes it.
        SeedAsyncCounts.ProcessorArrivals++;
        SeedAsyncCounts.ActiveProcessors = KeQueryActiveProcessorCount(NULL);
    } else if (SAME_GUID(Notification->Event, GUID_DEVICE_INTERFACE_REMOVAL)) {
        SeedAsyncCounts.ProcessorRemovals++;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI MemoryCallback(PVOID NotificationStructure, PVOID Context) {
    PDEVICE_INTERFACE_CHANGE_NOTIFICATION Notification =
        (PDEVICE_INTERFACE_CHANGE_NOTIFICATION)NotificationStructure;

    UNREFERENCED_PARAMETER(Context);

    if (SAME_GUID(Notification->Event, GUID_DEVICE_INTERFACE_ARRIVAL)) {
        SeedAsyncCounts.MemoryArrivals++;
    } else if (SAME_GUID(Notification->Event, GUID_DEVICE_INTERFACE_REMOVAL)) {
        SeedAsyncCounts.MemoryRemovals++;
    }
    return STATUS_SUCCESS;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject) {
    UNREFERENCED_PARAMETER(DriverObject);

    (VOID) IoUnregisterPlugPlayNotificationEx(MemoryNotificationEntry);
    (VOID) IoUnregisterPlugPlayNotificationEx(ProcessorNotificationEntry);
    MemoryNotificationEntry = NULL;
    ProcessorNotificationEntry = NULL;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);

    RtlZeroMemory(&SeedAsyncCounts, sizeof(SeedAsyncCounts));

    // No flag: only what arrives from now on. The cast drops the const of the GUID in C, and in
    // C++ the call does not compile without it.
    Status =
        IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange, 0, (PVOID)&GUID_DEVICE_PROCESSOR,
                                       DriverObject, ProcessorCallback, NULL, &ProcessorNotificationEntry);
    if (!NT_SUCCESS(Status)) {
        return Status;
    }

    Status = IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange, 0, (PVOID)&GUID_DEVICE_MEMORY,
                                            DriverObject, MemoryCallback, NULL, &MemoryNotificationEntry);
    if (!NT_SUCCESS(Status)) {
        (VOID) IoUnregisterPlugPlayNotificationEx(ProcessorNotificationEntry);
        ProcessorNotificationEntry = NULL;
        return Status;
    }

    DriverObject->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
