// SPDX-License-Identifier: BSL-1.0
// Drivers written in the manner of public ones, from their load to their unload.
#include <assent/windows/device_stack.hpp>
#include <assent/windows/primitives/pool_ledger.hpp>

#include "target_world.hpp"

#include "drivers/public_shapes.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace windows_tests;

extern "C" DRIVER_INITIALIZE toastwatch_DriverEntry;
extern "C" DRIVER_INITIALIZE hypercpu_DriverEntry;
extern "C" DRIVER_INITIALIZE mediabell_DriverEntry;
extern "C" DRIVER_INITIALIZE volfs_DriverEntry;

namespace {

constexpr GUID toast_class = TOASTWATCH_CLASS;

/// The monitor on a device of its own, and devices for it to watch.
struct watch_world : world {
    watch_world() : home(in.add_device("ROOT#MONITOR#0")) {
        monitor = in.load("toastwatch", toastwatch_DriverEntry).first;
        REQUIRE(start_on(home, *monitor) == STATUS_SUCCESS);
    }
    ~watch_world() {
        CHECK(send_pnp(home, IRP_MN_REMOVE_DEVICE) == STATUS_SUCCESS);
        const unloading gone = in.unload(*monitor);
        CHECK(gone.status == STATUS_SUCCESS);
        CHECK(gone.remaining.empty());
        CHECK(ToastWatchCounts.Monitored == 0);
        CHECK(pool::outstanding(0x57746368) == 0); // 'hctW'
    }
    device& toaster(const std::string& number) {
        device& d = in.add_device("TOASTER#" + number);
        driver_interface shown(d, toast_class);
        CHECK(shown.enable() == STATUS_SUCCESS);
        in.settle();
        return d;
    }

    device& home;
    driver* monitor;
};

/// Calls the device's driver with a control code, as a program would.
NTSTATUS control(device& d, ULONG code, const void* input, ULONG size) {
    std::array<unsigned char, 64> copy{};
    if (size != 0) std::memcpy(copy.data(), input, size);
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IO_STATUS_BLOCK result{};
    DEVICE_OBJECT* const top = IoGetAttachedDevice(&d.object());
    IRP* const irp =
        IoBuildDeviceIoControlRequest(code, top, copy.data(), size, nullptr, 0, FALSE, &done, &result);
    REQUIRE(irp != nullptr);
    CHECK(IofCallDriver(top, irp) != STATUS_PENDING);
    CHECK(KeReadStateEvent(&done) != 0);
    return result.Status;
}

} // namespace

TEST_CASE("W25 a monitor walks its list and registers again inside CANCELLED, however often") {
    watch_world w;
    device& first = w.toaster("1");
    device& second = w.toaster("2");
    CHECK(ToastWatchCounts.Monitored == 2);
    for (LONG round = 1; round <= 3; ++round) {
        const auto refused = w.in.query_remove(first, [] { return STATUS_UNSUCCESSFUL; });
        CHECK(refused.status == STATUS_UNSUCCESSFUL);
        CHECK(ToastWatchCounts.Queries == round);
        CHECK(ToastWatchCounts.Cancelled == round);
        CHECK(ToastWatchCounts.Opened == 2 + round);
        CHECK(ToastWatchCounts.Monitored == 2);
    }
    CHECK(w.in.query_remove(first).status == STATUS_SUCCESS);
    CHECK(ToastWatchCounts.Completed == 1);
    CHECK(ToastWatchCounts.Monitored == 1);
    w.in.surprise_remove(second);
    CHECK(ToastWatchCounts.Queries == 4);
    CHECK(ToastWatchCounts.Completed == 2);
    CHECK(ToastWatchCounts.Monitored == 0);
}

TEST_CASE(
    "W16 W45 a monitor takes up what was there before it, and lets go of all of it when its device goes") {
    world w;
    device& before = w.in.add_device("TOASTER#0");
    driver_interface shown(before, toast_class);
    CHECK(shown.enable() == STATUS_SUCCESS);
    w.in.settle();
    device& home = w.in.add_device("ROOT#MONITOR#0");
    driver& monitor = *w.in.load("toastwatch", toastwatch_DriverEntry).first;
    REQUIRE(start_on(home, monitor) == STATUS_SUCCESS);
    CHECK(ToastWatchCounts.Monitored == 1);
    CHECK(w.in.targets().files().open_on({&before}) == 1);
    CHECK(send_pnp(home, IRP_MN_QUERY_REMOVE_DEVICE) == STATUS_SUCCESS);
    CHECK(send_pnp(home, IRP_MN_REMOVE_DEVICE) == STATUS_SUCCESS);
    CHECK(home.object().AttachedDevice == nullptr);
    CHECK(monitor.object().DeviceObject == nullptr);
    CHECK(w.in.targets().files().open_on({&before}) == 0);
    CHECK(w.in.unload(monitor).status == STATUS_SUCCESS);
}

