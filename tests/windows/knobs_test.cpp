// SPDX-License-Identifier: BSL-1.0
#include <assent/windows/knobs.hpp>

#include "target_world.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace windows_tests;

namespace {

partition_options with_modules(const knobs& answers, ULONG memory_modules = 0) {
    partition_options o = when_told(1, memory_modules);
    o.answers = answers;
    return o;
}

} // namespace

TEST_CASE("W16 an existing interface is told of twice if the partition is asked to, a new one once") {
    knobs answers;
    answers.replays_interfaces_twice = true;
    world w(with_modules(answers, 2));
    receiver r;
    const interface_watch watch(w, w.idle_driver(), r, memory_guid, include_existing);
    CHECK(r.take() == "+ACPI#PNP0C80#0 +ACPI#PNP0C80#0 +ACPI#PNP0C80#1 +ACPI#PNP0C80#1");
    w.in.add_memory_module();
    w.in.settle();
    CHECK(r.take() == "+ACPI#PNP0C80#2");
}

TEST_CASE("W16 W40 unregistered inside its first call, a registration is not told a second time") {
    knobs answers;
    answers.replays_interfaces_twice = true;
    world w(with_modules(answers, 2));
    std::string told;
    listener l(told, "l");
    l.hook = [&](const std::string&, PVOID) { CHECK(l.stop() == STATUS_SUCCESS); };
    CHECK(l.listen(EventCategoryDeviceInterfaceChange, data_of(memory_guid), w.idle_driver(),
                   include_existing) == STATUS_SUCCESS);
    CHECK(told == "lin ");
}

TEST_CASE("W52 with one variable for all, a later callback sees a refusal and can erase it") {
    for (const bool shared : {false, true}) {
        knobs answers;
        answers.shares_operation_status = shared;
        world w(with_modules(answers));
        receiver refuser;
        receiver later;
        refuser->RefusedProcessor = 1;
        refuser->RefusalStatus = STATUS_DEVICE_BUSY;
        const processor_watch first(refuser);
        const processor_watch second(later);
        CHECK(w.in.add_processor().status == STATUS_DEVICE_BUSY);
        CHECK(later.call(0).OperationStatus == (shared ? STATUS_DEVICE_BUSY : STATUS_SUCCESS));
        CHECK(refuser.take() == "Start1 Failure1:80000011");
        CHECK(later.take() == "Start1 Failure1:80000011");
        later->WritesSuccessInStart = TRUE;
        CHECK(w.in.add_processor().status == (shared ? STATUS_SUCCESS : STATUS_DEVICE_BUSY));
        CHECK(later.take() == (shared ? "Start1 Complete1" : "Start1 Failure1:80000011"));
    }
}

TEST_CASE("W55 with one variable for all, a refused replay still stops at once") {
    knobs answers;
    answers.shares_operation_status = true;
    partition_options o = with_modules(answers);
    o.processors = 3;
    world w(o);
    receiver r;
    r->RefusedProcessor = 1;
    r->RefusalStatus = STATUS_UNSUCCESSFUL;
    const processor_watch watch(r, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    CHECK(watch.handle == nullptr);
    CHECK(r.story() == "Start0 Start1 Failure0:c0000001");
}
