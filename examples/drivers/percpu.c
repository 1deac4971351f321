// SPDX-License-Identifier: BSL-1.0
//
// A driver that needs a block of nonpaged pool for every processor before anything can run
// there, and therefore uses the synchronous notification: the block is allocated while the
// processor is being started, when the addition can still be called off.

#include <ntddk.h>

#include "beliefs.h"

#define PERCPU_TAG 0x75637250 // 'Prcu' in memory order; gcc warns about the character form
#define PERCPU_SAMPLES 32

typedef struct _PERCPU_BLOCK {
    PROCESSOR_NUMBER Processor;
    BOOLEAN Live;
    ULONG64 Samples[PERCPU_SAMPLES];
} PERCPU_BLOCK, *PPERCPU_BLOCK;

typedef struct _PERCPU_STATE {
    FAST_MUTEX Lock; // guards all below; every user runs at PASSIVE_LEVEL
    BOOLEAN Loaded;
    PVOID ChangeHandle;
    BOOLEAN Registering;
    NTSTATUS ReplayStatus; // first refusal while the existing processors were replayed
    ULONG Capacity;
    PPERCPU_BLOCK* Blocks; // by system-wide processor number
    ULONG Refusals;
    ULONG Unexpected;
} PERCPU_STATE, *PPERCPU_STATE;

static PERCPU_STATE PercpuState;

volatile LONG PercpuFailNextAllocations;

#ifdef __cplusplus
extern "C"
#endif
    DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD PercpuUnload;
static PROCESSOR_CALLBACK_FUNCTION PercpuProcessorChange;

#ifdef ALLOC_PRAGMA
#pragma alloc_text(INIT, DriverEntry)
#pragma alloc_text(PAGE, PercpuUnload)
#pragma alloc_text(PAGE, PercpuProcessorChange)
#endif

static PPERCPU_BLOCK PercpuAllocateBlock(_In_ const PROCESSOR_NUMBER* Processor) {
    PPERCPU_BLOCK Block;

    if (PercpuFailNextAllocations > 0) {
        InterlockedDecrement(&PercpuFailNextAllocations);
        return NULL;
    }
    Block = (PPERCPU_BLOCK)ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(PERCPU_BLOCK), PERCPU_TAG);
    if (Block != NULL) {
        RtlZeroMemory(Block, sizeof(*Block));
        Block->Processor = *Processor;
    }
    return Block;
}

// The processor is about to be started. Whatever can fail is done here, because this is the only
// call in which the addition can be refused.
static NTSTATUS PercpuPrepare(_Inout_ PPERCPU_STATE State,
                              _In_ const KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT* Change) {
    PPERCPU_BLOCK Block = PercpuAllocateBlock(&Change->ProcNumber);
    NTSTATUS Status = STATUS_SUCCESS;

    ExAcquireFastMutex(&State->Lock);
    if (Block == NULL || Change->NtNumber >= State->Capacity) {
        Status = STATUS_INSUFFICIENT_RESOURCES;
        State->Refusals++;
        if (State->Registering && NT_SUCCESS(State->ReplayStatus)) {
            State->ReplayStatus = Status;
        }
    } else if (State->Blocks[Change->NtNumber] != NULL) {
        State->Unexpected++;
    } else {
        State->Blocks[Change->NtNumber] = Block;
        Block = NULL;
    }
    ExReleaseFastMutex(&State->Lock);

    if (Block != NULL) {
        ExFreePoolWithTag(Block, PERCPU_TAG);
    }
    return Status;
}

// The processor runs.
static VOID PercpuGoLive(_Inout_ PPERCPU_STATE State, _In_ const KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT* Change) {
    ExAcquireFastMutex(&State->Lock);
    if (Change->NtNumber < State->Capacity && State->Blocks[Change->NtNumber] != NULL &&
        !State->Blocks[Change->NtNumber]->Live) {
        State->Blocks[Change->NtNumber]->Live = TRUE;
    } else {
        State->Unexpected++;
    }
    ExReleaseFastMutex(&State->Lock);
}

// The processor does not run: some driver refused, or starting it failed. That some driver may be
// this one, in which case there is nothing to free.
static VOID PercpuRollBack(_Inout_ PPERCPU_STATE State,
                           _In_ const KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT* Change) {
    PPERCPU_BLOCK Block = NULL;

    ExAcquireFastMutex(&State->Lock);
    if (Change->NtNumber < State->Capacity) {
        Block = State->Blocks[Change->NtNumber];
        State->Blocks[Change->NtNumber] = NULL;
    }
    if (Block != NULL && Block->Live) {
        State->Unexpected++;
    }
    ExReleaseFastMutex(&State->Lock);

    if (Block != NULL) {
        ExFreePoolWithTag(Block, PERCPU_TAG);
    }
}

