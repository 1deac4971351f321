// SPDX-License-Identifier: BSL-1.0
// Defines deferred procedure calls and work items. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_DDI_DEFERRED_HPP
#define ASSENT_WINDOWS_DDI_DEFERRED_HPP

#include <assent/config.hpp>
#include <assent/windows/ddi/or_no_memory.hpp>
#include <assent/windows/ddk/assent_ddk/dpc.h>
#include <assent/windows/ddk/assent_ddk/object.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/partition.hpp>
#include <assent/windows/primitives/bug_check.hpp>
#include <assent/windows/primitives/irql_state.hpp>
#include <assent/windows/processor_affinity.hpp>

#include <new>

namespace assent::windows::detail {
/// What stands behind a PIO_WORKITEM.
struct work_item {
    PDEVICE_OBJECT device;
    static work_item* of(PIO_WORKITEM item) noexcept { return reinterpret_cast<work_item*>(item); }
};

/// Set in KDPC::Number when a processor was chosen: group and number below it.
inline constexpr USHORT targeted = 0x8000;

inline partition& partition_for(const char* what) {
    partition* const in = partition::current();
    if (in == nullptr) bug_check({bug_check_codes::assertion_failure, {0, 0, 0, 0}, what});
    return *in;
}

/// A driver that cannot be told of a failure must not lose its work.
template <class Work> void run_item(Work work) {
    partition& in = partition_for("a work item was queued while no partition is current");
    if (!or_no_memory(false, [&] { return in.workers().run_item(work); }))
        bug_check({bug_check_codes::assertion_failure, {0, 0, 0, 0}, "no memory for a work item"});
}
} // namespace assent::windows::detail

extern "C" {

VOID KeInitializeDpc(PRKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context) {
    *dpc = {};
    dpc->Type = 19; // what the first member of every DPC object holds
    dpc->Importance = MediumImportance;
    dpc->DeferredRoutine = routine;
    dpc->DeferredContext = context;
}

/// Runs the routine at DISPATCH_LEVEL on a thread of the partition, one after the other.
/// @return FALSE: it is queued already.
BOOLEAN KeInsertQueueDpc(PRKDPC dpc, PVOID first, PVOID second) {
    using namespace assent::windows;
    partition& in = detail::partition_for("a DPC was queued while no partition is current");
    PROCESSOR_NUMBER on = current_processor(in.processors());
    if ((dpc->Number & detail::targeted) != 0) {
        on.Group = static_cast<USHORT>((dpc->Number & 0x7FFF) / MAXIMUM_PROC_PER_GROUP);
        on.Number = static_cast<UCHAR>((dpc->Number & 0x7FFF) % MAXIMUM_PROC_PER_GROUP);
    }
    const auto call = [=, routine = dpc->DeferredRoutine, context = dpc->DeferredContext] {
        const on_processor there(on);
        irql_state& state = current_irql_state();
        const irql_state before = state;
        state.level = DISPATCH_LEVEL;
        routine(dpc, context, first, second);
        state = before;
    };
    return detail::or_no_memory(false, [&] { return in.workers().queue(dpc, call); }) ? TRUE : FALSE;
}

BOOLEAN KeRemoveQueueDpc(PRKDPC dpc) {
    auto* const in = assent::windows::partition::current();
    return in != nullptr && in->workers().remove(dpc) ? TRUE : FALSE;
}

VOID KeFlushQueuedDpcs(VOID) {
    if (auto* const in = assent::windows::partition::current()) in->workers().drain_dpcs();
}

VOID KeSetImportanceDpc(PRKDPC dpc, KDPC_IMPORTANCE importance) {
    dpc->Importance = static_cast<UCHAR>(importance);
}

VOID KeSetTargetProcessorDpc(PRKDPC dpc, CCHAR number) {
    dpc->Number = static_cast<USHORT>(assent::windows::detail::targeted | static_cast<UCHAR>(number));
}

NTSTATUS KeSetTargetProcessorDpcEx(PKDPC dpc, PPROCESSOR_NUMBER number) {
    using namespace assent::windows;
    partition* const in = partition::current();
    if (in == nullptr || number == nullptr || number->Reserved != 0 || !in->processors().index_of(*number))
        return STATUS_INVALID_PARAMETER;
    dpc->Number =
        static_cast<USHORT>(detail::targeted | (number->Group * MAXIMUM_PROC_PER_GROUP + number->Number));
    return STATUS_SUCCESS;
}

VOID ExQueueWorkItem(PWORK_QUEUE_ITEM item, WORK_QUEUE_TYPE) {
    // Copied: the routine may free the item.
    assent::windows::detail::run_item(
        [routine = item->WorkerRoutine, parameter = PVOID{item->Parameter}] { routine(parameter); });
}

PIO_WORKITEM IoAllocateWorkItem(PDEVICE_OBJECT device) {
    return reinterpret_cast<PIO_WORKITEM>(new (std::nothrow) assent::windows::detail::work_item{device});
}

VOID IoQueueWorkItem(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE routine, WORK_QUEUE_TYPE, PVOID context) {
    using namespace assent::windows::detail;
    run_item([device = work_item::of(item)->device, routine, context] { routine(device, context); });
}

VOID IoQueueWorkItemEx(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE_EX routine, WORK_QUEUE_TYPE, PVOID context) {
    using namespace assent::windows::detail;
    run_item(
        [device = work_item::of(item)->device, routine, context, item] { routine(device, context, item); });
}

VOID IoFreeWorkItem(PIO_WORKITEM item) { delete assent::windows::detail::work_item::of(item); }

} // extern "C"

#endif