TEST_CASE("W54 W60 a hypervisor takes over each processor on that processor, those that come later too") {
    world w(when_told(3));
    HyperCpuRefuses = 4;
    const auto [hypervisor, loaded] = w.in.load("hypercpu", hypercpu_DriverEntry);
    CHECK(loaded == STATUS_SUCCESS);
    CHECK(HyperCpuCounts.Virtualised == 3);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(HyperCpuCounts.Virtualised == 4);
    // What Complete reports fails nothing any more: the processor has started.
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(HyperCpuCounts.Virtualised == 4);
    CHECK(HyperCpuCounts.Failures == 1);
    CHECK(HyperCpuCounts.Misplaced == 0);
    CHECK(w.in.unload(*hypervisor).status == STATUS_SUCCESS);
    CHECK(HyperCpuCounts.Virtualised == 0);
    CHECK(pool::outstanding(0x75707248) == 0); // 'uprH'
    HyperCpuRefuses = MAXULONG;
}

TEST_CASE("W32 W35 a file system hears of a volume and of what its driver reports, across two drivers") {
    world w(by_worker());
    driver& bell = *w.in.load("mediabell", mediabell_DriverEntry).first;
    driver& fs = *w.in.load("volfs", volfs_DriverEntry).first;
    device& volume = w.in.add_device("STORAGE#VOLUME#1");
    REQUIRE(start_on(volume, bell) == STATUS_SUCCESS);
    w.in.settle();
    w.in.workers().drain_items();
    CHECK(VolFsCounts.Arrivals == 1);
    CHECK(VolFsCounts.Mounted == 1);
    CHECK(VolFsCounts.LastDeviceNumber == 1);

    const unsigned char payload[] = {3, 1, 4, 1, 5};
    CHECK(control(volume, IOCTL_MEDIABELL_RING, payload, sizeof payload) == STATUS_SUCCESS);
    w.in.settle();
    CHECK(VolFsCounts.Rings == 1);
    CHECK(VolFsCounts.LastPayloadSize == sizeof payload);
    CHECK(std::memcmp(VolFsCounts.LastPayload, payload, sizeof payload) == 0);
    CHECK(MediaBellDelivered == 1);
    CHECK(control(volume, IOCTL_MEDIABELL_RING, nullptr, 0) == STATUS_SUCCESS); // in the synchronous form
    CHECK(VolFsCounts.Mounts == 1);
    CHECK(MediaBellRefused == 0);

    SUBCASE("the volume is pulled out") {
        w.in.surprise_remove(volume);
        w.in.settle();
        w.in.workers().drain_items();
        CHECK(VolFsCounts.Mounted == 0);
    }
    SUBCASE("the file system goes first") {}
    CHECK(w.in.unload(fs).status == STATUS_SUCCESS);
    CHECK(send_pnp(volume, IRP_MN_REMOVE_DEVICE) == STATUS_SUCCESS);
    CHECK(w.in.unload(bell).status == STATUS_SUCCESS);
    CHECK(pool::outstanding(0x46564f4c) == 0); // volfs
    CHECK(pool::outstanding(0x426c6c65) == 0); // mediabell
}

TEST_CASE("a device is found by its name and by the symbolic link to it, and by neither when it is deleted") {
    world w;
    driver& bell = *w.in.load("mediabell", mediabell_DriverEntry).first;
    device& volume = w.in.add_device("STORAGE#VOLUME#1");
    REQUIRE(start_on(volume, bell) == STATUS_SUCCESS);
    const auto open = [](std::u16string text) {
        wide name(std::move(text));
        PFILE_OBJECT file = nullptr;
        PDEVICE_OBJECT object = nullptr;
        const NTSTATUS status = IoGetDeviceObjectPointer(&name.string, FILE_READ_DATA, &file, &object);
        if (NT_SUCCESS(status)) ObDereferenceObject(file);
        return NT_SUCCESS(status) ? object : nullptr;
    };
    DEVICE_OBJECT* const made = volume.object().AttachedDevice;
    REQUIRE(made != nullptr);
    CHECK(bell.object().DeviceObject == made);
    CHECK(made->StackSize == 2);
    CHECK(open(u"\\Device\\MediaBell1") == made);
    CHECK(open(u"\\DosDevices\\MediaBell") == made);
    CHECK(open(u"\\??\\MediaBell") == made);
    CHECK(send_pnp(volume, IRP_MN_REMOVE_DEVICE) == STATUS_SUCCESS);
    CHECK(open(u"\\Device\\MediaBell1") == nullptr);
    CHECK(open(u"\\DosDevices\\MediaBell") == nullptr);
    CHECK(w.in.unload(bell).status == STATUS_SUCCESS);
}

