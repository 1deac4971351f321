// SPDX-License-Identifier: BSL-1.0
//
// A driver that runs with any number of processors and any amount of memory, and only wants to
// make good use of what there is. It needs no say in a change, so it uses the asynchronous
// notification: interfaces of the processor and the memory class that arrive and go.

#include <ntddk.h>

#include <initguid.h>
#include <poclass.h>
#include <wdmguid.h>

#include "beliefs.h"

#define ADJUST_TAG 0x736a6441 // 'Adjs' in memory order; gcc warns about the character form

// One enabled interface. The name in a notification is gone when the callback returns, so the
// characters are copied behind the structure.
typedef struct _ADJUST_INTERFACE {
    LIST_ENTRY Link;
    UNICODE_STRING Name;
} ADJUST_INTERFACE, *PADJUST_INTERFACE;

typedef struct _ADJUST_STATE {
    FAST_MUTEX Lock; // guards all below but the handles; the two classes' callbacks may overlap
    BOOLEAN Loaded;
    LIST_ENTRY Processors;
    LIST_ENTRY Memory;
    ULONG Workers;
    ULONG Arrivals;
    ULONG Removals;
    ULONG Repeated;
    ULONG Lost;
    ULONG Unexpected;
    PVOID ProcessorEntry;
    PVOID MemoryEntry;
} ADJUST_STATE, *PADJUST_STATE;

static ADJUST_STATE AdjustState;

#ifdef __cplusplus
extern "C"
#endif
    DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD AdjustUnload;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE AdjustInterfaceChange;

#ifdef ALLOC_PRAGMA
#pragma alloc_text(INIT, DriverEntry)
#pragma alloc_text(PAGE, AdjustUnload)
#pragma alloc_text(PAGE, AdjustInterfaceChange)
#endif

// IsEqualGUID takes pointers in C and references in C++; this file is compiled as both.
static BOOLEAN AdjustSameGuid(_In_ const GUID* Left, _In_ const GUID* Right) {
#ifdef __cplusplus
    return IsEqualGUID(*Left, *Right) ? TRUE : FALSE;
#else
    return IsEqualGUID(Left, Right) ? TRUE : FALSE;
#endif
}

static PADJUST_INTERFACE AdjustCopyInterface(_In_ const UNICODE_STRING* Name) {
    PADJUST_INTERFACE Interface = (PADJUST_INTERFACE)ExAllocatePoolWithTag(
        PagedPool, sizeof(ADJUST_INTERFACE) + Name->Length, ADJUST_TAG);

    if (Interface != NULL) {
        Interface->Name.Buffer = (PWCH)(Interface + 1);
        Interface->Name.Length = Name->Length;
        Interface->Name.MaximumLength = Name->Length;
        RtlCopyMemory(Interface->Name.Buffer, Name->Buffer, Name->Length);
    }
    return Interface;
}

// With the lock held.
static PADJUST_INTERFACE AdjustFind(_In_ PLIST_ENTRY Head, _In_ PUNICODE_STRING Name) {
    PLIST_ENTRY Entry;

    for (Entry = Head->Flink; Entry != Head; Entry = Entry->Flink) {
        PADJUST_INTERFACE Interface = CONTAINING_RECORD(Entry, ADJUST_INTERFACE, Link);
        if (RtlEqualUnicodeString(&Interface->Name, Name, TRUE)) {
            return Interface;
        }
    }
    return NULL;
}

static VOID AdjustArrived(_Inout_ PADJUST_STATE State, _Inout_ PLIST_ENTRY Head, _In_ PUNICODE_STRING Name) {
    // Allocated before the lock is taken; not needed if the name is known.
    PADJUST_INTERFACE Interface = AdjustCopyInterface(Name);

    ExAcquireFastMutex(&State->Lock);
    State->Arrivals++;
    if (AdjustFind(Head, Name) != NULL) {
        // An interface that is enabled while the driver registers may be reported by the
        // registration and by the enabling.
        State->Repeated++;
    } else if (Interface == NULL) {
        State->Lost++;
    } else {
        InsertTailList(Head, &Interface->Link);
        Interface = NULL;
    }
    // Asked again each time rather than counted up: the question has one true answer, whatever
    // order the two classes' notifications come in. Under the lock, so that a late answer cannot
    // be overwritten by an earlier one.
    State->Workers = KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS);
    ExReleaseFastMutex(&State->Lock);

    if (Interface != NULL) {
        ExFreePoolWithTag(Interface, ADJUST_TAG);
    }
}

static VOID AdjustRemoved(_Inout_ PADJUST_STATE State, _Inout_ PLIST_ENTRY Head, _In_ PUNICODE_STRING Name) {
    PADJUST_INTERFACE Interface;

    ExAcquireFastMutex(&State->Lock);
    State->Removals++;
    Interface = AdjustFind(Head, Name);
    if (Interface != NULL) {
        RemoveEntryList(&Interface->Link);
    } else if (State->Lost != 0) {
        State->Lost--;
    } else {
        State->Unexpected++;
    }
    State->Workers = KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS);
    ExReleaseFastMutex(&State->Lock);

    if (Interface != NULL) {
        ExFreePoolWithTag(Interface, ADJUST_TAG);
    }
}

