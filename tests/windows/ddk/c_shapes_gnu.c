// SPDX-License-Identifier: BSL-1.0
// Shapes in which public drivers write their notification code. Compiled as C (gnu11, gnu17) and, but for the
// callbacks with typed parameters, as C++20. Only compiled and linked into an object: nothing here runs.
#include <ntifs.h>
#include <wdmguid.h> // declares: initguid.h has not been seen

#include <ntintsafe.h>
#include <procgrp.h>

#include <initguid.h> // from here on the same headers define
#include <wdmguid.h>
#include <poclass.h>

DEFINE_GUID(GUID_DEVINTERFACE_SHAPES, 0x4d36e97dL, 0xe325, 0x11ce, 0xbf, 0xc1, 0x08, 0x00, 0x2b, 0xe1, 0x03,
            0x18);

#define SHAPES_TAG 'pahS'

typedef struct _SHAPES_EXTENSION {
    PVOID InterfaceEntry;
    PVOID ProcessorHandle;
    KSPIN_LOCK Lock;
    FAST_MUTEX Mutex;
    KEVENT Gone;
    LIST_ENTRY Devices;
    WORK_QUEUE_ITEM Item;
    KDPC Dpc;
} SHAPES_EXTENSION, *PSHAPES_EXTENSION;

C_ASSERT(sizeof(L"ab") == 3 * sizeof(WCHAR));

DRIVER_INITIALIZE DriverEntry;
DRIVER_UNLOAD ShapesUnload;
DRIVER_NOTIFICATION_CALLBACK_ROUTINE ShapesByFunctionType;
DRIVER_NOTIFICATION_CALLBACK_ROUTINE ShapesTyped;
PROCESSOR_CALLBACK_FUNCTION ShapesProcessor;
PROCESSOR_CALLBACK_FUNCTION ShapesProcessorTyped;
DEVICE_CHANGE_COMPLETE_CALLBACK ShapesReported;
IO_WORKITEM_ROUTINE ShapesWork;
WORKER_THREAD_ROUTINE ShapesWorker;
KDEFERRED_ROUTINE ShapesDpc;

NTSTATUS NTAPI ShapesOldWords(IN PVOID NotificationStructure, IN OUT PVOID Context OPTIONAL);
_Check_return_ _IRQL_requires_max_(PASSIVE_LEVEL)
_IRQL_requires_same_ _Must_inspect_result_ NTSTATUS ShapesNewWords(_In_ PVOID NotificationStructure,
                                                                   _Inout_opt_ PVOID Context);
__drv_maxIRQL(PASSIVE_LEVEL) __checkReturn NTSTATUS
    ShapesOlderWords(__in PVOID NotificationStructure, __inout_opt PVOID Context,
                     __out_bcount_opt(4) PULONG Written, __deref_out PVOID* Entry);

#ifdef ALLOC_PRAGMA
#pragma alloc_text(INIT, DriverEntry)
#pragma alloc_text(PAGE, ShapesUnload)
#endif
#pragma alloc_text(PAGE, ShapesOldWords)

_Use_decl_annotations_ NTSTATUS ShapesByFunctionType(PVOID NotificationStructure, PVOID Context) {
    PDEVICE_INTERFACE_CHANGE_NOTIFICATION change =
        (PDEVICE_INTERFACE_CHANGE_NOTIFICATION)NotificationStructure;
    PAGED_CODE();
    UNREFERENCED_PARAMETER(Context);
#ifdef __cplusplus
    if (IsEqualGUID(change->Event, GUID_DEVICE_INTERFACE_ARRIVAL) ||
        change->Event == GUID_DEVICE_INTERFACE_REMOVAL ||
        InlineIsEqualGUID(change->Event, GUID_DEVINTERFACE_SHAPES))
#else
    if (IsEqualGUID(&change->Event, &GUID_DEVICE_INTERFACE_ARRIVAL) ||
        IsEqualGUID((LPGUID) & (change->Event), (LPGUID)&GUID_DEVICE_INTERFACE_REMOVAL))
#endif
        KdPrint(("arrived: %wZ\n", change->SymbolicLinkName));
    return STATUS_SUCCESS;
}

