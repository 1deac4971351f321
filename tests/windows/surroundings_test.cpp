// SPDX-License-Identifier: BSL-1.0
// What drivers use beside their notifications: callback objects, cancelling, physical memory, management
// instrumentation.
#include <assent/windows/ddk/ntifs.h>
#include <assent/windows/device_stack.hpp>
#include <assent/windows/primitives/pool_ledger.hpp>

#include "target_world.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>

using namespace windows_tests;

namespace {

/// The callback object of the name.
struct callback_object {
    explicit callback_object(std::u16string named, bool create = false, bool several = true)
        : name(std::move(named)) {
        OBJECT_ATTRIBUTES attributes;
        InitializeObjectAttributes(&attributes, &name.string, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
        status = ExCreateCallback(&object, &attributes, create ? TRUE : FALSE, several ? TRUE : FALSE);
    }
    void tell(std::uintptr_t first, std::uintptr_t second) const {
        ExNotifyCallback(object, reinterpret_cast<PVOID>(first), reinterpret_cast<PVOID>(second));
    }

    wide name;
    PCALLBACK_OBJECT object = nullptr;
    NTSTATUS status;
};

struct heard {
    std::string text;
    PVOID registered = nullptr;
};
void write_down(PVOID context, PVOID first, PVOID second) {
    static_cast<heard*>(context)->text += std::to_string(reinterpret_cast<std::uintptr_t>(first)) + "," +
                                          std::to_string(reinterpret_cast<std::uintptr_t>(second)) + " ";
}

/// A driver with one device, which keeps what is to be read until it is cancelled.
struct keeper {
    static NTSTATUS entry(PDRIVER_OBJECT d, PUNICODE_STRING) {
        d->DriverExtension->AddDevice = [](PDRIVER_OBJECT driver, PDEVICE_OBJECT below) -> NTSTATUS {
            PDEVICE_OBJECT made = nullptr;
            const NTSTATUS status =
                IoCreateDevice(driver, sizeof(PDEVICE_OBJECT), nullptr, FILE_DEVICE_UNKNOWN, 0, FALSE, &made);
            if (NT_SUCCESS(status))
                *static_cast<PDEVICE_OBJECT*>(made->DeviceExtension) =
                    IoAttachDeviceToDeviceStack(made, below);
            return status;
        };
        d->MajorFunction[IRP_MJ_PNP] = [](PDEVICE_OBJECT self, PIRP irp) -> NTSTATUS {
            PDEVICE_OBJECT const below = *static_cast<PDEVICE_OBJECT*>(self->DeviceExtension);
            CHECK(IoForwardIrpSynchronously(below, irp) == TRUE);
            const NTSTATUS status = irp->IoStatus.Status; // what those below said; the packet is ours again
            answered = IoGetCurrentIrpStackLocation(irp)->DeviceObject == self ? status : STATUS_UNSUCCESSFUL;
            IoCompleteRequest(irp, IO_NO_INCREMENT);
            return status;
        };
        d->MajorFunction[IRP_MJ_READ] = [](PDEVICE_OBJECT, PIRP irp) -> NTSTATUS {
            IoMarkIrpPending(irp);
            CHECK((IoSetCancelRoutine(irp, cancelled) == nullptr));
            return STATUS_PENDING;
        };
        d->DriverUnload = [](PDRIVER_OBJECT driver) { IoDeleteDevice(driver->DeviceObject); };
        return STATUS_SUCCESS;
    }
    static inline NTSTATUS answered = STATUS_PENDING;

