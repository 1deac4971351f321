/* SPDX-License-Identifier: BSL-1.0
 *
 * In the manner of device monitors: a Plug and Play driver with a device of its own, which opens every device of a
 * class as it arrives, keeps them on a list, lets go of one that is to be removed and takes it up again, inside
 * the notification, when the removal is called off.
 */
#include "public_shapes.h"
#include <dontuse.h>
#include <initguid.h>
#include <wdmguid.h>

#define WATCH_TAG 'hctW'

typedef struct _WATCH_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT Lower;
    IO_REMOVE_LOCK RemoveLock;
    PVOID ClassEntry;
    LIST_ENTRY Devices;
    FAST_MUTEX Lock;
    BOOLEAN Removed;
} WATCH_EXTENSION, *PWATCH_EXTENSION;

typedef struct _WATCHED {
    LIST_ENTRY Link;
    PWATCH_EXTENSION Owner;
    PDEVICE_OBJECT Top;
    PDEVICE_OBJECT Pdo;
    PFILE_OBJECT File;
    PVOID Entry;
    UNICODE_STRING Name;
} WATCHED, *PWATCHED;

TOASTWATCH_COUNTS ToastWatchCounts;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE WatchAddDevice;
static DRIVER_UNLOAD WatchUnload;
__drv_dispatchType(IRP_MJ_PNP) static DRIVER_DISPATCH WatchPnp;
__drv_dispatchType(IRP_MJ_POWER) static DRIVER_DISPATCH WatchPower;
__drv_dispatchType(IRP_MJ_CREATE) __drv_dispatchType(IRP_MJ_CLOSE) static DRIVER_DISPATCH WatchOpenClose;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE WatchClassChange;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE WatchDeviceChange;
static IO_COMPLETION_ROUTINE WatchStarted;
static NTSTATUS WatchOpen(__in PWATCHED Watched);
static VOID WatchClose(__in __drv_freesMem(Watched) PWATCHED Watched);

#ifdef ALLOC_PRAGMA
#pragma alloc_text(INIT, DriverEntry)
#pragma alloc_text(PAGE, WatchAddDevice)
#pragma alloc_text(PAGE, WatchPnp)
#endif

NTSTATUS DriverEntry(__in PDRIVER_OBJECT DriverObject, __in PUNICODE_STRING RegistryPath) {
    UNREFERENCED_PARAMETER(RegistryPath);
    RtlZeroMemory(&ToastWatchCounts, sizeof(ToastWatchCounts));
    DriverObject->MajorFunction[IRP_MJ_CREATE] = WatchOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = WatchOpenClose;
    DriverObject->MajorFunction[IRP_MJ_PNP] = WatchPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = WatchPower;
    DriverObject->DriverExtension->AddDevice = WatchAddDevice;
    DriverObject->DriverUnload = WatchUnload;
    return STATUS_SUCCESS;
}

static VOID WatchUnload(PDRIVER_OBJECT DriverObject) {
    PAGED_CODE()
    ASSERT(DriverObject->DeviceObject == NULL);
    UNREFERENCED_PARAMETER(DriverObject);
}

static NTSTATUS WatchAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject) {
    static const GUID watchedClass = TOASTWATCH_CLASS;
    PDEVICE_OBJECT self = NULL;
    PWATCH_EXTENSION extension;
    NTSTATUS status;

    PAGED_CODE();
    status = IoCreateDevice(DriverObject, sizeof(WATCH_EXTENSION), NULL, FILE_DEVICE_UNKNOWN,
                            FILE_DEVICE_SECURE_OPEN, FALSE, &self);
    if (!NT_SUCCESS(status)) return status;
    extension = (PWATCH_EXTENSION)self->DeviceExtension;
    extension->Lower = IoAttachDeviceToDeviceStack(self, PhysicalDeviceObject);
    if (extension->Lower == NULL) {
        IoDeleteDevice(self);
        return STATUS_DEVICE_REMOVED;
    }
    extension->Self = self;
    IoInitializeRemoveLock(&extension->RemoveLock, WATCH_TAG, 1, 5);
    InitializeListHead(&extension->Devices);
    ExInitializeFastMutex(&extension->Lock);
    self->Flags |= DO_POWER_PAGABLE | DO_BUFFERED_IO;
    self->Flags &= ~DO_DEVICE_INITIALIZING;
    status = IoRegisterPlugPlayNotification(
        EventCategoryDeviceInterfaceChange, PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES,
        (PVOID)&watchedClass, DriverObject, (PDRIVER_NOTIFICATION_CALLBACK_ROUTINE)WatchClassChange,
        (PVOID)extension, &extension->ClassEntry);
    if (!NT_SUCCESS(status)) DbgPrint("toastwatch: not registered, %x\n", status);
    return STATUS_SUCCESS;
}

