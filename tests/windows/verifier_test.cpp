// SPDX-License-Identifier: BSL-1.0
#include <assent/windows/verifier.hpp>

#include "child_process.hpp"
#include "skip.hpp"
#include "target_world.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <utility>

using namespace windows_tests;

#if defined(__SANITIZE_ADDRESS__)
#define TESTS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TESTS_ADDRESS_SANITIZER 1
#endif
#endif

namespace {

#if defined(TESTS_ADDRESS_SANITIZER)
constexpr bool poisons = true;
#else
constexpr bool poisons = false;
#endif

constexpr auto interface_category = EventCategoryDeviceInterfaceChange;

/// A partition that is watched, a device with an interface, and a driver called `faulty`.
struct watched {
    explicit watched(std::chrono::nanoseconds budget = {}, knobs answers = {})
        : checks(budget), w(with(&checks, answers)), faulty(w.idle_driver("faulty")),
          disk(w.in.add_device("DISK#1")) {}
    static partition_options with(partition_observer* observer, const knobs& answers) {
        partition_options o = when_told();
        o.observer = observer;
        o.answers = answers;
        return o;
    }
    void arrival() {
        w.in.add_memory_module();
        w.in.settle();
    }
    /// The one report there is.
    verifier_report only() {
        const auto all = checks.reports();
        REQUIRE(all.size() == 1);
        checks.clear();
        return all.front();
    }

    verifier checks;
    world w;
    driver& faulty;
    device& disk;
    std::string told;
};

} // namespace

TEST_CASE("W43 a changed IRQL or disable count is reported, and undone for the next callback") {
    watched v;
    listener a(v.told, "a");
    listener z(v.told, "z");
    CHECK(a.listen(interface_category, data_of(memory_guid), v.faulty) == STATUS_SUCCESS);
    CHECK(z.listen(interface_category, data_of(memory_guid), v.faulty) == STATUS_SUCCESS);
    KIRQL seen = HIGH_LEVEL;
    z.hook = [&](const std::string&, PVOID) { seen = KeGetCurrentIrql(); };
    a.hook = [](const std::string&, PVOID) { KeRaiseIrqlToDpcLevel(); };
    v.arrival();
    CHECK(seen == PASSIVE_LEVEL);
    const auto report = v.only();
    CHECK(report.requirement == 43);
    CHECK(report.driver == "faulty");
    CHECK(report.routine == "interface change");
    CHECK(report.event == "Arrival");
    CHECK(report.print() ==
          "W43 faulty, interface change Arrival: returned at another IRQL than it was called at");
    a.hook = [](const std::string&, PVOID) { KeEnterCriticalRegion(); };
    v.arrival();
    CHECK(v.only().requirement == 43);
    a.hook = [](const std::string&, PVOID) { KeLeaveGuardedRegion(); };
    v.arrival();
    CHECK(v.only().requirement == 43);
    CHECK(!KeAreApcsDisabled());
}

TEST_CASE("W44 a callback over its time budget is reported") {
    watched v(std::chrono::nanoseconds{1});
    listener a(v.told, "a");
    CHECK(a.listen(interface_category, data_of(memory_guid), v.faulty) == STATUS_SUCCESS);
    a.hook = [](const std::string&, PVOID) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(5);
        while (std::chrono::steady_clock::now() < until) {
        }
    };
    v.arrival();
    CHECK(v.only().requirement == 44);
    watched patient(std::chrono::hours{1});
    listener b(v.told, "b");
    CHECK(b.listen(interface_category, data_of(memory_guid), patient.faulty) == STATUS_SUCCESS);
    patient.arrival();
    CHECK(patient.checks.reports().empty());
}

TEST_CASE("W28 an error status for an event that asks nothing is reported, a veto is not") {
    watched v;
    listener i(v.told, "i");
    CHECK(i.listen(interface_category, data_of(memory_guid), v.faulty) == STATUS_SUCCESS);
    i.other_answer = STATUS_UNSUCCESSFUL;
    v.arrival();
    CHECK(v.only().requirement == 28);
    i.stop();
    listener t(v.told, "t");
    PFILE_OBJECT const file = open_device(v.disk);
    CHECK(t.listen(file, v.faulty) == STATUS_SUCCESS);
    ObDereferenceObject(file);
    t.answer = STATUS_UNSUCCESSFUL;
    CHECK(v.w.in.query_remove(v.disk).status == STATUS_UNSUCCESSFUL);
    CHECK(v.checks.reports().empty());
    t.other_answer = STATUS_UNSUCCESSFUL;
    CHECK(v.w.in.query_remove(v.disk).status == STATUS_UNSUCCESSFUL);
    CHECK(v.only().event == "RemoveCancelled");
    listener p(v.told, "p");
    CHECK(p.listen(EventCategoryHardwareProfileChange, nullptr, v.faulty) == STATUS_SUCCESS);
    p.other_answer = STATUS_UNSUCCESSFUL;
    CHECK(v.w.in.change_hardware_profile().status == STATUS_SUCCESS);
    CHECK(v.only().event == "ChangeComplete");
}

