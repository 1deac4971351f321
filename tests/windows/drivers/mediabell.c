/* SPDX-License-Identifier: BSL-1.0
 *
 * In the manner of storage class drivers: serves a volume, announces it to the mount manager's class, answers what
 * file systems ask of it, and tells those who have it open of events of its own.
 */
#include <wdm.h>

#include <mountmgr.h>
#include <ntddstor.h>
#include <ntstrsafe.h>

#include "public_shapes.h"

#define BELL_TAG ((ULONG)'lleB')

typedef struct _BELL_EXTENSION {
    PDEVICE_OBJECT Pdo;
    PDEVICE_OBJECT Lower;
    UNICODE_STRING Interface;
    ULONG Number;
} BELL_EXTENSION, *PBELL_EXTENSION;

LONG MediaBellDelivered;
LONG MediaBellRefused;
static LONG BellCount;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE BellAddDevice;
static DRIVER_UNLOAD BellUnload;
static DRIVER_DISPATCH BellPnp;
static DRIVER_DISPATCH BellControl;
static DEVICE_CHANGE_COMPLETE_CALLBACK BellDelivered;
static KSTART_ROUTINE BellTellOfMount;

static VOID BellUnload(PDRIVER_OBJECT DriverObject) { UNREFERENCED_PARAMETER(DriverObject); }

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath) {
    UNREFERENCED_PARAMETER(RegistryPath);
    MediaBellDelivered = MediaBellRefused = BellCount = 0;
    DriverObject->MajorFunction[IRP_MJ_PNP] = BellPnp;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = BellControl;
    DriverObject->DriverExtension->AddDevice = BellAddDevice;
    DriverObject->DriverUnload = BellUnload;
    return STATUS_SUCCESS;
}

static NTSTATUS BellAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT Pdo) {
    WCHAR text[64], link[64];
    UNICODE_STRING name, linkName;
    PDEVICE_OBJECT device;
    PBELL_EXTENSION extension;
    ULONG number = (ULONG)InterlockedIncrement(&BellCount);
    NTSTATUS status;

    status = RtlStringCbPrintfW(text, sizeof(text), L"\\Device\\%ws%u", L"MediaBell", number);
    if (!NT_SUCCESS(status)) return status;
    RtlInitUnicodeString(&name, text);
    status = IoCreateDevice(DriverObject, sizeof(BELL_EXTENSION), &name, FILE_DEVICE_DISK,
                            FILE_REMOVABLE_MEDIA, FALSE, &device);
    if (!NT_SUCCESS(status)) return status;
    RtlStringCchCopyW(link, ARRAYSIZE(link), L"\\DosDevices\\MediaBell");
    RtlInitUnicodeString(&linkName, link);
    if (number == 1) (VOID) IoCreateSymbolicLink(&linkName, &name);
    extension = (PBELL_EXTENSION)device->DeviceExtension;
    extension->Number = number;
    extension->Pdo = Pdo;
    extension->Lower = IoAttachDeviceToDeviceStack(device, Pdo);
    status = extension->Lower == NULL
                 ? STATUS_NO_SUCH_DEVICE
                 : IoRegisterDeviceInterface(Pdo, &MOUNTDEV_MOUNTED_DEVICE_GUID, NULL, &extension->Interface);
    if (!NT_SUCCESS(status)) {
        if (extension->Lower != NULL) IoDetachDevice(extension->Lower);
        IoDeleteDevice(device);
        return status;
    }
    device->Flags |= extension->Lower->Flags & (DO_BUFFERED_IO | DO_DIRECT_IO);
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS BellPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PBELL_EXTENSION extension = (PBELL_EXTENSION)DeviceObject->DeviceExtension;
    UCHAR minor = IoGetCurrentIrpStackLocation(Irp)->MinorFunction;
    PDEVICE_OBJECT lower = extension->Lower;
    UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\??\\MediaBell");
    NTSTATUS status;

    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(lower, Irp);
    if (minor == IRP_MN_START_DEVICE && NT_SUCCESS(status)) {
        status = IoSetDeviceInterfaceState(&extension->Interface, TRUE);
    } else if (minor == IRP_MN_REMOVE_DEVICE) {
        (VOID) IoSetDeviceInterfaceState(&extension->Interface, FALSE);
        RtlFreeUnicodeString(&extension->Interface);
        if (extension->Number == 1) (VOID) IoDeleteSymbolicLink(&link);
        IoDetachDevice(lower);
        IoDeleteDevice(DeviceObject);
    }
    return status;
}

