// SPDX-License-Identifier: BSL-1.0
//
// A driver for tests: it writes down every call it gets and answers as it is told. A RECORDER is
// one receiver. A test registers the two routines itself, with a RECORDER as the context, or lets
// recorder_DriverEntry do so as RecorderPlan says. A record is read while no call is in progress,
// or from the hook; a recorder outlives its last call.

#ifndef TESTS_WINDOWS_DRIVERS_RECORDER_H
#define TESTS_WINDOWS_DRIVERS_RECORDER_H

#include <wdm.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RECORDER_CALLS 256
#define RECORDER_NAME_CHARACTERS 128
#define RECORDER_NO_PROCESSOR 0xFFFFFFFF

typedef enum _RECORDER_KIND {
    RecorderNothing = 0,
    RecorderProcessorCall,
    RecorderInterfaceCall
} RECORDER_KIND;

typedef struct _RECORDER_CALL {
    RECORDER_KIND Kind; // RecorderNothing in a place that no call has taken
    LONG Sequence;      // from 1, counted over all recorders: compares calls of several
    KIRQL Irql;
    ULONG ActiveProcessors; // KeQueryActiveProcessorCountEx, all groups, during the call

    // A processor call, as it came in.
    KE_PROCESSOR_CHANGE_NOTIFY_STATE State;
    ULONG NtNumber;
    NTSTATUS Status;
    PROCESSOR_NUMBER ProcNumber;
    NTSTATUS OperationStatus; // what the variable held on entry

    // An interface call, as it came in.
    USHORT Version;
    USHORT Size;
    GUID Event;
    GUID InterfaceClassGuid;
    USHORT NameLength;                    // in bytes, as delivered
    WCHAR Name[RECORDER_NAME_CHARACTERS]; // ended by a zero, cut if longer
} RECORDER_CALL, *PRECORDER_CALL;

struct _RECORDER;

// Runs inside the callback, after the call was recorded and before it is answered.
typedef VOID(NTAPI RECORDER_HOOK)(struct _RECORDER* Recorder, const RECORDER_CALL* Call);

typedef struct _RECORDER {
    // The answers.
    ULONG RefusedProcessor; // whose Start is answered with RefusalStatus
    NTSTATUS RefusalStatus;
    BOOLEAN WritesSuccessInStart;  // writes STATUS_SUCCESS where it does not refuse
    NTSTATUS CompleteStatus;       // written to *OperationStatus in Complete unless zero
    NTSTATUS FailureStatus;        // written to *OperationStatus in Failure unless zero
    BOOLEAN ScribblesOverContext;  // overwrites the read-only structure after recording it
    NTSTATUS InterfaceReturnValue; // returned from an interface call
    RECORDER_HOOK* Hook;           // may be NULL
    PVOID HookContext;

    // The record. Count may exceed RECORDER_CALLS; the calls beyond are counted only.
    volatile LONG Count;
    RECORDER_CALL Calls[RECORDER_CALLS];
} RECORDER, *PRECORDER;

// Forgets all calls, refuses nothing.
VOID RecorderInitialize(_Out_ PRECORDER Recorder);

// Starts the sequence over. While no recorder is called.
VOID RecorderResetSequence(VOID);

PROCESSOR_CALLBACK_FUNCTION RecorderProcessorChange;
DRIVER_NOTIFICATION_CALLBACK_ROUTINE RecorderInterfaceChange;

// What the driver registers when it is loaded, and whether it remembers to undo it.
typedef struct _RECORDER_PLAN {
    PRECORDER Processor; // NULL: no processor change callback
    ULONG ProcessorFlags;
    PRECORDER Interface; // NULL: no interface change registration
    ULONG InterfaceFlags;
    GUID InterfaceClassGuid;
    BOOLEAN UnregistersInUnload;
    BOOLEAN FailsToLoad; // DriverEntry undoes all and returns STATUS_UNSUCCESSFUL
    BOOLEAN WithoutUnload;

    // Filled in by the driver.
    PVOID ProcessorHandle;
    PVOID InterfaceEntry;
    NTSTATUS InterfaceStatus; // what the registration returned
    ULONG Unloads;
} RECORDER_PLAN, *PRECORDER_PLAN;

extern RECORDER_PLAN RecorderPlan;

DRIVER_INITIALIZE recorder_DriverEntry;

#ifdef __cplusplus
}
#endif

#endif
