// SPDX-License-Identifier: BSL-1.0
//
// Stands for your driver: the notification code of a driver that keeps one disk open and lets go of it when it is
// to be removed. Nothing here knows of a test.

#include <wdm.h>

#define INITGUID
#include <guiddef.h>

DEFINE_GUID(YOUR_INTERFACE_CLASS, 0x2d9a6f40, 0x1b7c, 0x4e53, 0x8a, 0x61, 0x0c, 0x94, 0x5d, 0xe2, 0x37, 0xb8);

// {cb3a4006...} to {cb3a4008...}; with a WDK, link with its GUID library and include wdmguid.h.
DEFINE_GUID(YOUR_QUERY_REMOVE, 0xcb3a4006, 0x46f0, 0x11d0, 0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f);
DEFINE_GUID(YOUR_REMOVE_CANCELLED, 0xcb3a4007, 0x46f0, 0x11d0, 0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05,
            0x3f);
DEFINE_GUID(YOUR_ARRIVAL, 0xcb3a4004, 0x46f0, 0x11d0, 0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f);

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD YourUnload;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE YourInterfaceChange;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE YourTargetChange;

static PDRIVER_OBJECT YourDriver;
static PVOID YourInterfaceEntry;
static PVOID YourTargetEntry;
static PFILE_OBJECT YourFile;
static WCHAR YourNameBuffer[256];
static UNICODE_STRING YourName = {0, sizeof(YourNameBuffer), YourNameBuffer};

static NTSTATUS YourOpen(VOID) {
    PDEVICE_OBJECT Device;
    NTSTATUS Status = IoGetDeviceObjectPointer(&YourName, FILE_READ_DATA, &YourFile, &Device);

    if (NT_SUCCESS(Status)) {
        Status = IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0, YourFile, YourDriver,
                                                YourTargetChange, NULL, &YourTargetEntry);
        if (!NT_SUCCESS(Status)) {
            ObDereferenceObject(YourFile);
            YourFile = NULL;
        }
    }
    return Status;
}

static VOID YourClose(VOID) {
    if (YourFile != NULL) {
        ObDereferenceObject(YourFile);
        YourFile = NULL;
    }
}

static NTSTATUS YourTargetChange(PVOID NotificationStructure, PVOID Context) {
    PPLUGPLAY_NOTIFICATION_HEADER Change = (PPLUGPLAY_NOTIFICATION_HEADER)NotificationStructure;

    UNREFERENCED_PARAMETER(Context);
    if (IsEqualGUID(&Change->Event, &YOUR_QUERY_REMOVE)) {
        YourClose();
    } else {
        IoUnregisterPlugPlayNotification(YourTargetEntry);
        YourTargetEntry = NULL;
        YourClose();
        if (IsEqualGUID(&Change->Event, &YOUR_REMOVE_CANCELLED)) {
            (VOID) YourOpen();
        }
    }
    return STATUS_SUCCESS;
}

static NTSTATUS YourInterfaceChange(PVOID NotificationStructure, PVOID Context) {
    PDEVICE_INTERFACE_CHANGE_NOTIFICATION Change =
        (PDEVICE_INTERFACE_CHANGE_NOTIFICATION)NotificationStructure;

    UNREFERENCED_PARAMETER(Context);
    if (IsEqualGUID(&Change->Event, &YOUR_ARRIVAL) && YourTargetEntry == NULL) {
        RtlCopyUnicodeString(&YourName, Change->SymbolicLinkName);
        (VOID) YourOpen();
    }
    return STATUS_SUCCESS;
}

static VOID YourUnload(PDRIVER_OBJECT DriverObject) {
    UNREFERENCED_PARAMETER(DriverObject);
    IoUnregisterPlugPlayNotificationEx(YourInterfaceEntry);
    if (YourTargetEntry != NULL) {
        IoUnregisterPlugPlayNotificationEx(YourTargetEntry);
    }
    YourClose();
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNREFERENCED_PARAMETER(RegistryPath);
    YourDriver = DriverObject;
    DriverObject->DriverUnload = YourUnload;
    return IoRegisterPlugPlayNotification(
        EventCategoryDeviceInterfaceChange, PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES,
        (PVOID)&YOUR_INTERFACE_CLASS, DriverObject, YourInterfaceChange, NULL, &YourInterfaceEntry);
}