static VOID NTAPI PercpuProcessorChange(_In_opt_ PVOID CallbackContext,
                                        _In_ PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT ChangeContext,
                                        _Inout_ PNTSTATUS OperationStatus) {
    PPERCPU_STATE State = (PPERCPU_STATE)CallbackContext;
    NTSTATUS Status;

    PAGED_CODE();

    switch (ChangeContext->State) {
    case KeProcessorAddStartNotify:
        Status = PercpuPrepare(State, ChangeContext);
        // Written on failure only: another driver's refusal must not be overwritten by success.
        if (!NT_SUCCESS(Status)) {
            *OperationStatus = Status;
        }
        break;
    case KeProcessorAddCompleteNotify:
        PercpuGoLive(State, ChangeContext);
        break;
    case KeProcessorAddFailureNotify:
        PercpuRollBack(State, ChangeContext);
        break;
    default:
        break;
    }
}

// Only when no callback can run any more.
static VOID PercpuFreeBlocks(_Inout_ PPERCPU_STATE State) {
    PPERCPU_BLOCK* Blocks;
    ULONG Capacity;
    ULONG Index;

    ExAcquireFastMutex(&State->Lock);
    Blocks = State->Blocks;
    Capacity = State->Capacity;
    State->Blocks = NULL;
    State->Capacity = 0;
    State->Loaded = FALSE;
    ExReleaseFastMutex(&State->Lock);

    for (Index = 0; Index < Capacity; Index++) {
        if (Blocks[Index] != NULL) {
            ExFreePoolWithTag(Blocks[Index], PERCPU_TAG);
        }
    }
    if (Blocks != NULL) {
        ExFreePoolWithTag(Blocks, PERCPU_TAG);
    }
}

static VOID NTAPI PercpuUnload(_In_ PDRIVER_OBJECT DriverObject) {
    PAGED_CODE();
    UNREFERENCED_PARAMETER(DriverObject);

    // Deregistering waits for a call in progress, so the blocks are nobody's afterwards.
    KeDeregisterProcessorChangeCallback(PercpuState.ChangeHandle);
    PercpuState.ChangeHandle = NULL;
    PercpuFreeBlocks(&PercpuState);
}

NTSTATUS NTAPI DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath) {
    PPERCPU_STATE State = &PercpuState;
    SIZE_T TableSize;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);

    RtlZeroMemory(State, sizeof(*State));
    ExInitializeFastMutex(&State->Lock);
    State->ReplayStatus = STATUS_SUCCESS;

    // Sized for processors that are not there yet: the table cannot move later, under its users.
    State->Capacity = KeQueryMaximumProcessorCountEx(ALL_PROCESSOR_GROUPS);
    TableSize = State->Capacity * sizeof(PPERCPU_BLOCK);
    State->Blocks = (PPERCPU_BLOCK*)ExAllocatePoolWithTag(NonPagedPoolNx, TableSize, PERCPU_TAG);
    if (State->Blocks == NULL) {
        State->Capacity = 0;
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlZeroMemory(State->Blocks, TableSize);

    // With this flag the callback has seen every active processor, start and complete, when the
    // call returns: no second walk over the processors is needed, and none is missed or met twice.
    State->Registering = TRUE;
    State->ChangeHandle =
        KeRegisterProcessorChangeCallback(PercpuProcessorChange, State, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    ExAcquireFastMutex(&State->Lock);
    State->Registering = FALSE;
    Status = State->ReplayStatus;
    if (State->ChangeHandle == NULL && NT_SUCCESS(Status)) {
        Status = STATUS_INSUFFICIENT_RESOURCES;
    }
    State->Loaded = NT_SUCCESS(Status) ? TRUE : FALSE;
    ExReleaseFastMutex(&State->Lock);

    if (!NT_SUCCESS(Status)) {
        // The handle tells whether there is a registration, not how the replay went.
        if (State->ChangeHandle != NULL) {
            KeDeregisterProcessorChangeCallback(State->ChangeHandle);
            State->ChangeHandle = NULL;
        }
        PercpuFreeBlocks(State);
        return Status;
    }

    DriverObject->DriverUnload = PercpuUnload;
    return STATUS_SUCCESS;
}

VOID PercpuQueryBeliefs(_Out_ PPERCPU_BELIEFS Beliefs) {
    PPERCPU_STATE State = &PercpuState;
    ULONG Index;

    RtlZeroMemory(Beliefs, sizeof(*Beliefs));
    ExAcquireFastMutex(&State->Lock);
    Beliefs->Loaded = State->Loaded;
    Beliefs->Refusals = State->Refusals;
    Beliefs->Unexpected = State->Unexpected;
    for (Index = 0; Index < State->Capacity; Index++) {
        if (State->Blocks[Index] == NULL) {
            continue;
        }
        Beliefs->Blocks++;
        if (State->Blocks[Index]->Live) {
            Beliefs->Processors++;
            if (Index < 64) {
                Beliefs->ProcessorMask |= 1ULL << Index;
            }
        }
    }
    ExReleaseFastMutex(&State->Lock);
}
