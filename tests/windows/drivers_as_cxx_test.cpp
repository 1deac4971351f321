// SPDX-License-Identifier: BSL-1.0
// The drivers once more, compiled as C++: the same sources, under other names beside their C builds.
#include "world.hpp"

#include <doctest/doctest.h>

#define DriverEntry seed_async_cxx_DriverEntry
#define SeedAsyncCounts SeedAsyncCxxCounts
#define ProcessorNotificationEntry AsyncProcessorNotificationEntry
#define Unload AsyncUnload
extern "C" SEED_ASYNC_COUNTS SeedAsyncCounts;
#include "drivers/seed_async.c"
#undef Unload
#undef ProcessorNotificationEntry
#undef SeedAsyncCounts
#undef DriverEntry

#define DriverEntry seed_sync_cxx_DriverEntry
#define SeedSyncCounts SeedSyncCxxCounts
#define SeedSyncUnreadyProcessor SeedSyncCxxUnreadyProcessor
#define ProcessorChanged SyncProcessorChanged
#define Unload SyncUnload
extern "C" SEED_SYNC_COUNTS SeedSyncCounts;
extern "C" ULONG SeedSyncUnreadyProcessor;
#include "drivers/seed_sync.c"
#undef Unload
#undef ProcessorChanged
#undef SeedSyncUnreadyProcessor
#undef SeedSyncCounts
#undef DriverEntry

#define DriverEntry forgetful_cxx_DriverEntry
#define ForgetfulCounts ForgetfulCxxCounts
#define ForgetfulProcessorHandle ForgetfulCxxProcessorHandle
#define ForgetfulInterfaceEntry ForgetfulCxxInterfaceEntry
#define ProcessorChanged ForgetfulProcessorChanged
#define Unload ForgetfulUnload
extern "C" FORGETFUL_COUNTS ForgetfulCounts;
extern "C" PVOID ForgetfulProcessorHandle;
extern "C" PVOID ForgetfulInterfaceEntry;
#include "drivers/forgetful.c"
#undef Unload
#undef ProcessorChanged
#undef ForgetfulInterfaceEntry
#undef ForgetfulProcessorHandle
#undef ForgetfulCounts
#undef DriverEntry

using namespace windows_tests;

TEST_CASE("W63 the seed drivers and the forgetful one are C++ as well, and do the same") {
    world w(when_told(2, 1));
    const auto [async, first] = w.in.load("seed_async", seed_async_cxx_DriverEntry);
    const auto [sync, second] = w.in.load("seed_sync", seed_sync_cxx_DriverEntry);
    const auto [forgetful, third] = w.in.load("forgetful", forgetful_cxx_DriverEntry);
    CHECK(first == STATUS_SUCCESS);
    CHECK(second == STATUS_SUCCESS);
    CHECK(third == STATUS_SUCCESS);
    CHECK(SeedSyncCxxCounts.Started == 2);
    CHECK(SeedSyncCxxCounts.Completed == 2);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    w.in.add_memory_module();
    w.in.settle();
    CHECK(SeedAsyncCxxCounts.ProcessorArrivals == 1);
    CHECK(SeedAsyncCxxCounts.MemoryArrivals == 1);
    CHECK(SeedSyncCxxCounts.Completed == 3);
    CHECK(ForgetfulCxxCounts.ProcessorCalls == 2);
    CHECK(ForgetfulCxxCounts.InterfaceCalls == 1);
    CHECK(w.in.unload(*async).status == STATUS_SUCCESS);
    CHECK(w.in.unload(*sync).status == STATUS_SUCCESS);
    CHECK(w.in.unload(*forgetful).remaining.size() == 2);
}
