// SPDX-License-Identifier: BSL-1.0
#include <assent/windows/primitives/pool_ledger.hpp>
#include <assent/windows/verifier.hpp>

#include "drivers/devwatch.h"
#include "target_world.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

using namespace windows_tests;

extern "C" DRIVER_INITIALIZE devwatch_DriverEntry;

namespace {

constexpr GUID watched_class{0x6d1f2c5e, 0x8a43, 0x4b7e, {0x9d, 0x20, 0x3f, 0x5b, 0x1c, 0x9a, 0x7e, 0x11}};
constexpr ULONG pool_tag = 0x77766544; // 'wveD' as the compiler has it

struct disk {
    disk(partition& in, std::string path) : at(in.add_device(std::move(path))), face(at, watched_class) {
        CHECK(face.enable() == STATUS_SUCCESS);
    }
    device& at;
    driver_interface face;
};

/// Two devices, the driver, and the verifier watching it.
struct watching_bench {
    watching_bench()
        : w([this] {
              partition_options o = when_told();
              o.observer = &checks;
              return o;
          }()) {
        w.in.settle();
        const auto [d, status] = w.in.load("devwatch", devwatch_DriverEntry);
        REQUIRE(status == STATUS_SUCCESS);
        loaded = d;
    }
    ~watching_bench() {
        const unloading gone = w.in.unload(*loaded);
        CHECK(gone.status == STATUS_SUCCESS);
        CHECK(DevwatchCounts.Devices == 0);
        CHECK(DevwatchCounts.Open == 0);
        CHECK(DevwatchCounts.Failures == 0);
        CHECK(assent::windows::pool::outstanding(pool_tag) == 0);
        CHECK(checks.print().empty());
        CHECK(loaded->references() == 0);
    }

    verifier checks;
    world w;
    driver* loaded = nullptr;
};

} // namespace

TEST_CASE("W16 W17 the driver opens existing devices while it registers, and new ones on arrival") {
    watching_bench b;
    CHECK(DevwatchCounts.Devices == 0);
    disk one(b.w.in, "DISK#1");
    disk two(b.w.in, "DISK#2");
    b.w.in.settle();
    CHECK(DevwatchCounts.Arrivals == 2);
    CHECK(DevwatchCounts.Open == 2);
    CHECK(one.at.object().ReferenceCount == 1);
    CHECK(b.w.in.unload(*b.loaded).status == STATUS_SUCCESS);
    CHECK(one.at.object().ReferenceCount == 0);
    CHECK(b.w.in.load("devwatch", devwatch_DriverEntry).second == STATUS_SUCCESS);
    CHECK(DevwatchCounts.Arrivals == 2);
    CHECK(DevwatchCounts.Open == 2);
}

TEST_CASE("W24 W26 the driver lets go of a device that is to be removed, and frees what it kept of it") {
    watching_bench b;
    disk one(b.w.in, "DISK#1");
    b.w.in.settle();
    CHECK(b.w.in.query_remove(one.at).status == STATUS_SUCCESS);
    b.w.in.settle();
    CHECK(DevwatchCounts.Queries == 1);
    CHECK(DevwatchCounts.Completes == 1);
    CHECK(DevwatchCounts.Devices == 0);
}

TEST_CASE("W23 W25 the driver takes a device again when its removal is called off") {
    watching_bench b;
    disk one(b.w.in, "DISK#1");
    b.w.in.settle();
    for (unsigned round = 1; round <= 3; ++round) {
        CHECK(b.w.in.query_remove(one.at, [] { return STATUS_DEVICE_BUSY; }).status == STATUS_DEVICE_BUSY);
        CHECK(DevwatchCounts.Queries == round);
        CHECK(DevwatchCounts.Cancels == round);
        CHECK(DevwatchCounts.Open == 1);
        CHECK(one.at.object().ReferenceCount == 1);
    }
    DevwatchRefuses = 1;
    CHECK(b.w.in.query_remove(one.at).status == STATUS_UNSUCCESSFUL);
    CHECK(DevwatchCounts.Open == 1);
    DevwatchRefuses = 0;
    CHECK(b.w.in.query_remove(one.at).status == STATUS_SUCCESS);
    CHECK(DevwatchCounts.Devices == 0);
}

TEST_CASE("W27 the driver copes with a device that is pulled out") {
    watching_bench b;
    disk one(b.w.in, "DISK#1");
    disk two(b.w.in, "DISK#2");
    b.w.in.settle();
    b.w.in.surprise_remove(one.at);
    b.w.in.settle();
    CHECK(DevwatchCounts.Queries == 0);
    CHECK(DevwatchCounts.Completes == 1);
    CHECK(DevwatchCounts.Devices == 1);
    CHECK(DevwatchCounts.Open == 1);
}

TEST_CASE("W32 the driver hears custom events of its devices") {
    watching_bench b;
    disk one(b.w.in, "DISK#1");
    b.w.in.settle();
    TARGET_DEVICE_CUSTOM_NOTIFICATION n{1, 36, some_guid, nullptr, -1, {0}};
    CHECK(IoReportTargetDeviceChange(&one.at.object(), &n) == STATUS_SUCCESS);
    CHECK(DevwatchCounts.Customs == 1);
}