#ifndef __cplusplus
// The function type is declared with PVOID; the definition names its own types. C++ and C23 have no such thing.
NTSTATUS ShapesTyped(PTARGET_DEVICE_REMOVAL_NOTIFICATION Notification, PSHAPES_EXTENSION Extension) {
    if (IsEqualGUID(&Notification->Event, &GUID_TARGET_DEVICE_QUERY_REMOVE))
        ObDereferenceObject(Notification->FileObject);
    KeSetEvent(&Extension->Gone, IO_NO_INCREMENT, FALSE);
    return STATUS_SUCCESS;
}

VOID ShapesProcessorTyped(PSHAPES_EXTENSION Extension, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT Change,
                          PNTSTATUS OperationStatus) {
    if (Extension == NULL && Change->State == KeProcessorAddStartNotify) *OperationStatus = STATUS_NO_MEMORY;
}
#endif

NTSTATUS NTAPI ShapesOldWords(IN PVOID NotificationStructure, IN OUT PVOID Context OPTIONAL) {
    PPLUGPLAY_NOTIFICATION_HEADER header = (PPLUGPLAY_NOTIFICATION_HEADER)NotificationStructure;
    ASSERT(header->Version == 1);
    return ARGUMENT_PRESENT(Context) ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

NTSTATUS ShapesNewWords(PVOID NotificationStructure, PVOID Context) {
    return ShapesByFunctionType(NotificationStructure, Context);
}

NTSTATUS ShapesOlderWords(PVOID NotificationStructure, PVOID Context, PULONG Written, PVOID* Entry) {
    if (Written) *Written = 0;
    *Entry = NULL;
    return ShapesOldWords(NotificationStructure, Context);
}

VOID ShapesProcessor(PVOID CallbackContext, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT ChangeContext,
                     PNTSTATUS OperationStatus) {
    UNREFERENCED_PARAMETER(CallbackContext);
    switch (ChangeContext->State) {
    case KeProcessorAddStartNotify:
        *OperationStatus = STATUS_INSUFFICIENT_RESOURCES;
        break;
    case KeProcessorAddCompleteNotify:
    case KeProcessorAddFailureNotify:
        break;
    }
}

VOID ShapesReported(PVOID Context) { KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE); }
VOID ShapesWork(PDEVICE_OBJECT DeviceObject, PVOID Context) {
    UNREFERENCED_PARAMETER(DeviceObject);
    IoFreeWorkItem((PIO_WORKITEM)Context);
}
VOID ShapesWorker(PVOID Parameter) { ExFreePoolWithTag(Parameter, SHAPES_TAG); }
VOID ShapesDpc(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2) {
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(DeferredContext);
    UNREFERENCED_PARAMETER(SystemArgument1);
    UNREFERENCED_PARAMETER(SystemArgument2);
}

typedef NTSTATUS(NTAPI* PUNREGISTER_EX)(PVOID);

static VOID ShapesUnregister(PSHAPES_EXTENSION Extension) {
    UNICODE_STRING name;
    PUNREGISTER_EX unregister;
    RtlInitUnicodeString(&name, L"IoUnregisterPlugPlayNotificationEx");
    unregister = (PUNREGISTER_EX)(ULONG_PTR)MmGetSystemRoutineAddress(&name);
    if (unregister != NULL) {
        (VOID) unregister(Extension->InterfaceEntry);
    } else {
        (VOID) IoUnregisterPlugPlayNotification(Extension->InterfaceEntry);
    }
}

