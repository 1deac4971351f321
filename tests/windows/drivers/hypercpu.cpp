// SPDX-License-Identifier: BSL-1.0
//
// In the manner of hypervisors: C++, one object for each processor, made on that processor; processors that come
// later are taken over when they have started.
extern "C" {
#include <Ntifs.h>
}
#include <fltKernel.h>

#include "public_shapes.h"

HYPERCPU_COUNTS HyperCpuCounts;
ULONG HyperCpuRefuses = MAXULONG;

namespace {

const ULONG kPoolTag = 'uprH';

/// What a hypervisor keeps for a processor.
class Processor {
public:
    explicit Processor(ULONG index) : index_(index) {}
    void* operator new(size_t bytes) noexcept {
        return ExAllocatePoolWithTag(NonPagedPoolNx, bytes, kPoolTag);
    }
    void operator delete(void* memory) { ExFreePoolWithTag(memory, kPoolTag); }

    /// Runs on the processor.
    NTSTATUS Enter() const {
        PROCESSOR_NUMBER here;
        if (KeGetCurrentProcessorNumberEx(&here) != index_) InterlockedIncrement(&HyperCpuCounts.Misplaced);
        return index_ == HyperCpuRefuses ? STATUS_HV_FEATURE_UNAVAILABLE : STATUS_SUCCESS;
    }

private:
    ULONG index_;
};

Processor* g_processors[64];
PVOID g_callback;
FAST_MUTEX g_lock;

_IRQL_requires_max_(APC_LEVEL) NTSTATUS Virtualise(_In_ const PROCESSOR_NUMBER& number) {
    GROUP_AFFINITY affinity = {};
    GROUP_AFFINITY previous = {};
    affinity.Group = number.Group;
    affinity.Mask = 1ull << number.Number;
    PROCESSOR_NUMBER copy = number;
    const auto index = KeGetProcessorIndexFromNumber(&copy);
    if (index >= ARRAYSIZE(g_processors)) return STATUS_HV_INVALID_VP_INDEX;
    KeSetSystemGroupAffinityThread(&affinity, &previous);
    auto* const made = new Processor(index);
    const auto status = made == nullptr ? STATUS_INSUFFICIENT_RESOURCES : made->Enter();
    KeRevertToUserGroupAffinityThread(&previous);
    if (!NT_SUCCESS(status)) {
        delete made;
        return status;
    }
    ExAcquireFastMutex(&g_lock);
    NT_ASSERT(g_processors[index] == nullptr);
    g_processors[index] = made;
    ExReleaseFastMutex(&g_lock);
    InterlockedIncrement(&HyperCpuCounts.Virtualised);
    return STATUS_SUCCESS;
}

} // namespace

extern "C" {

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD HyperCpuUnload;
static PROCESSOR_CALLBACK_FUNCTION HyperCpuProcessorChanged;
static KIPI_BROADCAST_WORKER HyperCpuLeave;

#if defined(ALLOC_PRAGMA)
#pragma alloc_text(INIT, DriverEntry)
#pragma alloc_text(PAGE, HyperCpuProcessorChanged)
#endif

_Use_decl_annotations_ static void HyperCpuProcessorChanged(PVOID context,
                                                            PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT change,
                                                            PNTSTATUS operation_status) {
    PAGED_CODE()
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(operation_status);
    switch (change->State) {
    case KeProcessorAddStartNotify:
        break;
    case KeProcessorAddCompleteNotify:
        if (const auto status = Virtualise(change->ProcNumber); !NT_SUCCESS(status)) {
            InterlockedIncrement(&HyperCpuCounts.Failures);
            DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "processor %hu:%hhu: %08lx\n",
                       change->ProcNumber.Group, change->ProcNumber.Number, status);
        }
        break;
    case KeProcessorAddFailureNotify:
        break;
    }
}

_Use_decl_annotations_ static ULONG_PTR HyperCpuLeave(ULONG_PTR argument) {
    UNREFERENCED_PARAMETER(argument);
    const auto index = KeGetCurrentProcessorNumberEx(nullptr);
    if (g_processors[index] == nullptr) return 0;
    delete g_processors[index];
    g_processors[index] = nullptr;
    InterlockedDecrement(&HyperCpuCounts.Virtualised);
    return 1;
}

_Use_decl_annotations_ static void HyperCpuUnload(PDRIVER_OBJECT driver_object) {
    PAGED_CODE();
    UNREFERENCED_PARAMETER(driver_object);
    if (g_callback != nullptr) KeDeregisterProcessorChangeCallback(g_callback);
    KeIpiGenericCall(HyperCpuLeave, 0);
}

_Use_decl_annotations_ NTSTATUS DriverEntry(PDRIVER_OBJECT driver_object, PUNICODE_STRING registry_path) {
    PAGED_CODE();
    UNREFERENCED_PARAMETER(registry_path);
    RtlZeroMemory(&HyperCpuCounts, sizeof(HyperCpuCounts));
    ExInitializeFastMutex(&g_lock);
    driver_object->DriverUnload = HyperCpuUnload;
    g_callback = KeRegisterProcessorChangeCallback(HyperCpuProcessorChanged, nullptr,
                                                   KE_PROCESSOR_CHANGE_ADD_EXISTING);
    if (!g_callback) return STATUS_UNSUCCESSFUL;
    return STATUS_SUCCESS;
}

} // extern "C"