TEST_CASE("completion routines run from the lowest caller upwards, and one may keep the packet") {
    world w;
    driver& idle = w.idle_driver();
    static std::string told;
    static PIRP kept;
    told.clear();
    kept = nullptr;
    idle.object().MajorFunction[IRP_MJ_DEVICE_CONTROL] = [](PDEVICE_OBJECT object, PIRP irp) -> NTSTATUS {
        told += object->DeviceExtension == nullptr ? "bottom " : "top ";
        if (object->DeviceExtension == nullptr) {
            irp->IoStatus.Status = STATUS_DEVICE_BUSY;
            IoMarkIrpPending(irp);
            IoCompleteRequest(irp, IO_NO_INCREMENT);
            return STATUS_PENDING;
        }
        IoCopyCurrentIrpStackLocationToNext(irp);
        IoSetCompletionRoutine(
            irp,
            [](PDEVICE_OBJECT of, PIRP done, PVOID) -> NTSTATUS {
                told += of->DeviceExtension != nullptr && done->PendingReturned != FALSE ? "back " : "wrong ";
                IoMarkIrpPending(done);
                kept = done;
                return STATUS_MORE_PROCESSING_REQUIRED;
            },
            nullptr, FALSE, TRUE, FALSE);
        return IoCallDriver(*static_cast<PDEVICE_OBJECT*>(object->DeviceExtension), irp);
    };
    PDEVICE_OBJECT bottom = nullptr;
    PDEVICE_OBJECT top = nullptr;
    REQUIRE(IoCreateDevice(&idle.object(), 0, nullptr, FILE_DEVICE_UNKNOWN, 0, FALSE, &bottom) ==
            STATUS_SUCCESS);
    REQUIRE(IoCreateDevice(&idle.object(), sizeof(PDEVICE_OBJECT), nullptr, FILE_DEVICE_UNKNOWN, 0, FALSE,
                           &top) == STATUS_SUCCESS);
    *static_cast<PDEVICE_OBJECT*>(top->DeviceExtension) = IoAttachDeviceToDeviceStack(top, bottom);
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IO_STATUS_BLOCK result{};
    ULONG word = 7;
    PIRP const irp =
        IoBuildDeviceIoControlRequest(CTL_CODE(FILE_DEVICE_UNKNOWN, 1, METHOD_BUFFERED, FILE_ANY_ACCESS), top,
                                      &word, sizeof word, &word, sizeof word, FALSE, &done, &result);
    CHECK(IoCallDriver(top, irp) == STATUS_PENDING);
    CHECK(told == "top bottom back ");
    CHECK(KeReadStateEvent(&done) == 0);
    REQUIRE(kept == irp);
    *static_cast<ULONG*>(kept->AssociatedIrp.SystemBuffer) += 1;
    kept->IoStatus.Status = STATUS_SUCCESS;
    kept->IoStatus.Information = sizeof word;
    IoCompleteRequest(kept, IO_NO_INCREMENT);
    CHECK(KeReadStateEvent(&done) != 0);
    CHECK(result.Status == STATUS_SUCCESS);
    CHECK(word == 8);
    IoDetachDevice(bottom);
    IoDeleteDevice(top);
    IoDeleteDevice(bottom);
}

TEST_CASE("a device whose memory or name is not to be had is not made") {
    world w;
    driver& idle = w.idle_driver();
    PDEVICE_OBJECT made = nullptr;
    wide name(u"\\Device\\Twin");
    pool::fail_after(0, 1);
    CHECK(IoCreateDevice(&idle.object(), 8, &name.string, FILE_DEVICE_UNKNOWN, 0, FALSE, &made) ==
          STATUS_INSUFFICIENT_RESOURCES);
    CHECK(idle.object().DeviceObject == nullptr);
    REQUIRE(IoCreateDevice(&idle.object(), 8, &name.string, FILE_DEVICE_UNKNOWN, 0, FALSE, &made) ==
            STATUS_SUCCESS);
    PDEVICE_OBJECT twin = nullptr;
    CHECK(IoCreateDevice(&idle.object(), 8, &name.string, FILE_DEVICE_UNKNOWN, 0, FALSE, &twin) ==
          STATUS_OBJECT_NAME_COLLISION);
    CHECK(twin == nullptr);
    IoDeleteDevice(made);
}

TEST_CASE("a routine that KeIpiGenericCall runs sees every processor once, at IPI_LEVEL") {
    world w(when_told(4));
    static KAFFINITY seen;
    seen = 0;
    const ULONG_PTR answer = KeIpiGenericCall(
        [](ULONG_PTR argument) -> ULONG_PTR {
            PROCESSOR_NUMBER here{};
            const ULONG index = KeGetCurrentProcessorNumberEx(&here);
            if (KeGetCurrentIrql() == IPI_LEVEL) seen ^= KAFFINITY{1} << here.Number;
            return argument + index;
        },
        100);
    CHECK(seen == 0xF);
    CHECK(answer == 100); // that of the caller's own processor, which is the first
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

TEST_CASE("there is no registry: keys are missing") {
    HANDLE key = nullptr;
    OBJECT_ATTRIBUTES attributes{};
    CHECK(ZwOpenKey(&key, KEY_READ, &attributes) == STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_FALSE(
        NT_SUCCESS(ZwCreateKey(&key, KEY_READ, &attributes, 0, nullptr, REG_OPTION_VOLATILE, nullptr)));
    CHECK(key == nullptr);
}