static NTSTATUS ShapesReport(PDEVICE_OBJECT Device, PKEVENT Done) {
    struct {
        TARGET_DEVICE_CUSTOM_NOTIFICATION Head;
        UCHAR Rest[8];
    } event;
    RtlZeroMemory(&event, sizeof(event));
    event.Head.Version = 1;
    event.Head.Size = (USHORT)(FIELD_OFFSET(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer) + 8);
    event.Head.Event = GUID_DEVINTERFACE_SHAPES;
    event.Head.NameBufferOffset = -1;
    return IoReportTargetDeviceChangeAsynchronous(Device, &event, ShapesReported, Done);
}

VOID ShapesUnload(PDRIVER_OBJECT DriverObject) {
    PSHAPES_EXTENSION extension = (PSHAPES_EXTENSION)DriverObject->DeviceObject->DeviceExtension;
    KIRQL irql;
    LARGE_INTEGER second;
    GROUP_AFFINITY affinity, previous;
    PROCESSOR_NUMBER processor;
    PAGED_CODE();
    KeDeregisterProcessorChangeCallback(extension->ProcessorHandle);
    ShapesUnregister(extension);
    KeAcquireSpinLock(&extension->Lock, &irql);
    while (!IsListEmpty(&extension->Devices)) {
        PLIST_ENTRY entry = RemoveHeadList(&extension->Devices);
        ExFreePool(CONTAINING_RECORD(entry, SHAPES_EXTENSION, Devices));
    }
    KeReleaseSpinLock(&extension->Lock, irql);
    ExAcquireFastMutex(&extension->Mutex);
    ExReleaseFastMutex(&extension->Mutex);
    second.QuadPart = -10000000LL;
    (VOID) KeWaitForSingleObject(&extension->Gone, Executive, KernelMode, FALSE, &second);
    if (NT_SUCCESS(KeGetProcessorNumberFromIndex(0, &processor))) {
        affinity.Group = processor.Group;
        affinity.Mask = AFFINITY_MASK(processor.Number);
        KeSetSystemGroupAffinityThread(&affinity, &previous);
        KeRevertToUserGroupAffinityThread(&previous);
        (VOID) KeSetTargetProcessorDpcEx(&extension->Dpc, &processor);
    }
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_INFO_LEVEL, "%ws: %lu processors\n", L"shapes",
               KeQueryActiveProcessorCount(NULL));
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    NTSTATUS status;
    PSHAPES_EXTENSION extension =
        (PSHAPES_EXTENSION)ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*extension), SHAPES_TAG);
    UNREFERENCED_PARAMETER(RegistryPath);
    if (extension == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(extension, sizeof(*extension));
    KeInitializeSpinLock(&extension->Lock);
    ExInitializeFastMutex(&extension->Mutex);
    KeInitializeEvent(&extension->Gone, NotificationEvent, FALSE);
    InitializeListHead(&extension->Devices);
    ExInitializeWorkItem(&extension->Item, ShapesWorker, extension);
    ExQueueWorkItem(&extension->Item, DelayedWorkQueue);
    KeInitializeDpc(&extension->Dpc, ShapesDpc, extension);
    DriverObject->DriverUnload = ShapesUnload;

    status = IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange,
                                            PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES,
                                            (PVOID)&GUID_DEVICE_PROCESSOR, DriverObject, ShapesByFunctionType,
                                            extension, &extension->InterfaceEntry);
    if (!NT_SUCCESS(status)) return status;
#ifndef __cplusplus
    status = IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0, DriverObject, DriverObject,
                                            ShapesTyped, extension, &extension->InterfaceEntry);
    extension->ProcessorHandle = KeRegisterProcessorChangeCallback(ShapesProcessorTyped, extension, 0);
#endif
    status = IoRegisterPlugPlayNotification(EventCategoryHardwareProfileChange, 0, NULL, DriverObject,
                                            (PDRIVER_NOTIFICATION_CALLBACK_ROUTINE)ShapesOldWords, extension,
                                            &extension->InterfaceEntry);
    extension->ProcessorHandle =
        KeRegisterProcessorChangeCallback(ShapesProcessor, extension, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    IoQueueWorkItem(IoAllocateWorkItem(DriverObject->DeviceObject), ShapesWork, DelayedWorkQueue, NULL);
    return extension->ProcessorHandle ? ShapesReport(DriverObject->DeviceObject, &extension->Gone) : status;
}