static NTSTATUS WatchStarted(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context) {
    UNREFERENCED_PARAMETER(DeviceObject);
    if (Irp->PendingReturned == TRUE) KeSetEvent((PKEVENT)Context, 0, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS WatchPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PWATCH_EXTENSION extension = (PWATCH_EXTENSION)DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS status;
    KEVENT event;

    PAGED_CODE();
    status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);
    if (!NT_SUCCESS(status)) {
        Irp->IoStatus.Status = status;
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
        return status;
    }
    switch (stack->MinorFunction) {
    case IRP_MN_START_DEVICE:
        IoCopyCurrentIrpStackLocationToNext(Irp);
        KeInitializeEvent(&event, NotificationEvent, FALSE);
        IoSetCompletionRoutine(Irp, WatchStarted, &event, TRUE, TRUE, TRUE);
        status = IoCallDriver(extension->Lower, Irp);
        if (STATUS_PENDING == status) {
            KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
            status = Irp->IoStatus.Status;
        }
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
        IoReleaseRemoveLock(&extension->RemoveLock, Irp);
        return status;
    case IRP_MN_REMOVE_DEVICE:
        IoReleaseRemoveLockAndWait(&extension->RemoveLock, Irp);
        Irp->IoStatus.Status = STATUS_SUCCESS;
        IoSkipCurrentIrpStackLocation(Irp);
        status = IoCallDriver(extension->Lower, Irp);
        IoUnregisterPlugPlayNotification(extension->ClassEntry);
        ExAcquireFastMutex(&extension->Lock);
        while (!IsListEmpty(&extension->Devices)) {
            PLIST_ENTRY first = RemoveHeadList(&extension->Devices);
            WatchClose(CONTAINING_RECORD(first, WATCHED, Link));
        }
        ExReleaseFastMutex(&extension->Lock);
        IoDetachDevice(extension->Lower);
        IoDeleteDevice(DeviceObject);
        return status;
    default:
        break;
    }
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(extension->Lower, Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS WatchPower(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PWATCH_EXTENSION extension = (PWATCH_EXTENSION)DeviceObject->DeviceExtension;
    PoStartNextPowerIrp(Irp);
    IoSkipCurrentIrpStackLocation(Irp);
    return PoCallDriver(extension->Lower, Irp);
}

static NTSTATUS WatchOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

/* Named types in place of PVOID: in C, the function type is declared without them. */
#ifdef __cplusplus
static NTSTATUS WatchClassChange(PVOID Structure, PVOID Context) {
    PDEVICE_INTERFACE_CHANGE_NOTIFICATION Change = (PDEVICE_INTERFACE_CHANGE_NOTIFICATION)Structure;
    PWATCH_EXTENSION Extension = (PWATCH_EXTENSION)Context;
#define EVENT_IS(guid) IsEqualGUID(Change->Event, guid)
#else
static NTSTATUS WatchClassChange(PDEVICE_INTERFACE_CHANGE_NOTIFICATION Change, PWATCH_EXTENSION Extension) {
#define EVENT_IS(guid) IsEqualGUID((LPGUID) & (Change->Event), (LPGUID) & (guid))
#endif
    PWATCHED watched;

    PAGED_CODE();
    if (!EVENT_IS(GUID_DEVICE_INTERFACE_ARRIVAL)) return STATUS_SUCCESS;
    watched = (PWATCHED)ExAllocatePoolWithTag(PagedPool, sizeof(WATCHED), WATCH_TAG);
    if (watched == NULL) return STATUS_SUCCESS;
    RtlZeroMemory(watched, sizeof(WATCHED));
    watched->Owner = Extension;
    InitializeListHead(&watched->Link);
    watched->Name.MaximumLength = (USHORT)(Change->SymbolicLinkName->Length + sizeof(UNICODE_NULL));
    watched->Name.Buffer = (PWCHAR)ExAllocatePoolWithTag(PagedPool, watched->Name.MaximumLength, WATCH_TAG);
    if (watched->Name.Buffer == NULL) goto Failed;
    RtlCopyUnicodeString(&watched->Name, Change->SymbolicLinkName);
    if (!NT_SUCCESS(WatchOpen(watched))) goto Failed;
    ExAcquireFastMutex(&Extension->Lock);
    InsertTailList(&Extension->Devices, &watched->Link);
    ExReleaseFastMutex(&Extension->Lock);
    InterlockedIncrement(&ToastWatchCounts.Monitored);
    return STATUS_SUCCESS;

Failed:
    InterlockedIncrement(&ToastWatchCounts.Monitored); /* WatchClose takes it back */
    WatchClose(watched);
    return STATUS_SUCCESS;
}

#ifdef __cplusplus
static NTSTATUS WatchDeviceChange(PVOID Structure, PVOID Context) {
    PPLUGPLAY_NOTIFICATION_HEADER Change = (PPLUGPLAY_NOTIFICATION_HEADER)Structure;
    PWATCHED Watched = (PWATCHED)Context;
#else
static NTSTATUS WatchDeviceChange(PPLUGPLAY_NOTIFICATION_HEADER Change, PWATCHED Watched) {
#endif
    PWATCH_EXTENSION extension = Watched->Owner;

    PAGED_CODE();
    if (EVENT_IS(GUID_TARGET_DEVICE_QUERY_REMOVE)) {
        PTARGET_DEVICE_REMOVAL_NOTIFICATION removal = (PTARGET_DEVICE_REMOVAL_NOTIFICATION)Change;
        ASSERT(Watched->File == removal->FileObject);
        UNREFERENCED_PARAMETER(removal);
        InterlockedIncrement(&ToastWatchCounts.Queries);
        ObDereferenceObject(Watched->File);
        Watched->File = NULL;
        ObDereferenceObject(Watched->Pdo);
        Watched->Pdo = NULL;
    } else if (EVENT_IS(GUID_TARGET_DEVICE_REMOVE_COMPLETE)) {
        InterlockedIncrement(&ToastWatchCounts.Completed);
        ExAcquireFastMutex(&extension->Lock);
        RemoveEntryList(&Watched->Link);
        ExReleaseFastMutex(&extension->Lock);
        WatchClose(Watched);
    } else if (EVENT_IS(GUID_TARGET_DEVICE_REMOVE_CANCELLED)) {
        PLIST_ENTRY each;
        InterlockedIncrement(&ToastWatchCounts.Cancelled);
        /* Walks its list, and registers again for the one it finds: a new entry while the event is delivered. */
        ExAcquireFastMutex(&extension->Lock);
        for (each = extension->Devices.Flink; each != &extension->Devices; each = each->Flink)
            if (CONTAINING_RECORD(each, WATCHED, Link) == Watched) break;
        ASSERT(each != &extension->Devices);
        ExReleaseFastMutex(&extension->Lock);
        IoUnregisterPlugPlayNotification(Watched->Entry);
        if (!NT_SUCCESS(WatchOpen(Watched))) {
            ExAcquireFastMutex(&extension->Lock);
            RemoveEntryList(&Watched->Link);
            ExReleaseFastMutex(&extension->Lock);
            WatchClose(Watched);
        }
    }
    return STATUS_SUCCESS;
}

/* The bottom of the stack, asked for with a request, as monitors do. */
static NTSTATUS WatchFindPdo(IN PDEVICE_OBJECT Top, OUT PDEVICE_OBJECT* Pdo) {
    IO_STATUS_BLOCK result;
    PIO_STACK_LOCATION next;
    NTSTATUS status;
    KEVENT event;
    PIRP irp;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    irp = IoBuildSynchronousFsdRequest(IRP_MJ_PNP, Top, NULL, 0, NULL, &event, &result);
    if (irp == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    next = IoGetNextIrpStackLocation(irp);
    next->MinorFunction = IRP_MN_QUERY_DEVICE_RELATIONS;
    next->Parameters.QueryDeviceRelations.Type = TargetDeviceRelation;
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    status = IoCallDriver(Top, irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
        status = result.Status;
    }
    if (NT_SUCCESS(status)) {
        PDEVICE_RELATIONS relations = (PDEVICE_RELATIONS)result.Information;
        ASSERT(relations);
        *Pdo = relations->Objects[0];
        ExFreePool(relations);
    }
    return status;
}

static NTSTATUS WatchOpen(PWATCHED Watched) {
    NTSTATUS status;
    Watched->Entry = NULL;
    status = IoGetDeviceObjectPointer(&Watched->Name, STANDARD_RIGHTS_ALL, &Watched->File, &Watched->Top);
    if (!NT_SUCCESS(status)) return status;
    InterlockedIncrement(&ToastWatchCounts.Opened);
    status = IoRegisterPlugPlayNotification(
        EventCategoryTargetDeviceChange, 0, (PVOID)Watched->File, Watched->Owner->Self->DriverObject,
        (PDRIVER_NOTIFICATION_CALLBACK_ROUTINE)WatchDeviceChange, (PVOID)Watched, &Watched->Entry);
    if (!NT_SUCCESS(status)) return status;
    return WatchFindPdo(Watched->Top, &Watched->Pdo);
}

static VOID WatchClose(PWATCHED Watched) {
    if (Watched->File) ObDereferenceObject(Watched->File);
    if (Watched->Entry) IoUnregisterPlugPlayNotification(Watched->Entry);
    if (Watched->Pdo) ObDereferenceObject(Watched->Pdo);
    RtlFreeUnicodeString(&Watched->Name);
    ExFreePool(Watched);
    InterlockedIncrement(&ToastWatchCounts.Closed);
    InterlockedDecrement(&ToastWatchCounts.Monitored);
}
