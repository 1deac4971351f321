/* SPDX-License-Identifier: BSL-1.0
 *
 * In the manner of file systems: hears of volumes, looks at each from a work item, keeps those it knows under a
 * resource, and listens to what happens to them.
 */
#include <ntifs.h>

#include <ntddk.h>

#include <mountmgr.h>
#include <ntdddisk.h>
#include <ntddvol.h>
#include <windef.h>

#include <initguid.h>
#include <ioevent.h>
#include <wdmguid.h>

#include "public_shapes.h"

#define VOLFS_TAG 0x46564f4c

typedef NTSTATUS(NTAPI* PUNREGISTER)(PVOID);

typedef struct _VOLFS_VOLUME {
    LIST_ENTRY Link;
    PDEVICE_OBJECT Device;
    PFILE_OBJECT File;
    PVOID Entry;
    ULONG Number;
} VOLFS_VOLUME, *PVOLFS_VOLUME;

typedef struct _VOLFS_WORK {
    PIO_WORKITEM Item;
    UNICODE_STRING Name;
    BOOLEAN Arrives;
} VOLFS_WORK, *PVOLFS_WORK;

VOLFS_COUNTS VolFsCounts;
static LIST_ENTRY VolFsVolumes = {&VolFsVolumes, &VolFsVolumes};
static ERESOURCE VolFsLock;
static KSEMAPHORE VolFsSlots; /* not more than two volumes are looked at together */
static PDEVICE_OBJECT VolFsDevice;
static PDRIVER_OBJECT VolFsDriver;
static PVOID VolFsEntry;
static PUNREGISTER VolFsUnregisterEx;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD VolFsUnload;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE VolFsVolumeChange;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE VolFsDeviceChange;
static IO_WORKITEM_ROUTINE VolFsLook;

static BOOLEAN EventIs(const GUID* Event, const GUID* Wanted) {
    return (BOOLEAN)(RtlCompareMemory(Event, Wanted, sizeof(GUID)) == sizeof(GUID));
}

static NTSTATUS VolFsControl(PDEVICE_OBJECT Device, DWORD Code, PVOID Output, DWORD Size) {
    IO_STATUS_BLOCK result;
    KEVENT event;
    PIRP irp;
    NTSTATUS status;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    irp = IoBuildDeviceIoControlRequest(Code, Device, NULL, 0, Output, Size, FALSE, &event, &result);
    if (!irp) return STATUS_INSUFFICIENT_RESOURCES;
    status = IoCallDriver(Device, irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
        status = result.Status;
    }
    return status;
}

_Function_class_(DRIVER_NOTIFICATION_CALLBACK_ROUTINE) static NTSTATUS
    __stdcall VolFsDeviceChange(PVOID NotificationStructure, PVOID Context) {
    TARGET_DEVICE_REMOVAL_NOTIFICATION* change = (TARGET_DEVICE_REMOVAL_NOTIFICATION*)NotificationStructure;
    PVOLFS_VOLUME volume = (PVOLFS_VOLUME)Context;
    static const GUID rang = MEDIABELL_RANG;

    if (EventIs(&change->Event, &GUID_IO_VOLUME_MOUNT)) {
        InterlockedIncrement(&VolFsCounts.Mounts);
    } else if (EventIs(&change->Event, &rang)) {
        TARGET_DEVICE_CUSTOM_NOTIFICATION* custom = (TARGET_DEVICE_CUSTOM_NOTIFICATION*)NotificationStructure;
        ULONG size = (ULONG)custom->Size - FIELD_OFFSET(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer);
        VolFsCounts.LastPayloadSize = size;
        RtlCopyMemory(VolFsCounts.LastPayload, custom->CustomDataBuffer,
                      size < sizeof(VolFsCounts.LastPayload) ? size : sizeof(VolFsCounts.LastPayload));
        NT_ASSERT(custom->FileObject == volume->File);
        InterlockedIncrement(&VolFsCounts.Rings);
    } else if (EventIs(&change->Event, &GUID_TARGET_DEVICE_REMOVE_COMPLETE)) {
        ExAcquireResourceExclusiveLite(&VolFsLock, TRUE);
        RemoveEntryList(&volume->Link);
        ExReleaseResourceLite(&VolFsLock);
        InterlockedDecrement(&VolFsCounts.Mounted);
        IoUnregisterPlugPlayNotification(volume->Entry);
        ObDereferenceObject(volume->File);
        ExFreePool(volume);
    }
    return STATUS_SUCCESS;
}

static VOID VolFsAdd(PUNICODE_STRING Name) {
    STORAGE_DEVICE_NUMBER number;
    PVOLFS_VOLUME volume = (PVOLFS_VOLUME)ExAllocatePoolWithTag(PagedPool, sizeof(VOLFS_VOLUME), VOLFS_TAG);
    if (!volume) return;
    RtlZeroMemory(volume, sizeof(VOLFS_VOLUME));
    if (NT_SUCCESS(IoGetDeviceObjectPointer(Name, FILE_READ_ATTRIBUTES, &volume->File, &volume->Device))) {
        if (NT_SUCCESS(
                VolFsControl(volume->Device, IOCTL_STORAGE_GET_DEVICE_NUMBER, &number, sizeof(number))) &&
            VolFsControl(volume->Device, IOCTL_VOLUME_ONLINE, NULL, 0) == STATUS_INVALID_DEVICE_REQUEST) {
            ExAcquireResourceExclusiveLite(&VolFsLock, TRUE);
            volume->Number = VolFsCounts.LastDeviceNumber = number.DeviceNumber;
            InsertTailList(&VolFsVolumes, &volume->Link);
            ExReleaseResourceLite(&VolFsLock);
            InterlockedIncrement(&VolFsCounts.Mounted);
            if (NT_SUCCESS(IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0, volume->File,
                                                          VolFsDriver, VolFsDeviceChange, volume,
                                                          &volume->Entry)))
                return;
            ExAcquireResourceExclusiveLite(&VolFsLock, TRUE);
            RemoveEntryList(&volume->Link);
            ExReleaseResourceLite(&VolFsLock);
            InterlockedDecrement(&VolFsCounts.Mounted);
        }
        ObDereferenceObject(volume->File);
    }
    ExFreePool(volume);
}