TEST_CASE("W58 a read-only structure that was written to is reported") {
    watched v;
    receiver r;
    r->ScribblesOverContext = TRUE;
    const processor_watch processors(r);
    CHECK(v.w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(v.checks.count(58) == 2);
    v.checks.clear();
    listener i(v.told, "i");
    CHECK(i.listen(interface_category, data_of(memory_guid), v.faulty) == STATUS_SUCCESS);
    i.hook = [](const std::string&, PVOID s) {
        static_cast<PDEVICE_INTERFACE_CHANGE_NOTIFICATION>(s)->Version = 7;
    };
    v.arrival();
    CHECK(v.only().requirement == 58);
    i.hook = [](const std::string&, PVOID s) {
        static_cast<PDEVICE_INTERFACE_CHANGE_NOTIFICATION>(s)->SymbolicLinkName->Buffer[0] = 'x';
    };
    v.arrival();
    CHECK(v.only().requirement == 58);
    i.stop();
    listener t(v.told, "t");
    PFILE_OBJECT const file = open_device(v.disk);
    CHECK(t.listen(file, v.faulty) == STATUS_SUCCESS);
    ObDereferenceObject(file);
    t.hook = [](const std::string&, PVOID s) {
        static_cast<PTARGET_DEVICE_REMOVAL_NOTIFICATION>(s)->FileObject = nullptr;
    };
    v.w.in.surprise_remove(v.disk);
    CHECK(v.only().requirement == 58);
}

TEST_CASE("W57 *OperationStatus written outside Start is reported") {
    watched v;
    receiver r;
    r->CompleteStatus = STATUS_UNSUCCESSFUL;
    const processor_watch processors(r);
    CHECK(v.w.in.add_processor().status == STATUS_SUCCESS);
    const auto report = v.only();
    CHECK(report.requirement == 57);
    CHECK(report.event == "Complete");
}

TEST_CASE("W36 a synchronous report from a callback is reported, with who made it") {
    watched v;
    listener i(v.told, "i");
    CHECK(i.listen(interface_category, data_of(memory_guid), v.faulty) == STATUS_SUCCESS);
    i.hook = [&](const std::string&, PVOID) {
        TARGET_DEVICE_CUSTOM_NOTIFICATION n{1, 36, some_guid, nullptr, -1, {0}};
        CHECK(IoReportTargetDeviceChange(&v.disk.object(), &n) == STATUS_POSSIBLE_DEADLOCK);
    };
    v.arrival();
    const auto report = v.only();
    CHECK(report.requirement == 36);
    CHECK(report.driver == "faulty");
}

TEST_CASE("W40 unregistration from inside the replay is reported, whichever way it is answered") {
    for (const bool refuses : {false, true}) {
        knobs answers;
        answers.refuses_unregistering_inside_replay = refuses;
        watched v({}, answers);
        v.arrival();
        listener i(v.told, "i");
        NTSTATUS result = STATUS_NOT_SUPPORTED;
        i.hook = [&](const std::string&, PVOID) { result = IoUnregisterPlugPlayNotificationEx(i.entry); };
        CHECK(i.listen(interface_category, data_of(memory_guid), v.faulty,
                       PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES) == STATUS_SUCCESS);
        CHECK(result == (refuses ? STATUS_POSSIBLE_DEADLOCK : STATUS_SUCCESS));
        CHECK(v.only().requirement == 40);
        if (!refuses) i.entry = nullptr;
    }
}

TEST_CASE("W2 W54 flags that a function does not know are reported") {
    watched v;
    listener p(v.told, "p");
    CHECK(p.listen(EventCategoryHardwareProfileChange, nullptr, v.faulty,
                   PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES) == STATUS_SUCCESS);
    CHECK(v.only().requirement == 2);
    listener i(v.told, "i");
    CHECK(i.listen(interface_category, data_of(memory_guid), v.faulty, 6) == STATUS_SUCCESS);
    CHECK(v.only().requirement == 2);
    receiver r;
    const processor_watch processors(r, 2);
    CHECK(v.only().requirement == 54);
}

TEST_CASE("W45 each registration left at unload is reported") {
    watched v;
    const auto [d, status] = v.w.in.load("forgetful", forgetful_DriverEntry);
    REQUIRE(status == STATUS_SUCCESS);
    CHECK(v.w.in.unload(*d).remaining.size() == 2);
    CHECK(v.checks.count(45) == 2);
    CHECK(v.checks.reports().size() == 2);
    CHECK(v.checks.print().starts_with("W45 forgetful, Unload: left registered: "));
}

TEST_CASE("a driver that keeps the rules is reported for nothing") {
    SeedSyncUnreadyProcessor = 0xFFFFFFFF;
    watched v(std::chrono::hours{1});
    const auto [a, first] = v.w.in.load("seed_async", seed_async_DriverEntry);
    const auto [s, second] = v.w.in.load("seed_sync", seed_sync_DriverEntry);
    REQUIRE(first == STATUS_SUCCESS);
    REQUIRE(second == STATUS_SUCCESS);
    CHECK(v.w.in.add_processor().status == STATUS_SUCCESS);
    v.arrival();
    CHECK(v.w.in.unload(*a).status == STATUS_SUCCESS);
    CHECK(v.w.in.unload(*s).status == STATUS_SUCCESS);
    CHECK(v.checks.print().empty());
}

TEST_CASE("a driver that keeps a notification structure" * doctest::skip()) {
    watched v;
    listener i(v.told, "i");
    CHECK(i.listen(interface_category, data_of(memory_guid), v.faulty) == STATUS_SUCCESS);
    PDEVICE_INTERFACE_CHANGE_NOTIFICATION kept = nullptr;
    i.hook = [&](const std::string&, PVOID s) {
        kept = static_cast<PDEVICE_INTERFACE_CHANGE_NOTIFICATION>(s);
    };
    v.arrival();
    CHECK(kept->Version == 1);
}

TEST_CASE("a driver that keeps an interface name" * doctest::skip()) {
    watched v;
    listener i(v.told, "i");
    CHECK(i.listen(interface_category, data_of(memory_guid), v.faulty) == STATUS_SUCCESS);
    PUNICODE_STRING kept = nullptr;
    i.hook = [&](const std::string&, PVOID s) {
        kept = static_cast<PDEVICE_INTERFACE_CHANGE_NOTIFICATION>(s)->SymbolicLinkName;
    };
    v.arrival();
    CHECK(kept->Buffer[0] == '\\');
}

TEST_CASE("a driver that looks into a closed file object" * doctest::skip()) {
    watched v;
    PFILE_OBJECT const file = open_device(v.disk);
    ObDereferenceObject(file);
    CHECK(file->DeviceObject == &v.disk.object());
}

TEST_CASE("a driver that frees its context before it unregisters" * doctest::skip()) {
    watched v;
    PVOID entry = nullptr;
    auto* const context = static_cast<PULONG>(ExAllocatePoolWithTag(NonPagedPool, sizeof(ULONG), 't'));
    *context = 0;
    CHECK(IoRegisterPlugPlayNotification(
              interface_category, 0, data_of(memory_guid), &v.faulty.object(),
              [](PVOID, PVOID c) -> NTSTATUS {
                  ++*static_cast<PULONG>(c);
                  return STATUS_SUCCESS;
              },
              context, &entry) == STATUS_SUCCESS);
    ExFreePool(context);
    v.arrival();
    IoUnregisterPlugPlayNotification(entry);
}

TEST_CASE("W11 W17 W46 what a driver uses too long is shown by AddressSanitizer") {
    if (!poisons) return test_support::skip("built without AddressSanitizer");
    for (const char* name :
         {"a driver that keeps a notification structure", "a driver that keeps an interface name",
          "a driver that looks into a closed file object",
          "a driver that frees its context before it unregisters"}) {
        CAPTURE(name);
        const auto child = test_support::run_case_in_child(name);
        if (!child.ran) return test_support::skip("no child processes here");
        CHECK(!child.passed);
        CHECK(child.output.find("heap-use-after-free") != child.output.npos);
    }
}
