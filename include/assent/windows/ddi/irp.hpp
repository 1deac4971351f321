// SPDX-License-Identifier: BSL-1.0
// Defines request packets: making them, passing them down a device stack, completing them. For exactly one
// translation unit of a program.
#ifndef ASSENT_WINDOWS_DDI_IRP_HPP
#define ASSENT_WINDOWS_DDI_IRP_HPP

#include <assent/config.hpp>
#include <assent/windows/ddi/device.hpp>
#include <assent/windows/ddk/assent_ddk/irp.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/driver.hpp>
#include <assent/windows/partition.hpp>
#include <assent/windows/primitives/bug_check.hpp>
#include <assent/windows/primitives/event.hpp>

#include <algorithm>
#include <cstring>
#include <new>

namespace assent::windows::detail {

// In IRP::AllocationFlags: the packet is freed when it is completed.
inline constexpr UCHAR freed_when_complete = 0x80;

inline KSPIN_LOCK cancel_lock = 0;

inline IO_STACK_LOCATION* locations_of(PIRP irp) noexcept {
    return reinterpret_cast<IO_STACK_LOCATION*>(irp + 1);
}

/// The answers of a device of the partition itself, which no driver has made.
inline NTSTATUS answer_for_partition(PDEVICE_OBJECT object, PIRP irp) {
    const IO_STACK_LOCATION& at = *IoGetCurrentIrpStackLocation(irp);
    NTSTATUS status = irp->IoStatus.Status;
    switch (at.MajorFunction) {
    case IRP_MJ_CREATE:
    case IRP_MJ_CLEANUP:
    case IRP_MJ_CLOSE:
    case IRP_MJ_POWER:
        status = STATUS_SUCCESS;
        break;
    case IRP_MJ_SYSTEM_CONTROL:
        break;
    case IRP_MJ_PNP:
        if (at.MinorFunction <= IRP_MN_CANCEL_STOP_DEVICE || at.MinorFunction == IRP_MN_SURPRISE_REMOVAL) {
            status = STATUS_SUCCESS;
        } else if (at.MinorFunction == IRP_MN_QUERY_DEVICE_RELATIONS &&
                   at.Parameters.QueryDeviceRelations.Type == TargetDeviceRelation) {
            auto* const relations = static_cast<PDEVICE_RELATIONS>(
                ExAllocatePoolWithTag(PagedPool, sizeof(DEVICE_RELATIONS), 0x6c655244)); // 'DRel'
            status = relations == nullptr ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
            if (relations != nullptr) {
                relations->Count = 1;
                relations->Objects[0] = object;
                ObfReferenceObject(object);
                irp->IoStatus.Information = reinterpret_cast<ULONG_PTR>(relations);
            }
        } // others are left as they are: whoever asked has put a status in
        break;
    default:
        status = STATUS_INVALID_DEVICE_REQUEST;
    }
    irp->IoStatus.Status = status;
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

/// The packet has come back to whoever built it.
inline void finish(PIRP irp) {
    const bool buffered = (irp->Flags & IRP_BUFFERED_IO) != 0;
    if (buffered && (irp->Flags & IRP_INPUT_OPERATION) != 0 && !NT_ERROR(irp->IoStatus.Status))
        std::memcpy(irp->UserBuffer, irp->AssociatedIrp.SystemBuffer, irp->IoStatus.Information);
    if (buffered && (irp->Flags & IRP_DEALLOCATE_BUFFER) != 0) ExFreePool(irp->AssociatedIrp.SystemBuffer);
    if (irp->UserIosb != nullptr) *irp->UserIosb = irp->IoStatus;
    PKEVENT const event = irp->UserEvent;
    if ((irp->AllocationFlags & freed_when_complete) != 0) IoFreeIrp(irp);
    if (event != nullptr) KeSetEvent(event, IO_NO_INCREMENT, FALSE); // last: the event may go with its waiter
}

inline PIRP build(PDEVICE_OBJECT object, UCHAR major, PKEVENT event, PIO_STATUS_BLOCK result) {
    PIRP const irp = IoAllocateIrp(object->StackSize, FALSE);
    if (irp == nullptr) return nullptr;
    irp->AllocationFlags |= freed_when_complete;
    irp->UserEvent = event;
    irp->UserIosb = result;
    irp->Tail.Overlay.Thread = PsGetCurrentThread();
    IoGetNextIrpStackLocation(irp)->MajorFunction = major;
    return irp;
}

} // namespace assent::windows::detail

extern "C" {

VOID IoInitializeIrp(PIRP irp, USHORT bytes, CCHAR locations) {
    std::memset(static_cast<void*>(irp), 0, bytes);
    irp->Type = 6; // what the first member of every packet holds
    irp->Size = bytes;
    irp->StackCount = locations;
    irp->CurrentLocation = static_cast<CHAR>(locations + 1);
    irp->Tail.Overlay.CurrentStackLocation = assent::windows::detail::locations_of(irp) + locations;
}

PIRP IoAllocateIrp(CCHAR locations, BOOLEAN) {
    const USHORT bytes = IoSizeOfIrp(locations);
    auto* const irp = static_cast<PIRP>(ExAllocatePoolWithTag(NonPagedPool, bytes, 0x20707249)); // 'Irp '
    if (irp != nullptr) IoInitializeIrp(irp, bytes, locations);
    return irp;
}

VOID IoReuseIrp(PIRP irp, NTSTATUS status) {
    IoInitializeIrp(irp, irp->Size, irp->StackCount);
    irp->IoStatus.Status = status;
}

VOID IoFreeIrp(PIRP irp) { ExFreePoolWithTag(irp, 0x20707249); }

VOID IoAcquireCancelSpinLock(PKIRQL level) {
    KeAcquireSpinLock(&assent::windows::detail::cancel_lock, level);
}
VOID IoReleaseCancelSpinLock(KIRQL level) { KeReleaseSpinLock(&assent::windows::detail::cancel_lock, level); }

/// Marks the packet, and calls its cancel routine, which releases the lock, if it has one. The caller knows that
/// nobody completes the packet meanwhile.
/// @return FALSE: there was none
BOOLEAN IoCancelIrp(PIRP irp) {
    KIRQL level = 0;
    IoAcquireCancelSpinLock(&level);
    // Before the exchange: a driver that sets its routine and then looks has one of the two.
    __atomic_store_n(&irp->Cancel, BOOLEAN{TRUE}, __ATOMIC_SEQ_CST);
    PDRIVER_CANCEL const routine = IoSetCancelRoutine(irp, nullptr);
    if (routine == nullptr) {
        IoReleaseCancelSpinLock(level);
        return FALSE;
    }
    irp->CancelIrql = level;
    routine(IoGetCurrentIrpStackLocation(irp)->DeviceObject, irp);
    return TRUE;
}

/// The routine runs as the device's driver, on this thread.
NTSTATUS IofCallDriver(PDEVICE_OBJECT object, PIRP irp) {
    using namespace assent::windows;
    if (irp->CurrentLocation <= 1)
        bug_check({bug_check_codes::no_more_irp_stack_locations,
                   {reinterpret_cast<ULONG_PTR>(irp), 0, 0, 0},
                   "IoCallDriver: the packet was made for fewer devices"});
    IoSetNextIrpStackLocation(irp);
    IO_STACK_LOCATION& at = *IoGetCurrentIrpStackLocation(irp);
    at.DeviceObject = object;
    if (detail::made_by_driver(object) == nullptr) return detail::answer_for_partition(object, irp);
    PDRIVER_DISPATCH const routine = at.MajorFunction <= IRP_MJ_MAXIMUM_FUNCTION
                                         ? object->DriverObject->MajorFunction[at.MajorFunction]
                                         : nullptr;
    if (routine == nullptr) {
        irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
        IofCompleteRequest(irp, IO_NO_INCREMENT);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    partition* const in = partition::current();
    driver* const served_by = in == nullptr ? nullptr : in->find(object->DriverObject);
    const running_driver scope(served_by != nullptr ? served_by : driver::running());
    return routine(object, irp);
}

/// Passes the packet down and gets it back when those below have completed it; the caller completes it in turn.
/// @return FALSE: the packet was made for fewer devices
BOOLEAN IoForwardIrpSynchronously(PDEVICE_OBJECT object, PIRP irp) {
    if (irp->CurrentLocation <= 1) return FALSE;
    KEVENT back;
    KeInitializeEvent(&back, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(
        irp,
        [](PDEVICE_OBJECT, PIRP, PVOID event) -> NTSTATUS {
            KeSetEvent(static_cast<PKEVENT>(event), IO_NO_INCREMENT, FALSE);
            return STATUS_MORE_PROCESSING_REQUIRED;
        },
        &back, TRUE, TRUE, TRUE);
    static_cast<void>(IofCallDriver(object, irp));
    KeWaitForSingleObject(&back, Executive, KernelMode, FALSE, nullptr);
    return TRUE;
}

NTSTATUS PoCallDriver(PDEVICE_OBJECT object, PIRP irp) { return IofCallDriver(object, irp); }
VOID PoStartNextPowerIrp(PIRP) {}
POWER_STATE PoSetPowerState(PDEVICE_OBJECT, POWER_STATE_TYPE, POWER_STATE state) { return state; }

/// Completion routines from the lowest caller to the highest, until one keeps the packet.
VOID IofCompleteRequest(PIRP irp, CCHAR) {
    using namespace assent::windows;
    if (irp->CurrentLocation > irp->StackCount)
        bug_check({bug_check_codes::multiple_irp_complete_requests,
                   {reinterpret_cast<ULONG_PTR>(irp), 0, 0, 0},
                   "IoCompleteRequest: the packet was complete"});
    while (irp->CurrentLocation <= irp->StackCount) {
        IO_STACK_LOCATION& at = *IoGetCurrentIrpStackLocation(irp);
        const UCHAR control = at.Control;
        at.Control = 0;
        irp->PendingReturned = (control & SL_PENDING_RETURNED) != 0;
        IoSkipCurrentIrpStackLocation(irp);
        const bool below_somebody = irp->CurrentLocation <= irp->StackCount;
        const bool wanted = (NT_SUCCESS(irp->IoStatus.Status) ? (control & SL_INVOKE_ON_SUCCESS)
                                                              : (control & SL_INVOKE_ON_ERROR)) != 0 ||
                            (irp->Cancel != FALSE && (control & SL_INVOKE_ON_CANCEL) != 0);
        if (wanted && at.CompletionRoutine != nullptr) {
            PDEVICE_OBJECT const to =
                below_somebody ? IoGetCurrentIrpStackLocation(irp)->DeviceObject : nullptr;
            if (at.CompletionRoutine(to, irp, at.Context) == STATUS_MORE_PROCESSING_REQUIRED) return;
        } else if (irp->PendingReturned != FALSE && below_somebody) {
            IoMarkIrpPending(irp);
        }
    }
    detail::finish(irp);
}

PIRP IoBuildSynchronousFsdRequest(ULONG major, PDEVICE_OBJECT object, PVOID buffer, ULONG length,
                                  PLARGE_INTEGER offset, PKEVENT event, PIO_STATUS_BLOCK result) {
    PIRP const irp = assent::windows::detail::build(object, static_cast<UCHAR>(major), event, result);
    if (irp == nullptr) return nullptr;
    irp->UserBuffer = buffer;
    // No other address space is in between: the caller's buffer is the system's.
    if ((object->Flags & DO_BUFFERED_IO) != 0) irp->AssociatedIrp.SystemBuffer = buffer;
    if (major == IRP_MJ_READ || major == IRP_MJ_WRITE) {
        IO_STACK_LOCATION& next = *IoGetNextIrpStackLocation(irp);
        next.Parameters.Read.Length = length;
        if (offset != nullptr) next.Parameters.Read.ByteOffset = *offset;
    }
    return irp;
}

/// Direct methods hand the buffers over as METHOD_NEITHER does: there are no memory descriptor lists.
PIRP IoBuildDeviceIoControlRequest(ULONG code, PDEVICE_OBJECT object, PVOID input, ULONG input_length,
                                   PVOID output, ULONG output_length, BOOLEAN internal, PKEVENT event,
                                   PIO_STATUS_BLOCK result) {
    const UCHAR major = internal != FALSE ? IRP_MJ_INTERNAL_DEVICE_CONTROL : IRP_MJ_DEVICE_CONTROL;
    PIRP const irp = assent::windows::detail::build(object, major, event, result);
    if (irp == nullptr) return nullptr;
    auto& control = IoGetNextIrpStackLocation(irp)->Parameters.DeviceIoControl;
    control.IoControlCode = code;
    control.InputBufferLength = input_length;
    control.OutputBufferLength = output_length;
    irp->UserBuffer = output;
    const ULONG longest = std::max(input_length, output_length);
    if (METHOD_FROM_CTL_CODE(code) != METHOD_BUFFERED) {
        control.Type3InputBuffer = input;
        irp->AssociatedIrp.SystemBuffer = input;
    } else if (longest != 0) {
        PVOID const both = ExAllocatePoolWithTag(NonPagedPool, longest, 0x20207049); // 'Ip  '
        if (both == nullptr) {
            IoFreeIrp(irp);
            return nullptr;
        }
        if (input_length != 0) std::memcpy(both, input, input_length);
        irp->AssociatedIrp.SystemBuffer = both;
        irp->Flags = IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER | (output != nullptr ? IRP_INPUT_OPERATION : 0U);
    }
    return irp;
}

} // extern "C"

#endif