static VOID BellDelivered(PVOID Context) {
    InterlockedIncrement(&MediaBellDelivered);
    ExFreePoolWithTag(Context, BELL_TAG);
}

static NTSTATUS BellRing(PBELL_EXTENSION Extension, const VOID* Payload, ULONG Size) {
    static const GUID rang = MEDIABELL_RANG;
    const ULONG bytes = FIELD_OFFSET(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer) + Size;
    PTARGET_DEVICE_CUSTOM_NOTIFICATION event;
    NTSTATUS status;

    event = (PTARGET_DEVICE_CUSTOM_NOTIFICATION)ExAllocatePoolWithTag(NonPagedPool, bytes, BELL_TAG);
    if (event == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(event, bytes);
    event->Version = 1;
    event->Size = (USHORT)bytes;
    event->Event = rang;
    event->FileObject = NULL;
    event->NameBufferOffset = -1;
    RtlCopyMemory(event->CustomDataBuffer, Payload, Size);
    status = IoReportTargetDeviceChangeAsynchronous(Extension->Pdo, event, BellDelivered, event);
    if (!NT_SUCCESS(status)) {
        InterlockedIncrement(&MediaBellRefused);
        ExFreePoolWithTag(event, BELL_TAG);
    }
    return status == STATUS_PENDING ? STATUS_SUCCESS : status;
}

/* The synchronous form wants a thread that is in no notification. */
static VOID BellTellOfMount(PVOID Context) {
    static const GUID mounted = {
        0xb5804878, 0x1a96, 0x11d2, {0x8f, 0xfd, 0x00, 0xa0, 0xc9, 0xa0, 0x6d, 0x32}};
    TARGET_DEVICE_CUSTOM_NOTIFICATION event;
    RtlZeroMemory(&event, sizeof(event));
    event.Version = 1;
    event.Size = (USHORT)FIELD_OFFSET(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer);
    event.Event = mounted;
    event.NameBufferOffset = -1;
    if (!NT_SUCCESS(IoReportTargetDeviceChange(((PBELL_EXTENSION)Context)->Pdo, &event)))
        InterlockedIncrement(&MediaBellRefused);
    (VOID) PsTerminateSystemThread(STATUS_SUCCESS);
}

static NTSTATUS BellMounted(PBELL_EXTENSION Extension) {
    HANDLE handle;
    PVOID thread;
    NTSTATUS status =
        PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, BellTellOfMount, Extension);
    if (!NT_SUCCESS(status)) return status;
    status = ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, NULL, KernelMode, &thread, NULL);
    (VOID) ZwClose(handle);
    if (!NT_SUCCESS(status)) return status;
    KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(thread);
    return STATUS_SUCCESS;
}

static NTSTATUS BellControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PBELL_EXTENSION extension = (PBELL_EXTENSION)DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS status = STATUS_INVALID_DEVICE_REQUEST;

    Irp->IoStatus.Information = 0;
    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_STORAGE_GET_DEVICE_NUMBER:
        status = STATUS_BUFFER_TOO_SMALL;
        if (stack->Parameters.DeviceIoControl.OutputBufferLength >= sizeof(STORAGE_DEVICE_NUMBER)) {
            PSTORAGE_DEVICE_NUMBER number = (PSTORAGE_DEVICE_NUMBER)Irp->AssociatedIrp.SystemBuffer;
            number->DeviceType = FILE_DEVICE_DISK;
            number->DeviceNumber = extension->Number;
            number->PartitionNumber = 1;
            Irp->IoStatus.Information = sizeof(STORAGE_DEVICE_NUMBER);
            status = STATUS_SUCCESS;
        }
        break;
    case IOCTL_MEDIABELL_RING:
        status = stack->Parameters.DeviceIoControl.InputBufferLength == 0
                     ? BellMounted(extension)
                     : BellRing(extension, Irp->AssociatedIrp.SystemBuffer,
                                stack->Parameters.DeviceIoControl.InputBufferLength);
        break;
    default:
        break;
    }
    Irp->IoStatus.Status = status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return status;
}