    static void cancelled(PDEVICE_OBJECT, PIRP irp) {
        CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
        CHECK((irp->CancelRoutine == nullptr));
        IoReleaseCancelSpinLock(irp->CancelIrql);
        CHECK(KeGetCurrentIrql() == APC_LEVEL); // where it was cancelled
        irp->IoStatus.Status = STATUS_CANCELLED;
        IoCompleteRequest(irp, IO_NO_INCREMENT);
    }
};

} // namespace

TEST_CASE("a packet that a driver keeps is completed by its cancel routine, once") {
    world w;
    device& kept_on = w.in.add_device("ROOT#KEEPER#0");
    driver& by = *w.in.load("keeper", keeper::entry).first;
    REQUIRE(start_on(kept_on, by) == STATUS_SUCCESS);
    DEVICE_OBJECT* const top = IoGetAttachedDevice(&kept_on.object());
    PIRP const irp = IoAllocateIrp(top->StackSize, FALSE);
    REQUIRE(irp != nullptr);
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_READ;
    static int completed;
    completed = 0;
    IoSetCompletionRoutine(
        irp,
        [](PDEVICE_OBJECT, PIRP, PVOID) -> NTSTATUS { return ++completed, STATUS_MORE_PROCESSING_REQUIRED; },
        nullptr, TRUE, TRUE, TRUE);
    CHECK(IofCallDriver(top, irp) == STATUS_PENDING);
    CHECK(completed == 0);
    KIRQL before = 0;
    KeRaiseIrql(APC_LEVEL, &before);
    CHECK(IoCancelIrp(irp) == TRUE);
    KeLowerIrql(before);
    CHECK(completed == 1);
    CHECK(irp->IoStatus.Status == STATUS_CANCELLED);
    CHECK(irp->Cancel == TRUE);
    CHECK(IoCancelIrp(irp) == FALSE); // no routine is left, and the lock is free again
    CHECK(completed == 1);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    IoFreeIrp(irp);
    CHECK(w.in.unload(by).status == STATUS_SUCCESS);
}

TEST_CASE("a packet that is forwarded synchronously comes back with the answer of those below") {
    world w;
    device& d = w.in.add_device("ROOT#KEEPER#0");
    driver& by = *w.in.load("keeper", keeper::entry).first;
    keeper::answered = STATUS_PENDING;
    CHECK(start_on(d, by) == STATUS_SUCCESS);
    CHECK(keeper::answered == STATUS_SUCCESS);
    CHECK(send_pnp(d, IRP_MN_QUERY_ID) == STATUS_NOT_SUPPORTED); // as whoever asked has put it in
    CHECK(keeper::answered == STATUS_NOT_SUPPORTED);
    PIRP const small = IoAllocateIrp(1, FALSE);
    REQUIRE(small != nullptr);
    IoSetNextIrpStackLocation(small);
    CHECK(IoForwardIrpSynchronously(&d.object(), small) == FALSE);
    IoFreeIrp(small);
    CHECK(w.in.unload(by).status == STATUS_SUCCESS);
}

TEST_CASE("a callback object tells everyone who is registered on it, and no one who is not any more") {
    world w;
    const callback_object power(u"\\Callback\\PowerState");
    REQUIRE(power.status == STATUS_SUCCESS);
    heard a, b;
    a.registered = ExRegisterCallback(power.object, write_down, &a);
    b.registered = ExRegisterCallback(power.object, write_down, &b);
    REQUIRE(a.registered != nullptr);
    REQUIRE(b.registered != nullptr);
    // Names are those of Windows, whose case does not matter: whoever plays the system finds the same object.
    callback_object(u"\\callback\\POWERSTATE").tell(PO_CB_SYSTEM_STATE_LOCK, 1);
    ExUnregisterCallback(a.registered);
    power.tell(PO_CB_AC_STATUS, 0);
    ExUnregisterCallback(b.registered);
    power.tell(PO_CB_AC_STATUS, 1);
    CHECK(a.text == "3,1 ");
    CHECK(b.text == "3,1 1,0 ");
}

TEST_CASE("a callback object that nobody made is made on demand only, and one without a name always") {
    world w;
    CHECK(callback_object(u"\\Callback\\Mine").status == STATUS_OBJECT_NAME_NOT_FOUND);
    const callback_object made(u"\\Callback\\Mine", true);
    REQUIRE(made.status == STATUS_SUCCESS);
    CHECK(callback_object(u"\\Callback\\Mine").object == made.object);
    PCALLBACK_OBJECT one = nullptr, two = nullptr;
    CHECK(ExCreateCallback(&one, nullptr, TRUE, TRUE) == STATUS_SUCCESS);
    CHECK(ExCreateCallback(&two, nullptr, TRUE, TRUE) == STATUS_SUCCESS);
    CHECK(one != two);
    CHECK(ExCreateCallback(nullptr, nullptr, TRUE, TRUE) == STATUS_INVALID_PARAMETER);
    CHECK(ExRegisterCallback(one, nullptr, nullptr) == nullptr);
    CHECK(ExRegisterCallback(nullptr, write_down, nullptr) == nullptr);
    ExNotifyCallback(nullptr, nullptr, nullptr);
}

TEST_CASE("a callback object with room for one takes the next one when the first has gone") {
    world w;
    const callback_object narrow(u"\\Callback\\Narrow", true, false);
    heard a, b;
    a.registered = ExRegisterCallback(narrow.object, write_down, &a);
    REQUIRE(a.registered != nullptr);
    CHECK(ExRegisterCallback(narrow.object, write_down, &b) == nullptr);
    ExUnregisterCallback(a.registered);
    b.registered = ExRegisterCallback(narrow.object, write_down, &b);
    REQUIRE(b.registered != nullptr);
    narrow.tell(7, 8);
    ExUnregisterCallback(b.registered);
    CHECK(a.text.empty());
    CHECK(b.text == "7,8 ");
}

TEST_CASE("G1 unregistering from a callback object waits for the call that is running") {
    world w;
    const callback_object power(u"\\Callback\\PowerState");
    struct slow {
        std::atomic<int> entered{0}, leave{0}, left{0};
    } call;
    const PVOID registered = ExRegisterCallback(
        power.object,
        [](PVOID context, PVOID, PVOID) {
            auto& c = *static_cast<slow*>(context);
            if (c.entered.fetch_add(1) != 0) return; // the first call is the slow one
            c.entered.notify_all();
            c.leave.wait(0);
            c.left = 1;
        },
        &call);
    REQUIRE(registered != nullptr);
    std::thread system([&] { power.tell(0, 0); });
    call.entered.wait(0);
    std::thread driver([&] {
        ExUnregisterCallback(registered);
        CHECK(call.left == 1);
    });
    int calls = 0;
    do {
        calls = call.entered;
        power.tell(0, 0);
    } while (call.entered != calls);                          // until it is called no more
    for (int i = 0; i < 1000; ++i) std::this_thread::yield(); // whoever does not wait has returned by now
    call.leave = 1;
    call.leave.notify_all();
    driver.join();
    system.join();
}

TEST_CASE("W45 a driver that stays registered on a callback object does not unload") {
    world w;
    driver& forgets = *w.in.load("forgets",
                                 [](PDRIVER_OBJECT d, PUNICODE_STRING) -> NTSTATUS {
                                     d->DriverUnload = [](PDRIVER_OBJECT) {};
                                     const callback_object power(u"\\Callback\\PowerState");
                                     static heard told;
                                     return ExRegisterCallback(power.object, write_down, &told) != nullptr
                                                ? STATUS_SUCCESS
                                                : STATUS_UNSUCCESSFUL;
                                 })
                           .first;
    const unloading gone = w.in.unload(forgets);
    CHECK(!NT_SUCCESS(gone.status));
    REQUIRE(gone.remaining.size() == 1);
    CHECK(gone.remaining.front() == "callback object");
}

TEST_CASE("W41 a callback object's registration and a notification entry are not taken for each other") {
    world w;
    const callback_object power(u"\\Callback\\PowerState");
    heard a;
    a.registered = ExRegisterCallback(power.object, write_down, &a);
    CHECK(IoUnregisterPlugPlayNotificationEx(a.registered) == STATUS_INVALID_PARAMETER);
    KeDeregisterProcessorChangeCallback(a.registered);
    power.tell(1, 2);
    CHECK(a.text == "1,2 ");
    ExUnregisterCallback(a.registered);
    ExUnregisterCallback(a.registered);
    power.tell(3, 4);
    CHECK(a.text == "1,2 ");
}

TEST_CASE("physical memory is one range for each module, hot-added ones too") {
    world w(when_told(1, 2));
    const auto ranges = [] {
        std::size_t count = 0;
        LONGLONG end = 0;
        PPHYSICAL_MEMORY_RANGE const all = MmGetPhysicalMemoryRanges();
        REQUIRE(all != nullptr);
        for (; all[count].NumberOfBytes.QuadPart != 0; ++count) {
            CHECK(all[count].BaseAddress.QuadPart >= end);
            end = all[count].BaseAddress.QuadPart + all[count].NumberOfBytes.QuadPart;
        }
        CHECK(all[count].BaseAddress.QuadPart == 0);
        ExFreePool(all);
        return count;
    };
    CHECK(ranges() == 2);
    w.in.add_memory_module();
    CHECK(ranges() == 3);
}

TEST_CASE("nobody asks what drivers offer to management, and there is nothing for them to receive") {
    world w;
    device& d = w.in.add_device("ROOT#OFFERS#0");
    CHECK(IoWMIRegistrationControl(&d.object(), WMIREG_ACTION_REGISTER) == STATUS_SUCCESS);
    PVOID block = nullptr;
    CHECK(IoWMIOpenBlock(&some_guid, 0, &block) == STATUS_WMI_GUID_NOT_FOUND);
    CHECK(block == nullptr);
    const std::size_t before = pool::outstanding(0x6e6f6457);
    PVOID const event = ExAllocatePoolWithTag(NonPagedPool, 64, 0x6e6f6457);
    CHECK(IoWMIWriteEvent(event) == STATUS_SUCCESS); // which has freed it
    CHECK(pool::outstanding(0x6e6f6457) == before);
    CHECK(IoWMIRegistrationControl(&d.object(), WMIREG_ACTION_DEREGISTER) == STATUS_SUCCESS);
}