// What stands beside such code in the same sources.
DECLARE_GLOBAL_CONST_UNICODE_STRING(ShapesLinkName, L"\\DosDevices\\Shapes");
CALLBACK_FUNCTION ShapesPowerState;
ALLOCATE_FUNCTION ShapesAllocate;
KSTART_ROUTINE ShapesThread;

// A file system's control blocks, and what it only points to.
typedef struct _SHAPES_FCB {
    FSRTL_ADVANCED_FCB_HEADER Header;
    SECTION_OBJECT_POINTERS Sections;
    SHARE_ACCESS Shared;
    FILE_LOCK Lock;
    OPLOCK Oplock;
    ERESOURCE Resource;
    EX_RUNDOWN_REF Users;
    NPAGED_LOOKASIDE_LIST Names;
    PNOTIFY_SYNC Notify;
    RTL_BITMAP Free;
    SECURITY_DESCRIPTOR* Security;
} SHAPES_FCB, *PSHAPES_FCB;
extern CACHE_MANAGER_CALLBACKS ShapesCacheCallbacks;
VOID ShapesFastIo(FAST_IO_DISPATCH** Dispatch, CC_FILE_SIZES* Sizes, ACCESS_STATE* Access, PECP_LIST Extra);

_Function_class_(PROCESSOR_CALLBACK_FUNCTION) _Use_decl_annotations_ VOID
    ShapesPowerState(PVOID CallbackContext, PVOID Argument1, PVOID Argument2) {
    PSHAPES_FCB fcb = (PSHAPES_FCB)CallbackContext;
    PAGED_CODE()
    if (Argument1 != (PVOID)PO_CB_SYSTEM_STATE_LOCK || Argument2 == NULL) return;
    if (!ExAcquireRundownProtection(&fcb->Users)) return;
    ExFreeToNPagedLookasideList(&fcb->Names, ExAllocateFromNPagedLookasideList(&fcb->Names));
    ExReleaseRundownProtection(&fcb->Users);
}

NTSTATUS ShapesRegisterPowerState(PSHAPES_FCB Fcb, PSHAPES_FCB* Published) {
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Callback\\PowerState");
    OBJECT_ATTRIBUTES attributes = RTL_CONSTANT_OBJECT_ATTRIBUTES(&name, OBJ_CASE_INSENSITIVE);
    PCALLBACK_OBJECT object;
    RTL_OSVERSIONINFOEXW version;
    ULONG size;
    NTSTATUS status = ExCreateCallback(&object, &attributes, FALSE, TRUE);
    if (!NT_SUCCESS(status)) return status;
    WritePointerRelease(Published, Fcb);
    if (ReadPointerAcquire(Published) != InterlockedExchangePointer(Published, NULL))
        return STATUS_OBJECT_NO_LONGER_EXISTS;
    RtlZeroMemory(&version, sizeof(version));
    version.dwOSVersionInfoSize = sizeof(version);
    status = RtlGetVersion((PRTL_OSVERSIONINFOW)&version);
    if (NT_SUCCESS(status)) status = RtlULongAdd(sizeof(TARGET_DEVICE_CUSTOM_NOTIFICATION), 8, &size);
    return ExRegisterCallback(object, ShapesPowerState, Fcb) != NULL ? status : STATUS_UNSUCCESSFUL;
}

PCSTR ShapesMinorName(UCHAR MinorFunction) {
    switch (MinorFunction) {
    case IRP_MN_SURPRISE_REMOVAL:
        return "IRP_MN_SURPRISE_REMOVAL";
    case IRP_MN_QUERY_LEGACY_BUS_INFORMATION:
        return "IRP_MN_QUERY_LEGACY_BUS_INFORMATION";
    default:
        return "unknown_pnp_irp";
    }
}
