// SPDX-License-Identifier: BSL-1.0
//
// A driver as one is written for Windows: it keeps every device of one interface class open, existing ones and
// those that come, lets go when a device is to be removed, takes it again when that is called off, and forgets
// it when it is gone. It knows nothing of what it is tested with, and compiles against any DDK headers.

#include <ntddk.h>

#include "devwatch.h"

#define DEVWATCH_TAG 'wveD'

DEVWATCH_COUNTS DevwatchCounts;
unsigned DevwatchRefuses;

// {6d1f2c5e-8a43-4b7e-9d20-3f5b1c9a7e11}
static const GUID DevwatchInterfaceClass = {
    0x6d1f2c5e, 0x8a43, 0x4b7e, {0x9d, 0x20, 0x3f, 0x5b, 0x1c, 0x9a, 0x7e, 0x11}};

// Written out, so that the source needs no GUID library to link with.
static const GUID DevwatchArrival = {
    0xcb3a4004, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
static const GUID DevwatchQueryRemove = {
    0xcb3a4006, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
static const GUID DevwatchRemoveCancelled = {
    0xcb3a4007, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
static const GUID DevwatchRemoveComplete = {
    0xcb3a4008, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};

typedef struct _WATCHED_DEVICE {
    LIST_ENTRY Link;
    UNICODE_STRING Name;
    PFILE_OBJECT File; // NULL while it is not open
    PVOID Entry;
    LONG References; // one for the list, one for each routine that uses it
} WATCHED_DEVICE, *PWATCHED_DEVICE;

typedef struct _DEVWATCH {
    PDRIVER_OBJECT Driver;
    PVOID InterfaceEntry;
    FAST_MUTEX Lock; // of the list
    LIST_ENTRY Devices;
} DEVWATCH, *PDEVWATCH;

static DEVWATCH Devwatch;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD DevwatchUnload;
static NTSTATUS NTAPI DevwatchInterfaceChange(PVOID NotificationStructure, PVOID Context);
static NTSTATUS NTAPI DevwatchTargetChange(PVOID NotificationStructure, PVOID Context);

static int DevwatchIsEvent(const GUID* Event, const GUID* Wanted) {
    return RtlCompareMemory(Event, Wanted, sizeof(GUID)) == sizeof(GUID);
}

static VOID DevwatchDereference(PWATCHED_DEVICE Device) {
    if (InterlockedDecrement(&Device->References) == 0) {
        ExFreePoolWithTag(Device->Name.Buffer, DEVWATCH_TAG);
        ExFreePoolWithTag(Device, DEVWATCH_TAG);
    }
}

static PWATCHED_DEVICE DevwatchAllocate(PUNICODE_STRING Name) {
    PWATCHED_DEVICE Device;

    Device = (PWATCHED_DEVICE)ExAllocatePoolWithTag(PagedPool, sizeof(*Device), DEVWATCH_TAG);
    if (Device == NULL) {
        return NULL;
    }
    RtlZeroMemory(Device, sizeof(*Device));
    Device->Name.Buffer = (PWCHAR)ExAllocatePoolWithTag(PagedPool, Name->Length, DEVWATCH_TAG);
    if (Device->Name.Buffer == NULL) {
        ExFreePoolWithTag(Device, DEVWATCH_TAG);
        return NULL;
    }
    Device->Name.MaximumLength = Name->Length;
    RtlCopyUnicodeString(&Device->Name, Name);
    Device->References = 1;
    return Device;
}

// Opens the device and registers for what happens to it. Outside the lock: opening may take long.
static NTSTATUS DevwatchOpen(PWATCHED_DEVICE Device) {
    PDEVICE_OBJECT Object;
    NTSTATUS Status;

    Status = IoGetDeviceObjectPointer(&Device->Name, FILE_READ_DATA, &Device->File, &Object);
    if (!NT_SUCCESS(Status)) {
        Device->File = NULL;
        return Status;
    }
    Status = IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0, Device->File, Devwatch.Driver,
                                            DevwatchTargetChange, Device, &Device->Entry);
    if (!NT_SUCCESS(Status)) {
        ObDereferenceObject(Device->File);
        Device->File = NULL;
        Device->Entry = NULL;
        return Status;
    }
    DevwatchCounts.Open++;
    return STATUS_SUCCESS;
}

static VOID DevwatchClose(PWATCHED_DEVICE Device) {
    if (Device->File != NULL) {
        ObDereferenceObject(Device->File);
        Device->File = NULL;
        DevwatchCounts.Open--;
    }
}

static VOID DevwatchUnregister(PWATCHED_DEVICE Device) {
    PVOID Entry = Device->Entry;

    Device->Entry = NULL;
    if (Entry != NULL && !NT_SUCCESS(IoUnregisterPlugPlayNotification(Entry))) {
        DevwatchCounts.Failures++;
    }
}

static VOID DevwatchForget(PWATCHED_DEVICE Device) {
    ExAcquireFastMutex(&Devwatch.Lock);
    RemoveEntryList(&Device->Link);
    DevwatchCounts.Devices--;
    ExReleaseFastMutex(&Devwatch.Lock);
    DevwatchDereference(Device);
}

// Registration and arrival may both bring one device.
static PWATCHED_DEVICE DevwatchFind(PUNICODE_STRING Name) {
    PLIST_ENTRY Entry;

    for (Entry = Devwatch.Devices.Flink; Entry != &Devwatch.Devices; Entry = Entry->Flink) {
        PWATCHED_DEVICE Device = CONTAINING_RECORD(Entry, WATCHED_DEVICE, Link);
        if (RtlEqualUnicodeString(&Device->Name, Name, TRUE)) {
            return Device;
        }
    }
    return NULL;
}

static NTSTATUS DevwatchTargetChange(PVOID NotificationStructure, PVOID Context) {
    PTARGET_DEVICE_REMOVAL_NOTIFICATION Change = (PTARGET_DEVICE_REMOVAL_NOTIFICATION)NotificationStructure;
    PWATCHED_DEVICE Device = (PWATCHED_DEVICE)Context;

    PAGED_CODE();

    if (DevwatchIsEvent(&Change->Event, &DevwatchQueryRemove)) {
        DevwatchCounts.Queries++;
        if (DevwatchRefuses) {
            return STATUS_UNSUCCESSFUL;
        }
        // An open file would stand in the way; the registration stays, to hear how it ends.
        DevwatchClose(Device);
    } else if (DevwatchIsEvent(&Change->Event, &DevwatchRemoveCancelled)) {
        DevwatchCounts.Cancels++;
        if (Device->File == NULL) {
            DevwatchUnregister(Device);
            if (!NT_SUCCESS(DevwatchOpen(Device))) {
                DevwatchCounts.Failures++;
                DevwatchForget(Device);
            }
        }
    } else if (DevwatchIsEvent(&Change->Event, &DevwatchRemoveComplete)) {
        DevwatchCounts.Completes++;
        DevwatchUnregister(Device);
        DevwatchClose(Device); // still open if nobody asked
        DevwatchForget(Device);
    } else {
        DevwatchCounts.Customs++;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS DevwatchInterfaceChange(PVOID NotificationStructure, PVOID Context) {
    PDEVICE_INTERFACE_CHANGE_NOTIFICATION Change =
        (PDEVICE_INTERFACE_CHANGE_NOTIFICATION)NotificationStructure;
    PDEVWATCH Watch = (PDEVWATCH)Context;
    PWATCHED_DEVICE Device;
    NTSTATUS Status;
    int Known;

    PAGED_CODE();

    // That a device goes is heard from the device itself.
    if (!DevwatchIsEvent(&Change->Event, &DevwatchArrival)) {
        return STATUS_SUCCESS;
    }
    Device = DevwatchAllocate(Change->SymbolicLinkName);
    if (Device == NULL) {
        DevwatchCounts.Failures++;
        return STATUS_SUCCESS;
    }

    ExAcquireFastMutex(&Watch->Lock);
    Known = DevwatchFind(&Device->Name) != NULL;
    if (!Known) {
        InsertTailList(&Watch->Devices, &Device->Link);
        InterlockedIncrement(&Device->References);
        DevwatchCounts.Devices++;
        DevwatchCounts.Arrivals++;
    }
    ExReleaseFastMutex(&Watch->Lock);

    if (!Known) {
        Status = DevwatchOpen(Device);
        if (!NT_SUCCESS(Status)) {
            DevwatchCounts.Failures++;
            DevwatchForget(Device);
        }
    }
    DevwatchDereference(Device);
    return STATUS_SUCCESS;
}

static VOID DevwatchUnload(PDRIVER_OBJECT DriverObject) {
    UNREFERENCED_PARAMETER(DriverObject);

    // No new devices first; the wait matters, since a callback may be adding one.
    if (!NT_SUCCESS(IoUnregisterPlugPlayNotificationEx(Devwatch.InterfaceEntry))) {
        DevwatchCounts.Failures++;
    }
    Devwatch.InterfaceEntry = NULL;
    while (!IsListEmpty(&Devwatch.Devices)) {
        PWATCHED_DEVICE Device = CONTAINING_RECORD(Devwatch.Devices.Flink, WATCHED_DEVICE, Link);
        PVOID Entry = Device->Entry;

        Device->Entry = NULL;
        if (Entry != NULL && !NT_SUCCESS(IoUnregisterPlugPlayNotificationEx(Entry))) {
            DevwatchCounts.Failures++;
        }
        DevwatchClose(Device);
        DevwatchForget(Device);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);

    RtlZeroMemory(&DevwatchCounts, sizeof(DevwatchCounts));
    DevwatchRefuses = 0;
    Devwatch.Driver = DriverObject;
    ExInitializeFastMutex(&Devwatch.Lock);
    InitializeListHead(&Devwatch.Devices);
    DriverObject->DriverUnload = DevwatchUnload;

    Status = IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange,
                                            PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES,
                                            (PVOID)&DevwatchInterfaceClass, DriverObject,
                                            DevwatchInterfaceChange, &Devwatch, &Devwatch.InterfaceEntry);
    return Status;
}