_Function_class_(IO_WORKITEM_ROUTINE) static VOID
    __stdcall VolFsLook(PDEVICE_OBJECT DeviceObject, PVOID Context) {
    PVOLFS_WORK work = (PVOLFS_WORK)Context;
    UNREFERENCED_PARAMETER(DeviceObject);
    KeWaitForSingleObject(&VolFsSlots, Executive, KernelMode, FALSE, NULL);
    __try {
        if (work->Arrives) VolFsAdd(&work->Name);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        DbgPrint("volfs: %08lx\n", GetExceptionCode());
    }
    KeReleaseSemaphore(&VolFsSlots, IO_NO_INCREMENT, 1, FALSE);
    ExFreePool(work->Name.Buffer);
    IoFreeWorkItem(work->Item);
    ExFreePool(work);
}

static NTSTATUS __stdcall VolFsVolumeChange(PVOID NotificationStructure, PVOID Context) {
    DEVICE_INTERFACE_CHANGE_NOTIFICATION* change =
        (DEVICE_INTERFACE_CHANGE_NOTIFICATION*)NotificationStructure;
    PVOLFS_WORK work;
    UNREFERENCED_PARAMETER(Context);
    if (EventIs(&change->Event, &GUID_DEVICE_INTERFACE_ARRIVAL)) InterlockedIncrement(&VolFsCounts.Arrivals);
    work = (PVOLFS_WORK)ExAllocatePoolWithTag(PagedPool, sizeof(VOLFS_WORK), VOLFS_TAG);
    if (!work) return STATUS_SUCCESS;
    work->Arrives = EventIs(&change->Event, &GUID_DEVICE_INTERFACE_ARRIVAL);
    work->Name.Length = work->Name.MaximumLength = change->SymbolicLinkName->Length;
    work->Name.Buffer = (PWSTR)ExAllocatePoolWithTag(PagedPool, work->Name.Length, VOLFS_TAG);
    work->Item = IoAllocateWorkItem(VolFsDevice);
    if (!work->Name.Buffer || !work->Item) {
        if (work->Name.Buffer) ExFreePool(work->Name.Buffer);
        if (work->Item) IoFreeWorkItem(work->Item);
        ExFreePool(work);
        return STATUS_SUCCESS;
    }
    RtlCopyMemory(work->Name.Buffer, change->SymbolicLinkName->Buffer, work->Name.Length);
    IoQueueWorkItem(work->Item, VolFsLook, DelayedWorkQueue, work);
    return STATUS_SUCCESS;
}

static VOID VolFsUnload(PDRIVER_OBJECT DriverObject) {
    UNREFERENCED_PARAMETER(DriverObject);
    if (VolFsUnregisterEx != NULL)
        VolFsUnregisterEx(VolFsEntry);
    else
        IoUnregisterPlugPlayNotification(VolFsEntry);
    FsRtlEnterFileSystem();
    ExAcquireResourceSharedLite(&VolFsLock, TRUE);
    while (!IsListEmpty(&VolFsVolumes)) {
        PVOLFS_VOLUME volume = CONTAINING_RECORD(RemoveHeadList(&VolFsVolumes), VOLFS_VOLUME, Link);
        IoUnregisterPlugPlayNotificationEx(volume->Entry);
        ObDereferenceObject(volume->File);
        ExFreePool(volume);
    }
    ExReleaseResourceLite(&VolFsLock);
    FsRtlExitFileSystem();
    ExDeleteResourceLite(&VolFsLock);
    IoDeleteDevice(VolFsDevice);
}

NTSTATUS __stdcall DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNICODE_STRING name;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(RegistryPath);
    RtlZeroMemory(&VolFsCounts, sizeof(VolFsCounts));
    VolFsDriver = DriverObject;
    DriverObject->DriverUnload = VolFsUnload;
    InitializeListHead(&VolFsVolumes);
    RtlInitUnicodeString(&name, L"\\VolFs");
    status = IoCreateDevice(DriverObject, 0, &name, FILE_DEVICE_DISK_FILE_SYSTEM, FILE_DEVICE_SECURE_OPEN,
                            FALSE, &VolFsDevice);
    if (!NT_SUCCESS(status)) return status;
    ExInitializeResourceLite(&VolFsLock);
    KeInitializeSemaphore(&VolFsSlots, 2, 2);
    RtlInitUnicodeString(&name, L"IoUnregisterPlugPlayNotificationEx");
    VolFsUnregisterEx = (PUNREGISTER)(ULONG_PTR)MmGetSystemRoutineAddress(&name);
    status = IoRegisterPlugPlayNotification(
        EventCategoryDeviceInterfaceChange, PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES,
        (PVOID)&MOUNTDEV_MOUNTED_DEVICE_GUID, DriverObject, VolFsVolumeChange, DriverObject, &VolFsEntry);
    if (!NT_SUCCESS(status)) {
        ExDeleteResourceLite(&VolFsLock);
        IoDeleteDevice(VolFsDevice);
    }
    return status;
}