static NTSTATUS NTAPI AdjustInterfaceChange(_In_ PVOID NotificationStructure, _In_opt_ PVOID Context) {
    PDEVICE_INTERFACE_CHANGE_NOTIFICATION Change =
        (PDEVICE_INTERFACE_CHANGE_NOTIFICATION)NotificationStructure;
    PADJUST_STATE State = (PADJUST_STATE)Context;
    PLIST_ENTRY Head;

    PAGED_CODE();

    // One routine for both registrations; the notification says which class it is about.
    if (AdjustSameGuid(&Change->InterfaceClassGuid, &GUID_DEVICE_PROCESSOR)) {
        Head = &State->Processors;
    } else if (AdjustSameGuid(&Change->InterfaceClassGuid, &GUID_DEVICE_MEMORY)) {
        Head = &State->Memory;
    } else {
        return STATUS_SUCCESS;
    }

    if (AdjustSameGuid(&Change->Event, &GUID_DEVICE_INTERFACE_ARRIVAL)) {
        AdjustArrived(State, Head, Change->SymbolicLinkName);
    } else if (AdjustSameGuid(&Change->Event, &GUID_DEVICE_INTERFACE_REMOVAL)) {
        AdjustRemoved(State, Head, Change->SymbolicLinkName);
    }
    // Nothing here can be refused, and an event that is not handled is no error.
    return STATUS_SUCCESS;
}

static VOID AdjustFreeList(_Inout_ PLIST_ENTRY Head) {
    while (!IsListEmpty(Head)) {
        PLIST_ENTRY Entry = RemoveHeadList(Head);
        ExFreePoolWithTag(CONTAINING_RECORD(Entry, ADJUST_INTERFACE, Link), ADJUST_TAG);
    }
}

// Unregistering comes first and waits: the lists belong to the callback until it cannot run.
static VOID AdjustStop(_Inout_ PADJUST_STATE State) {
    if (State->MemoryEntry != NULL) {
        IoUnregisterPlugPlayNotificationEx(State->MemoryEntry);
        State->MemoryEntry = NULL;
    }
    if (State->ProcessorEntry != NULL) {
        IoUnregisterPlugPlayNotificationEx(State->ProcessorEntry);
        State->ProcessorEntry = NULL;
    }
    ExAcquireFastMutex(&State->Lock);
    AdjustFreeList(&State->Processors);
    AdjustFreeList(&State->Memory);
    State->Workers = 0;
    State->Loaded = FALSE;
    ExReleaseFastMutex(&State->Lock);
}

static VOID NTAPI AdjustUnload(_In_ PDRIVER_OBJECT DriverObject) {
    PAGED_CODE();
    UNREFERENCED_PARAMETER(DriverObject);

    AdjustStop(&AdjustState);
}

NTSTATUS NTAPI DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath) {
    PADJUST_STATE State = &AdjustState;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);

    // All of it before the first registration: a callback may run before that call returns.
    RtlZeroMemory(State, sizeof(*State));
    ExInitializeFastMutex(&State->Lock);
    InitializeListHead(&State->Processors);
    InitializeListHead(&State->Memory);
    State->Workers = KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS);
    State->Loaded = TRUE;

    Status = IoRegisterPlugPlayNotification(
        EventCategoryDeviceInterfaceChange, PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES,
        (PVOID)&GUID_DEVICE_PROCESSOR, DriverObject, AdjustInterfaceChange, State, &State->ProcessorEntry);
    if (!NT_SUCCESS(Status)) {
        State->ProcessorEntry = NULL;
        AdjustStop(State);
        return Status;
    }

    Status = IoRegisterPlugPlayNotification(
        EventCategoryDeviceInterfaceChange, PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES,
        (PVOID)&GUID_DEVICE_MEMORY, DriverObject, AdjustInterfaceChange, State, &State->MemoryEntry);
    if (!NT_SUCCESS(Status)) {
        State->MemoryEntry = NULL;
        AdjustStop(State);
        return Status;
    }

    DriverObject->DriverUnload = AdjustUnload;
    return STATUS_SUCCESS;
}

static ULONG AdjustCount(_In_ PLIST_ENTRY Head) {
    ULONG Count = 0;
    PLIST_ENTRY Entry;

    for (Entry = Head->Flink; Entry != Head; Entry = Entry->Flink) {
        Count++;
    }
    return Count;
}

VOID AdjustQueryBeliefs(_Out_ PADJUST_BELIEFS Beliefs) {
    PADJUST_STATE State = &AdjustState;

    RtlZeroMemory(Beliefs, sizeof(*Beliefs));
    ExAcquireFastMutex(&State->Lock);
    Beliefs->Loaded = State->Loaded;
    Beliefs->ProcessorInterfaces = AdjustCount(&State->Processors);
    Beliefs->MemoryInterfaces = AdjustCount(&State->Memory);
    Beliefs->Workers = State->Workers;
    Beliefs->Arrivals = State->Arrivals;
    Beliefs->Removals = State->Removals;
    Beliefs->Repeated = State->Repeated;
    Beliefs->Lost = State->Lost;
    Beliefs->Unexpected = State->Unexpected;
    ExReleaseFastMutex(&State->Lock);
}
